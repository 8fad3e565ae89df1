"""Scores as they stood at a moment of the past: the newest of each kind by then."""

from datetime import timedelta

from retention_site.lib.clock import now, real_now

from . import export
from .tables import Tables

RECENT = timedelta(minutes=1)  # a score is of a moment before it is written
THEN = """
    SELECT DISTINCT ON (customer_id, kind, horizon_days)
        customer_id AS customer, kind, horizon_days, value, model, as_of
    FROM (
        SELECT customer_id, kind, horizon_days, value, model, as_of FROM profiles_pastscore
        UNION ALL SELECT customer_id, kind, horizon_days, value, model, as_of FROM profiles_score
    ) AS stood
    WHERE as_of <= '{as_of}' ORDER BY customer_id, kind, horizon_days, as_of DESC
"""


def bring(tables: Tables) -> None:
    """Make ``scores`` of the tables hold what stood then; today's are there already."""
    moment = now()
    if tables.as_of > moment - RECENT:
        return
    query = THEN.format(as_of=tables.as_of.isoformat())
    with export.export(query, now=moment, offset=moment - real_now()) as rows:
        tables.connection.register("past_rows", rows)
        tables.connection.execute(
            "CREATE OR REPLACE TEMP TABLE past_scores AS SELECT * FROM past_rows"
        )
        tables.connection.unregister("past_rows")
    tables.connection.execute(
        "CREATE OR REPLACE TEMP VIEW scores AS SELECT * FROM past_scores"
    )
    tables.files.pop("scores", None)  # read from no file any more
