"""A result must be understood by someone who never heard of p-values."""

import numpy as np
import pytest

from campaigns.proof.analysis import compare, decide
from campaigns.proof.reports.sentences import sentence, spoken
from campaigns.stats.arm_statistics import Sample
from campaigns.stats.experiment_spec import Metric, Plan

REVENUE = Metric("revenue", "mean", title="revenue per customer", currency="EUR")
BOUGHT = Metric("bought", "proportion")


def said(metric, control, treated, **asked):
    plan = Plan(arm="arm", control="control", metrics=(metric,), **asked)
    (result,) = decide(
        [compare(metric, "mail", Sample.of(control), Sample.of(treated), plan)], {}
    )
    return sentence(result)


def test_money_has_its_currency_and_a_verdict():
    values = np.tile([8.0, 12.0], 500)
    assert (
        said(REVENUE, values, values + 2.5)
        == "revenue per customer, mail against control: 12.50 EUR against 10.00 EUR,"
        " 2.50 EUR more (+25.0 % of control); 95 % interval +2.32 EUR to +2.68 EUR."
        " Better."
    )


def test_shares_are_percent_and_their_differences_points():
    control, treated = np.tile([0, 0, 0, 1], 100), np.tile([0, 0, 1, 0], 100)
    assert (
        said(BOUGHT, control, treated)
        == "bought, mail against control: 25.0 % against 25.0 %, no difference; 95 %"
        " interval −6.01 points to +6.01 points. Undecided: a change in either"
        " direction, or none, would look like this."
    )


def test_a_verdict_that_holds_on_any_day_says_so():
    values = np.tile([8.0, 12.0], 500)
    words = said(REVENUE, values, values - 1, is_sequential=True)
    assert "95 % daily-look interval" in words
    assert words.endswith("Worse. One may stop here.")


def test_few_units_are_too_few():
    assert "fewer than 30 units" in said(REVENUE, [1.0, 2.0] * 5, [8.0, 9.0] * 5)


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (0, "0"),
        (0.00999999, "0.0100"),
        (1234567, "1,230,000"),
        (-0.5, "−0.500"),
        (1.5, "1.50"),
        (None, "unknown"),
    ],
)
def test_numbers_are_short_and_have_no_exponent(value, words):
    assert spoken(value) == words
