"""Day by day and week by week: the sums of steps are those of the plain comparison."""

import pytest

from campaigns.proof.cumulative_effect import _novelty
from campaigns.proof.reports.evaluate import check, evaluate
from tests.campaigns.proof.conftest import DAYS


@pytest.fixture
def report(make_finished_run, shop):
    return evaluate(
        make_finished_run(goal=GOAL),
        until=shop.launched_at.replace(year=shop.launched_at.year + 1),
    ).result


GOAL = {
    "words": "come back",
    "metrics": ["revenue", "conversion"],
    "also": ["orders", "margin"],
    "guardrails": {"unsubscribes": 0.02},
    "window_days": DAYS,
    "winsorise": 0.98,
}


def test_the_last_day_of_the_chart_is_the_result_before_amounts_were_pulled_in(
    make_finished_run, shop
):
    plain = {**GOAL, "winsorise": None}
    effect = evaluate(
        make_finished_run(goal=plain), until=shop.launched_at + (DAYS + 1) * (shop.day)
    ).result["effect"]
    revenue = effect["results"][0]
    last = effect["daily"][-1]
    assert last["difference"] == pytest.approx(revenue["difference"])
    assert (last["low"], last["high"]) == pytest.approx(
        (revenue["sequential_low"], revenue["sequential_high"])
    )
    assert len(effect["daily"]) == DAYS
    assert sum(week["difference"] for week in effect["weekly"]) == pytest.approx(
        revenue["difference"]
    )
    assert effect["novelty"] is None  # nothing was found that could fade


def test_what_stands_beside_the_goal_has_a_correction_and_a_role_of_its_own(report):
    results = {one["metric"]: one for one in report["effect"]["results"]}
    assert {key: one["role"] for key, one in results.items()} == {
        "revenue": "goal",
        "conversion": "goal",
        "orders": "also",
        "margin": "also",
        "unsubscribes": "guardrail",
    }
    assert results["orders"]["p_holm"] is None
    assert results["orders"]["p_bh"] is not None
    assert results["revenue"]["p_holm"] >= results["revenue"]["p"]
    assert results["revenue"]["p_bh"] is None
    assert results["unsubscribes"]["guardrail"]["state"] in ("undecided", "kept")
    # nobody did it, and still it is not known to be 0
    assert results["unsubscribes"]["guardrail"]["high"] > 0
    assert results["revenue"]["expected_loss"] > 0
    assert (
        results["revenue"]["adjusted_low"] < results["revenue"]["adjusted_difference"]
    )


def test_amounts_are_pulled_in_as_declared_and_by_how_much_is_said(report):
    assert set(report["effect"]["winsorised"]) == {"revenue", "orders", "margin"}


def test_groups_that_were_there_before_are_looked_at_with_correction(report):
    within = [one for one in report["effect"]["segments"] if one["p"] is not None]
    assert {one["by"] for one in report["effect"]["segments"]} == {"bought before"}
    assert all(one["p_bh"] >= one["p"] for one in within)
    assert sum(
        one["n"] + one["n_control"] for one in report["effect"]["segments"]
    ) == sum(report["effect"]["arms"].values())
    assert report["effect"]["heterogeneity"][0]["sentence"]


def test_money_is_the_effect_times_the_treated_and_attribution_stands_beside_it(report):
    revenue = report["effect"]["results"][0]
    money = report["money"]
    assert money["incremental_revenue"]["value"] == pytest.approx(
        revenue["difference"] * revenue["n"]
    )
    assert money["incremental_revenue"]["low"] <= money["incremental_revenue"]["value"]
    assert report["attribution"]["clicked"]["orders"] == 0
    assert report["attribution"]["sent"]["orders"] > 0
    assert "not caused" in report["attribution"]["warning"]


def test_a_check_has_no_money(make_finished_run, shop):
    result = check(
        make_finished_run(goal=GOAL),
        until=shop.launched_at + DAYS * shop.day,
        n_redraws=1,
    ).result
    assert result["money"] is None
    assert result["effect"]["daily"]


@pytest.mark.parametrize(
    ("late", "words"), [(0.1, "fades"), (4.0, "grows"), (2.0, "does not tell")]
)
def test_an_effect_that_fades_is_told_from_one_that_stays(late, words):
    weeks = [
        {
            "arm": "mail",
            "difference": difference,
            "low": difference - 0.5,
            "high": difference + 0.5,
        }
        for difference in (2.0, 2.1, late, late)
    ]
    assert words in _novelty(weeks, 0.05)["sentence"]


def test_one_week_tells_nothing_of_novelty():
    assert (
        _novelty([{"arm": "mail", "difference": 1.0, "low": 0.0, "high": 2.0}], 0.05)
        is None
    )
