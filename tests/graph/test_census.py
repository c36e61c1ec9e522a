from graph.census import take_census


def test_both_scalings_survive_the_runtime_s_optimisation(mlp):
    census = take_census(mlp([784, 75, 45, 10], [0.8, 0.5]))
    assert census.operators == ("Gemm", "Relu", "Mul", "Gemm", "Relu", "Mul", "Gemm")
    assert census.operators_optimised == ("FusedGemm", "Mul", "FusedGemm", "Mul", "Gemm")


def test_a_graph_without_scalings_runs_as_three_nodes(mlp):
    census = take_census(mlp([784, 75, 45, 10], [None, None]))
    assert census.operators_optimised == ("FusedGemm", "FusedGemm", "Gemm")


def test_a_scaling_by_one_does_not_run(mlp):
    census = take_census(mlp([8, 7, 6, 5], [1.0, 0.5]))
    assert census.operators.count("Mul") == 2
    assert census.operators_optimised.count("Mul") == 1


def test_parameters_are_the_numbers_in_the_initialisers(mlp):
    weights_and_biases = 784 * 75 + 75 + 75 * 45 + 45 + 45 * 10 + 10
    assert take_census(mlp([784, 75, 45, 10], [None, None])).parameters == weights_and_biases
    assert take_census(mlp([784, 75, 45, 10], [0.8, 0.5])).parameters == weights_and_biases + 2


def test_a_census_leaves_the_model_and_the_folder_of_temporary_files_as_they_were(
    mlp, tmp_path, monkeypatch
):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    model = mlp([4, 3, 2], [0.5])
    before = model.SerializeToString()
    take_census(model)
    assert model.SerializeToString() == before
    assert not list(tmp_path.iterdir())
