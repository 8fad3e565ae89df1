"""Phones and browsers that take push messages."""

from collections.abc import Iterable

from django.db import connection

from profiles.models import Device

REGISTER = """
    INSERT INTO profiles_device (customer_id, owner_id, kind, token, keys, is_active)
    SELECT coalesce(customer.merged_into_id, customer.id), customer.id, %s, token, '{}'::jsonb, true
    FROM unnest(%s::bigint[], %s::text[]) AS said (customer, token)
    JOIN profiles_customer customer ON customer.id = said.customer ORDER BY token
    ON CONFLICT (kind, token) DO UPDATE
    SET customer_id = excluded.customer_id, owner_id = excluded.owner_id, is_active = true
    WHERE (profiles_device.customer_id, profiles_device.owner_id, profiles_device.is_active)
        IS DISTINCT FROM (excluded.customer_id, excluded.owner_id, true)
"""
SETTLE = """
    UPDATE profiles_device device
    SET owner_id = customer.id, customer_id = coalesce(customer.merged_into_id, customer.id)
    FROM profiles_customer customer
    WHERE customer.id = coalesce(device.owner_id, device.customer_id) AND customer.id = ANY(%s)
        AND device.customer_id <> coalesce(customer.merged_into_id, customer.id)
"""


def register(tokens: Iterable[tuple[int, str]], kind: str = Device.Kind.FCM) -> None:
    """Let each token reach its customer; one that changed hands reaches the new owner
    only.
    """
    # PostgreSQL takes each row once per statement
    newest = {token: customer for customer, token in tokens}
    if newest:
        with connection.cursor() as cursor:
            cursor.execute(REGISTER, [kind, list(newest.values()), list(newest)])


def settle(customers: Iterable[int]) -> None:
    """Let the devices of customers reach whoever stands for them now; parted ones get
    their own back.
    """
    with connection.cursor() as cursor:
        cursor.execute(SETTLE, [list(customers)])
