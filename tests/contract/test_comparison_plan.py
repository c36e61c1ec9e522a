import pytest

from contract.comparison_plan import ComparisonPlan
from contract.errors import ExperimentError
from contract.profile import PROFILES


@pytest.mark.parametrize("profile", PROFILES)
def test_a_comparison_has_no_campaign_of_the_lecture_s_other_arms(profile):
    plan = ComparisonPlan.resolve("a.onnx", "b.onnx", profile=profile)
    for campaign in ("doses", "dropconnect"):
        assert plan.arms_of(campaign) == ()
        assert plan.pairs_of(campaign) == 0
    for campaign in ("in_process", "served", "capacity"):
        assert plan.arms_of(campaign) == ("a", "b", "again")


@pytest.mark.parametrize("campaign", ["doses", "dropconnect"])
def test_asking_a_comparison_for_such_a_campaign_is_refused(campaign):
    with pytest.raises(
        ExperimentError, match=f"{campaign}.*two models have no dose-response and no DropConnect"
    ):
        ComparisonPlan.resolve("a.onnx", "b.onnx", overrides={campaign: {"pairs": 6}})
