"""What the product says of the shop, each beside the plain sum that it must equal."""

from collections.abc import Iterator, Mapping

from profiles import history, segments
from profiles.admin.overview import rfm, sales
from profiles.models import Customer
from profiles.portraits.store import portrait_of
from retention_site.lib.clock import now

Beside = tuple[str, float, float]  # what, ours, plain
BIG = {"is": "event_sum", "type": "purchase", "at_least": 5000}
LINES = (
    "SELECT customer, count(*) AS n FROM events WHERE type IN ('purchase', 'return')"
    " GROUP BY 1"
)
MONEY = (
    "SELECT customer, sum(gross) AS gross, sum(revenue) AS net FROM sales GROUP BY 1"
)


def of_the_history(plain: Mapping[str, float]) -> Iterator[Beside]:
    """Lines, money and a segment; guests have no address."""
    known = set(Customer.objects.exclude(email="").values_list("pk", flat=True))
    tables = history.tables()
    lines = tables.run(LINES).to_pylist()
    yield from _beside(
        plain,
        "lines of customers",
        sum(row["n"] for row in lines if row["customer"] in known),
    )
    rows = tables.run(MONEY).to_pylist()
    for kind in ("gross", "net"):
        yield from _beside(
            plain, kind, sum(row[kind] for row in rows if row["customer"] in known)
        )
        if any(row["customer"] not in known for row in rows):
            yield from _beside(
                plain,
                f"{kind} of guests",
                sum(row[kind] for row in rows if row["customer"] not in known),
            )
    n_big = sum(who in known for who in segments.members(BIG).tolist())
    yield from _beside(plain, "customers who spent 5,000 or more, net", n_big)


def of_portraits(plain: Mapping[str, float]) -> Iterator[Beside]:
    """A customer who sent all back, the RFM page and the sales page; these two count
    guests as well.
    """
    mine = {
        line.key: line.value
        for line in portrait_of(Customer.objects.get(external_id="12346"))
    }
    yield from _beside(plain, "left of customer 12346", mine["spend"])
    yield (
        "orders, recency and RFM of customer 12346",
        len({"n_orders", "recency_days", "rfm"} & mine.keys()),
        0,
    )
    has_guests = Customer.objects.filter(email="").exists()
    grid, found = rfm.grid(), sales.sales(None, now())
    whole = plain["net"] + plain["net of guests"] * has_guests
    yield "net, on the RFM page", grid.spend + grid.outside.spend, whole
    weeks = (
        plain["gross of the last 26 weeks"]
        + plain["gross of guests, the last 26 weeks"] * has_guests
    )
    yield "gross of the last 26 weeks, on the sales page", found.gross, weeks
    yield (
        "net of the last 26 weeks, bar by bar",
        sum(net for _monday, net in found.weeks),
        found.net,
    )


def _beside(plain: Mapping[str, float], name: str, value: float) -> Iterator[Beside]:
    yield name, float(value), plain[name]
