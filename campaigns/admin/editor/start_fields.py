"""The section on when it starts: by a person, once, repeating, or on a trigger."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from campaigns.admin.editor import offered
from campaigns.admin.editor.drawn import Field, Group, Section
from campaigns.admin.editor.form import shown
from campaigns.content.message_parts import PARTS
from retention_site.lib.admin.words import said

STARTS = (
    ("hand", gettext_lazy("By hand"), gettext_lazy("A person starts each run.")),
    ("once", gettext_lazy("Once"), gettext_lazy("On a day, at an hour.")),
    ("repeat", gettext_lazy("Repeating"), gettext_lazy("Every day, week or month.")),
    ("trigger", gettext_lazy("On a trigger"), gettext_lazy("One customer at a time.")),
)
EVERY = (
    ("day", gettext_lazy("every day")),
    ("week", gettext_lazy("every week")),
    ("month", gettext_lazy("every month")),
)
WEEKDAYS = (
    ("MO", gettext_lazy("Mon")),
    ("TU", gettext_lazy("Tue")),
    ("WE", gettext_lazy("Wed")),
    ("TH", gettext_lazy("Thu")),
    ("FR", gettext_lazy("Fri")),
    ("SA", gettext_lazy("Sat")),
    ("SU", gettext_lazy("Sun")),
)
TRIGGERS = (
    ("event", gettext_lazy("A customer does something")),
    ("segment", gettext_lazy("A customer enters or leaves a segment")),
    ("anniversary", gettext_lazy("A day of the customer's comes round")),
    ("back_in_stock", gettext_lazy("An item is back in stock")),
    ("price_drop", gettext_lazy("An item costs less")),
    ("pending_consent", gettext_lazy("A sign-up waits to be confirmed")),
    ("webhook", gettext_lazy("A webhook calls")),
    ("api", gettext_lazy("The API is called")),
)
OF = (
    ("birth_date", gettext_lazy("Birthday")),
    ("signed_up_at", gettext_lazy("Sign-up")),
    ("first_purchase", gettext_lazy("First purchase")),
)
MOVES = (("entered", gettext_lazy("enters")), ("left", gettext_lazy("leaves")))
SPANS = ("30 minutes", "1 hour", "1 day", "7 days", "30 days", "90 days")


def when_section(document: Mapping[str, Any]) -> Section:
    start = shown(document, "start")
    groups = [
        Group(
            fields=[
                Field("start", _("Starts"), "radio", STARTS, redraws=True, is_wide=True)
            ]
        )
    ]
    if start in ("once", "repeat"):
        groups.append(Group(fields=schedule_fields(document, start == "repeat")))
    if start == "trigger":
        groups.append(Group(fields=_trigger(document)))
    groups.append(Group(_("Send hours"), send_time_fields(document)))
    groups.append(Group(_("Limits"), _limits(), is_folded=True))
    return Section("when", _("When"), "schedule", groups)


def schedule_fields(document: Mapping[str, Any], is_repeating: bool) -> list[Field]:
    zones = (
        (settings.SHOP_TIME_ZONE, settings.SHOP_TIME_ZONE),
        ("customer", _("each customer's own time")),
    )
    fields = [
        Field("schedule.starts", _("First") if is_repeating else _("On"), "moment"),
        Field(
            "schedule.time_zone",
            _("By the clock of"),
            "select",
            zones,
            empty=settings.SHOP_TIME_ZONE,
        ),
    ]
    if is_repeating:
        every = shown(document, "schedule.every")
        fields.append(
            Field("schedule.every", _("Repeats"), "select", EVERY, redraws=True)
        )
        if every == "week":
            fields.append(
                Field(
                    "schedule.days",
                    _("On these days"),
                    "checks",
                    WEEKDAYS,
                    is_wide=True,
                )
            )
        if every == "other":
            fields.append(Field("schedule.repeat", _("By the rule")))
    return fields


def _trigger(document: Mapping[str, Any]) -> list[Field]:
    kind = str(shown(document, "trigger.kind"))
    return [
        Field(
            "trigger.kind", _("When"), "select", TRIGGERS, redraws=True, is_wide=True
        ),
        *own_fields(kind),
        Field(
            "trigger.delay",
            _("Wait for"),
            empty=_("at once"),
            suggests=SPANS,
            about=_("Such as 1 hour or 2 days."),
        ),
        Field(
            "trigger.cool_down",
            _("Not again within"),
            suggests=SPANS,
            empty=_("always"),
        ),
        Field(
            "trigger.cancel_if",
            _("Unless they meanwhile"),
            suggests=offered.events(),
            about=_("Such as purchase."),
        ),
        Field(
            "trigger.not_older_than", _("Not for what is older than"), suggests=SPANS
        ),
    ]


def own_fields(kind: str) -> list[Field]:
    events = Field("trigger.events", _("Events"), suggests=offered.events())
    interest = Field(
        "trigger.interest_days", _("Interest of the last"), "number", unit=_("days")
    )
    channels = tuple((key, capfirst(said(key))) for key in PARTS)
    return {
        "event": [
            events,
            Field("trigger.key", _("Once for each"), empty=_("each event")),
        ],
        "segment": [
            Field("trigger.segment", _("Segment"), "select", offered.segments()),
            Field("trigger.move", _("Move"), "select", MOVES),
        ],
        "anniversary": [
            Field("trigger.of", _("Day"), "select", OF),
            Field("trigger.days_before", _("Days before"), "number"),
            Field("trigger.at", _("At"), "time"),
        ],
        "back_in_stock": [events, interest],
        "price_drop": [
            events,
            interest,
            Field("trigger.least_drop", _("Cheaper by at least"), "number", unit="%"),
        ],
        "pending_consent": [Field("trigger.channel", _("Channel"), "select", channels)],
    }.get(kind, [])


def send_time_fields(document: Mapping[str, Any]) -> list[Field]:
    fields = [
        Field("send_time.at", _("At, by their clock"), "time"),
        Field(
            "send_time.best_slot", _("In the hours in which they usually buy"), "flag"
        ),
        Field("send_time.spread_hours", _("Spread over"), "number", unit=_("hours")),
        Field("quiet", _("Quiet hours"), "flag", redraws=True),
    ]
    if document.get("quiet_hours") is not None:
        loud = tuple((key, capfirst(said(key))) for key in PARTS)
        fields += [
            Field("quiet_hours.start", _("Quiet from"), "time"),
            Field("quiet_hours.end", _("Quiet to"), "time"),
            Field("quiet_hours.channels", _("Quiet on"), "checks", loud),
        ]
    return fields


def _limits() -> list[Field]:
    return [
        Field("limits.per_day", _("Messages a day, at most"), "number"),
        Field("limits.per_week", _("Messages a week, at most"), "number"),
        Field("limits.per_month", _("Messages a month, at most"), "number"),
        Field("expires_after_hours", _("Not sent after"), "number", unit=_("hours")),
        Field("campaign_class", _("Campaign class"), suggests=offered.classes()),
        Field("priority", _("Priority"), "number", about=_("Smaller leaves first.")),
        Field("must_arrive", _("Sent again without an answer"), "flag"),
    ]
