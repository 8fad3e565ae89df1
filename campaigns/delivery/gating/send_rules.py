"""What a version's content says about sending, read once per version."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import time
from functools import lru_cache
from typing import Any

from campaigns.content import contact_windows
from campaigns.models import Message


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

    def is_quiet_on(self, channel: str) -> bool:
        return self.quiet is not None and (
            not self.quiet_channels or channel in self.quiet_channels
        )


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
    )


def _events(trigger: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(trigger.get("events") or ()) if trigger.get("kind") == "event" else ()


@lru_cache(maxsize=256)
def _wall(text: str) -> time:
    return time.fromisoformat(text)
