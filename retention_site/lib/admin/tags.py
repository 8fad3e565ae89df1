"""Template words of the admin: `{% load rapport %}`."""

from __future__ import annotations

import json
from datetime import datetime
from decimal import Decimal
from typing import Any

from django import template
from django.conf import settings
from django.db.models import Model
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from retention_site.lib.admin import masking, pages, tones, words

register = template.Library()

_FILTERS = (
    words.count,
    words.day,
    words.duration,
    words.fact,
    words.moment,
    words.number,
    words.outcome,
    words.plain,
    words.rate,
    words.said,
    words.shop_moment,
    words.time_of_day,
    words.wall,
)
for _filter in _FILTERS:
    register.filter(_filter.__name__, _filter)
register.filter("masked", masking.masked)
register.filter("masked_as", lambda value, name: masking.masked_value(name, value))
register.filter("tone", tones.tone)
register.filter("link", pages.link)


@register.filter
def money(value: Decimal | float | None, currency: str = "") -> str:
    """`{{ value|money:currency }}`; without a currency the shop's."""
    return words.money(value, currency or settings.SHOP_CURRENCY)


@register.filter
def pairs(value: Any) -> list[tuple[str, Any]]:
    """Return the keys and values of a dictionary; `.items` would be its key of that
    name.
    """
    return list(value.items()) if isinstance(value, dict) else []


@register.filter
def signed_money(value: Decimal | float | None, currency: str = "") -> str:
    return words.money(value, currency or settings.SHOP_CURRENCY, sign=True)


@register.filter
def signed_rate(value: float | None) -> str:
    return words.rate(value, sign=True)


@register.filter
def ago(value: datetime | None) -> str:
    return words.ago(value)


@register.filter
def ago_really(value: datetime | None) -> str:
    return words.ago(value, by_real_clock=True)


@register.filter
def shop_time(value: datetime) -> str:
    """The time of day, by the shop's clock, of what a machine noted by the real one."""
    return f"{timezone.localtime(words.by_shop_clock(value)):%H:%M:%S}"


@register.filter
def share_of(value: float | None, whole: float | None) -> float:
    """Per cent of the whole as a plain number, for widths; 0 of nothing."""
    return round(100 * float(value or 0) / float(whole), 2) if whole else 0.0


@register.filter
def as_json(value: Any) -> str:
    """Escaped by the template like any text: for `data-` attributes."""
    return json.dumps(value, default=str, ensure_ascii=False)


@register.filter
def pretty_json(value: Any) -> str:
    return json.dumps(value, default=str, ensure_ascii=False, indent=2)


@register.simple_tag
def pill(state: str, label: str = "", look: str = "") -> SafeString:
    return tones.pill(state, label, look=look)


@register.simple_tag
def state(obj: Model) -> SafeString:
    """The state of a thing as a coloured word."""
    words = getattr(obj, "state_words", "") or obj.get_state_display()  # type: ignore[attr-defined]
    return tones.pill(obj.state, words)  # type: ignore[attr-defined]


@register.simple_tag
def simulated(customer: Any) -> SafeString:
    """The badge that stands wherever made-up contact data are shown."""
    if not customer.contacts_are_simulated:
        return SafeString("")
    return format_html(
        '<span class="r-pill r-simulated" title="{}"><span'
        ' class="material-symbols-outlined">science</span>{}</span>',
        _(
            "Address, phone, consent and channel preference were made up for a"
            " demonstration."
        ),
        _("simulated contact data"),
    )


@register.simple_tag(takes_context=True)
def trail(context: template.Context) -> list[tuple[str, str]]:
    """Where one is, as (title, address): the list, then the thing; the last has no
    address.

    A page that belongs to no model names the pages above it as ``crumbs``.
    """
    opts, obj = context.get("opts"), context.get("object") or context.get("original")
    if opts is None:
        return [*(context.get("crumbs") or ()), (str(context.get("title") or ""), "")]
    lists = reverse(f"admin:{opts.app_label}_{opts.model_name}_changelist")
    plural = str(context.get("called") or opts.verbose_name_plural)
    if obj is None:
        return [(capfirst(plural), "")]
    return [(capfirst(plural), lists), (str(context.get("trail_title") or obj), "")]


@register.inclusion_tag("admin/parts/bar.html")
def bar(value: float | None, whole: float | None, look: str = "") -> dict[str, Any]:
    """A bar that is as full as value is of whole."""
    return {"share": min(share_of(value, whole), 100), "look": look}


@register.inclusion_tag("admin/parts/strip.html")
def strip(parts: list[tuple[str, str, int]]) -> dict[str, Any]:
    """One line shared by states as their numbers are: (state, words, n) of each."""
    whole = sum(n for _state, _words, n in parts) or 1
    drawn, at = [], 0.0
    for state, said, n in parts:
        width = 100 * n / whole
        drawn.append((tones.tone(state), f"{said}: {n}", f"{at:.2f}", f"{width:.2f}"))
        at += width
    return {"parts": drawn, "words": ", ".join(said for _tone, said, *_ in drawn)}


@register.inclusion_tag("admin/parts/column.html")
def column(bad: float, quiet: float, good: float) -> dict[str, Any]:
    """One day of a trend: per cent of the highest day, stacked from below."""
    parts, top = [], 100.0
    for tone, height in (("brand", good), ("quiet", quiet), ("bad", bad)):
        top -= height
        parts.append((tone, f"{top:.2f}", f"{height:.2f}"))
    return {"parts": parts}


@register.filter
def heat(share: float | None) -> str:
    """The class of a cell that is this warm, from 0 to 100."""
    return f"r-h{round(float(share or 0) / 10)}"


@register.inclusion_tag("admin/parts/empty.html")
def empty(
    icon: str, title: str, sentence: str = "", href: str = "", action: str = ""
) -> dict[str, Any]:
    """What stands where nothing is yet: why, and what to do."""
    return {
        "icon": icon,
        "title": title,
        "sentence": sentence,
        "href": href,
        "action": action,
    }
