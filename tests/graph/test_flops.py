import pytest

from graph.flops import count_flops


def test_a_layer_counts_two_a_weight_and_one_a_bias(mlp):
    count = count_flops(mlp([784, 75, 45, 10], [None, None]))
    weights = 784 * 75 + 75 * 45 + 45 * 10
    biases, activations = 75 + 45 + 10, 75 + 45
    assert count.per_row == 2 * weights + biases + activations
    assert count.uncounted == ()


def test_a_scaling_counts_one_a_unit(mlp):
    without = count_flops(mlp([784, 75, 45, 10], [None, None])).per_row
    assert count_flops(mlp([784, 75, 45, 10], [0.8, 0.5])).per_row - without == 75 + 45


def test_transposed_weights_count_the_same(mlp):
    assert count_flops(mlp([7, 5, 3], [0.5])) == count_flops(
        mlp([7, 5, 3], [0.5], transposed=False)
    )


@pytest.mark.parametrize(
    ("body", "flops"),
    [
        ("y = MatMul(x, w)", 24),
        ("m = MatMul(x, w)  y = Add(m, b)", 28),
        ("y = Gemm(x, w, b)", 28),
        ("y = Gemm<alpha = 0.5>(x, w)", 28),
        ("y = Gemm<alpha = 0.5, beta = 2.0>(x, w, b)", 36),
        ("y = Gemm<beta = 2.0>(x, w)", 24),
        ("t = Transpose(x)  y = Gemm<transA = 1>(t, w)", 24),
    ],
)
def test_matrix_products_count_by_the_rule(body, flops, parsed):
    model = parsed(
        "(float[n,3] x) => (float[n,4] y)",
        f"<float[3,4] w = {{{','.join('1' * 12)}}}, float[4] b = {{1,1,1,1}}>",
        body,
    )
    assert count_flops(model).per_row == flops


def test_a_fixed_number_of_rows_is_divided_out(parsed):
    body = "y = Relu(x)"
    fixed = parsed("(float[8,3] x) => (float[8,3] y)", "", body)
    assert (
        count_flops(fixed).per_row
        == count_flops(parsed("(float[n,3] x) => (float[n,3] y)", "", body)).per_row
    )


def test_an_operator_outside_the_rule_is_named_and_not_guessed(parsed):
    count = count_flops(
        parsed("(float[n,3] x) => (float[n,3] y)", "", "r = Relu(x)  y = Softmax(r)")
    )
    assert count.per_row == 3
    assert count.uncounted == ("Softmax",)


def test_an_operator_of_unknown_size_is_named_and_not_guessed(parsed):
    count = count_flops(parsed("(float[n,m] x) => (float[n,m] y)", "", "y = Relu(x)"))
    assert count.per_row == 0
    assert count.uncounted == ("Relu",)


def test_an_operator_of_another_domain_is_not_taken_for_the_standard_one(parsed):
    model = parsed("(float[n,3] x) => (float[n,3] y)", "", "y = Relu(x)")
    model.graph.node[0].domain = "com.example"
    model.opset_import.add(domain="com.example", version=1)
    assert count_flops(model).uncounted == ("Relu",)
