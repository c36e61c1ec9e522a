"""``perbillion claims`` on the command line: what it tells beforehand, and what it refuses."""

import json

import pytest

from command_line import perbillion
from contract.ledger import Ledger


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--data", "digit"), "data.name"),
        (("--data", "mnist", "--data-dir", "nowhere"), "cannot be read"),
        (("--runs", "nowhere"), "nowhere: no such folder"),
        (("--out", "file"), "cannot write"),
    ],
)
def test_what_cannot_be_used_is_one_line_before_anything_is_trained(tmp_path, arguments, said):
    (tmp_path / "file").touch()
    completed = perbillion("claims", *arguments, folder=tmp_path)
    assert completed.returncode == 2
    (line,) = [text for text in completed.stderr.splitlines() if "error" in text]
    assert said in line
    assert not list(tmp_path.rglob("*.card.json"))


def test_a_dry_run_counts_and_makes_nothing(tmp_path):
    completed = perbillion("claims", "--dry-run", "--workers", "2", folder=tmp_path)
    assert completed.returncode == 0, completed.stderr
    networks, served, ledger = completed.stdout.splitlines()
    assert "0 trained already" in networks
    assert "minutes with 2 at a time" in networks
    assert served == "served    none in runs that counts"
    assert ledger == "ledger    claims/digits"
    assert not list(tmp_path.iterdir())


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_all_claims_are_settled_on_the_digits(tmp_path):
    completed = perbillion("claims", "--json", folder=tmp_path, timeout=1800)
    assert completed.returncode == 0, completed.stderr
    ledger = Ledger.model_validate(json.loads(completed.stdout))
    assert [claim.id for claim in ledger.claims] == [f"C{number}" for number in range(1, 14)]
    again = perbillion("claims", folder=tmp_path, timeout=1800)
    assert "all of them trained already" in again.stderr
    assert "claims/digits/claims.html" in again.stdout
