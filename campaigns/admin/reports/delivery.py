"""From whom we meant to who came: the funnel of each campaign, and how well each
channel delivers.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.contrib import admin
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from retention_site.lib.admin.pages import show
from retention_site.lib.admin.words import day_and_month, said
from retention_site.lib.clock import now, shop_zone
from retention_site.lib.csv_export import as_csv

DAYS = (7, 28, 90, 365)
STAGES = ("audience", "sent", "delivered", "opened", "clicked", "redeemed")
FUNNEL = """
    WITH lately AS (
        SELECT id, campaign_id, state, sent_at, dedupe_key FROM campaigns_message
        WHERE planned_at >= %(since)s
    ), touched AS (
        SELECT message_id, bool_or(kind = 'open' OR kind = 'click') AS opened, bool_or(kind = 'click') AS clicked
        FROM campaigns_touchpoint WHERE NOT is_machine AND message_id IN (SELECT id FROM lately) GROUP BY message_id
    )
    SELECT campaign.id, campaign.name, count(*), count(lately.sent_at),
        count(*) FILTER (
            WHERE touched.opened OR lately.sent_at IS NOT NULL AND lately.state NOT IN ('bounced', 'failed')),
        count(*) FILTER (WHERE touched.opened), count(*) FILTER (WHERE touched.clicked), count(coupon.redeemed_at)
    FROM lately JOIN campaigns_campaign campaign ON campaign.id = lately.campaign_id
    LEFT JOIN touched ON touched.message_id = lately.id
    LEFT JOIN campaigns_coupon coupon ON coupon.grant_key = lately.dedupe_key
    GROUP BY campaign.id, campaign.name ORDER BY count(lately.sent_at) DESC, campaign.name
"""
DELIVERED = """
    SELECT channel, count(sent_at), count(*) FILTER (WHERE state = 'bounced'),
        count(*) FILTER (WHERE state = 'complained'), count(*) FILTER (WHERE state IN ('failed', 'unknown')),
        count(*) FILTER (WHERE state = 'suppressed'),
        (SELECT count(DISTINCT touch.message_id) FROM campaigns_touchpoint touch JOIN campaigns_message other
            ON other.id = touch.message_id WHERE touch.kind = 'unsubscribe' AND other.channel = message.channel
            AND other.planned_at >= %(since)s)
    FROM campaigns_message message WHERE channel <> '' AND planned_at >= %(since)s GROUP BY channel ORDER BY channel
"""
BY_DAY = """
    SELECT (sent_at AT TIME ZONE %(zone)s)::date AS day, channel, count(*)
    FROM campaigns_message WHERE sent_at >= %(since)s GROUP BY 1, 2 ORDER BY 1
"""
TONES = ("brand", "busy", "wait", "quiet", "good")
# shares at which mailbox providers begin to turn mail away
ALARMS = {"bounced": 0.05, "complained": 0.001}


@dataclass(frozen=True)
class Stages:
    """One campaign's funnel: names with numbers and the share of the audience."""

    campaign: int
    name: str
    stages: list[tuple[str, int, float]]


def page(request: HttpRequest) -> HttpResponse:
    """Show the last days; from stored rows only, one query a table."""
    days = next((n for n in DAYS if str(n) == request.GET.get("days")), DAYS[1])
    values = {"since": now() - timedelta(days=days), "zone": str(shop_zone())}
    funnels, channels = _funnels(values), _channels(values)
    if request.GET.get("as") == "csv":
        head = ["campaign", *STAGES]
        return as_csv(
            "funnel",
            [
                head,
                *(
                    [one.name, *(n for _name, n, _share in one.stages)]
                    for one in funnels
                ),
            ],
        )
    context = {
        "title": _("Reach"),
        "days": days,
        "choices": DAYS,
        "funnels": funnels,
        "channels": channels,
        "by_day": _by_day(values),
    }
    return show(request, admin.site, "admin/reports/delivery.html", context)


def _funnels(values: dict[str, Any]) -> list[Stages]:
    words = (
        _("targeted"),
        _("sent"),
        _("delivered"),
        _("opened"),
        _("clicked"),
        _("redeemed"),
    )
    return [
        Stages(
            pk,
            name,
            [(word, n, n / counts[0]) for word, n in zip(words, counts, strict=True)],
        )
        for pk, name, *counts in _rows(FUNNEL, values)
    ]


def _channels(values: dict[str, Any]) -> list[dict[str, Any]]:
    names = (
        "channel",
        "sent",
        "bounced",
        "complained",
        "failed",
        "suppressed",
        "unsubscribed",
    )
    found = [dict(zip(names, row, strict=True)) for row in _rows(DELIVERED, values)]
    for one in found:
        sent = one["sent"] or 1
        one["shares"] = {name: one[name] / sent for name in names[2:]}
        one["alarms"] = [
            name
            for name, most in ALARMS.items()
            if one["sent"] and one["shares"][name] > most
        ]
    return found


def _by_day(values: dict[str, Any]) -> dict[str, Any] | None:
    rows = _rows(BY_DAY, values)
    if not rows:
        return None
    days = sorted({day for day, _channel, _n in rows})
    counted = {(day, channel): n for day, channel, n in rows}
    channels = sorted({channel for _day, channel, _n in rows})
    series = [
        {
            "label": said(key),
            "values": [counted.get((day, key), 0) for day in days],
            "tone": TONES[i % len(TONES)],
        }
        for i, key in enumerate(channels)
    ]
    return {"labels": [day_and_month(one) for one in days], "series": series}


def _rows(sql: str, values: dict[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return list(cursor.fetchall())
