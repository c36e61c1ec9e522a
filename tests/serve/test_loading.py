import asyncio
from dataclasses import replace

import pytest

from contract.errors import ArtifactError, NotReadyError
from serve.models.execution import Cost, Execution, most_inline_rows
from serve.models.repository import find_models
from serve.settings import ServerSettings

BATCHING = "[batching]\nmax_batch_size = 8\n"


@pytest.fixture
def small(tmp_path, models):
    for name in ("a", "b"):
        models.put(models.scale(2), tmp_path, name)
    return ServerSettings(repository=tmp_path)


@pytest.fixture
def loading(application_of):
    """Load what settings name; return the application."""

    def load(settings):
        application = application_of(settings)
        application.load(settings.models)
        return application

    return load


def test_nothing_may_be_asked_before_every_model_is_warm(small, application_of):
    application = application_of(small)
    files = application.slots.place(find_models(small.repository, None))
    models = asyncio.run(application.wiring.loader.load(files))
    served = application.served
    with pytest.raises(NotReadyError, match="loading"):
        served.require_ready()
    with pytest.raises(NotReadyError):
        served.find("a")
    assert not served.by_infer_url
    served.publish(models)
    assert served.find("a").model.identity.name == "a"
    assert set(served.by_infer_url) == {
        f"/v2/models/{name}{version}/infer".encode()
        for name in ("a", "b")
        for version in ("", "/versions/1")
    }


@pytest.mark.parametrize("order", [("a", "b"), ("b", "a")])
def test_models_are_loaded_in_the_order_in_which_they_are_asked_for(small, loading, order):
    for name in order:
        (small.repository / name / "1" / "model.onnx").write_bytes(b"no model")
    with pytest.raises(ArtifactError, match=f"/{order[0]}/1/model.onnx"):
        loading(replace(small, models=order))


def test_a_sacrificial_session_leaves_nothing_behind(small, application_of):
    application = application_of(small)
    (first, _) = application.slots.place(find_models(small.repository, None))
    assert asyncio.run(application.wiring.loader.sacrifice(first)) is None
    assert not application.served.all()
    first.file.path.write_bytes(b"no model")
    with pytest.raises(ArtifactError, match="ONNX Runtime cannot load"):
        asyncio.run(application.wiring.loader.sacrifice(first))


def test_a_model_that_cannot_run_is_found_out_before_it_is_served(tmp_path, models, loading):
    models.put(models.impossible(), tmp_path, "broken")
    with pytest.raises(ArtifactError, match=r"broken, version 1: the model cannot compute"):
        loading(ServerSettings(repository=tmp_path))


def test_the_settings_in_a_model_s_folder_go_before_the_server_s(small, loading):
    (small.repository / "a" / "model.toml").write_text(
        "threads = 2\nmax_rows = 5\nqueue_deadline_ms = 7\nexecution = 'thread-pool'\n"
    )
    served = loading(small).served
    a, b = served.find("a"), served.find("b")
    assert (a.model.threads, a.max_rows, a.queue_deadline_ms) == (2, 5, 7)
    assert (a.execution, a.most_inline_rows) == (Execution.THREAD_POOL, 0)
    assert (b.model.threads, b.max_rows) == (1, small.limits.max_rows)
    assert b.execution is Execution.AUTO


def test_a_model_that_mixes_its_rows_is_not_batched(tmp_path, models, loading):
    models.put(models.centred(), tmp_path, "centred")
    (tmp_path / "centred" / "model.toml").write_text(BATCHING)
    with pytest.raises(ArtifactError, match=r"centred.*it mixes rows"):
        loading(ServerSettings(repository=tmp_path))


def test_where_a_request_runs_follows_from_its_rows_and_what_warm_up_measured():
    cost = Cost.through(one_row_ns=30_000, rows=11, rows_ns=230_000)
    assert (cost.base_ns, cost.row_ns) == (10_000, 20_000)
    assert cost.most_rows_within(1_000_000) == 49
    assert cost.most_rows_within(29_000) == 0
    assert most_inline_rows(Execution.AUTO, cost) == 49
    assert most_inline_rows(Execution.THREAD_POOL, cost) == 0
    assert most_inline_rows(Execution.EVENT_LOOP, cost) > 10**9
    noise = Cost.through(one_row_ns=30_000, rows=11, rows_ns=29_000)
    assert noise.most_rows_within(31_000) > 10**9


def test_a_model_whose_tensors_the_protocol_cannot_carry_is_named(tmp_path, models, loading):
    onnx_model = models.identity("FP32")
    for value in (*onnx_model.graph.input, *onnx_model.graph.output):
        value.type.tensor_type.elem_type = 16  # bfloat16
    path = models.put(onnx_model, tmp_path, "brain")
    with pytest.raises(ArtifactError, match="bfloat16") as raised:
        loading(ServerSettings(repository=tmp_path))
    assert raised.value.where == str(path)
