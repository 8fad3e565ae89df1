"""What waits for the viewer of the first page: each line leads where it can be done."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from django.db.models import F, Q
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from campaigns.admin.reports import effect_charts
from campaigns.lifecycle.approvers import MAY_APPROVE
from campaigns.models import (
    Alert,
    Answer,
    Campaign,
    CampaignVersion,
    CouponPool,
    EffectReport,
    Resending,
    Run,
)
from profiles.models import Customer, Portrait, QuarantinedRow
from retention_site.lib.admin.pages import link
from retention_site.lib.admin.words import count, day

from ..campaign.campaigns import TO_APPROVE
from ..reports import effects
from .rights import Rights

MOST = 3  # lines of one kind; beyond them the list is led to
LOW_SHARE, LOW_CODES = 0.1, 25  # of a pool: below either it runs low
REPORTS = 30  # the newest that are looked through


@dataclass(frozen=True)
class Todo:
    """One line: what waits, where, and how pressing it is."""

    icon: str
    title: str
    words: str
    address: str
    tone: str = ""


def todos(may: Rights) -> list[Todo]:
    """Return what waits for this viewer, the most pressing first."""
    kinds = (_approvals, _failed_runs, _alerts, _mismatches, _pools, _rows, _answers)
    found = [todo for kind in kinds for todo in kind(may)]
    return [*_beginnings(may), *found, *_readable(may)]


def _approvals(may: Rights) -> Iterator[Todo]:
    """Versions and resendings that this person may approve: never her own."""
    if not may.do(MAY_APPROVE) or not may.see("campaigns.campaign"):
        return
    waiting = CampaignVersion.objects.filter(
        state=CampaignVersion.State.IN_REVIEW
    ).exclude(author=may.user)
    rows = list(waiting.select_related("campaign", "author").order_by("pk")[: MOST + 1])
    for version in rows[:MOST]:
        title = _("Approve “%(name)s”") % {"name": version.campaign}
        words = _("Version %(n)s") % {"n": version.number}
        words += f" · {version.author}" if version.author else ""
        yield Todo("approval", title, words, link(version.campaign))
    if len(rows) > MOST:
        yield _more(_("More campaigns wait for approval"), _campaigns(TO_APPROVE))
    asked = Resending.objects.filter(approved_at=None).exclude(asked_by=may.user)
    for one in asked.select_related("campaign")[:MOST]:
        title = _("Decide about sending “%(name)s” again") % {"name": one.campaign}
        n = ngettext("%(n)s message", "%(n)s messages", one.n) % {"n": count(one.n)}
        yield Todo("replay", title, n, link(one.campaign))


def _failed_runs(may: Rights) -> Iterator[Todo]:
    if not may.see("campaigns.campaign"):
        return
    newest = (
        Run.objects.order_by("campaign", "-pk")
        .distinct("campaign")
        .values("pk", "state")
    )
    failed = [row["pk"] for row in newest if row["state"] == Run.State.FAILED]
    for run in Run.objects.filter(pk__in=failed).select_related("campaign")[:MOST]:
        title = _("“%(name)s” could not run") % {"name": run.campaign}
        yield Todo("error", title, run.state_words, link(run.campaign), "bad")


def _alerts(may: Rights) -> Iterator[Todo]:
    """What is wrong now: models that drift, providers away, queues that stand."""
    if not may.do("campaigns.view_message"):
        return
    rows = list(Alert.objects.filter(ended_at=None).order_by("-began_at")[: MOST + 1])
    for alert in rows[:MOST]:
        where = reverse("admin:brake" if alert.kind == "brake" else "alerts")
        subject = "" if alert.kind == "brake" else alert.subject
        yield Todo("notifications", alert.words, subject, where, "bad")
    if len(rows) > MOST:
        yield _more(_("More is wrong"), reverse("alerts"))


def _mismatches(may: Rights) -> Iterator[Todo]:
    """Reports whose groups don't have the sizes they were drawn with (SRM)."""
    if not may.see("campaigns.effectreport"):
        return
    for report in _newest_reports():
        if effect_charts.effect_of(report.result).get("refused") == "srm":
            title = _("“%(name)s” has no verdict") % {"name": report.campaign}
            words = _("Its groups don't have the sizes they were drawn with.")
            yield Todo("balance", title, words, link(report), "warn")


