import onnx
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
        parsed("(float[n,3] x) => (float[n,3] y)", "", "r = Relu(x)  y = Hardmax(r)")
    )
    assert count.per_row == 3
    assert count.uncounted == ("Hardmax",)


def test_an_operator_of_unknown_size_is_named_and_not_guessed(parsed):
    count = count_flops(parsed("(float[n,m] x) => (float[n,m] y)", "", "y = Relu(x)"))
    assert count.per_row == 0
    assert count.uncounted == ("Relu",)


def test_an_operator_of_another_domain_is_not_taken_for_the_standard_one(parsed):
    model = parsed("(float[n,3] x) => (float[n,3] y)", "", "y = Relu(x)")
    model.graph.node[0].domain = "com.example"
    model.opset_import.add(domain="com.example", version=1)
    assert count_flops(model).uncounted == ("Relu",)


IMAGE = "(float[n,4,6,6] x) => (float[n,a,b,c] y)"
ONES = ",".join(["1"] * 72)


@pytest.mark.parametrize(
    ("constants", "body", "flops"),
    [
        # 2 products and sums of 4 channels and 9 places for each of 2 * 16 numbers made.
        (f"<float[2,4,3,3] w = {{{ONES}}}>", "y = Conv(x, w)", 2 * 36 * 32),
        (
            f"<float[2,4,3,3] w = {{{ONES}}}, float[2] b = {{1, 1}}>",
            "y = Conv(x, w, b)",
            (2 * 36 + 1) * 32,
        ),
        (f"<float[4,2,3,3] w = {{{ONES}}}>", "y = Conv<group = 2>(x, w)", 2 * 18 * 64),
        # Each of 4 * 36 numbers goes into 9 places of 2 channels.
        (f"<float[4,2,3,3] w = {{{ONES}}}>", "y = ConvTranspose(x, w)", 2 * 18 * 144),
        ("", "y = MaxPool<kernel_shape = [2, 2], strides = [2, 2]>(x)", 3 * 36),
        ("", "y = AveragePool<kernel_shape = [3, 3], strides = [3, 3]>(x)", 9 * 16),
        ("", "y = GlobalAveragePool(x)", 144 + 4),
        ("", "y = GlobalMaxPool(x)", 144),
        (
            "<float[4] g = {1,1,1,1}, float[4] b = {1,1,1,1}>",
            "y = BatchNormalization(x, g, b, b, g)",
            2 * 144,
        ),
        ("<float[6] g = {1,1,1,1,1,1}>", "y = LayerNormalization(x, g)", 6 * 144),
        ("<float[6] g = {1,1,1,1,1,1}>", "y = LayerNormalization(x, g, g)", 7 * 144),
        ("<float[4] g = {1,1,1,1}>", "y = InstanceNormalization(x, g, g)", 7 * 144),
        ("", "y = Softmax(x)", 5 * 144),
        ("", "y = Gelu(x)", 5 * 144),
        ("", 'y = Gelu<approximate = "tanh">(x)', 8 * 144),
        ("<int64[1] a = {1}>", "y = ReduceSum(x, a)", 144),
        ("<int64[1] a = {1}>", "y = ReduceMean(x, a)", 144 + 36),
        ("<int64[1] a = {1}>", "y = ReduceL2(x, a)", 2 * 144 + 36),
        ("", "y = Max(x, x, x)", 2 * 144),
        ("", "y = Mean(x, x, x)", 3 * 144),
        ("", "y = MeanVarianceNormalization<axes = [0, 2, 3]>(x)", 5 * 144),
        ("", "q, s, z = DynamicQuantizeLinear(x)  y = DequantizeLinear(q, s, z)", 7 * 144),
        ("", "t = Transpose<perm = [0, 1, 3, 2]>(x)  y = MatMul(x, t)", 2 * 6 * 144),
        ("", 'y = Einsum<equation = "ncij,ncjk->ncik">(x, x)', 2 * 4 * 6**3),
        (
            "<float s = {0.1}, uint8 z = {128}>",
            "q = QuantizeLinear(x, s, z)  y = DequantizeLinear(q, s, z)",
            5 * 144,
        ),
        # Arithmetic of whole numbers is not of floating-point numbers.
        ("", "i = Cast<to = 7>(x)  j = Mul(i, i)  y = Cast<to = 1>(j)", 0),
    ],
)
def test_what_convolutional_networks_and_transformers_use_counts_by_the_rule(
    constants, body, flops, parsed
):
    count = count_flops(parsed(IMAGE, constants, body))
    assert count.uncounted == ()
    assert count.per_row == flops


def test_attention_counts_its_products_scores_and_mask():
    # 2 heads, 3 queries, 3 keys of size 4: a score takes 2*4 and, for the values, 2*4 more.
    model = onnx.parser.parse_model(
        '<ir_version: 11, opset_import: ["" : 23]> g '
        "(float[1,2,3,4] q, float[1,2,3,4] k, float[1,2,3,4] v, float[3,3] m) "
        "=> (float[a,b,c,d] y) "
        "{ y = Attention(q, k, v, m) }"
    )
    assert count_flops(model).per_row == 2 * 3 * 3 * (8 + 8 + 5 + 1 + 1)


def test_large_constants_are_counted_by_their_shape_alone(mlp):
    # 2,048 numbers are more than inference is given.
    assert count_flops(mlp([64, 32, 1], [None])).per_row == 2 * (2048 + 32) + 33 + 32
