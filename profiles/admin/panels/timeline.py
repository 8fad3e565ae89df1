"""What happened, newest first; the lines of one order are one moment."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from itertools import groupby

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.timezone import is_aware, make_aware
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from profiles.models import Customer, Event, Item
from retention_site.lib.admin.panels import Panel
from retention_site.lib.admin.words import count, money, said
from retention_site.lib.clock import now

READ = 400  # events
SHOWN = 40  # moments

LOOKS = {
    "purchase": ("shopping_bag", "good"),
    "return": ("assignment_return", "warn"),
    "view": ("visibility", "quiet"),
    "search": ("search", "quiet"),
    "cart": ("shopping_cart", "wait"),
    "review": ("reviews", "wait"),
    "coupon_issued": ("confirmation_number", "brand"),
    "coupon_redeemed": ("redeem", "brand"),
    "message_sent": ("mail", "busy"),
    "message_opened": ("drafts", "busy"),
    "message_clicked": ("ads_click", "busy"),
    "message_replied": ("reply", "busy"),
    "message_bounced": ("mail_off", "warn"),
    "message_complained": ("thumb_down", "bad"),
    "unsubscribed": ("unsubscribe", "bad"),
    "page": ("web", "quiet"),
    "screen": ("smartphone", "quiet"),
}
PLAIN_LOOK = ("bolt", "quiet")
ABOUT_MESSAGES = {
    "message_opened": gettext_lazy("Opened"),
    "message_clicked": gettext_lazy("Followed a link in"),
    "message_replied": gettext_lazy("Answered"),
    "message_bounced": gettext_lazy("Could not be reached with"),
    "message_complained": gettext_lazy("Reported as spam:"),
    "unsubscribed": gettext_lazy("Unsubscribed from"),
}


@dataclass(frozen=True)
class Moment:
    """One thing that happened: an order with its lines, or a single event."""

    at: datetime
    icon: str
    look: str
    title: str
    lines: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Page:
    """Some moments, and the time before which the older ones lie, "" when there are
    none.
    """

    customer: int
    moments: list[Moment]
    older: str


def panel(customer: Customer) -> Panel:
    return Panel(
        "admin/panels/customer/timeline.html", facts={"page": page(customer, now())}
    )


def older(request: HttpRequest, customer: int) -> HttpResponse:
    """The moments before one, as a fragment that goes below those already shown."""
    found = page(
        get_object_or_404(Customer, pk=customer),
        _moment_of(request.GET.get("before", "")),
    )
    return render(
        request, "admin/parts/moments.html", {"page": found, "customer": customer}
    )


def _moment_of(said: str) -> datetime:
    """Read the time of a link; whatever is none is now."""
    try:
        at = datetime.fromisoformat(said)
    except ValueError:
        return now()
    return at if is_aware(at) else make_aware(at)


def page(customer: Customer, before: datetime) -> Page:
    """Return the newest moments of a person before a time, whoever of those joined to
    it they came from.
    """
    family = customer.own_rows
    seen = Event.objects.filter(customer__in=family, at__lt=before, at__lte=now())
    events = list(seen.order_by("-at", "-id")[:READ])
    is_cut = len(events) == READ
    moments = moments_of(events)
    if is_cut and len(moments) > 1:
        moments = moments[:-1]  # the last one may go on beyond what was read
    shown = moments[:SHOWN]
    return Page(
        customer.pk,
        shown,
        shown[-1].at.isoformat() if shown and (is_cut or len(moments) > SHOWN) else "",
    )


def moments_of(events: Iterable[Event]) -> list[Moment]:
    """Put events of one order, or of the same kind at the same time, together; keep
    their order.
    """
    events = list(events)
    titles = dict(
        Item.objects.filter(
            external_id__in={event.item_id for event in events if event.item_id}
        ).values_list("external_id", "title")
    )
    together = groupby(sorted(events, key=_place, reverse=True), key=_place)
    return [_moment(list(members), titles) for _key, members in together]


def _place(event: Event) -> tuple[datetime, str, str]:
    """What belongs to one moment has the same place."""
    return event.at, event.type, event.order_id or ""


def _moment(events: list[Event], titles: dict[str, str]) -> Moment:
    first = events[0]
    icon, look = LOOKS.get(first.type, PLAIN_LOOK)
    lines = [_line(event, titles) for event in events]
    title = lines[0] if len(events) == 1 and lines[0] else ""
    return Moment(
        first.at,
        icon,
        look,
        f"{_sentence(events)}{': ' if title else ''}{title}",
        [] if title else lines,
    )


def _sentence(events: list[Event]) -> str:
    first, n = events[0], len(events)
    match first.type:
        case "purchase":
            words = ngettext(
                "Bought %(n)d item for %(sum)s", "Bought %(n)d items for %(sum)s", n
            )
            return words % {"n": n, "sum": _total(events)}
        case "return" if not any(event.item_id for event in events):
            return _("Got %(sum)s back") % {"sum": _total(events)}
        case "return":
            return ngettext(
                "Brought %(n)d item back", "Brought %(n)d items back", n
            ) % {"n": n}
        case "view":
            return _("Looked at")
        case "search":
            return _("Searched for “%(text)s”") % {"text": first.text or ""}
        case "cart":
            return _("Put into the cart")
        case "review":
            return _("Wrote a review")
        case "coupon_redeemed":
            return _("Redeemed coupon %(code)s") % {"code": first.coupon_code or ""}
        case "coupon_issued":
            return _("Got coupon %(code)s, %(worth)s") % {
                "code": first.coupon_code or "",
                "worth": _worth(first),
            }
        case "message_sent":
            channel = said((first.properties or {}).get("channel", ""))
            return _("Got “%(campaign)s” by %(channel)s") % {
                "campaign": first.campaign_id or "",
                "channel": channel,
            }
        case "page" | "screen":
            return _("Looked at the page %(name)s") % {
                "name": (first.properties or {}).get("name") or "–"
            }
    if about := ABOUT_MESSAGES.get(first.type):
        return f"{about} “{first.campaign_id}”" if first.campaign_id else str(about)
    return first.type.replace("_", " ").capitalize()


def _line(event: Event, titles: dict[str, str]) -> str:
    if not event.item_id:
        return ""
    name = titles.get(event.item_id) or event.item_id
    times = (
        f"{count(event.quantity)} × " if event.quantity and event.quantity != 1 else ""
    )
    paid = f", {_total([event])}" if event.price else ""
    return f"{times}{name}{paid}"


def _worth(event: Event) -> str:
    facts = event.properties or {}
    return money(facts.get("value"), facts.get("currency") or "")


def _total(events: list[Event]) -> str:
    paid = [
        event.price * abs(event.quantity or Decimal(0))
        for event in events
        if event.price is not None
    ]
    total = sum(paid, Decimal(0))
    return money(total, events[0].currency or "")
