"""A campaign version's content in the marketer's words, line by line."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from campaigns.admin.reports.effect_words import metric_title
from campaigns.triggers.recurrence import means_last_day
from profiles.admin.segments.rule_words import in_words
from retention_site.lib.admin.words import (
    count,
    money,
    outcome,
    plain,
    rate,
    said,
    wall,
)

Line = tuple[str, str]


def plan_lines(content: Mapping[str, Any]) -> list[Line]:
    """Say what a version does: for whom, with what, on which channels, within which
    limits, when.
    """
    lines = [
        (_("Goal"), _goal(content)),
        (_("Must not be harmed"), _guardrails(content)),
        (_("Audience"), _audience(content)),
        (_("Control group"), _holdout(content)),
        (_("Layer"), _layer(content)),
        (_("Arms"), _arms(content)),
        (_("Channels"), " → ".join(map(said, content.get("channels") or ()))),
        (_("Offer"), _offer(content)),
        (_("Recommendations"), _recommendations(content)),
        (_("Limits"), limits_words(content)),
        (_("Quiet hours"), quiet_words(content)),
        (_("Starts"), _start(content)),
        (_("Leaves"), _leaves(content.get("send_time") or {})),
        (
            _("Without an answer"),
            (
                _("sent again, better twice than never")
                if content.get("must_arrive")
                else ""
            ),
        ),
        (_("Campaign class"), content.get("campaign_class") or ""),
    ]
    return [(name, words) for name, words in lines if words and words != "–"]


def test_lines(content: Mapping[str, Any]) -> list[Line]:
    """Say how a version's effect will be known: whom it leaves alone, what it compares."""
    lines = [
        (_("Goal"), _goal(content)),
        (_("Must not be harmed"), _guardrails(content)),
        (_("Control group"), _holdout(content)),
        (_("Layer"), _layer(content)),
        (_("Arms"), _arms(content)),
    ]
    return [(name, words) for name, words in lines if words and words != "–"]


