"""A report is shown with its interval; the chart draws the interval that the verdict
stands on.
"""

from campaigns.admin.reports import effect_charts, effects
from tests.small_shop import effect


def test_every_result_has_its_interval_and_unit():
    orders, revenue = effects.lines(
        {"effect": effect(0.6, 0.35, 0.85, "better")}, "USD"
    )
    assert (orders.difference, orders.interval, orders.tone) == (
        "+0.6",
        "+0.35 … +0.85",
        "good",
    )
    assert (revenue.difference, revenue.interval) == ("+$2.10", "-$0.40 … +$4.60")


def test_a_proportion_is_said_in_per_cent():
    result = {
        "metric": "conversion",
        "kind": "proportion",
        "mean": 0.1656,
        "difference": 0.02,
        "low": -0.01,
        "high": 0.05,
    }
    (line,) = effects.lines({"results": [result]}, "USD")
    assert (line.mean, line.difference, line.interval) == (
        "16.56%",
        "+2.00 points",
        "-1.00 points … +5.00 points",
    )


def test_the_interval_that_may_be_looked_at_daily_comes_first():
    result = effect(0.6, 0.35, 0.85, "better")["results"][0] | {
        "sequential_low": 0.1,
        "sequential_high": 1.1,
    }
    (chart,) = effect_charts.charts({"results": [result]}, "USD")
    assert (chart.spec["rows"][0]["low"], chart.spec["rows"][0]["high"]) == (0.1, 1.1)


def test_what_was_refused_has_no_chart_but_a_reason():
    report = {"effect": None, "refused": "no control group"}
    assert effect_charts.charts(report, "USD") == []
    assert effects.headline(report) == ("refused", "no control group")


def test_unknown_numbers_are_dashes():
    result = {
        "metric": "orders",
        "kind": "mean",
        "mean": None,
        "difference": None,
        "low": None,
        "high": None,
    }
    (line,) = effects.lines({"results": [result]}, "USD")
    assert (line.mean, line.difference, line.interval) == ("–", "–", "–")


def test_what_a_sentence_says_is_not_said_again():
    result = {
        "metric": "orders",
        "sentence": "orders: undecided, because nobody bought.",
    }
    problems = [
        "orders, a / control: nobody bought.",
        "The window is open until Monday.",
    ]
    assert effects.other_problems({"results": [result], "problems": problems}) == [
        "The window is open until Monday."
    ]
