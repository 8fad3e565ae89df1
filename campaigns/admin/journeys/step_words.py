"""What a step of a journey does, in the reader's words."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from campaigns.content.journey_outline import kind_of
from campaigns.content.message_parts import PARTS
from campaigns.content.triggers import SPAN
from profiles.admin.segments.rule_words import in_words
from profiles.segments.builder.choices import label
from retention_site.lib import registry
from retention_site.lib.admin.words import rate

Words = str | Promise
TITLES: dict[str, Words] = {
    "wait": gettext_lazy("Wait"),
    "wait_until": gettext_lazy("Wait until"),
    "split": gettext_lazy("Split"),
    "test": gettext_lazy("Test"),
    "message": gettext_lazy("Message"),
    "set": gettext_lazy("Set"),
    "go_to": gettext_lazy("Go to"),
    "end": gettext_lazy("End"),
}
ABOUT: dict[str, Words] = {
    "message": gettext_lazy("E-mail, SMS, push or webhook."),
    "wait": gettext_lazy("A time, a clock, a day."),
    "wait_until": gettext_lazy("An event or a rule, at most so long."),
    "split": gettext_lazy("By a rule: yes or no."),
    "test": gettext_lazy("Two ways or more, by lot."),
    "set": gettext_lazy("Keep a trait of the customer."),
    "go_to": gettext_lazy("On with a later step."),
    "end": gettext_lazy("The journey is over here."),
}
ICONS = {
    "wait": "schedule",
    "wait_until": "hourglass_top",
    "split": "call_split",
    "test": "science",
    "message": "mail",
    "set": "sell",
    "go_to": "redo",
    "end": "stop_circle",
    "": "help",
}
WEEKDAYS: dict[str, Words] = {
    "monday": gettext_lazy("Monday"),
    "tuesday": gettext_lazy("Tuesday"),
    "wednesday": gettext_lazy("Wednesday"),
    "thursday": gettext_lazy("Thursday"),
    "friday": gettext_lazy("Friday"),
    "saturday": gettext_lazy("Saturday"),
    "sunday": gettext_lazy("Sunday"),
}
DATES: dict[str, Words] = {
    "birth_date": gettext_lazy("Birthday"),
    "signed_up_at": gettext_lazy("Sign-up"),
    "first_purchase": gettext_lazy("First purchase"),
}
OUTCOMES: dict[str, Words] = {
    "yes": gettext_lazy("Yes"),
    "no": gettext_lazy("No"),
    "happened": gettext_lazy("It happened"),
    "in vain": gettext_lazy("Not in time"),
}
CHANNEL_ICONS = {"email": "mail", "sms": "sms", "push": "notifications"}


def title_of(step: Any) -> str:
    """Name a step by its kind."""
    kind = kind_of(step)
    return str(TITLES[kind]) if kind else _("Not readable")


def icon_of(step: Any) -> str:
    kind = kind_of(step)
    if kind != "message":
        return ICONS[kind]
    channels = _channels(step["message"])
    return CHANNEL_ICONS.get(channels[0], "webhook") if channels else ICONS[kind]


def words_of(step: Any) -> str:
    """Say what a step does; of one that is half written, what is there."""
    kind = kind_of(step)
    if not kind:
        return _("This step can't be drawn; see YAML.")
    try:
        return _SAYS[kind](step[kind])
    except (AttributeError, KeyError, TypeError, ValueError):
        return _("This step can't be read yet.")


def outcome_words(outcome: str, arm: Mapping[str, Any] | None, weights: float) -> str:
    """Name a branch: yes, no, in time or not; an arm with its share."""
    if arm is None:
        return str(OUTCOMES.get(outcome, outcome))
    weight = arm.get("weight", 1)
    if not isinstance(weight, int | float) or isinstance(weight, bool) or not weights:
        return outcome
    return f"{outcome} · {rate(weight / weights, 0)}"


def span_words(text: Any) -> str:
    """Say a length such as ``2 days`` in the reader's language."""
    found = SPAN.match(text) if isinstance(text, str) else None
    if found is None:
        return str(text or "…")
    n = float(found[1])
    forms = {
        "minute": ngettext("%(n)s minute", "%(n)s minutes", int(n)),
        "hour": ngettext("%(n)s hour", "%(n)s hours", int(n)),
        "day": ngettext("%(n)s day", "%(n)s days", int(n)),
        "week": ngettext("%(n)s week", "%(n)s weeks", int(n)),
    }
    return forms[found[2]] % {"n": f"{n:g}"}


