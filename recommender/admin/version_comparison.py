"""Versions of one model side by side: the same rows, a column each, what was compared
on the same customers first.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from recommender.models import ModelVersion
from retention_site.lib.admin.words import day, number

from .cards import Figure, figure, is_lower_better, metric_table

MOST = 4  # columns that can be read at once


@dataclass(frozen=True)
class Row:
    """One fact of every version; ``best`` is the place of the best where they can be
    compared.
    """

    name: str
    cells: tuple[str, ...]
    under: tuple[str, ...] = ()
    best: int = -1

    def shown(self) -> list[tuple[str, str, bool]]:
        """Cell, what stands under it, and whether it is the best."""
        under = self.under or ("",) * len(self.cells)
        return [
            (cell, under[place], place == self.best)
            for place, cell in enumerate(self.cells)
        ]


def chosen(version: ModelVersion, named: Sequence[str]) -> list[ModelVersion]:
    """The versions to show: those named, else this one and the newest others; the one
    looked at first.
    """
    others = (
        ModelVersion.objects.filter(model=version.model)
        .exclude(pk=version.pk)
        .order_by("-is_promoted", "-as_of")
    )
    if named:
        others = others.filter(version__in=named)
    return [version, *others[: MOST - 1]]


def rows(versions: Sequence[ModelVersion]) -> list[Row]:
    """Arrange what is known of each version."""
    cards = [one.card for one in versions]
    return [
        Row(_("against the one before"), tuple(_against_last(card) for card in cards)),
        *(_window(name, cards) for name in ("fit", "calibrate", "test")),
        Row(
            _("customers tested"),
            tuple(str((card.get("n") or {}).get("test", "–")) for card in cards),
        ),
        *_metrics(cards),
        *(
            Row(told[0][0], tuple(value for _name, value in told))
            for told in zip(*map(costs, cards), strict=True)
        ),
    ]


def costs(card: Mapping[str, Any]) -> list[tuple[str, str]]:
    """What a version took, and how far it moved: names and figures."""
    cost = card.get("cost") or {}
    return [
        (_("seconds of computing"), number(cost.get("cpu_seconds"), 1)),
        (_("memory, MiB"), number(cost.get("peak_mib"), 0)),
        (_("moved since the last"), _drift(card)),
    ]


def _against_last(card: Mapping[str, Any]) -> str:
    compared = card.get("against_last")
    return str(compared["words"]) if compared else str(card.get("why") or "–")


def _window(name: str, cards: Sequence[Mapping[str, Any]]) -> Row:
    kept = [(card.get("windows") or {}).get(name) for card in cards]
    told = (
        (
            " – ".join(day(datetime.fromisoformat(str(end))) for end in ends)
            if ends
            else "–"
        )
        for ends in kept
    )
    return Row(_("window: %(name)s") % {"name": name}, tuple(told))


def _metrics(cards: Sequence[Mapping[str, Any]]) -> list[Row]:
    """Each metric with its interval and its best baseline; a best is marked only among
    the same test windows.
    """
    tables = [{row.name: row for row in metric_table(card).rows} for card in cards]
    same = len({str((card.get("windows") or {}).get("test")) for card in cards}) == 1
    names = list(dict.fromkeys(name for table in tables for name in table))
    found = []
    for name in names:
        figures = [figure((card.get("metrics") or {}).get(name)) for card in cards]
        known = [
            (one.value, place)
            for place, one in enumerate(figures)
            if one.value is not None
        ]
        best = (
            (min if is_lower_better(name) else max)(known)[1]
            if same and len(known) > 1
            else -1
        )
        under = tuple(
            _under(one, table.get(name))
            for one, table in zip(figures, tables, strict=True)
        )
        found.append(
            Row(name, tuple(number(one.value, 4) for one in figures), under, best)
        )
    return found


def _under(one: Figure, row: Any) -> str:
    interval = (
        f"{number(one.low, 3)} … {number(one.high, 3)}" if one.low is not None else ""
    )
    known = (
        []
        if row is None
        else [other.value for other in row.figures[1:] if other.value is not None]
    )
    # a blend of one part alone is that part
    others = [value for value in known if value != one.value]
    if not others:
        return interval
    best = (min if row.is_lower_better else max)(others)
    said = _("best baseline %(value)s") % {"value": number(best, 4)}
    return f"{interval} · {said}" if interval else said


def _drift(card: Mapping[str, Any]) -> str:
    drift = card.get("drift")
    if not drift:
        return "–"
    return ", ".join(
        f"{name.replace('_', ' ')} {value:+.4f}"
        for name, value in drift.items()
        if name != "since"
    )
