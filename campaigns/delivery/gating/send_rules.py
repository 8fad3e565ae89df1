"""What a version's content says about sending, read once per version."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time
from enum import Enum
from functools import lru_cache
from typing import Any

from campaigns.content import contact_windows
from campaigns.content.triggers import IN_MASSES
from campaigns.models import Message


class Once(Enum):
    """How often an address that several customers have gets a marketing message."""

    RUN = "once a run"
    PLANNING = "once of those planned together"  # what came before, cool-downs look at
    DAY = "once a day"
    EACH = "each account's own business"


@dataclass(frozen=True)
class Rules:
    """Who may get it and when, as approved."""

    content: Mapping[str, Any]
    topic: str = ""
    is_marketing: bool = True
    caps: tuple[tuple[str, int], ...] = ()  # (rule, at most)
    quiet: tuple[time, time] | None = None
    quiet_channels: frozenset[str] = frozenset()  # empty: all
    must_arrive: bool = False  # better twice than never
    # events after which a triggered message is pointless
    cancel_if: tuple[str, ...] = ()
    events: tuple[str, ...] = ()  # those that it waited for
    campaign_class: str = ""  # whose contact limits of the shop count it
    once: Once = Once.RUN

    def is_quiet_on(self, channel: str) -> bool:
        return self.quiet is not None and (
            not self.quiet_channels or channel in self.quiet_channels
        )

    def place_at_address(self, planned_at: datetime) -> str | None:
        """Name the place that one of an address's customers takes; None: there is one
        for each.
        """
        if not self.is_marketing or self.once is Once.EACH:
            return None
        of = {Once.PLANNING: f" {planned_at}", Once.DAY: f" {planned_at:%Y-%m-%d}"}
        return of.get(self.once, "")


NONE = Rules({})


_known: dict[tuple[int, str], Rules] = {}  # by version, which never changes


def rules_of(message: Message) -> Rules:
    """Return the rules by which this message was approved."""
    if message.run is None:
        return NONE
    version = message.run.version
    found = _known.get((version.pk, version.hash))
    if found is None:
        found = _known[version.pk, version.hash] = read(version.content)
    return found


def read(content: Mapping[str, Any]) -> Rules:
    """Read the rules from a stored content; what is left out sets no limit."""
    limits = content.get("limits") or {}
    quiet = content.get("quiet_hours") or {}
    return Rules(
        content=content,
        topic=content.get("topic") or "",
        is_marketing=content.get("kind", "marketing") == "marketing",
        caps=tuple(
            (rule, int(limits[rule]))
            for rule in contact_windows.RULES
            if limits.get(rule)
        ),
        quiet=(_wall(quiet["start"]), _wall(quiet["end"])) if quiet else None,
        quiet_channels=frozenset(quiet.get("channels") or ()),
        must_arrive=bool(content.get("must_arrive")),
        cancel_if=tuple((content.get("trigger") or {}).get("cancel_if") or ()),
        events=_events(content.get("trigger") or {}),
        campaign_class=content.get("campaign_class") or "",
        once=_once(content.get("trigger") or {}),
    )


def _once(trigger: Mapping[str, Any]) -> Once:
    """An event without a cool-down is each account's own business: a cart, an order."""
    if not trigger:
        return Once.RUN
    if trigger.get("cool_down"):
        return Once.PLANNING
    return Once.DAY if trigger.get("kind") in IN_MASSES else Once.EACH


def _events(trigger: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(trigger.get("events") or ()) if trigger.get("kind") == "event" else ()


@lru_cache(maxsize=256)
def _wall(text: str) -> time:
    return time.fromisoformat(text)