def templates(content: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """Return channel, part and template text of every message."""
    messages = content.get("messages") or {}
    return [
        (channel, part, text)
        for channel, parts in messages.items()
        for part, text in parts.items()
        if text
    ]


def spelled(fields: Any) -> str:
    """Write fields of a plug-in, their names as words."""
    return outcome(fields)


def _goal(content: Mapping[str, Any]) -> str:
    goal = content.get("goal")
    if not isinstance(goal, Mapping):
        return plain(goal)
    metrics = ", ".join(
        metric_title({"metric": key}) for key in goal.get("metrics") or ()
    )
    measured = _("measured by %(metrics)s within %(days)s days") % {
        "metrics": metrics,
        "days": goal.get("window_days"),
    }
    return " · ".join(
        part
        for part in (str(goal.get("words") or ""), measured if metrics else "")
        if part
    )


def _audience(content: Mapping[str, Any]) -> str:
    segment = content.get("segment")
    if not isinstance(segment, Mapping):
        return (
            _("the customer named by the trigger")
            if content.get("trigger")
            else plain(segment)
        )
    rule = segment.get("rule")
    words = in_words(rule) if rule else ""
    return f"{segment['name']}: {words}" if segment.get("name") else words


def _holdout(content: Mapping[str, Any]) -> str:
    share = content.get("holdout")
    held = (
        _("%(share)s of the audience gets nothing, by lot") % {"share": rate(share, 0)}
        if share
        else _("none")
    )
    is_below = content.get("global_holdout", content.get("kind") != "transactional")
    return held if is_below else held + _("; the global holdout is reached, too")


def _guardrails(content: Mapping[str, Any]) -> str:
    goal = content.get("goal")
    margins = goal.get("guardrails") if isinstance(goal, Mapping) else None
    return ", ".join(
        f"{metric_title({'metric': key})} ≤ {rate(margin, 2)}"
        for key, margin in (margins or {}).items()
    )


def limits_words(content: Mapping[str, Any]) -> str:
    """At most so many messages a day, week or month."""
    return ", ".join(
        f"{said(key)}: {count(most)}"
        for key, most in (content.get("limits") or {}).items()
    )


def _layer(content: Mapping[str, Any]) -> str:
    layer = content.get("layer")
    if not layer:
        return ""
    return _(
        "%(share)s of the layer “%(name)s”, shared with no other campaign of it"
    ) % {
        "share": rate(layer["share"], 0),
        "name": layer["name"],
    }


def _arms(content: Mapping[str, Any]) -> str:
    arms = content.get("arms") or ()
    weights = sum(arm.get("weight") or 0 for arm in arms) or 1
    weighed = ", ".join(
        f"{said(arm['name'])} {rate((arm.get('weight') or 0) / weights, 0)}"
        for arm in arms
    )
    learned = content.get("allocation")
    if not learned:
        return weighed
    return weighed + _(" at first; then by what earlier runs showed of %(metric)s") % {
        "metric": metric_title({"metric": learned["metric"]})
    }


def _offer(content: Mapping[str, Any]) -> str:
    offer = content.get("offer")
    if not offer:
        return _("none")
    value = dict(offer.get("value") or {})
    policy = str(value.pop("policy", ""))
    facts = {
        "cap": offer.get("cap"),
        "budget": money(offer.get("budget"), offer.get("currency") or ""),
    }
    limits = _("at most %(cap)s coupons, budget %(budget)s") % facts
    worth = f"{spelled(policy)} ({spelled(value)})" if value else spelled(policy)
    stacks = (
        _("beside other coupons of an order")
        if offer.get("stackable")
        else _("one coupon an order")
    )
    return " · ".join(part for part in (limits, worth, stacks) if part)


def _recommendations(content: Mapping[str, Any]) -> str:
    wanted = content.get("recommendations")
    return (
        _("%(k)s items, %(mode)s") % {"k": wanted["k"], "mode": said(wanted["mode"])}
        if wanted
        else ""
    )


def quiet_words(content: Mapping[str, Any]) -> str:
    """Say from when to when which channels keep quiet; nothing where a version says nothing."""
    quiet = content.get("quiet_hours")
    if not quiet:
        return ""
    hours = (
        f"{quiet.get('from') or quiet.get('start')} –"
        f" {quiet.get('to') or quiet.get('end')}"
    )
    return _("%(hours)s in the customer's time: %(channels)s") % {
        "hours": hours,
        "channels": ", ".join(map(said, quiet.get("channels") or ())),
    }


def _start(content: Mapping[str, Any]) -> str:
    if timetable := content.get("schedule"):
        repeat = timetable.get("repeat")
        words = f"{_wall(timetable.get('starts'))} ({timetable.get('time_zone')})"
        last = (
            _("on the last day of months that are shorter")
            if _means_last_day(timetable)
            else ""
        )
        return " · ".join(part for part in (words, repeat, last) if part)
    if trigger := content.get("trigger"):
        return trigger_words(trigger)
    return _("by hand")


def _means_last_day(timetable: Mapping[str, Any]) -> bool:
    try:
        return means_last_day(
            datetime.fromisoformat(timetable["starts"]), timetable.get("repeat") or ""
        )
    except (TypeError, ValueError, KeyError):
        return False


def _wall(starts: Any) -> str:
    """Write the wall time of a timetable as every page does; what is none stays as it
    is.
    """
    try:
        return wall(datetime.fromisoformat(starts))
    except (TypeError, ValueError):
        return plain(starts)


def _leaves(send_time: Mapping[str, Any]) -> str:
    """When each message may leave, by its customer's clock."""
    hours = f"{send_time.get('within_hours') or 0:g}"
    ways = [
        (
            _("in the hours in which they usually buy, within %(hours)s hours")
            % {"hours": hours}
            if send_time.get("best_slot")
            else ""
        ),
        (
            _("at %(at)s by the customer's clock") % {"at": send_time["at"]}
            if send_time.get("at")
            else ""
        ),
        (
            _("spread over %(hours)s hours")
            % {"hours": f"{send_time['spread_hours']:g}"}
            if send_time.get("spread_hours")
            else ""
        ),
    ]
    return _(", else ").join(words for words in ways[:2] if words) + (
        f" · {ways[2]}" if ways[2] else ""
    )


def trigger_words(trigger: Mapping[str, Any]) -> str:
    """Say what starts a campaign for one customer, how long it waits, and what stops
    it.
    """
    listed = {
        name: ", ".join(trigger.get(name) or ()) for name in ("events", "cancel_if")
    }
    parts = [
        _STARTS.get(str(trigger.get("kind")), lambda _trigger, _events: "")(
            trigger, listed["events"]
        ),
        _("once for each %(key)s") % {"key": str(trigger["key"]).replace("_", " ")}
        if trigger.get("key")
        else "",
        _("%(delay)s later") % {"delay": trigger["delay"]}
        if trigger.get("delay")
        else "",
        _("not within %(span)s of the last one") % {"span": trigger["cool_down"]}
        if trigger.get("cool_down")
        else "",
        _("not after: %(events)s") % {"events": listed["cancel_if"]}
        if listed["cancel_if"]
        else "",
        _("not for what happened more than %(age)s ago")
        % {"age": trigger["not_older_than"]}
        if trigger.get("not_older_than")
        else "",
    ]
    return " · ".join(words for words in parts if words)


def _moved(trigger: Mapping[str, Any], _events: str) -> str:
    entered = _("when a customer enters the segment %(segment)s")
    left = _("when a customer leaves the segment %(segment)s")
    return (left if trigger.get("move") == "left" else entered) % {
        "segment": trigger.get("segment")
    }


_STARTS: dict[str, Callable[[Mapping[str, Any], str], str]] = {
    "webhook": lambda _trigger, _events: _("when a webhook calls"),
    "api": lambda _trigger, _events: _("when the API is called"),
    "event": lambda _trigger, events: (
        _("when a customer does: %(events)s") % {"events": events}
    ),
    "segment": _moved,
    "anniversary": lambda trigger, _events: (
        _("on the day: %(of)s, at %(at)s of the customer's clock")
        % {
            "of": str(trigger.get("of")).replace("_", " "),
            "at": trigger.get("at"),
        }
    ),
    "back_in_stock": lambda _trigger, _events: _(
        "when an item that a customer looked at is back in stock"
    ),
    "pending_consent": lambda _trigger, _events: _(
        "when a customer signed up and has yet to confirm it"
    ),
    "price_drop": lambda trigger, _events: (
        _("when an item that a customer looked at costs %(share)s less")
        % {
            "share": rate(trigger.get("least_drop") or 0, 0),
        }
    ),
}
