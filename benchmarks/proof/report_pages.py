"""The pages of proof from stored results: a year of days, three arms, six metrics and
thirty groups; median of 20.

At most 300 ms a page is wanted. The results are made up; the pages are rendered whole,
as for a browser.
"""

import statistics
import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import django

from benchmarks.figures import Figure
from retention_site.lib import embedded

N, DAYS, ARMS = 20, 365, ("offer", "reminder", "letter")
METRICS = ("revenue", "conversion", "orders", "margin", "unsubscribes", "complaints")
WANTED_MS = 300


def measure() -> Iterator[Figure]:
    """Time each page."""
    embedded.ensure()
    django.setup()
    from django.contrib.auth.models import User
    from django.core.management import call_command
    from django.test import Client

    call_command("migrate", verbosity=0)
    addresses = _made_up()
    client = Client()
    client.force_login(
        User.objects.create_superuser("reader", "reader@shop.example", "reader")
    )
    for name, address in addresses.items():
        times = []
        for _ in range(N + 2):
            began = time.perf_counter()
            answer = client.get(address, headers={"host": "127.0.0.1"})
            times.append(1000 * (time.perf_counter() - began))
            assert answer.status_code == 200, address
        yield Figure(
            f"page: {name}",
            statistics.median(times[2:]),
            "ms",
            WANTED_MS,
            "ms wanted at most",
        )


def _made_up() -> dict[str, str]:
    from django.urls import reverse

    from campaigns.models import (
        Campaign,
        CampaignVersion,
        EffectReport,
        Run,
        StoredReport,
    )
    from retention_site.lib.clock import now

    campaign = Campaign.objects.create(name="Made up")
    version = CampaignVersion.objects.create(
        campaign=campaign, number=1, content={}, hash="made-up", salt="s"
    )
    run = Run.objects.create(
        campaign=campaign,
        version=version,
        key="made-up",
        started_by="a benchmark",
        as_of=now(),
        known_at=now(),
    )
    result = {
        "effect": _effect(),
        "refused": None,
        "offers": {"currency": "USD"},
        "money": _money(),
        "attribution": None,
    }
    report = EffectReport.objects.create(
        campaign=campaign, run=run, result=result, window_from=now(), window_to=now()
    )
    whole = {
        **result,
        "as_of": now().isoformat(),
        "days": DAYS,
        "sent": {"email": 10**6},
        "campaigns": [],
        "sentence": "–",
    }
    StoredReport.objects.create(
        kind=StoredReport.Kind.PROGRAMME, as_of=now(), result=whole
    )
    return {
        "one result": reverse("admin:campaigns_effectreport_change", args=[report.pk]),
        "the list of results": reverse("admin:campaigns_effectreport_changelist"),
        "the programme": reverse("programme"),
        "reach": reverse("reach"),
        "a campaign": reverse("admin:campaigns_campaign_change", args=[campaign.pk]),
    }


def _effect() -> dict[str, Any]:
    from retention_site.lib.clock import now

    numbers = {
        "n": 10**6,
        "n_control": 10**5,
        "mean": 1.2,
        "mean_control": 1.1,
        "difference": 0.1,
        "low": 0.0,
        "high": 0.2,
    }
    results = [
        {
            **numbers,
            "arm": arm,
            "control": "control",
            "metric": metric,
            "kind": "mean",
            "p": 0.04,
            "verdict": "undecided",
            "role": "goal",
            "sentence": f"{metric}: undecided.",
        }
        for metric in METRICS
        for arm in ARMS
    ]
    daily = [
        {
            "arm": arm,
            "metric": "revenue",
            "kind": "mean",
            "n": 10**6,
            "at": (now() + timedelta(days=day)).isoformat(),
            "difference": 0.1,
            "low": -0.1,
            "high": 0.3,
        }
        for arm in ARMS
        for day in range(DAYS)
    ]
    weekly = [{**daily[0], "week": week} for week in range(1, 53)]
    segments = [
        {**results[0], "by": "region", "value": f"r{n}", "p_bh": 0.2} for n in range(30)
    ]
    arms = dict.fromkeys(("control", *ARMS), 10**6)
    return {
        "unit": "customer",
        "alpha": 0.05,
        "arms": arms,
        "srm_p": 0.4,
        "refused": None,
        "problems": [],
        "results": results,
        "daily": daily,
        "weekly": weekly,
        "novelty": None,
        "segments": segments,
        "heterogeneity": [],
    }


def _money() -> dict[str, Any]:
    amount = {"value": 1e5, "low": -1e4, "high": 2e5}
    cost = {"coupons": 0.0, "sending": 0.0, "total": 0.0}
    return {
        "currency": "USD",
        "incremental_revenue": amount,
        "profit": amount,
        "cost": cost,
        "is_sending_priced": False,
        "sentence": "–",
        "margin_share": 1.0,
    }
