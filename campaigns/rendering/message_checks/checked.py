"""What a check is given, and what it answers. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from campaigns.rendering.design.schema import Design
from campaigns.rendering.rendered import Rendered
from retention_site.lib import registry

GROUP = "message_checks"


class Level(StrEnum):
    """How bad it is."""

    ERROR = "error"  # it should not be sent so
    WARNING = "warning"
    HINT = "hint"


@dataclass(frozen=True)
class Finding:
    """One thing that a check noticed, in a sentence for the writer."""

    level: Level
    sentence: str
    block: str = ""  # where in the document; "" for the whole


@dataclass(frozen=True)
class Checked:
    """One message as one customer would get it, and what it was made of."""

    channel: str
    said: Rendered
    design: Design | None = None  # None: written as code
    # what the words were filled with
    context: Mapping[str, Any] = field(default_factory=dict)
    language: str = ""


Check = Callable[[Checked], Iterator[Finding]]
ORDER = list(Level)


def findings(checked: Checked) -> list[Finding]:
    """Return what every check noticed, the worst first."""
    found = [
        one for check in registry.everything(GROUP).values() for one in check(checked)
    ]
    return sorted(found, key=lambda one: ORDER.index(one.level))
