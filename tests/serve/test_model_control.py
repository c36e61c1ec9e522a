"""Loading and unloading while the server runs."""

import json

import pytest

TENSOR = {"name": "x", "shape": [1, 4], "datatype": "FP32", "data": [1, 2, 3, 4]}
REQUEST = {"inputs": [TENSOR]}


@pytest.fixture
def controlled(tmp_path, models, start_server, connect):
    models.put(models.scale(2), tmp_path, "a")
    models.put(models.scale(3), tmp_path, "b")
    with start_server(tmp_path, "--models", "a", "--model-control") as (process, text):
        yield connect(process, text)


def _answer(server, model):
    answer = server.infer(model, REQUEST)
    assert answer.status == 200
    return answer.json["model_version"], answer.json["outputs"][0]["data"]


def _post(server, path, body=None):
    return server.ask("POST", f"/v2/repository/{path}", body, {"Content-Type": "application/json"})


def _index(server, body=None):
    return [
        (entry["name"], entry["version"], entry["state"])
        for entry in _post(server, "index", body).json
    ]


def test_a_model_is_loaded_and_unloaded(controlled):
    assert controlled.infer("b", REQUEST).status == 404
    assert _index(controlled) == [("a", "1", "READY"), ("b", "", "UNAVAILABLE")]
    assert _post(controlled, "models/b/load").status == 200
    assert _answer(controlled, "b") == ("1", [3, 6, 9, 12])
    assert _index(controlled) == [("a", "1", "READY"), ("b", "1", "READY")]
    assert _post(controlled, "models/a/unload").status == 200
    answer = controlled.infer("a", REQUEST)
    assert answer.status == 404
    assert "no model 'a'" in answer.error
    assert controlled.get("/v2/models/a/ready").status == 404
    assert _index(controlled, json.dumps({"ready": True})) == [("b", "1", "READY")]
    assert controlled.get("/v2/health/ready").status == 200


def test_a_new_version_serves_after_a_load_and_not_before(controlled, tmp_path, models):
    models.put(models.scale(5), tmp_path, "a", "2")
    assert _answer(controlled, "a") == ("1", [2, 4, 6, 8])
    assert _post(controlled, "models/a/load").status == 200
    assert _answer(controlled, "a") == ("2", [5, 10, 15, 20])
    assert _answer(controlled, "a/versions/1") == ("1", [2, 4, 6, 8])


@pytest.mark.parametrize("what", ["no model", "cannot run", "bad settings"])
def test_a_load_that_fails_leaves_the_old_version_serving(controlled, tmp_path, models, what):
    if what == "no model":
        models.put(b"no model", tmp_path, "a", "2")
    elif what == "cannot run":
        models.put(models.impossible(), tmp_path, "a", "2")
    else:
        (tmp_path / "a" / "model.toml").write_text("threads = 0\n")
    answer = _post(controlled, "models/a/load")
    assert answer.status == 400
    assert answer.error
    assert _answer(controlled, "a") == ("1", [2, 4, 6, 8])
    assert controlled.get("/v2/models/a").json["versions"] == ["1"]


def test_counts_go_on_over_a_load(controlled):
    _answer(controlled, "a")
    assert _post(controlled, "models/a/load").status == 200
    _answer(controlled, "a")
    (stats,) = controlled.get("/v2/models/a/stats").json["model_stats"]
    assert stats["inference_count"] == 2


@pytest.mark.parametrize("name", ["none", "..", "%2e%2e", "a%2f..%2fb"])
def test_only_models_of_the_repository_can_be_loaded(controlled, name):
    answer = _post(controlled, f"models/{name}/load")
    assert answer.status in (400, 404)
    assert answer.error
    assert _post(controlled, f"models/{name}/unload").status == 404


@pytest.mark.parametrize("verb", ["load", "unload"])
def test_without_the_option_nobody_loads_or_unloads(server, verb):
    answer = server.ask("POST", f"/v2/repository/models/abcd/{verb}")
    assert answer.status == 403
    assert "--model-control" in answer.error
    assert server.get("/v2/models/abcd").status == 200
