"""Panels of a page that several apps fill: each is a function of the page's subject,
registered under a key.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from retention_site.lib import registry


class Column(StrEnum):
    MAIN = "main"
    SIDE = "side"


@dataclass(frozen=True)
class Panel:
    """One card: its template is given ``facts`` as ``panel`` and the subject as
    ``subject``.
    """

    template: str
    column: Column = Column.MAIN
    facts: dict[str, Any] = field(default_factory=dict)


def panels(group: str, subject: Any) -> dict[str, list[Panel]]:
    """Ask every panel of a group, in the order of the table; one may answer None and
    stay away.
    """
    makers: list[Callable[[Any], Panel | None]] = list(
        registry.everything(group).values()
    )
    made = [panel for maker in makers if (panel := maker(subject)) is not None]
    return {
        column.value: [panel for panel in made if panel.column == column]
        for column in Column
    }
