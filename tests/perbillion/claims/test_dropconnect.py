"""C12: the identity, which works better, and what sampling costs to serve."""

import pytest

from contract.ledger import Settlement
from perbillion.claims.dropconnect import settle_c12


def _dropout_better_by(mnist, points):
    accuracies = mnist.evidence.group("dropconnect").test_accuracy
    better = tuple(share + (points + 0.01 * n) / 100 for n, share in enumerate(accuracies))
    return mnist.group("inverted", test_accuracy=better).evidence


def test_c12_holds_where_the_identity_does_and_dropout_works_better(mnist):
    claim = settle_c12(_dropout_better_by(mnist, 0.5), None)
    assert claim.verdict is Settlement.HOLDS
    assert "Dropout works better here" in claim.because


@pytest.mark.parametrize(
    ("points", "said"),
    [(-0.9, "Dropout does not work better here"), (-0.025, "cannot be told here")],
)
def test_dropout_that_does_not_work_better_is_a_condition(mnist, points, said):
    claim = settle_c12(_dropout_better_by(mnist, points), None)
    assert claim.verdict is Settlement.CONDITION
    assert said in claim.because


def test_c12_does_not_hold_where_the_identity_does_not(mnist):
    wrong = mnist.identity("unit-is-its-weights", unequal=200, largest_difference=0.5).evidence
    assert settle_c12(wrong, None).verdict is Settlement.FAILS


def test_without_a_run_that_served_it_the_cost_of_sampling_is_open(mnist, sound_result):
    bare = sound_result.model_copy(update={"dropconnect": None})
    for result in (None, bare):
        claim = settle_c12(mnist.evidence, result)
        assert "not measured yet: `perbillion run --profile standard` does" in claim.because


def test_a_run_that_served_it_says_what_sampling_costs(mnist, sound_result):
    claim = settle_c12(mnist.evidence, sound_result)
    assert "Served, 100 samples a layer take 88.13 ± 0.24 µs more of server CPU" in claim.because
    assert "core-hours ($0.9792 ± 0.0026) per billion predictions" in claim.because
    assert sum("beyond mean weights" in figure.name for figure in claim.figures) == 3


def test_the_server_s_clock_missing_the_client_s_time_is_told(mnist, sound_result):
    served = sound_result.dropconnect
    kept = tuple(d for d in served.differences if d.instrument == "dropconnect_latency")
    client = served.model_copy(update={"differences": kept, "cost": None})
    claim = settle_c12(mnist.evidence, sound_result.model_copy(update={"dropconnect": client}))
    assert "more of a client's time for a request" in claim.because
    assert "per billion" not in claim.because
