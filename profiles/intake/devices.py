"""Phones and browsers that take push messages."""

from collections.abc import Iterable

from django.db import connection

from profiles.models import Device

REGISTER = """
    INSERT INTO profiles_device (customer_id, kind, token, keys, is_active)
    SELECT coalesce(customer.merged_into_id, customer.id), %s, token, '{}'::jsonb, true
    FROM unnest(%s::bigint[], %s::text[]) AS said (customer, token)
    JOIN profiles_customer customer ON customer.id = said.customer ORDER BY token
    ON CONFLICT (kind, token) DO UPDATE SET customer_id = excluded.customer_id, is_active = true
    WHERE (profiles_device.customer_id, profiles_device.is_active) IS DISTINCT FROM (excluded.customer_id, true)
"""


def register(tokens: Iterable[tuple[int, str]], kind: str = Device.Kind.FCM) -> None:
    """Let each token reach its customer; one that changed hands reaches the new owner only."""
    newest = {token: customer for customer, token in tokens}  # PostgreSQL takes each row once per statement
    if newest:
        with connection.cursor() as cursor:
            cursor.execute(REGISTER, [kind, list(newest.values()), list(newest)])