def _readable(may: Rights) -> Iterator[Todo]:
    """Reports that can be read soon, and when."""
    if not may.see("campaigns.effectreport"):
        return
    dated = [
        (at, report)
        for report in _newest_reports()
        if (at := effects.readable_on(report.result, report.window_to))
    ]
    for at, report in sorted(dated, key=lambda pair: (pair[0], pair[1].pk))[:MOST]:
        title = _("“%(name)s” can be read on %(day)s")
        said = {"name": report.campaign, "day": day(at)}
        yield Todo("schedule", title % said, "", link(report), "quiet")


def _pools(may: Rights) -> Iterator[Todo]:
    """Pools of campaigns that may still run, of which little is left."""
    if not may.see("campaigns.couponpool"):
        return
    left = F("cap") - F("n_issued")
    money = F("budget") - F("committed")
    low = Q(n_left__lt=LOW_CODES) | Q(n_left__lt=LOW_SHARE * F("cap"))
    low |= Q(money_left__lt=F("budget") / 10)
    pools = CouponPool.objects.annotate(n_left=left, money_left=money).filter(low)
    used = pools.filter(n_issued__gt=0).exclude(campaign__state=Campaign.State.STOPPED)
    for pool in used.order_by("n_left")[:MOST]:
        title = _("Pool %(name)s runs low") % {"name": pool.name}
        n = pool.cap - pool.n_issued
        words = ngettext("%(n)s code left", "%(n)s codes left", n) % {"n": count(n)}
        yield Todo("confirmation_number", title, words, link(pool), "warn")


def _rows(may: Rights) -> Iterator[Todo]:
    if not may.see("profiles.quarantinedrow"):
        return
    n = QuarantinedRow.objects.waiting().count()
    if n:
        title = ngettext("%(n)s row waits", "%(n)s rows wait", n) % {"n": count(n)}
        words = _("They came in with a fault and can be put right.")
        yield Todo("report", title, words, _list("profiles_quarantinedrow"), "warn")


def _answers(may: Rights) -> Iterator[Todo]:
    if not may.see("campaigns.answer"):
        return
    n = Answer.objects.waiting().count()
    if n:
        title = ngettext("%(n)s customer answered", "%(n)s customers answered", n)
        yield Todo("reply", title % {"n": count(n)}, "", _list("campaigns_answer"))


def _beginnings(may: Rights) -> Iterator[Todo]:
    """What a shop lacks that has only begun."""
    upload = _address("admin:import")
    if may.see("profiles.customer"):
        if not Customer.objects.exists():
            words = _("Customers, items and orders, from a file or another system.")
            where = upload or _address("settings-index", "connect")
            yield Todo("upload_file", _("Bring your shop in"), words, where)
        elif may.see("recommender.modelversion") and not Portrait.objects.exists():
            words = _("Portraits, groups, recommendations and scores.")
            yield Todo("school", _("Let it learn"), words, reverse("learning"))
    if may.do("campaigns.change_campaign") and not Campaign.objects.ours().exists():
        words = _("A recipe is a whole campaign that you can change.")
        yield Todo("campaign", _("Plan a campaign"), words, reverse("recipes"))


def _newest_reports() -> list[EffectReport]:
    """Return the newest reports of runs that are neither checks nor simulated."""
    rows = EffectReport.objects.filter(label="").exclude(run=None)
    return list(rows.select_related("campaign").order_by("-pk")[:REPORTS])


def _more(title: str, address: str) -> Todo:
    return Todo("more_horiz", title, "", address)


def _campaigns(stage: str) -> str:
    return f"{_list('campaigns_campaign')}?stage={stage}"


def _list(name: str) -> str:
    return reverse(f"admin:{name}_changelist")


def _address(name: str, *args: str) -> str:
    try:
        return reverse(name, args=args)
    except NoReverseMatch:
        return ""
