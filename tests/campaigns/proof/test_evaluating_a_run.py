"""What a run changed: intention to treat, from assignments and the history."""

from datetime import timedelta
from decimal import Decimal

import numpy as np
import pytest

from campaigns.models import EffectReport, Message
from campaigns.outcomes.analysis_rows import evidence_of
from campaigns.proof import cumulative_effect
from campaigns.proof import looks as looks_module
from campaigns.proof.cumulative_effect import over_time
from campaigns.proof.looks import looks_of
from campaigns.proof.reports.campaign_report import campaign_report
from campaigns.proof.reports.evaluate import check, check_with_lift, evaluate
from campaigns.proof.reports.refresh_reports import refresh
from profiles.models import Job
from retention_site.lib.clock import now
from tests.campaigns.proof.conftest import N_CUSTOMERS
from tests.factories import make_campaign, make_coupon, make_coupon_pool, make_run


def result_of(report, metric):
    return next(
        one for one in report.result["effect"]["results"] if one["metric"] == metric
    )


def estimates(report, metric="revenue"):
    """Give numbers to compare: DuckDB's threads add in any order, so the last digits
    differ.
    """
    result = result_of(report, metric)
    return [
        result[key]
        for key in (
            "n",
            "n_control",
            "mean",
            "mean_control",
            "low",
            "high",
            "cuped_low",
        )
    ]


def test_means_are_those_of_everybody_assigned_in_the_window_less_what_came_back(
    make_finished_run, shop
):
    run = make_finished_run()
    arms = dict(Message.objects.filter(run=run).values_list("customer_id", "arm"))
    report = evaluate(run)
    revenue = result_of(report, "revenue")
    spent = {
        arm: [float(shop.spent.get(pk, 0)) for pk, own in arms.items() if own == arm]
        for arm in set(arms.values())
    }
    assert revenue["mean"] == pytest.approx(np.mean(spent["message"]))
    assert revenue["mean_control"] == pytest.approx(np.mean(spent["control"]))
    assert revenue["n"] + revenue["n_control"] == N_CUSTOMERS
    conversion = result_of(report, "conversion")
    assert conversion["mean_control"] == pytest.approx(
        np.mean([paid != 0 for paid in spent["control"]])
    )
    assert report.result["effect"]["split"] == {"control": 0.25, "message": 0.75}
    assert report.result["effect"]["problems"] == []


def test_held_suppressed_and_failed_customers_stay_in_the_sum(make_finished_run):
    run = make_finished_run()
    before = estimates(evaluate(run))
    for state in (Message.State.FAILED, Message.State.SUPPRESSED, Message.State.CAPPED):
        some = Message.objects.filter(run=run, state=Message.State.SENT)[:20].values(
            "pk"
        )
        Message.objects.filter(pk__in=list(some.values_list("pk", flat=True))).update(
            state=state
        )
    assert estimates(evaluate(run)) == pytest.approx(before)


def test_what_customers_always_did_takes_noise_out(make_finished_run):
    revenue = result_of(evaluate(make_finished_run()), "revenue")
    assert revenue["variance_reduction"] > 0.3
    assert (
        revenue["cuped_high"] - revenue["cuped_low"] < revenue["high"] - revenue["low"]
    )


def test_without_holdout_no_effect_is_claimed(make_finished_run):
    report = campaign_report(make_finished_run(holdout=0).campaign)
    assert (report["effect"], report["refused"]) == (None, "no control group")
    assert report["decisions"] == {"send": N_CUSTOMERS, "hold": {}}


def test_a_window_that_is_still_open_is_named(make_finished_run, shop):
    report = evaluate(make_finished_run(), until=shop.launched_at + timedelta(days=7))
    assert report.result["effect"]["problems"][0].startswith("The window is open until")


def test_the_check_finds_nothing_and_redraws_reject_about_as_often_as_promised(
    make_finished_run,
):
    report = check(make_finished_run(), until=now(), n_redraws=200)
    assert report.label == report.result["label"] == "A/A check"
    assert {one["verdict"] for one in report.result["effect"]["results"]} == {
        "undecided"
    }
    assert report.result["redraws"]["n"] == 200
    assert all(share < 0.12 for share in report.result["redraws"]["rejected"].values())
    assert report.result["redraws"]["ever_left"] < 0.1
    assert report.result["redraws"]["looks"] == len(report.result["effect"]["daily"])


