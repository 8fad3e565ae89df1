"""Sixty random experiments, asked of gbstats 0.8.0 (see gbstats_oracle.py) and of us."""

import json
import math
from pathlib import Path

import pytest

from campaigns.proof.stats.cuped import compare_adjusted
from campaigns.proof.stats.means import compare_means
from campaigns.proof.stats.normal import two_sided_quantile
from campaigns.proof.stats.ratio import compare_ratios
from campaigns.proof.stats.relative import relative_lift
from campaigns.proof.stats.samples import Sample
from campaigns.proof.stats.sequential import always_valid_p, confidence_sequence

CASES = json.loads((Path(__file__).parent.parent / "gbstats_oracle.json").read_text())


def arms(case):
    return [
        Sample.from_sums(case[name]["n"], case[name]["sums"], case[name]["products"]) for name in ("control", "treated")
    ]


@pytest.mark.parametrize("case", CASES)
def test_every_estimate_and_its_standard_error_agree(case):
    (control, treated), alpha, theirs = arms(case), case["alpha"], case["gbstats"]
    ours = {
        "mean": compare_means(control, treated, alpha),
        "ratio": compare_ratios(control.only(0, 1), treated.only(0, 1), alpha),
        "cuped": compare_adjusted(control.only(0, 2), treated.only(0, 2), alpha).comparison,
    }
    for name, comparison in ours.items():
        assert comparison.difference == pytest.approx(theirs[name]["expected"], rel=1e-7, abs=1e-9)
        assert comparison.standard_error == pytest.approx(theirs[name]["stddev"], rel=1e-7)
    lift = relative_lift(control, treated, alpha)
    assert lift.value == pytest.approx(theirs["relative"]["expected"], rel=1e-7)
    assert lift.high - lift.value == pytest.approx(two_sided_quantile(alpha) * theirs["relative"]["stddev"], rel=1e-7)


@pytest.mark.parametrize("case", [case for case in CASES if min(case["control"]["n"], case["treated"]["n"]) > 10_000])
def test_interval_ends_agree_once_students_t_has_become_normal(case):
    (control, treated), (low, high) = arms(case), case["gbstats"]["mean"]["ci"]
    ours = compare_means(control, treated, case["alpha"])
    assert (ours.low, ours.high) == pytest.approx((low, high), abs=3e-4 * (high - low))


@pytest.mark.parametrize("case", CASES)
def test_intervals_for_daily_looks_agree(case):
    comparison, theirs = compare_means(*arms(case), case["alpha"]), case["gbstats"]["sequential"]
    ours = confidence_sequence(comparison)
    assert (ours.low, ours.high) == pytest.approx(theirs["ci"], rel=1e-7)
    p = always_valid_p(comparison)
    assert p == pytest.approx(theirs["p"], rel=1e-6, abs=1e-300)
    assert 0 < p <= 1
    assert math.isclose(p, case["alpha"], rel_tol=0.05) or (p < case["alpha"]) == (ours.low > 0 or ours.high < 0)
