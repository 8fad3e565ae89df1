"""The week in one letter, for the staff who asked for it: what was sent, what it
changed, what needs a person.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth.models import Group, User
from django.db.models import Count
from django.urls import reverse
from django.utils.html import escape
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from campaigns.delivery.channels.contract import Channel
from campaigns.delivery.channels.line import Outgoing
from campaigns.delivery.gating.eligibility import channel_named
from campaigns.delivery.lease_times import timing
from campaigns.delivery.outcome import Answer
from campaigns.models import EffectReport, Holdout, Message, StoredReport
from campaigns.rendering.compose import shop
from profiles import jobs
from profiles.models import Job
from retention_site.lib.clock import now, shop_zone
from retention_site.lib.security import signing

GROUP = "Weekly summary"
JOB, PROGRAMME = "weekly", "programme"
HOUR = 7  # of Monday, by the shop's clock
MOST_RESULTS = 8


@dataclass(frozen=True)
class Letter:
    subject: str
    paragraphs: list[tuple[str, list[str]]]  # title and lines

    @property
    def text(self) -> str:
        return "\n\n".join(
            "\n".join([title, *(f"- {line}" for line in lines)])
            for title, lines in self.paragraphs
        )

    @property
    def html(self) -> str:
        parts = [
            f"<h2 style='font-size:16px'>{escape(title)}</h2>"
            + "".join(f"<p style='margin:4px 0'>{escape(line)}</p>" for line in lines)
            for title, lines in self.paragraphs
        ]
        return (
            "<div"
            f" style='font-family:sans-serif;max-width:640px;color:#222'>{''.join(parts)}</div>"
        )


def subscribed() -> list[User]:
    """Return the staff who want the letter and have an address."""
    return list(
        User.objects.filter(groups__name=GROUP, is_active=True, is_staff=True)
        .exclude(email="")
        .order_by("pk")
    )


def subscribe(user: User, *, wants: bool) -> None:
    group, _is_new = Group.objects.get_or_create(name=GROUP)
    (user.groups.add if wants else user.groups.remove)(group)


def start_due() -> list[Job]:
    """Start this week's measuring and, once Monday morning has come, its letters; each
    once, however often called.
    """
    local = now().astimezone(shop_zone())
    week = f"{local:%G-W%V}"
    drawn = (
        Holdout.objects.order_by("-pk").values_list("pk", flat=True).first()
    )  # once it is, all that was said is old
    key = f"{PROGRAMME}:{week}:{drawn}" if drawn else f"{PROGRAMME}:{week}"
    started = [
        jobs.start(
            PROGRAMME, {}, title=gettext_noop("What the programme changed"), key=key
        )
    ]
    begun = (local - timedelta(days=local.weekday())).replace(
        hour=HOUR, minute=0, second=0, microsecond=0
    )
    if local >= begun and subscribed():
        started.append(
            jobs.start(
                JOB,
                {"until": begun.isoformat()},
                title=gettext_noop("Weekly summary"),
                key=f"{JOB}:{week}",
            )
        )
    return started


def letter(until: datetime) -> Letter:
    """Write the letter about the seven days before `until`."""
    since = until - timedelta(days=7)
    sent = _sent(since, until)
    days = _("%(from)s to %(to)s") % {
        "from": f"{since:%d.%m.}",
        "to": f"{until - timedelta(days=1):%d.%m.}",
    }
    programme = StoredReport.objects.filter(kind=StoredReport.Kind.PROGRAMME).first()
    whole = [programme.result["sentence"]] if programme else [_("Not worked out yet.")]
    parts = [
        (_("What everything together changed"), whole),
        (
            _("What was sent"),
            [f"{channel}: {n:,}" for channel, n in sent.items()] or [_("Nothing.")],
        ),
        (
            _("What single campaigns changed"),
            _results(since, until) or [_("No new result.")],
        ),
    ]
    if troubles := _troubles(since, until):
        parts.append((_("What needs a person"), troubles))
    parts.append((_("More"), [settings.BASE_URL + reverse("programme")]))
    name = shop()["shop"]["name"]
    subject = _("%(shop)s, %(days)s: %(n)s messages") % {
        "shop": name,
        "days": days,
        "n": f"{sum(sent.values()):,}",
    }
    return Letter(subject, parts)


def send(user: User, until: datetime) -> bool:
    """Mail the letter to one person by our own e-mail channel; say whether it was
    taken. Raise `ProviderAway`.
    """
    said = letter(until)
    going = Outgoing(
        message=0,
        # the same on every try
        key=signing.digest("weekly", f"{user.pk}:{until.isoformat()}")[:32],
        address=user.email,
        is_marketing=False,
        name=user.get_full_name(),
        subject=said.subject,
        html=said.html,
        text=said.text,
    )
    channel: Channel = channel_named("email")()
    with channel.open(timing().answer) as line:
        return next(line.send([going], lambda: True)).answer == Answer.ACCEPTED


def _sent(since: datetime, until: datetime) -> dict[str, int]:
    sent = Message.objects.filter(sent_at__gte=since, sent_at__lt=until)
    return dict(sent.values_list("channel").annotate(n=Count("id")).order_by("channel"))


def _results(since: datetime, until: datetime) -> list[str]:
    """The first sentence of each run whose window was open in the week; checks and
    simulations are none.
    """
    reports = EffectReport.objects.filter(
        label="", run__isnull=False, window_to__gte=since, window_from__lt=until
    )
    found = []
    for report in reports.select_related("campaign").order_by("-computed_at")[
        :MOST_RESULTS
    ]:
        results = (report.result.get("effect") or {}).get("results") or [{}]
        is_decided = results[0].get("verdict") in ("better", "worse")
        closes_at = report.window_to
        is_open = closes_at is not None and closes_at > until and not is_decided
        early = (
            _("too early to say before %(day)s") % {"day": f"{report.window_to:%d.%m.}"}
            if is_open
            else ""
        )
        words = (
            early or results[0].get("sentence") or report.result.get("refused") or ""
        )
        if words:
            found.append(f"{report.campaign}: {words}")
    return found


def _troubles(since: datetime, until: datetime) -> list[str]:
    rows = Message.objects.filter(planned_at__gte=since, planned_at__lt=until)
    counted: dict[str, Any] = dict(
        rows.values_list("state").annotate(n=Count("id")).order_by()
    )
    named = {
        Message.State.UNKNOWN: _(
            "%(n)s messages of which nobody knows whether they arrived"
        ),
        Message.State.FAILED: _("%(n)s messages failed"),
        Message.State.COMPLAINED: _("%(n)s customers complained"),
    }
    return [
        words % {"n": f"{counted[state]:,}"}
        for state, words in named.items()
        if counted.get(state)
    ]
