import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract.architecture import ACTIVATIONS, Architecture
from contract.errors import ExperimentError
from contract.experiment import ARMS, DROPCONNECT_ARMS, OTHER_FUNCTION, Experiment
from contract.profile import PROFILES, merged


def _resolved(text, tmp_path):
    path = tmp_path / "experiment.toml"
    path.write_text(text)
    return Experiment.resolve(toml=path)


def test_defaults_are_the_lecture_s_network_and_the_quick_profile():
    experiment = Experiment.resolve()
    assert experiment.network.hidden == (75, 45)
    assert experiment.network.drop_probability == (0.5, 0.5)
    assert experiment.arms == tuple(ARMS)
    assert experiment.verdict_arms == ("inverted", "regular", "folded", "again")
    assert experiment.profile == "quick"


def test_the_arms_with_dropconnect_are_served_in_a_campaign_of_their_own_and_nowhere_else():
    experiment = Experiment.resolve(profile="standard")
    assert experiment.arms[-2:] == DROPCONNECT_ARMS == experiment.arms_of("dropconnect")
    assert set(DROPCONNECT_ARMS) <= set(OTHER_FUNCTION)
    for campaign in ("in_process", "served", "doses", "capacity"):
        assert not set(experiment.arms_of(campaign)) & set(DROPCONNECT_ARMS), campaign
        assert experiment.arms_of(campaign)[0] == "inverted"
    assert not set(experiment.compared_arms) & set(DROPCONNECT_ARMS)


@pytest.mark.parametrize("kept", [(), DROPCONNECT_ARMS[:1], DROPCONNECT_ARMS[1:]])
def test_without_both_arms_there_is_no_campaign_with_dropconnect(kept):
    arms = ("inverted", "regular", "again", *kept)
    experiment = Experiment.resolve(profile="standard", overrides={"arms": arms})
    assert experiment.dropconnect.pairs == 6
    assert experiment.arms_of("dropconnect") == ()
    assert experiment.pairs_of("dropconnect") == 0
    assert experiment.pairs_of("doses") == 6


def test_the_quick_profile_makes_the_arms_with_dropconnect_and_does_not_load_them():
    assert set(DROPCONNECT_ARMS) <= set(Experiment.resolve().arms)
    pairs = {
        profile: Experiment.resolve(profile=profile).pairs_of("dropconnect") for profile in PROFILES
    }
    assert pairs == {"quick": 0, "standard": 6, "thorough": 16}


def test_an_architecture_has_the_network_s_numbers_and_drops_nothing_without_dropout():
    network = {
        "hidden": [8, 6],
        "drop_probability": [0.2, 0.5],
        "activation": "sigmoid",
        "placement": "before",
    }
    experiment = Experiment.resolve(overrides={"network": network})
    assert experiment.architecture("inverted", features=784, classes=10) == Architecture(
        layer_widths=(784, 8, 6, 10),
        drop_probabilities=(0.2, 0.5),
        dropout="inverted",
        activation="sigmoid",
        placement="before",
    )
    none = experiment.architecture("none", features=784, classes=10)
    assert (none.dropout, none.drop_probabilities) == ("none", (0.0, 0.0))


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_every_activation_of_an_architecture_can_be_asked_for(activation):
    experiment = Experiment.resolve(overrides={"network": {"activation": activation}})
    assert experiment.network.activation == activation


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("data", ["digits", "mnist"])
def test_every_profile_resolves_for_every_data_set(profile, data):
    experiment = Experiment.resolve(profile=profile, overrides={"data": {"name": data}})
    assert experiment.profile == profile
    assert experiment.served.pairs >= 6  # below six units no interval is printed


def test_mnist_is_trained_for_fifty_epochs_unless_the_profile_is_quick():
    overrides = {"data": {"name": "mnist"}}
    assert Experiment.resolve(profile="standard", overrides=overrides).training.epochs == 50
    assert Experiment.resolve(profile="quick", overrides=overrides).training.epochs == 5


