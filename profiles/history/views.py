"""SQL of the six tables as of a time, over whatever holds the rows: files of the
history, or a few rows in memory.
"""

from dataclasses import dataclass
from datetime import datetime

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
    has_merges: bool


def views(
    connection: Connection, sources: Sources, as_of: datetime, known_at: datetime | None
) -> dict[str, str]:
    """Return the SQL of each table: rows of before ``as_of``, and of those the ones
    known by ``known_at``.
    """
    traits = portrait_columns(connection, sources.portraits)
    return {
        "events": _events(sources) + _where(happened_at=as_of, received_at=known_at),
        "customers": (
            f"SELECT * EXCLUDE (known_at) FROM {sources.customers}"
            + _where(signed_up_at=as_of, known_at=known_at, or_null=True)
        ),
        "items": f"SELECT * FROM {sources.items}",
        "consents": (
            f"SELECT * FROM {_as_known_today(sources.consents, sources)}"
            + _where(stated_at=as_of, received_at=known_at)
        ),
        "portraits": (
            f"SELECT customer, as_of, traits{traits} FROM {sources.portraits}"
            + _until("as_of", as_of)
        ),
        "scores": f"SELECT * FROM {sources.scores}" + _until("as_of", as_of),
    }


def _events(sources: Sources) -> str:
    if sources.events is None:
        columns = [
            f"NULL::{kind} AS {name}" for name, kind in export.EVENT_TYPES.items()
        ]
        return (
            f"SELECT * FROM (SELECT {', '.join(columns)}, NULL::DOUBLE AS revenue LIMIT"
            " 0) AS nothing"
        )
    return (
        "SELECT *, quantity * price AS revenue FROM"
        f" {_as_known_today(sources.events, sources)}"
    )


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


def _where(*, or_null: bool = False, **limits: datetime | None) -> str:
    """Only rows of before the limits: ``happened_at < as_of``, ``received_at <=
    known_at``.
    """
    tests = []
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
