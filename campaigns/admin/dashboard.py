"""The first page: what is happening, what was found, and what to do next, as far as its
viewer may see it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db.models import Sum
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from campaigns.models import Campaign, CouponPool, EffectReport, Run, Stage
from profiles.admin.jobs import with_share
from profiles.admin.rights import CUSTOMERS
from profiles.models import (
    Customer,
    HistoryState,
    Item,
    Job,
    Portrait,
    QuarantinedRow,
    Segment,
)
from recommender.models import ModelVersion
from retention_site.lib.admin.counting import quick_count
from retention_site.lib.clock import now

from .campaign.campaigns import MOVING, TO_APPROVE
from .campaign.run_counts_page import newest_messages, standing
from .reports.results import shown

APPROVE, RUN = "campaigns.approve_campaign", "campaigns.change_campaign"


@dataclass(frozen=True)
class Step:
    """The next thing to do, and where."""

    icon: str
    title: str
    words: str
    href: str = ""
    action: str = ""


def show(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """Fill the dashboard (Unfold's DASHBOARD_CALLBACK) with what its viewer may see;
    the rest isn't even read.
    """
    may = Rights(request.user)
    counted = _counts(may)
    newest = _newest_effect() if may.see("campaigns.effectreport") else None
    return context | {
        "title": _("Home"),
        "counts": counted,
        "standing": (
            standing(newest_messages()) if may.see("campaigns.message") else None
        ),
        "jobs": (
            with_share(Job.objects.all()).with_troubled_parts().order_by("-id")[:5]
            if may.see("profiles.job")
            else ()
        ),
        "runs": (
            Run.objects.select_related("campaign").order_by("-id")[:5]
            if may.see("campaigns.campaign")
            else ()
        ),
        "newest": shown(newest) if newest else None,
        "history": HistoryState.objects.first(),
        "next": next_step(counted, may),
        "coupons": _coupons() if may.see("campaigns.couponpool") else (),
        "path": _path(counted),
        "is_bare": not any(value is not None for value in counted.values()),
    }


# Whose pages name customers: their right alone opens none of them
NAME_PEOPLE = ("campaigns.message", "profiles.quarantinedrow", "profiles.merge")


@dataclass(frozen=True)
class Rights:
    """What the viewer of the first page may see and do."""

    user: Any

    def see(self, model: str) -> bool:
        """Say whether rows of ``app.model`` may be looked at."""
        app, _dot, name = model.partition(".")
        needs = (CUSTOMERS,) if model in NAME_PEOPLE else ()
        return bool(self.user.has_perms((f"{app}.view_{name}", *needs)))

    def do(self, right: str) -> bool:
        return bool(self.user.has_perm(right))


def _newest_effect() -> EffectReport | None:
    """The newest report of a run; a simulated one only where there is no other."""
    reports = (
        EffectReport.objects.exclude(run=None)
        .select_related("campaign", "run")
        .order_by("-computed_at", "-id")
    )
    return reports.exclude(label__icontains="simulated").first() or reports.first()


# name: whose right it takes, how it is counted
COUNTED: dict[str, tuple[str, Callable[[], int]]] = {
    "customers": ("profiles.customer", lambda: quick_count(Customer.objects.known())),
    "simulated": (
        "profiles.customer",
        lambda: int(Customer.objects.filter(contacts_are_simulated=True).exists()),
    ),
    "portraits": ("profiles.customer", lambda: quick_count(Portrait.objects.all())),
    "items": ("profiles.item", lambda: quick_count(Item.objects.all())),
    "segments": ("profiles.segment", lambda: Segment.objects.count()),
    "campaigns": ("campaigns.campaign", lambda: Campaign.objects.ours().count()),
    "imported": ("campaigns.campaign", lambda: Campaign.objects.imported().count()),
    "in_review": (
        "campaigns.campaign",
        lambda: Campaign.objects.waiting_for_approval().count(),
    ),
    "runs": ("campaigns.campaign", lambda: Run.objects.count()),
    "moving": ("campaigns.campaign", lambda: _moving()),
    "models": (
        "recommender.modelversion",
        lambda: ModelVersion.objects.filter(is_promoted=True).count(),
    ),
    "effects": ("campaigns.effectreport", lambda: EffectReport.objects.count()),
    "live_jobs": ("profiles.job", lambda: Job.objects.live().count()),
    "quarantined": (
        "profiles.quarantinedrow",
        lambda: QuarantinedRow.objects.waiting().count(),
    ),
}


def _counts(may: Rights) -> dict[str, int | None]:
    """Count what the viewer may see; None for all else."""
    return {
        name: counted() if may.see(model) else None
        for name, (model, counted) in COUNTED.items()
    }


def _moving() -> int:
    """Campaigns that choose their audience or send now."""
    moving = (Stage.PLANNING, Stage.RUNNING)
    return Campaign.objects.ours().with_stage(now()).filter(stage__in=moving).count()


def _path(n: dict[str, int | None]) -> list[tuple[str, int, str]]:
    """The marketer's path, of which each sees the stations that open to her: address,
    number, word.
    """
    stations = (
        ("admin:profiles_customer_changelist", n["portraits"], _("portraits")),
        ("admin:profiles_segment_changelist", n["segments"], _("segments")),
        ("admin:campaigns_campaign_changelist", n["runs"], _("runs")),
        ("admin:campaigns_effectreport_changelist", n["effects"], _("results")),
        ("admin:profiles_item_changelist", n["items"], _("items")),
        ("admin:recommender_modelversion_changelist", n["models"], _("models in use")),
    )
    return [
        (reverse(name), number, words)
        for name, number, words in stations
        if number is not None
    ]


def _coupons() -> list[dict[str, Any]]:
    """Issued and redeemed money by currency."""
    sums = CouponPool.objects.order_by().values("currency")
    summed = sums.annotate(
        n=Sum("n_issued"),
        committed=Sum("committed"),
        budget=Sum("budget"),
        spent=Sum("spent"),
    )
    return [dict(row) for row in summed] or [
        {
            "currency": settings.SHOP_CURRENCY,
            "n": 0,
            "committed": 0,
            "budget": 0,
            "spent": 0,
        }
    ]


def next_step(n: dict[str, int | None], may: Rights) -> Step | None:
    """Say what the marketer's path asks for now, of what this viewer may do; None where
    nothing is asked of her.
    """
    return next((step for step in _steps(n, may) if step), None)


def _steps(n: dict[str, int | None], may: Rights) -> Iterator[Step | None]:
    """What the path asks for, the most pressing first."""
    campaigns = reverse("admin:campaigns_campaign_changelist")
    yield from _beginnings(n)
    if n["in_review"] and may.do(APPROVE):
        words = _("Someone other than its author must approve what will be sent.")
        title = ngettext(
            "%(n)d campaign waits for approval",
            "%(n)d campaigns wait for approval",
            n["in_review"],
        )
        address = f"{campaigns}?stage={TO_APPROVE}"
        yield Step(
            "approval", title % {"n": n["in_review"]}, words, address, _("Review")
        )
    if n["moving"]:
        title = ngettext(
            "%(n)d campaign is on its way",
            "%(n)d campaigns are on their way",
            n["moving"],
        )
        address = f"{campaigns}?stage={MOVING}"
        yield Step(
            "send",
            title % {"n": n["moving"]},
            _("Watch it arrive."),
            address,
            _("Watch"),
        )
    if n["effects"]:
        results = reverse("admin:campaigns_effectreport_changelist")
        words = _("Each run against its control group.")
        yield Step("monitoring", _("See what it changed"), words, results, _("Results"))
    if n["campaigns"] and may.do(RUN):
        words = _(
            "Open an approved campaign and press Run now, or use manage.py campaign run"
            " NAME."
        )
        yield Step(
            "rocket_launch", _("Run a campaign"), words, campaigns, _("Campaigns")
        )


def _beginnings(n: dict[str, int | None]) -> Iterator[Step | None]:
    """What a shop lacks that has only begun; of what the viewer can't see nothing is
    said to be missing.
    """
    if n["customers"] == 0:
        words = _(
            "manage.py import_data takes customers, items and events from CSV or"
            " Parquet; `make demo` brings a shop."
        )
        yield Step("upload_file", _("Bring your shop in"), words)
    if n["live_jobs"] and n["runs"] == 0:
        words = _(
            "Portraits, vectors and models are being made. You can watch, or look"
            " around meanwhile."
        )
        yield Step(
            "hourglass_top",
            _("Work is going on"),
            words,
            reverse("admin:profiles_job_changelist"),
            _("Watch"),
        )
    if n["portraits"] == 0:
        words = _(
            "manage.py learn draws portraits, finds groups, and trains recommenders and"
            " scores."
        )
        yield Step("school", _("Let it learn"), words)
    if n["segments"] == 0:
        words = _(
            "manage.py segment takes a rule such as “no purchase in 60 days, at least 3"
            " before”."
        )
        yield Step("filter_alt", _("Say whom you mean"), words)
    if n["campaigns"] == 0:
        yield Step(
            "campaign",
            _("Plan a campaign"),
            _("manage.py campaign apply takes it from a YAML file."),
        )
