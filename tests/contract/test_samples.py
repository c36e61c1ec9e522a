import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contract.errors import ArtifactError
from contract.samples import SERVER_COLUMNS, Samples

ARMS = ("inverted", "regular", "again")


def _samples(rounds, seed, *, served):
    generator = np.random.default_rng(seed)
    size = rounds * len(ARMS)
    order = generator.permuted(np.tile(np.arange(len(ARMS)), (rounds, 1)), axis=1).ravel()
    times = generator.integers(0, 2**62, size)
    server = {name: generator.integers(-1, 10**9, size) for name in SERVER_COLUMNS}
    for column in server.values():
        column[:1] = 7  # a column that was measured at least once
    return Samples(
        instrument="served" if served else "in_process",
        replicate=seed % 100,
        arms=ARMS,
        arm=order,
        round=np.arange(size) // len(ARMS),
        position=np.arange(size) % len(ARMS),
        intended_ns=times,
        sent_ns=times + 1,
        done_ns=times + 2,
        status=generator.choice([200, 503, -1], size) if served else np.zeros(size, dtype=int),
        server=server if served else {},
    )


@settings(deadline=None, max_examples=30)
@given(st.integers(0, 40), st.integers(0, 2**32), st.booleans())
def test_samples_are_read_back_as_they_were_written(tmp_path_factory, rounds, seed, served):
    served = served and rounds > 0
    samples = _samples(rounds, seed, served=served)
    path = tmp_path_factory.mktemp("samples") / "start.parquet"
    samples.save(path)
    again = Samples.load(path)
    assert (again.instrument, again.replicate, again.arms) == (
        samples.instrument,
        samples.replicate,
        samples.arms,
    )
    for name in ("arm", "round", "position", "intended_ns", "sent_ns", "done_ns", "status"):
        np.testing.assert_array_equal(getattr(again, name), getattr(samples, name))
    assert again.server.keys() == samples.server.keys()
    for name, column in samples.server.items():
        np.testing.assert_array_equal(again.server[name], column)


def test_by_round_puts_each_value_in_its_round_s_row_and_its_arm_s_column():
    samples = _samples(50, seed=3, served=False)
    table = samples.by_round(samples.sent_ns)
    for index in range(samples.arm.size):
        assert table[samples.round[index], samples.arm[index]] == samples.sent_ns[index]


def test_a_request_that_was_not_answered_with_200_is_a_failure():
    samples = _samples(20, seed=4, served=True)
    assert samples.failures == np.count_nonzero(samples.status != 200)


@pytest.mark.parametrize("content", [b"", b"PAR1", b"not parquet at all"])
def test_damaged_samples_are_an_error_that_names_the_file(tmp_path, content):
    path = tmp_path / "served-003.parquet"
    path.write_bytes(content)
    with pytest.raises(ArtifactError, match=r"served-003\.parquet: cannot read these samples"):
        Samples.load(path)
