import asyncio
from dataclasses import replace

import pytest

from contract.errors import ArtifactError, NotReadyError
from serve.loading import load_models
from serve.repository import find_models
from serve.served_models import ServedModels
from serve.settings import ServerSettings


@pytest.fixture
def small(tmp_path, models):
    for name in ("a", "b"):
        models.put(models.scale(2), tmp_path, name)
    return ServerSettings(repository=tmp_path)


def _load(settings, served=None):
    files = find_models(settings.repository, settings.models)
    return load_models(files, settings, served or ServedModels())


def test_nothing_is_ready_before_every_model_is_warm(small):
    served = ServedModels()
    loading = _load(small, served)
    for _ in range(2):  # it gives way once before each model
        loading.send(None)
        with pytest.raises(NotReadyError, match="loading"):
            served.require_ready()
        with pytest.raises(NotReadyError):
            served.find("a")
        assert not served.by_infer_path
    with pytest.raises(StopIteration):
        loading.send(None)
    served.require_ready()
    assert served.find("a").identity.name == "a"


@pytest.mark.parametrize("order", [("a", "b"), ("b", "a")])
def test_models_are_loaded_in_the_order_in_which_they_are_asked_for(small, models, order):
    for name in order:
        (small.repository / name / "1" / "model.onnx").write_bytes(b"no model")
    with pytest.raises(ArtifactError, match=f"/{order[0]}/1/model.onnx"):
        asyncio.run(_load(replace(small, models=order)))


@pytest.mark.parametrize("steps_before", [1, 2])
def test_a_sacrificial_session_is_opened_and_then_the_first_model(small, steps_before):
    """Both read the first file, so both fail on a file that is spoilt before their step."""
    settings = replace(small, models=("b", "a"), sacrificial_session=True)
    loading = _load(settings)
    for _ in range(steps_before):
        loading.send(None)
    (small.repository / "b" / "1" / "model.onnx").write_bytes(b"no model")
    with pytest.raises(ArtifactError, match=r"/b/1/model\.onnx: ONNX Runtime cannot load"):
        loading.send(None)


@pytest.mark.parametrize("sacrificial", [True, False])
def test_a_model_that_cannot_run_is_found_out_before_it_is_served(tmp_path, models, sacrificial):
    models.put(models.impossible(), tmp_path, "broken")
    settings = ServerSettings(repository=tmp_path, sacrificial_session=sacrificial)
    with pytest.raises(ArtifactError, match=r"broken, version 1: the model cannot compute"):
        asyncio.run(_load(settings))


def test_a_model_whose_tensors_the_protocol_cannot_carry_is_named(tmp_path, models):
    onnx_model = models.identity("FP32")
    for value in (*onnx_model.graph.input, *onnx_model.graph.output):
        value.type.tensor_type.elem_type = 16  # bfloat16
    path = models.put(onnx_model, tmp_path, "brain")
    with pytest.raises(ArtifactError, match="bfloat16") as raised:
        asyncio.run(_load(ServerSettings(repository=tmp_path)))
    assert raised.value.where == str(path)
