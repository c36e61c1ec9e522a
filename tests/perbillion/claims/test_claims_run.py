"""A ledger for real, from a catalogue as small as one can be: training, export, files."""

import json
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from contract.experiment import DataSection
from contract.ledger import Ledger, Settlement
from contract.progress import SilentProgress
from perbillion.claims.claims_run import ClaimsOrder, carry_out, conclude
from report.result import Result
from report.stage import write_report
from synthetic_machine import Truth
from synthetic_run import write_run
from train.evidence.catalogue import Settings, planned

RUN = "20261123T120000Z-lecture"
SMALL = planned(
    Settings(
        data_name="digits",
        epochs=1,
        sweep_epochs=1,
        batch_size=256,
        seeds=(123, 1),
        hidden=(8, 6),
        sweep_widths=(4, 8),
    )
)


class Told(SilentProgress):
    def __init__(self):
        self.lines = []

    def say(self, line):
        self.lines.append(line)


@dataclass(frozen=True)
class CarriedOut:
    order: ClaimsOrder
    ledger: Ledger
    run: Path
    lines: list


@pytest.fixture(scope="module")
def carried_out(tmp_path_factory):
    folder = tmp_path_factory.mktemp("claims")
    directory = write_run(folder / "runs" / RUN, Truth())
    write_report(directory)
    order = ClaimsOrder(
        catalogue=SMALL,
        data=DataSection(),
        folder=folder / "claims" / "digits",
        runs=folder / "runs",
        workers=None,
        command="perbillion claims --data digits",
    )
    told = Told()
    return CarriedOut(order, carry_out(order, told), directory.root, told.lines)


def test_a_ledger_lies_beside_the_networks_that_it_rests_on(carried_out):
    folder = carried_out.order.folder
    assert Ledger.load(folder / "claims.json") == carried_out.ledger
    assert "C13" in (folder / "claims.html").read_text()
    assert "C13" in (folder / "claims.md").read_text()
    cards = {path.name for path in (folder / "networks").glob("*.card.json")}
    assert cards == {f"{plan.name}.card.json" for plan in SMALL.plans()}


def test_what_serving_costs_is_read_from_the_newest_run_and_its_report_shows_the_ledger(
    carried_out,
):
    assert carried_out.ledger.served_run == RUN
    assert f"what serving costs is read from the run {RUN}" in carried_out.lines
    assert Ledger.load(carried_out.run / "claims.json") == carried_out.ledger
    assert "The lecture's claims" in (carried_out.run / "report.md").read_text()


def test_what_holds_for_any_network_holds_for_these(carried_out):
    verdicts = {claim.id: claim.verdict for claim in carried_out.ledger.claims}
    for claim in ("C1", "C2", "C6", "C8"):
        assert verdicts[claim] is Settlement.HOLDS, claim
    assert verdicts["C5"] is Settlement.CONDITION
    assert verdicts["C10"] is Settlement.OPEN


def test_networks_are_counted_before_and_after(carried_out):
    count = len(SMALL.plans())
    assert carried_out.lines[0].startswith(f"{count} networks: 0 trained already, {count} ahead")
    ahead = carried_out.order.training_ahead()
    assert (ahead.finished, ahead.plans) == (count, ())
    assert ahead.told == f"{count} networks, all of them trained already"


def test_without_a_run_what_is_served_stays_open(carried_out, tmp_path):
    ledger, lines = _concluded(carried_out, tmp_path)
    assert lines == [f"no run in {tmp_path} counts as evidence of serving; that part stays open"]
    assert ledger.served_run is None


def test_a_run_whose_samples_are_gone_keeps_its_report_and_the_ledger_is_written(
    carried_out, tmp_path
):
    (tmp_path / RUN).mkdir()
    for name in ("experiment.toml", "result.json", "report.md"):
        (tmp_path / RUN / name).write_bytes((carried_out.run / name).read_bytes())
    ledger, lines = _concluded(carried_out, tmp_path)
    assert ledger.served_run == RUN
    assert lines[-1].startswith(f"the report of {RUN} was not written anew: ")
    assert Ledger.load(tmp_path / "claims" / "claims.json") == ledger
    kept = (tmp_path / RUN / "report.md").read_bytes()
    assert kept == (carried_out.run / "report.md").read_bytes()


def test_a_newer_run_without_dropconnect_is_named(carried_out, tmp_path):
    result = Result.load(carried_out.run / "result.json")
    for name, changes in ((RUN, {}), ("20261124T120000Z-quick", {"dropconnect": None})):
        result.model_copy(update={"run": name, **changes}).save(tmp_path / name / "result.json")
    _, lines = _concluded(carried_out, tmp_path)
    assert lines[0] == (
        f"what serving costs is read from the run {RUN}: the newer 20261124T120000Z-quick did not "
        "serve DropConnect"
    )


def test_exported_graphs_have_no_node_of_dropout_and_regular_ones_each_layer_s_factor(carried_out):
    facts = carried_out.ledger.evidence.exported
    assert facts.operators_inverted == facts.operators_none == facts.operators_dropconnect
    assert "Mul" not in facts.operators_none
    assert facts.factors == pytest.approx((0.8, 0.5))
    assert "a network in training mode cannot be exported" in facts.refusal


def _concluded(carried_out, runs):
    """Make a ledger of the same evidence with what another folder of runs holds."""
    order = replace(carried_out.order, runs=runs, folder=runs / "claims")
    told = Told()
    return conclude(order, carried_out.ledger.evidence, told), told.lines


def test_a_ledger_names_no_folder_of_the_machine(carried_out):
    text = json.dumps(carried_out.ledger.model_dump(mode="json"))
    assert str(carried_out.order.folder.parent.parent) not in text
