"""SQL of the tables as of a time, over whatever holds the rows: files of the history,
or a few rows in memory.
"""

from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from django.conf import settings

from profiles.consents import consent_state

from . import export
from .engine import Connection
from .portraits import portrait_columns


@dataclass(frozen=True)
class Sources:
    """SQL that reads the rows of each table; ``events`` is None where there are none."""

    events: str | None
    customers: str
    merges: str
    items: str
    consents: str
    portraits: str
    scores: str
    rates: str
    has_merges: bool
    has_returns: bool
    currencies: frozenset[str]  # of the amounts, besides the shop's own
    is_cut: bool = False  # the events are those of before the moment that is asked for


def views(
    connection: Connection, sources: Sources, as_of: datetime, known_at: datetime | None
) -> dict[str, str]:
    """Return the SQL of each table: rows of before ``as_of``, and of those the ones
    known by ``known_at``.
    """
    traits = portrait_columns(connection, sources.portraits)
    return {
        "events": _events(sources)
        + _where(
            happened_at=None if sources.is_cut else as_of,
            received_at=known_at,
        ),
        "sales": sales_of(has_returns=sources.has_returns),
        "customers": (
            f"SELECT * EXCLUDE (known_at) FROM {sources.customers}"
            + _where(signed_up_at=as_of, known_at=known_at, or_null=True)
        ),
        "items": f"SELECT * FROM {sources.items}",
        "consents": (
            f"SELECT * FROM {_as_known_today(sources.consents, sources)}"
            + _where(received_at=known_at, also=_counts(as_of))
        ),
        "portraits": (
            f"SELECT customer, as_of, traits{traits} FROM {sources.portraits}"
            + _until("as_of", as_of)
        ),
        "scores": f"SELECT * FROM {sources.scores}" + _until("as_of", as_of),
    }


NOTHING_CAME_BACK = (
    "SELECT *, revenue AS gross, true AS is_kept FROM events WHERE type = 'purchase'"
)
# An order is known by its source and its id; a line without one belongs to the order of
# its moment.
ORDER_KEY = (
    "coalesce(source || chr(31) || order_id, CAST(happened_at AS VARCHAR)) AS order_key"
)
# What came back is negative, however its file wrote it.
REVENUE = "quantity * price"
REVENUE_WITH_RETURNS = (
    "CASE WHEN type = 'return' THEN -abs(quantity * price) ELSE quantity * price END"
)
IS_FOREIGN = "coalesce(currency, '') NOT IN ('', '{home}')"
# The last rate on or before the day of the event, in the shop's zone.
CONVERTED = """
    SELECT * FROM (
        SELECT *, {revenue} AS revenue FROM {rows} WHERE NOT {is_foreign}
        UNION ALL BY NAME
        SELECT rows.* REPLACE (discount * rate AS discount), {revenue} * rate AS revenue
        FROM (SELECT * FROM {rows} WHERE {is_foreign}) AS rows ASOF LEFT JOIN (
            SELECT currency AS of, timezone('{zone}', date::TIMESTAMP) AS since, rate FROM {rates}
        ) AS rates ON rates.of = rows.currency AND rates.since <= rows.happened_at
    ) AS amounts
"""


def _events(sources: Sources) -> str:
    if sources.events is None:
        columns = ", ".join(
            f"NULL::{kind} AS {name}" for name, kind in export.EVENT_TYPES.items()
        )
        return (
            f"SELECT *, {ORDER_KEY} FROM (SELECT {columns}, NULL::DOUBLE AS revenue"
            " LIMIT 0) AS nothing"
        )
    rows = _as_known_today(sources.events, sources)
    revenue = REVENUE_WITH_RETURNS if sources.has_returns else REVENUE
    if not sources.currencies:
        return f"SELECT *, {revenue} AS revenue, {ORDER_KEY} FROM {rows}"
    home = settings.SHOP_CURRENCY
    amounts = CONVERTED.format(
        rows=rows,
        revenue=revenue,
        is_foreign=IS_FOREIGN.format(home=home),
        rates=sources.rates,
        zone=settings.SHOP_TIME_ZONE,
    )
    return f"SELECT *, {ORDER_KEY} FROM ({amounts}) AS amounts"


def sales_of(*, has_returns: bool) -> str:
    """Return SQL of the sales among the table `events`, whatever that name stands for."""
    return _netted() if has_returns else NOTHING_CAME_BACK


@lru_cache(maxsize=1)
def _netted() -> str:
    """The SQL of net sales, for shops in which anything ever came back."""
    # both bring Ibis: who only runs SQL in other shops has no need of it
    from .dialects import to_sql
    from .sales import events, sales

    return to_sql(sales(events))


def _as_known_today(rows: str, sources: Sources) -> str:
    """The rows with their customer as known today: merged ones stand for the customer
    that they were merged into.
    """
    if not sources.has_merges:
        return rows
    return (
        "(SELECT rows.* REPLACE (coalesce(merges.merged_into, rows.customer) AS"
        f" customer) FROM {rows} AS rows LEFT JOIN {sources.merges} AS merges ON"
        " merges.customer = rows.customer)"
    )


def _counts(as_of: datetime) -> str:
    """A statement of the future counts only where it is a no that had come in."""
    moment = _moment(as_of)
    return consent_state.counts(
        "status", "stated_at", moment, known=f"received_at <= {moment}"
    )


def _where(*, or_null: bool = False, also: str = "", **limits: datetime | None) -> str:
    """Only rows of before the limits: ``happened_at < as_of``, ``received_at <=
    known_at``.
    """
    tests = [also] if also else []
    for column, limit in limits.items():
        if limit is not None:
            sign = "<=" if column in ("received_at", "known_at") else "<"
            test = f"{column} {sign} {_moment(limit)}"
            tests.append(f"({column} IS NULL OR {test})" if or_null else test)
    return f" WHERE {' AND '.join(tests)}" if tests else ""


def _until(column: str, limit: datetime) -> str:
    return f" WHERE {column} <= {_moment(limit)}"


def _moment(moment: datetime) -> str:
    return f"TIMESTAMPTZ '{moment.isoformat()}'"
