"""Customers whom facts mention before anyone described them: a bare row each, so that no fact has to wait."""

from collections.abc import Iterable

from django.db import connection

INSERT = """
    INSERT INTO profiles_customer (external_id)
    SELECT said FROM unnest(%s::text[]) AS said
    ON CONFLICT (external_id) DO NOTHING
"""
SELECT = "SELECT external_id, id FROM profiles_customer WHERE external_id = ANY(%s::text[])"


def customer_pks(external_ids: Iterable[str]) -> dict[str, int]:
    """Return the primary key for each of the shop's ids, new ones made on the way; a few queries for any number."""
    wanted = sorted(set(external_ids))  # one order for every writer: nobody waits in a circle
    found = _look_up(wanted)
    missing = [said for said in wanted if said not in found]
    if missing:
        with connection.cursor() as cursor:
            cursor.execute(INSERT, [missing])
        found |= _look_up(missing)
    return found


def _look_up(external_ids: list[str]) -> dict[str, int]:
    if not external_ids:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(SELECT, [external_ids])
        return dict(cursor.fetchall())
