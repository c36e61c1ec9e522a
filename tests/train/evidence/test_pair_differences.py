import pytest
import torch

from train.evidence.pair_differences import pair_difference


def _pair(small_catalogue, archive, pair):
    inverted, regular = (archive.load(plan.name)[1] for plan in (pair.inverted, pair.regular))
    return pair, inverted, regular


def test_matched_training_at_one_half_shows_no_difference(small_catalogue, archive, few_digits):
    found = pair_difference(
        *_pair(small_catalogue, archive, small_catalogue.pairs[1]), few_digits.test
    )
    assert (found.matching, found.p, found.epochs, found.seed) == ("matched", 0.5, 2, 123)
    assert (found.largest_logit_difference, found.different_predictions) == (0, 0)
    assert found.rows == 60


def test_a_naive_pair_differs_and_says_so(small_catalogue, archive, few_digits):
    pair = small_catalogue.pairs[-1]
    found = pair_difference(*_pair(small_catalogue, archive, pair), few_digits.test)
    assert (found.matching, found.seed) == ("naive", 1)
    assert found.largest_logit_difference > 1e-3


def test_differences_are_absolute_and_counted_by_hand(small_catalogue, archive, few_digits):
    """One logit is raised so far that every image is of that class."""
    pair, inverted, regular = _pair(small_catalogue, archive, small_catalogue.pairs[1])
    with torch.no_grad():
        regular.linears[-1].bias[3] -= 100
        regular.linears[-1].bias[4] += 50
    found = pair_difference(pair, inverted, regular, few_digits.test)
    images = torch.from_numpy(few_digits.test.images)
    with torch.inference_mode():
        logits = inverted(images)
    assert found.largest_logit_difference == pytest.approx(100, abs=1e-4)
    assert found.largest_logit == pytest.approx((logits[:, 3] - 100).abs().max().item())
    assert found.different_predictions == int((logits.argmax(1) != 4).sum())
