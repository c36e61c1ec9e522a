import numpy as np
import pytest

from contract.errors import ParityError
from export.parity import network_logits, require_parity
from graph.equality import FLOAT32

LOGITS = np.array([[10.0, 2.0, 1.0], [-3.0, 0.5, 0.0]], dtype=np.float32)


def test_parity_states_what_was_found_and_what_was_allowed():
    off = LOGITS.copy()
    off[1, 1] += np.float32(2**-12)
    parity = require_parity("inverted", LOGITS, off)
    assert parity.rows == 2
    assert parity.largest_absolute_difference == 2**-12
    assert parity.tolerance == FLOAT32.allowed(10.0)
    assert parity.same_function


def test_logits_too_far_off_are_refused_with_the_arm_named():
    with pytest.raises(ParityError, match=r"arm 'folded'.*differ by up to 0\.1"):
        require_parity("folded", LOGITS, LOGITS + np.float32(0.1))


def test_one_other_class_is_refused_even_where_every_logit_is_close():
    allowed = FLOAT32.allowed(10.0)
    network = np.array([[10.0, 10.0 - 1.5 * allowed]], dtype=np.float32)
    graph = np.array([[10.0 - 0.9 * allowed, 10.0 - 0.6 * allowed]], dtype=np.float32)
    with pytest.raises(ParityError, match="same class"):
        require_parity("regular", network, graph)


def test_a_class_that_rounding_alone_has_changed_is_no_other_class():
    near = np.array([[1.0, np.nextafter(np.float32(1), np.float32(2))]], dtype=np.float32)
    parity = require_parity("regular", near, near[:, ::-1])
    assert parity.same_function
    assert parity.class_agreement == 0


def test_torch_predicts_without_recording_gradients(network):
    images = np.random.default_rng(0).random((4, 12), dtype=np.float32)
    logits = network_logits(network(), images)
    assert logits.dtype == np.float32
    assert logits.shape == (4, 5)
