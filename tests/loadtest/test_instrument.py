"""The instruments as a campaign uses them: real processes, real server, real Locust."""

import threading

import numpy as np
import psutil
import pytest

from contract.errors import LoadTestError, ServingError
from contract.experiment import Experiment
from contract.samples import SERVER_COLUMNS, Samples
from loadtest.campaign.start_plan import CampaignSeeds, plan_starts
from loadtest.instruments.in_process_instrument import InProcessInstrument
from loadtest.instruments.instrument import Setting
from loadtest.instruments.served_instrument import ServedInstrument
from loadtest.machine.cores import available_cores, choose_cores
from unknown_operator import make_unknown

(PLAN, _) = plan_starts(("inverted", "regular", "folded", "again"), 1, CampaignSeeds(1, 2, 3))


def _instrument(kind, bench, experiment=None):
    cores = choose_cores(available_cores())
    return kind(Setting(experiment or bench.experiment, bench.directory, bench.subjects, cores))


def _assert_rounds_are_whole_and_shuffled(samples):
    orders = samples.arm.reshape(-1, len(samples.arms))
    assert (np.sort(orders, axis=1) == np.arange(4)).all()
    assert len({tuple(order) for order in orders.tolist()}) > 10


def test_an_in_process_start_measures_every_round_it_was_ordered(bench):
    samples = Samples.load(_instrument(InProcessInstrument, bench).run(PLAN).samples)
    assert samples.rounds == bench.experiment.in_process.rounds_per_start
    assert samples.server == {}
    assert (samples.done_ns > samples.sent_ns).all()
    _assert_rounds_are_whole_and_shuffled(samples)


def test_a_served_start_brings_latencies_and_the_server_s_own_timings(bench):
    samples = Samples.load(_instrument(ServedInstrument, bench).run(PLAN).samples)
    assert samples.rounds > 10
    assert samples.failures == 0
    assert tuple(samples.server) == SERVER_COLUMNS
    assert all((column >= 0).all() for column in samples.server.values())
    assert (np.diff(samples.server["thread_cpu_ns"]) > 0).all()
    _assert_rounds_are_whole_and_shuffled(samples)


def test_a_start_leaves_samples_and_logs_and_nothing_else(bench):
    before = {path.name for path in bench.directory.root.iterdir()}
    _instrument(ServedInstrument, bench).run(PLAN)
    after = {path.name for path in bench.directory.root.iterdir()}
    assert after - before == {"samples", "logs"}


def test_a_server_that_dies_during_its_start_is_told_with_its_last_lines(bench):
    make_unknown(bench.subjects.models["folded"])
    with pytest.raises(ServingError, match=r"died during its start.*cannot load this model"):
        _instrument(ServedInstrument, bench).run(PLAN)
    assert not bench.directory.samples.exists()


def test_a_loop_that_cannot_load_a_model_is_told_with_its_last_lines(bench):
    bench.subjects.models["folded"].write_bytes(b"no model")
    with pytest.raises(LoadTestError, match=r"exit status 1.*cannot load this model"):
        _instrument(InProcessInstrument, bench).run(PLAN)


def test_a_server_that_is_killed_under_load_is_told(bench):
    overrides = {"served": {"seconds_per_start": 60, "warmup_rounds": 5}}
    instrument = _instrument(ServedInstrument, bench, Experiment.resolve(overrides=overrides))
    assassin = threading.Thread(target=_kill_the_server_once_it_is_loaded, args=(bench,))
    assassin.start()
    with pytest.raises(ServingError, match="the server died with exit status -9"):
        instrument.run(PLAN)
    assassin.join()
    assert not list(bench.directory.samples.glob("*.parquet"))


def _kill_the_server_once_it_is_loaded(bench):
    while True:
        children = {}
        for process in psutil.Process().children():
            try:
                words = process.cmdline()
                if any(str(bench.directory.root) in word for word in words):
                    children["serve" if "serve" in words else "generator"] = process
                if len(children) == 2 and _is_sending(children["generator"]):
                    children["serve"].kill()
                    return
            except psutil.NoSuchProcess:
                continue


def _is_sending(generator):
    return any(c.status == psutil.CONN_ESTABLISHED for c in generator.net_connections())


def test_models_are_served_under_aliases_loaded_in_the_planned_order(bench):
    _instrument(ServedInstrument, bench).run(PLAN)
    log = (bench.directory.logs / "server-served-000.log").read_text()
    places = [log.index(alias) for alias in PLAN.names_in_load_order(bench.subjects.models)]
    assert places == sorted(places)
    assert not any(arm in log for arm in bench.subjects.arms)
