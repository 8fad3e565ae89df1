"""The form beside the tree: of one step, of who enters, of what ends it, or of its goal.
Each is drawn from the editor's own fields.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from campaigns.admin.editor import offered, sections, start_fields
from campaigns.admin.editor.drawn import Field, Group, Section
from campaigns.admin.editor.form import shown
from campaigns.admin.editor.journey_choices import AFTER
from campaigns.admin.editor.message_fields import message_section
from campaigns.admin.journeys.step_words import (
    DATES,
    TITLES,
    WEEKDAYS,
    icon_of,
    title_of,
    words_of,
)
from campaigns.content.journey_outline import kind_of, step_at, walk
from profiles.segments.builder.choices import choices

GOAL, ENTER, LEAVE = "goal", "enter", "leave"
OF_JOURNEY = (GOAL, ENTER, LEAVE)
SPANS = ("30 minutes", "1 hour", "1 day", "3 days", "7 days", "30 days")
HOW = (
    ("for", gettext_lazy("for a time")),
    ("clock", gettext_lazy("until a time of the day")),
    ("weekday", gettext_lazy("until a weekday")),
    ("hour", gettext_lazy("until their usual hour")),
    ("date", gettext_lazy("until a day of theirs")),
)
AWAITED = (
    ("event", gettext_lazy("an event")),
    ("rule", gettext_lazy("a rule fits")),
)
SINCE = (
    ("step", gettext_lazy("since they reached this step")),
    ("entry", gettext_lazy("since they entered")),
)
AGAIN = (
    ("never", gettext_lazy("Never again")),
    ("each", gettext_lazy("For each object"), gettext_lazy("Each cart, each order.")),
    (AFTER, gettext_lazy("After a time")),
)


@dataclass(frozen=True)
class Panel:
    """What the form shows: ``holder`` is the part of the document that it writes."""

    place: str
    icon: str
    title: str
    sections: list[Section]
    holder: Mapping[str, Any]
    kind: str = ""
    rule: str = ""  # the field that holds a rule, where one does
    about: str = ""


def panel_of(document: Mapping[str, Any], place: str) -> Panel:
    """Return the panel of a place; of one that is no step, the goal's."""
    if place in OF_JOURNEY:
        return _OF_JOURNEY[place](document)
    step = step_at(document, place)
    if step is None:
        return _goal(document)
    kind = kind_of(step)
    holder = step["message"] if _has_message(step) else step
    fields = _STEPS[kind](document, place, holder) if kind in _STEPS else []
    rule = {"split": "split.if", "wait_until": "wait_until.if"}.get(kind, "")
    if rule == "wait_until.if" and shown(step, "wait_until.how") != "rule":
        rule = ""
    return Panel(
        place,
        icon_of(step),
        title_of(step),
        fields,
        holder,
        kind,
        rule,
        "" if fields else words_of(step),
    )


def _has_message(step: Mapping[str, Any]) -> bool:
    return isinstance(step.get("message"), Mapping)


def written(
    document: Mapping[str, Any], place: str, holder: Mapping[str, Any]
) -> Mapping[str, Any]:
    """Return what stands at a panel's place once its holder is changed."""
    if place in OF_JOURNEY or step_at(document, place) is None:
        return holder
    step = step_at(document, place)
    return {**step, "message": dict(holder)} if _has_message(step) else holder


def _goal(document: Mapping[str, Any]) -> Panel:
    metrics = offered.metrics()
    holdout = Field(
        "holdout",
        _("Held out"),
        "number",
        unit="%",
        about=_("They enter and get nothing, by lot. The effect is measured on them."),
    )
    fields = [
        Field("name", _("Name of the journey"), is_wide=True),
        Field(
            "goal.words",
            _("What should change?"),
            empty=_("Customers who stay away shop again"),
            is_wide=True,
        ),
        Field("goal.metrics", _("Measured by"), "checks", metrics, is_wide=True),
        Field("goal.window_days", _("Within"), "number", unit=_("days")),
        holdout,
    ]
    more = [
        Field("kind", _("Kind"), "select", sections.KINDS),
        Field("topic", _("Topic of the consent"), suggests=offered.topics()),
        Field("campaign_class", _("Campaign class"), suggests=offered.classes()),
        Field("global_holdout", _("The global holdout is left alone here too"), "flag"),
    ]
    groups = [Group(fields=fields), Group(_("More"), more, is_folded=True)]
    return _panel(GOAL, "flag", _("Goal"), groups, document)


