"""The programme, a rehearsal, reach: from stored results, quickly, and as files."""

from datetime import timedelta

import pytest
from django.urls import reverse

from campaigns.models import EffectReport, StoredReport
from profiles.models import Job
from retention_site.lib.clock import now
from tests.small_shop import effect

MONEY = {
    "currency": "USD",
    "incremental_revenue": {"value": 1200.0, "low": -80.0, "high": 2480.0},
    "cost": {"coupons": 90.0, "sending": 0.0, "total": 90.0},
    "profit": {"value": 1110.0, "low": -170.0, "high": 2390.0},
    "is_sending_priced": False,
    "margin_share": 1.0,
    "sentence": "It brought +1,200.00 USD of revenue.",
}


def daily(n=20):
    return [
        {
            "arm": "offer",
            "metric": "revenue",
            "kind": "mean",
            "n": 1000,
            "difference": 0.3 * day,
            "at": (now() + timedelta(days=day)).isoformat(),
            "low": 0.3 * day - 40 / (day + 2),
            "high": 0.3 * day + 9,
        }
        for day in range(n)
    ]


@pytest.fixture
def programme(db, shop):
    result = {
        "as_of": now().isoformat(),
        "since": now().isoformat(),
        "days": 28,
        "share": 0.05,
        "refused": None,
        "effect": effect(0.6, 0.35, 0.85, "better") | {"daily": daily()},
        "money": MONEY,
        "sent": {"email": 812},
        "campaigns": [
            {"campaign": shop.campaign.pk, "name": "=HYPERLINK(1)", "sent": 812}
        ],
        "sentence": (
            "In 28 days of everything that was sent: it brought +1,200.00 USD of"
            " revenue."
        ),
    }
    return StoredReport.objects.create(kind="programme", as_of=now(), result=result)


def test_the_programme_says_in_one_sentence_what_it_brought(signed_in, programme):
    page = signed_in.get(reverse("programme")).content.decode()
    assert "In 28 days of everything" in page
    assert "+$1,200.00" in page
    assert "-$170.00 … +$2,390.00" in page
    assert 'data-r-chart="band"' in page


def test_reports_come_as_tables_that_run_nothing(signed_in, programme, shop):
    table = signed_in.get(reverse("programme") + "?as=csv").content.decode()
    assert table.startswith("\ufeffmetric,kind,role")
    assert "orders,mean" in table
    report = EffectReport.objects.filter(run=shop.run).first()
    page = reverse("admin:campaigns_effectreport_change", args=[report.pk])
    assert "orders,mean" in signed_in.get(page + "?as=csv").content.decode()
    reach = signed_in.get(reverse("reach") + "?as=csv").content.decode()
    assert (
        reach.splitlines()[0]
        == "\ufeffcampaign,audience,sent,delivered,opened,clicked,redeemed"
    )
    shop.campaign.name = "=1+1"
    shop.campaign.save()
    assert "\n'=1+1," in signed_in.get(reverse("reach") + "?as=csv").content.decode()


def test_the_funnel_narrows_and_its_first_stage_is_the_audience(signed_in, shop):
    (funnel,) = signed_in.get(reverse("reach")).context["funnels"]
    counts = [n for _name, n, _share in funnel.stages]
    assert counts[0] == shop.run.n_audience
    assert counts == sorted(counts, reverse=True)


def test_working_it_out_starts_one_job(signed_in, db):
    for _ in range(2):
        assert signed_in.post(reverse("programme-compute")).status_code == 302
    assert Job.objects.filter(kind="programme").count() == 1
    assert signed_in.get(reverse("programme-compute")).status_code == 405


def test_a_rehearsal_is_asked_for_by_day(signed_in, shop):
    address = reverse("rehearsal", args=[shop.campaign.pk])
    assert "Not rehearsed yet" in signed_in.get(address).content.decode()
    assert signed_in.post(address, {"day": "soon"}).status_code == 302
    assert not Job.objects.filter(kind="rehearse").exists()
    signed_in.post(address, {"day": "2024-05-31"})
    assert (
        Job.objects.get(kind="rehearse")
        .params["as_of"]
        .startswith("2024-05-31T23:59:59")
    )
    assert "It is being rehearsed" in signed_in.get(address).content.decode()
