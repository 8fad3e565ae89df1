"""Whether a piece of work wrote anything: rows that its statements inserted, changed or
deleted.
"""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.db import connection

WRITES = re.compile(
    r"\s{0,200}(?:INSERT|UPDATE|DELETE|MERGE|COPY|WITH|TRUNCATE)\b", re.I
)
# WITH may read alone
CHANGES = re.compile(r"\b(?:INSERT\s{1,20}INTO|UPDATE|DELETE\s{1,20}FROM)\s", re.I)
OWN = (
    '"django_session"',
    '"profiles_auditentry"',
    '"axes_',
)  # of the frame, of no work


@dataclass
class Rows:
    """How many rows were written so far."""

    n: int = 0


@contextmanager
def counted() -> Iterator[Rows]:
    """Count the rows that are written meanwhile over this thread's connection."""
    rows = Rows()

    def count(
        execute: Callable[..., Any],
        sql: str,
        params: Any,
        many: bool,
        context: dict[str, Any],
    ) -> Any:
        answer = execute(sql, params, many, context)
        if _is_write(sql):
            rows.n += max(context["cursor"].rowcount, 0)
        return answer

    with connection.execute_wrapper(count):
        yield rows


def _is_write(sql: Any) -> bool:
    said = str(sql)
    return (
        WRITES.match(said) is not None
        and CHANGES.search(said) is not None
        and not any(name in said for name in OWN)
    )