def _enter(document: Mapping[str, Any]) -> Panel:
    start = shown(document, "enter")
    ways = tuple(
        {one[0]: one for one in start_fields.STARTS}[key]
        for key in ("trigger", "repeat", "once")
    )
    groups = [
        Group(
            fields=[
                Field("enter", _("Enter"), "radio", ways, redraws=True, is_wide=True)
            ]
        )
    ]
    if start == "trigger":
        groups.append(Group(fields=_trigger(document)))
    else:
        known = offered.segments()
        groups.append(
            Group(
                fields=[
                    Field("segment.in", _("Segments"), "checks", known, is_wide=True),
                    Field("segment.but_not", _("But not"), "checks", known),
                ]
            )
        )
        is_repeating = start == "repeat"
        groups.append(
            Group(fields=start_fields.schedule_fields(document, is_repeating))
        )
    groups.append(Group(_("Enter again"), _again(document)))
    return _panel(ENTER, "login", _("Enter"), groups, document)


def _trigger(document: Mapping[str, Any]) -> list[Field]:
    kind = str(shown(document, "trigger.kind"))
    ways = tuple(one for one in start_fields.TRIGGERS if one[0] != "pending_consent")
    fields = [
        Field("trigger.kind", _("When"), "select", ways, redraws=True, is_wide=True),
        *start_fields.own_fields(kind),
        Field(
            "trigger.not_older_than", _("Not for what is older than"), suggests=SPANS
        ),
    ]
    objects = ("cart_id", "order_id", "item_id")
    return [
        replace(one, suggests=objects, empty=_("the customer"))
        if one.name == "trigger.key"
        else replace(one, suggests=events())
        if one.name == "trigger.events"
        else one
        for one in fields
    ]


def _again(document: Mapping[str, Any]) -> list[Field]:
    fields = [Field("again.how", _("How often"), "radio", AGAIN, redraws=True)]
    if shown(document, "again.how") == AFTER:
        fields.append(Field("again", _("After"), suggests=SPANS))
    return fields


def _leave(document: Mapping[str, Any]) -> Panel:
    fields = [
        Field(
            "leave.goal",
            _("Goal reached by"),
            suggests=events(),
            empty=_("no event"),
            is_wide=True,
            about=_("Whoever does it leaves, and counts as won."),
        ),
        *_same(document, "leave.same"),
        Field("leave.rule", _("Leave when a rule fits"), "flag", redraws=True),
    ]
    has_rule = bool(shown(document, "leave.rule"))
    if has_rule:
        fields.append(Field("leave.if", _("Rule"), "rule", is_wide=True))
    found = _panel(LEAVE, "logout", _("Leave"), [Group(fields=fields)], document)
    return replace(found, rule="leave.if" if has_rule else "")


def _same(document: Mapping[str, Any], name: str) -> list[Field]:
    """Of the same cart or order, where one enters by one."""
    trigger = document.get("trigger")
    key = trigger.get("key") if isinstance(trigger, Mapping) else ""
    if not isinstance(key, str) or key in ("", "customer"):
        return []
    return [
        Field(name, _("Of the same"), suggests=(key,), empty=_("of any"), about=key)
    ]


def _panel(
    place: str,
    icon: str,
    title: str,
    groups: list[Group],
    document: Mapping[str, Any],
) -> Panel:
    return Panel(place, icon, title, [Section(place, title, icon, groups)], document)


def _section(kind: str, fields: list[Field], **more: Any) -> Section:
    return Section(kind, TITLES[kind], "", [Group(fields=fields)], **more)


def _wait(_document: Any, _place: str, step: Mapping[str, Any]) -> list[Section]:
    how = shown(step, "wait.how")
    at = Field("wait.at", _("At, by their clock"), "time")
    own = {
        "for": [
            Field(
                "wait.for",
                _("How long"),
                suggests=SPANS,
                about=_("Such as 1 hour or 2 days."),
            )
        ],
        "clock": [at],
        "weekday": [
            Field(
                "wait.weekday",
                _("On these days"),
                "checks",
                tuple(WEEKDAYS.items()),
                is_wide=True,
            ),
            at,
        ],
        "hour": [],
        "date": [
            Field("wait.date_of", _("Day"), "select", tuple(DATES.items())),
            Field("wait.days_before", _("Days before"), "number"),
            at,
        ],
    }
    chosen = Field("wait.how", _("Wait"), "select", HOW, redraws=True, is_wide=True)
    return [_section("wait", [chosen, *own[str(how)]])]