def rule_words(rule: Any) -> str:
    """Say a rule; of none, that it is missing."""
    if not isinstance(rule, Mapping) or rule in ({"all": []}, {}):
        return _("no rule yet")
    return in_words(dict(rule))


def event_words(names: Any) -> str:
    """Name events as the shop's pages do."""
    found = names if isinstance(names, list | tuple) else [names] if names else []
    return _(" or ").join(label("event_type", str(one)) for one in found) or "…"


def _wait(says: Any) -> str:
    if isinstance(says, str):
        return span_words(says)
    at = says.get("at") or "09:00"
    if "for" in says:
        return span_words(says["for"])
    if says.get("date_of"):
        day = DATES.get(says["date_of"], says["date_of"])
        before = says.get("days_before") or 0
        if before:
            words = ngettext(
                "%(n)d day before: %(day)s, at %(at)s",
                "%(n)d days before: %(day)s, at %(at)s",
                before,
            )
            return words % {"n": before, "day": day, "at": at}
        return _("until the day: %(day)s, at %(at)s") % {"day": day, "at": at}
    if says.get("best_hour"):
        return _("until their usual hour")
    days = [str(WEEKDAYS.get(one, one)) for one in says.get("weekday") or ()]
    if days:
        return _("until %(days)s, %(at)s") % {"days": _(" or ").join(days), "at": at}
    return _("until %(at)s by their clock") % {"at": at}


def _wait_until(says: Any) -> str:
    awaited = (
        event_words(says["event"]) if says.get("event") else rule_words(says.get("if"))
    )
    longest = span_words(says.get("at_most"))
    return _("%(awaited)s, at most %(span)s") % {"awaited": awaited, "span": longest}


def _test(says: Any) -> str:
    arms = says.get("arms")
    names = [str(one.get("name")) for one in arms if isinstance(one, Mapping)]
    return _("by lot: %(arms)s") % {"arms": ", ".join(names)}


def _channels(says: Any) -> list[str]:
    found = says.get("channels") if isinstance(says, Mapping) else None
    named = found if isinstance(found, list | tuple) and found else ("email",)
    return [one for one in named if isinstance(one, str) and one in PARTS]


def _channel(key: str) -> str:
    return str(registry.load("channels", key).label)


def _message(says: Any) -> str:
    channels = _channels(says)
    parts = [_(", else ").join(_channel(one) for one in channels)]
    messages = says.get("messages")
    words = messages.get(channels[0]) if messages and channels else None
    if isinstance(words, Mapping):
        line = next(
            (words[key] for key in ("subject", "title", "text") if words.get(key)), ""
        )
        if isinstance(line, str) and line:
            parts.append(f"“{_plain(line)}”")
    if says.get("offer"):
        parts.append(_("with a coupon"))
    return " · ".join(parts)


def _plain(line: str) -> str:
    """Show a line without its conditions, which only code readers follow."""
    for opened, closed in (("{%", "%}"), ("{{", "}}")):
        while opened in line and closed in line.partition(opened)[2]:
            before, _opened, rest = line.partition(opened)
            inner, _closed, after = rest.partition(closed)
            is_name = opened == "{{" and ".first_name" not in inner
            line = before + ("…" if is_name else "") + after
    words = " ".join(line.split()).rstrip(" ,，")
    return words if len(words) <= 60 else f"{words[:60]}…"


def _set(says: Any) -> str:
    return ", ".join(f"{name} = {value}" for name, value in says.items()) or "…"


def _go_to(says: Any) -> str:
    return str(says or "…")


def _end(says: Any) -> str:
    return _("The journey ends here.") if says in ("end", "", None) else str(says)


_SAYS: dict[str, Callable[[Any], str]] = {
    "wait": _wait,
    "wait_until": _wait_until,
    "split": lambda says: rule_words(says.get("if")),
    "test": _test,
    "message": _message,
    "set": _set,
    "go_to": _go_to,
    "end": _end,
}
