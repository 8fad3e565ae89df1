"""How many customers have each value of a trait, for filters; asked of the database once a minute."""

from django.core.cache import cache
from django.db import connection

SECONDS = 60
MOST = 200  # values; a trait with more is no choice
COUNTS = """
    SELECT value, count(*) FROM (
        SELECT portrait.traits -> %(trait)s ->> 'value' AS value
        FROM profiles_portrait portrait JOIN profiles_customer customer ON customer.id = portrait.customer_id
        WHERE customer.merged_into_id IS NULL AND customer.erased_at IS NULL
    ) known WHERE value <> '' GROUP BY value ORDER BY count(*) DESC, value LIMIT %(most)s
"""


def trait_counts(trait: str) -> dict[str, int]:
    """Return each value of a trait with how many customers of the list have it, the most frequent first."""
    counted = cache.get_or_set(
        f"trait-counts:{trait}", lambda: _counted(trait), SECONDS
    )
    return counted or {}


def _counted(trait: str) -> dict[str, int]:
    with connection.cursor() as cursor:
        cursor.execute(COUNTS, {"trait": trait, "most": MOST})
        return dict(cursor.fetchall())