def test_the_looks_of_the_assignment_that_there_was_are_those_of_the_report(
    make_finished_run,
):
    with evidence_of(make_finished_run(), until=now()) as evidence:
        daily = over_time(evidence, {"results": []})["daily"]
        looks = looks_of(evidence)
        arms = dict(
            evidence.connection.execute("SELECT unit, arm FROM rows").fetchall()
        )
        drawn = np.array(
            [looks.plan.arms_in_order(()).index(arms[unit]) for unit in sorted(arms)]
        )
        reached = looks._parts(drawn[looks.seen]).summed_up()
        differences = [
            reached.compare(1, day, 0.05).difference for day in range(looks.n_days)
        ]
    assert differences == pytest.approx([one["difference"] for one in daily])
    ever = any(one["low"] > 0 or one["high"] < 0 for one in daily)
    assert looks.leave_zero(drawn) == ever


def test_a_daily_band_of_a_winsorised_metric_is_winsorised_too(
    make_finished_run, shop, monkeypatch
):
    """One huge basket must not move the band that the result leaves out."""
    for module in (cumulative_effect, looks_module):
        monkeypatch.setattr(
            module,
            "watched_metric",
            lambda evidence: next(
                one for one in evidence.plan.metrics if one.name == "revenue"
            ),
        )
    run = make_finished_run()
    most = 40.0
    arms = dict(Message.objects.filter(run=run).values_list("customer_id", "arm"))
    with evidence_of(run, until=now()) as evidence:
        effect = {"results": [], "winsorised": {"revenue": most}}
        last = over_time(evidence, effect)["daily"][-1]
        free = over_time(evidence, {"results": []})["daily"][-1]
        looks = looks_of(evidence, effect)
    mean = {
        arm: np.mean(
            [
                min(float(shop.spent.get(pk, 0)), most)
                for pk, own in arms.items()
                if own == arm
            ]
        )
        for arm in ("control", "message")
    }
    assert last["metric"] == "revenue"
    assert last["difference"] == pytest.approx(mean["message"] - mean["control"])
    assert last["high"] - last["low"] < free["high"] - free["low"]
    assert float(looks.once.max()) <= most


def test_a_simulated_lift_is_found_and_covered(make_finished_run):
    run = make_finished_run()
    plain, report = (
        check(run, until=now(), n_redraws=1),
        check_with_lift(run, until=now()),
    )
    assert report.result["label"] == "simulated lift"
    lift = report.result["simulated"]["revenue"]
    assert lift["lift"] == pytest.approx(3 * lift["smallest_detectable_effect"])
    revenue = result_of(report, "revenue")
    assert revenue["difference"] == pytest.approx(
        result_of(plain, "revenue")["difference"] + lift["lift"]
    )
    assert 0 < revenue["low"] < lift["lift"] == revenue["truth"] < revenue["high"]
    assert revenue["sequential_low"] > 0
    assert revenue["verdict"] == "better"
    assert EffectReport.objects.filter(run=run).count() == 2


def test_report_counts_what_was_decided_and_what_became_of_it(make_finished_run):
    run = make_finished_run()
    message = Message.objects.filter(run=run, state=Message.State.SENT).first()
    pool = make_coupon_pool(currency="EUR")
    make_coupon(
        pool,
        grant_key=message.dedupe_key,
        redeemed_at=now(),
        order_value=Decimal(3),
        value=Decimal(5),
    )
    Message.objects.filter(pk=message.pk).update(state=Message.State.DELIVERED)
    report = campaign_report(run.campaign, run)
    n_held = Message.objects.filter(run=run, arm="control").count()
    n_sent = N_CUSTOMERS - n_held
    assert report["audience"]["n"] == N_CUSTOMERS
    assert report["decisions"] == {"send": n_sent, "hold": {"control group": n_held}}
    assert report["states"] == {"delivered": 1, "held": n_held, "sent": n_sent - 1}
    assert report["channels"] == {"email": {"sent": n_sent, "delivered": 1}}
    assert report["offers"] == {
        "issued": 1,
        "redeemed": 1,
        "cost": 3.0,
        "currency": "EUR",
    }
    assert report["version_hash"] == run.version.hash
    assert report["label"] is None


def test_a_campaign_that_never_ran_has_an_empty_report(db):
    report = campaign_report(make_campaign())
    assert (report["run"], report["effect"], report["audience"]["n"]) == (None, None, 0)


def test_reports_of_running_campaigns_are_measured_once_a_day(make_finished_run):
    run = make_finished_run()
    make_run(make_campaign(), run.version, state="planning")
    assert refresh() == refresh() == 1
    job = Job.objects.get(kind="evaluate")
    assert job.params == {"run": run.pk}
    EffectReport.objects.create(
        run=run, campaign=run.campaign, result={}, window_to=now()
    )
    assert refresh() == 0
