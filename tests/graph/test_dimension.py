import pytest

from graph.dimension import size_of, symbols_of


@pytest.mark.parametrize(
    ("dimension", "symbols", "size"),
    [
        (7, (), 7),
        ("batch", ("batch",), 2),
        ("past + 1", ("past",), 4),
        ("past_length+sequence", ("past_length", "sequence"), 15),
        ("2*batch - 1", ("batch",), 3),
        ("batch*batch", ("batch",), 4),
        ("unk__7", ("unk__7",), 9),
    ],
)
def test_a_dimension_is_a_number_a_symbol_or_sums_and_products_of_them(dimension, symbols, size):
    sizes = {"batch": 2, "past": 3, "past_length": 5, "sequence": 10, "unk__7": 9}
    assert symbols_of(dimension) == symbols
    assert size_of(dimension, sizes) == size


@pytest.mark.parametrize(
    "name", ["x[1]", "?", "a b", "f(x)", "a/b", "2**9999", "-", "(" * 5000, "\0", "a.b", "x:0"]
)
def test_any_other_text_is_the_name_of_one_symbol(name):
    assert symbols_of(name) == (name,)
    assert size_of(name, {name: 5}) == 5


def test_the_size_of_an_expression_as_it_is_written_comes_before_its_value():
    assert size_of("a + 1", {"a": 3, "a + 1": 9}) == 9
