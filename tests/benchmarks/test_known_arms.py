from benchmarks.controls.known_arms import CHAIN, REFERENCE, SPINS_NS, put_known_arms
from benchmarks.controls.recovery_plan import RecoveryPlan, starts_of
from benchmarks.controls.spin_instrument import SpinInstrument
from benchmarks.peers.example_model import INPUT, MLP
from contract.samples import Samples
from graph.census import take_census
from graph.model_file import load_model
from graph.prediction import outputs_of


def test_all_known_arms_compute_the_same_numbers_to_the_bit(tmp_path):
    subjects = put_known_arms(tmp_path)
    rows = {INPUT: MLP.rows(20)}
    (expected,) = outputs_of(subjects.models[REFERENCE], rows)
    for arm in subjects.arms:
        (found,) = outputs_of(subjects.models[arm], rows)
        assert found.tobytes() == expected.tobytes(), arm


def test_the_runtime_s_optimisation_leaves_every_node_of_the_chain(tmp_path):
    models = put_known_arms(tmp_path, chain_nodes=8).models
    reference, chain = (take_census(load_model(models[arm])) for arm in (REFERENCE, CHAIN))
    assert chain.operators_optimised.count("Mul") == 8
    without = tuple(name for name in chain.operators_optimised if name != "Mul")
    assert without == reference.operators_optimised


def test_every_measured_inference_is_noted_and_spins_at_least_as_long_as_its_model_says(tmp_path):
    subjects = put_known_arms(tmp_path / "repository")
    plan = RecoveryPlan(seconds_per_start=0.5)
    instrument = SpinInstrument(plan.setting(tmp_path, subjects))
    start = starts_of(instrument.arms, 1, seed=1)[0]
    outcome = instrument.run(start)
    record = instrument.record(start)
    assert Samples.load(outcome.samples).arms == subjects.arms
    assert set(record.cpu_ns) == {alias for (alias,) in start.aliases.values()}
    for arm, (alias,) in start.aliases.items():
        cpu_ns, wall_ns = record.cpu_ns[alias], record.wall_ns[alias]
        # More than were measured: the server and the generator warm up first.
        assert len(cpu_ns) == len(wall_ns) > outcome.rounds > 10
        assert min(cpu_ns) >= SPINS_NS.get(arm, 0)
        assert min(wall_ns) >= SPINS_NS.get(arm, 0)