def _wait_until(
    document: Mapping[str, Any], _place: str, step: Mapping[str, Any]
) -> list[Section]:
    is_rule = shown(step, "wait_until.how") == "rule"
    fields = [Field("wait_until.how", _("Wait until"), "select", AWAITED, redraws=True)]
    if is_rule:
        fields.append(Field("wait_until.if", _("Rule"), "rule", is_wide=True))
    else:
        fields.append(Field("wait_until.event", _("Events"), suggests=events()))
        fields += _same(document, "wait_until.same")
    fields.append(Field("wait_until.at_most", _("At most"), suggests=SPANS))
    if not is_rule:
        fields.append(Field("wait_until.since", _("It counts"), "select", SINCE))
    return [_section("wait_until", fields)]


def _split(_document: Any, _place: str, _step: Any) -> list[Section]:
    return [_section("split", [Field("split.if", _("Rule"), "rule", is_wide=True)])]


def _test(_document: Any, _place: str, step: Mapping[str, Any]) -> list[Section]:
    says = step.get("test")
    arms = says.get("arms") if isinstance(says, Mapping) else None
    n = len(arms) if isinstance(arms, list) else 0
    groups = [
        Group(
            _("Arm %(letter)s") % {"letter": sections.letter(place)},
            [
                Field(f"test.arms.{place}.name", _("Name")),
                Field(f"test.arms.{place}.weight", _("Weight"), "number"),
            ],
            removes=f"remove_arm:{place}" if n > 2 else "",
        )
        for place in range(1, n + 1)
    ]
    adds = ("add_arm", _("Add an arm"))
    return [Section("test", TITLES["test"], "", groups, adds=adds)]


def _message(_document: Any, _place: str, holder: Mapping[str, Any]) -> list[Section]:
    says = message_section(holder)
    offer = sections.offer_section(holder, with_values=False)
    when = start_fields.send_time_fields(holder)
    limits = [
        Field("expires_after_hours", _("Not sent after"), "number", unit=_("hours")),
        Field("priority", _("Priority"), "number", about=_("Smaller leaves first.")),
    ]
    groups = [
        Group(_("Send hours"), when, is_folded=True),
        Group(_("Limits"), limits, is_folded=True),
    ]
    return [says, offer, Section("when", _("When"), "schedule", groups)]


def _set(_document: Any, _place: str, _step: Any) -> list[Section]:
    about = _("One a line, such as: stage: regular.")
    return [
        _section(
            "set",
            [
                Field(
                    "set.traits",
                    _("Traits and values"),
                    "area",
                    about=about,
                    is_wide=True,
                )
            ],
        )
    ]


def _go_to(
    document: Mapping[str, Any], place: str, _step: Mapping[str, Any]
) -> list[Section]:
    """Offer the steps that come later and aren't in a branch beside it."""
    steps = list(walk(document))
    behind = [one for one, _step in steps].index(place) + 1
    later = tuple(
        (str(step.get("key")), f"{title_of(step)}: {words_of(step)}"[:80])
        for _place, step in steps[behind:]
        if step.get("key")
    )
    chosen = Field("go_to", _("Go on with"), "select", later, empty=_("choose one"))
    return [_section("go_to", [replace(chosen, is_wide=True)])]


def _end(_document: Any, _place: str, _step: Any) -> list[Section]:
    about = _("Stands as the reason of those who left here.")
    return [_section("end", [Field("end", _("Called"), about=about)])]


def events() -> tuple[str, ...]:
    """Offer the events that the shop has seen, then the usual ones."""
    seen = [one.value for one in choices("event_type")]
    return tuple(dict.fromkeys([*seen, *offered.events()]))


_OF_JOURNEY: dict[str, Callable[[Mapping[str, Any]], Panel]] = {
    GOAL: _goal,
    ENTER: _enter,
    LEAVE: _leave,
}
_STEPS: dict[str, Callable[[Any, str, Any], list[Section]]] = {
    "wait": _wait,
    "wait_until": _wait_until,
    "split": _split,
    "test": _test,
    "message": _message,
    "set": _set,
    "go_to": _go_to,
    "end": _end,
}
