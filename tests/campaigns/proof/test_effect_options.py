"""What one may ask of a file beyond the plain difference, and what is wrong with a file
by name.
"""

import numpy as np
import pytest

from tests.campaigns.proof.test_effect_on_files import (  # noqa: F401
    HEADER,
    effect,
    experiment,
    written,
)

TIMES = [*HEADER, "assigned", "at", "region"]


def timed(n=2_000, **changes):
    rows = experiment(n, **changes)
    return [
        [*row, "2024-05-01", "2024-05-03", "north" if row[0] % 4 < 2 else "south"]
        for row in rows
    ]


def test_amounts_are_pulled_in_only_where_that_was_declared(written):  # noqa: F811
    rows = experiment()
    rows[1][3] = 1e6
    plain, declared = (
        effect(written(rows), "--metric", "spend", *more)
        for more in ((), ("--winsorise", "0.99"))
    )
    assert "winsorised" not in plain
    (limit,) = declared["winsorised"].values()
    spends = np.array([row[3] for row in rows])
    assert limit == pytest.approx(np.quantile(spends, 0.99, method="inverted_cdf"))
    assert declared["results"][0]["difference"] < 5 < plain["results"][0]["difference"]


def test_groups_are_compared_with_correction_and_a_test_of_their_own(
    written,  # noqa: F811
):
    rows = timed()
    for row in rows:
        row[3] += 8.0 * (row[1] == "offer" and row[8] == "south")
    seen = effect(written(rows, header=TIMES), "--metric", "spend", "--by", "region")
    north, south = seen["segments"]
    assert (north["value"], north["verdict"], south["verdict"]) == (
        "north",
        "undecided",
        "better",
    )
    assert north["n"] + south["n"] == seen["arms"]["offer"]
    assert seen["heterogeneity"][0]["p"] < 0.001
    assert "differs by region" in seen["heterogeneity"][0]["sentence"]


def test_equal_effects_show_no_heterogeneity_more_often_than_promised(
    written,  # noqa: F811
):
    found = [
        effect(
            written(timed(400, seed=seed), header=TIMES),
            "--metric",
            "spend",
            "--by",
            "region",
        )
        for seed in range(4)
    ]
    assert sum(one["heterogeneity"][0]["p"] < 0.05 for one in found) <= 1


def test_a_guardrail_holds_only_when_the_whole_interval_says_so(written):  # noqa: F811
    rows = experiment(8_000)
    for row in rows:
        row[2] = 0
    ask = ("--metric", "spend", "--less-is-better", "bought", "--guardrail")
    kept = effect(written(rows), *ask, "bought:0.01")["results"][1]
    assert (kept["role"], kept["guardrail"]["state"]) == ("guardrail", "kept")
    # nobody of 4,000 is not never: Newcombe's interval
    assert 0 < kept["guardrail"]["high"] < 0.01
    assert "guardrail holds" in kept["sentence"]
    assert (
        effect(written(rows), *ask, "bought:0.0001")["results"][1]["guardrail"]["state"]
        == "undecided"
    )
    for row in rows[:2_000]:
        row[2] = int(row[1] == "offer")
    broken = effect(written(rows), *ask, "bought:0.01")["results"][1]
    assert (broken["guardrail"]["state"], broken["verdict"]) == ("broken", "worse")


def test_goals_and_what_stands_beside_them_are_corrected_apart(written):  # noqa: F811
    seen = effect(
        written(experiment()),
        "--metric",
        "spend",
        "bought",
        "--also",
        "orders",
        "before",
    )
    assert [
        (one["p_holm"] is None, one["p_bh"] is None) for one in seen["results"]
    ] == [
        (False, True),
        (False, True),
        (True, False),
        (True, False),
    ]


def test_an_outcome_before_its_assignment_counts_for_nothing_and_is_named(
    written,  # noqa: F811
):
    rows = timed()
    for row in rows[:100]:
        row[7] = "2024-04-30"
    seen = effect(
        written(rows, header=TIMES),
        "--metric",
        "spend",
        "--assigned-at",
        "assigned",
        "--happened-at",
        "at",
    )
    assert (
        "Rows whose outcome lies before their assignment, not counted: 100."
        in seen["problems"]
    )
    assert seen["results"][0]["n"] + seen["results"][0]["n_control"] == 1_900


def test_arms_renamed_midway_are_named(written):  # noqa: F811
    rows = timed()
    for row in rows[1_000:]:
        row[6], row[1] = "2024-06-01", {"offer": "Offer 2", "none": "none"}[row[1]]
    seen = effect(
        written(rows, header=TIMES), "--metric", "spend", "--assigned-at", "assigned"
    )
    assert any("renamed midway" in problem for problem in seen["problems"])
    spelled = experiment()
    for row in spelled[1_000:]:
        row[1] = {"offer": "OFFER", "none": "none"}[row[1]]
    assert any(
        "written in two ways" in one
        for one in effect(written(spelled), "--metric", "spend")["problems"]
    )


def test_all_zeros_and_a_constant_covariate_are_named_and_no_number_is_pretended(
    written,  # noqa: F811
):
    rows = experiment()
    for row in rows:
        row[3], row[5] = 0, 7
    seen = effect(written(rows), "--metric", "spend", "bought", "--covariate", "before")
    spend = seen["results"][0]
    assert (spend["low"], spend["p"], spend["verdict"]) == (None, None, "undecided")
    assert any("same value" in problem for problem in seen["problems"])
    assert any("has one value only" in problem for problem in seen["problems"])
    assert seen["results"][1]["cuped_low"] is None


@pytest.mark.parametrize(
    "wrong",
    [
        ("--winsorise", "1.5"),
        ("--guardrail", "bought"),
        ("--guardrail", "bought:-1"),
        ("--happened-at", "at"),
        ("--by", "moon"),
    ],
)
def test_wrong_options_are_one_sentence(written, wrong):  # noqa: F811
    with pytest.raises(Exception, match=r"--|no column"):
        effect(written(timed(), header=TIMES), "--metric", "spend", *wrong)
