"""The RFM grid: fifths by recency and frequency, with what each cell holds and brings;
cells lead to customers.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from profiles import history
from profiles.history.currencies import seen, without_rate
from retention_site.lib.admin.pages import show
from retention_site.lib.admin.tags import money
from retention_site.lib.admin.words import count, number, rate

FIFTHS = range(1, 6)
SHOWN = {
    "customers": gettext_lazy("customers"),
    "spend": gettext_lazy("what they spent, net"),
    "each": gettext_lazy("spent by each, net"),
    "orders": gettext_lazy("orders of each"),
}
MONEY = {
    1: gettext_lazy("least"),
    2: gettext_lazy("little"),
    3: gettext_lazy("middling"),
    4: gettext_lazy("much"),
    5: gettext_lazy("most"),
}


@dataclass
class Cell:
    """Customers of one fifth by recency and one by frequency, or one by money."""

    key: str
    n: int = 0
    spend: float = 0.0
    n_orders: float = 0.0

    def value(self, shown: str) -> float:
        """Return what the grid shows of the cell; 0 where nobody is."""
        if shown == "customers":
            return self.n
        if shown == "spend":
            return self.spend
        whole = self.spend if shown == "each" else self.n_orders
        return whole / self.n if self.n else 0.0


@dataclass(frozen=True)
class Drawn:
    """A cell as it is drawn: ``heat`` is 0–100 of the largest."""

    key: str
    words: str
    under: str
    heat: float
    title: str


@dataclass
class Grid:
    """All cells by recency and frequency, and the fifths by money."""

    cells: dict[str, Cell] = field(
        default_factory=lambda: {
            f"{r}{f}": Cell(f"{r}{f}") for r in FIFTHS for f in FIFTHS
        }
    )
    money: dict[int, Cell] = field(
        default_factory=lambda: {m: Cell(str(m)) for m in FIFTHS}
    )
    # who kept nothing of a year
    outside: Cell = field(default_factory=lambda: Cell(""))
    left_out: list[Any] = field(default_factory=list)  # amounts without a rate

    @property
    def n(self) -> int:
        return sum(cell.n for cell in self.cells.values())

    @property
    def spend(self) -> float:
        return sum(cell.spend for cell in self.cells.values())


def page(request: HttpRequest) -> HttpResponse:
    """The frame; the grid is read from the history's portraits and fetched by itself."""
    shown = _shown(request)
    return show(
        request,
        admin.site,
        "admin/profiles/rfm.html",
        {
            "title": _("RFM grid"),
            "address": f"{reverse('rfm-card')}?show={shown}",
            "choices": [(key, words, key == shown) for key, words in SHOWN.items()],
        },
    )


def card(request: HttpRequest) -> HttpResponse:
    """The grid with its numbers."""
    shown, found = _shown(request), grid()
    most = max((cell.value(shown) for cell in found.cells.values()), default=0) or 1
    drawn = [
        [_drawn(found.cells[f"{r}{f}"], shown, most, found) for f in FIFTHS]
        for r in reversed(FIFTHS)
    ]
    return render(
        request,
        "admin/panels/overview/rfm.html",
        {
            "grid": drawn,
            "found": found,
            "words": SHOWN[shown],
            "money": [
                (
                    MONEY[m],
                    found.money[m],
                    found.money[m].spend / found.spend if found.spend else 0.0,
                )
                for m in reversed(FIFTHS)
            ],
        },
    )


def grid() -> Grid:
    """Sum the portraits up by cell, in one query; an empty grid while there are none."""
    found = Grid()
    if history.freshness().refreshed_at is None:
        return found
    tables = history.tables()
    portraits = tables.portraits
    if not {"rfm", "spend", "n_orders"} <= set(portraits.columns):
        return found
    bought = portraits.filter(portraits.rfm.notnull())
    sums = bought.group_by("rfm").aggregate(
        n=bought.count(), spend=bought.spend.sum(), n_orders=bought.n_orders.sum()
    )
    for row in sums.to_pyarrow().to_pylist():
        for cell in (found.cells[row["rfm"][:2]], found.money[int(row["rfm"][2])]):
            cell.n += row["n"]
            cell.spend += row["spend"] or 0.0
            cell.n_orders += row["n_orders"] or 0.0
    rest = portraits.filter(portraits.rfm.isnull(), portraits.spend.notnull())
    (outside,) = (
        rest.aggregate(n=rest.count(), spend=rest.spend.sum().fill_null(0.0))
        .to_pyarrow()
        .to_pylist()
    )
    found.outside.n, found.outside.spend = outside["n"], outside["spend"]
    found.left_out = without_rate(seen(tables))
    return found


def _shown(request: HttpRequest) -> str:
    said = request.GET.get("show", "")
    return said if said in SHOWN else "customers"


def _drawn(cell: Cell, shown: str, most: float, whole: Grid) -> Drawn:
    value = cell.value(shown)
    words = (
        money(value)
        if shown in ("spend", "each")
        else count(value)
        if shown == "customers"
        else number(value, 1)
    )
    share = (
        cell.spend / whole.spend
        if shown == "spend" and whole.spend
        else cell.n / whole.n
        if whole.n
        else 0.0
    )
    title = _("%(n)s customers, %(orders)s orders each, %(each)s each") % {
        "n": count(cell.n),
        "orders": number(cell.value("orders"), 1),
        "each": money(cell.value("each")),
    }
    under = (
        rate(share, 1)
        if shown in ("customers", "spend")
        else _("%(n)s customers") % {"n": count(cell.n)}
    )
    return Drawn(
        cell.key,
        words if cell.n else "–",
        under if cell.n else "",
        round(100 * value / most, 1),
        title,
    )