def test_flags_win_over_the_file_and_the_file_over_the_profile(tmp_path):
    path = tmp_path / "experiment.toml"
    path.write_text("[training]\nepochs = 7\nlearning_rate = 0.2\n")
    experiment = Experiment.resolve(toml=path, overrides={"training": {"epochs": 9}})
    assert experiment.training.epochs == 9
    assert experiment.training.learning_rate == 0.2


def test_one_drop_probability_counts_for_every_hidden_layer():
    network = {"hidden": [8, 6, 4], "drop_probability": 0.3}
    assert Experiment.resolve(overrides={"network": network}).network.drop_probability == (0.3,) * 3


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[data]\nname = 'digit'", "did you mean 'digits'?"),
        ("[data]\nname = 'mnits'", "did you mean 'mnist'?"),
        ("arms = ['inverted', 'regulr', 'again']", "did you mean 'regular'?"),
        ("[training]\nepoch = 3", "no key 'training.epoch' (did you mean 'epochs'?"),
        ("[trainings]\nepochs = 3", "no key 'trainings' (did you mean 'training'?"),
        ("profile = 'quik'", "did you mean 'quick'?"),
        ("[network]\nactivation = 'rleu'", "did you mean 'relu'?"),
        ("[network]\nplacement = 'befor'", "network.placement"),
        ("[network]\ndropconnect_samples = 0", "greater than or equal to 1, given 0"),
        ("[network]\ndropconnect_samples = 10001", "less than or equal to 10000, given 10001"),
        ("[dropconnect]\npairs = -1", "greater than or equal to 0, given -1"),
        ("arms = ['inverted', 'regular', 'again', 'dropconect']", "did you mean 'dropconnect'?"),
        ("[network]\ndrop_probability = 1.0", "less than 1, given 1.0"),
        ("[network]\ndrop_probability = -0.1", "greater than or equal to 0, given -0.1"),
        ("[network]\ndrop_probability = [0.5]", "1 drop probabilities for 2 hidden layers"),
        ("[network]\nhidden = []\ndrop_probability = []", "at least one hidden layer"),
        ("[network]\nhidden = [0]", "greater than or equal to 1"),
        ("[training]\nlearning_rate = nan", "training.learning_rate"),
        ("arms = ['inverted', 'regular']", "'again' are always measured"),
        ("arms = ['inverted', 'regular', 'again', 'again']", "named twice"),
        ("name = '../elsewhere'", "name:"),
        ("data = 3", "data:"),
        ("epochs = ", "not TOML"),
    ],
)
def test_a_bad_experiment_is_one_line_that_names_the_file_and_the_remedy(text, expected, tmp_path):
    with pytest.raises(ExperimentError) as caught:
        _resolved(text, tmp_path)
    assert expected in str(caught.value)
    assert "experiment.toml" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(ExperimentError, match=r"absent\.toml: cannot read the experiment"):
        Experiment.resolve(toml=tmp_path / "absent.toml")


@given(
    st.lists(st.tuples(st.integers(1, 500), st.floats(0, 0.99)), min_size=1, max_size=5),
    st.sampled_from(["quick", "standard"]),
)
def test_a_resolved_experiment_is_read_back_as_it_was_written(tmp_path_factory, layers, profile):
    path = tmp_path_factory.mktemp("resolved") / "experiment.toml"
    network = {"hidden": [w for w, _ in layers], "drop_probability": [p for _, p in layers]}
    experiment = Experiment.resolve(profile=profile, overrides={"network": network})
    experiment.save(path)
    assert Experiment.load(path) == experiment


def test_merging_replaces_values_and_joins_tables():
    below = {"a": {"x": 1, "y": 2}, "b": 3}
    assert merged(below, {"a": {"y": 5}, "c": 4}) == {"a": {"x": 1, "y": 5}, "b": 3, "c": 4}
    assert below == {"a": {"x": 1, "y": 2}, "b": 3}
