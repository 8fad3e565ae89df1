"""Who names a segment: it can't be deleted while somebody does."""

from collections.abc import Callable
from dataclasses import dataclass

from profiles.models import Segment
from retention_site.lib import registry

from .rules import GROUPS


@dataclass(frozen=True)
class Use:
    """One thing that names a segment, and its page."""

    words: str
    address: str = ""


def all_uses(name: str) -> list[Use]:
    """Ask every app who names a segment."""
    makers: list[Callable[[str], list[Use]]] = list(
        registry.everything("segment_uses").values()
    )
    return [use for maker in makers for use in maker(name)]


def uses(name: str) -> list[Use]:
    """Return the other segments whose rule names this one."""
    from retention_site.lib.admin.pages import link

    others = Segment.objects.exclude(name=name).order_by("name")
    return [Use(str(one), link(one)) for one in others if names(one.rule, name)]


def names(rule: object, name: str) -> bool:
    """Whether a rule names a segment."""
    waiting = [rule]
    while waiting:
        node = waiting.pop()
        if not isinstance(node, dict):
            continue
        if node.get("is") == "in_segment" and node.get("name") == name:
            return True
        for word in GROUPS:
            inner = node.get(word)
            waiting.extend(inner if isinstance(inner, list) else [])
    return False
