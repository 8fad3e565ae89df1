"""Pages of facts in the admin at the size of the demo shop: 2,500 generated customers,
1,500,000 generated events.

From the request to the last byte, by Django's own client in one process; the median of
nine, after one that fills what is remembered. Against the page of API keys, which reads
one row. Cards that a page fetches by itself are named so.
"""

import statistics
import time
from collections.abc import Iterator
from typing import Any

import django

from benchmarks.figures import Figure
from retention_site.lib import embedded

N_CUSTOMERS, N_EVENTS, N_BAD = 2_500, 1_500_000, 5_000
CUSTOMERS = """
    INSERT INTO profiles_customer (external_id, first_name, region, signed_up_at)
    SELECT 'c' || n, 'Ada', 'east', now() - interval '400 days' FROM generate_series(1, %s) AS n
"""
EVENTS = """
    INSERT INTO profiles_event (key, customer_id, type, happened_at, received_at, item_id, order_id, quantity, price,
        currency, source)
    SELECT gen_random_uuid(), who.id, 'purchase', at, at, 'i' || n %% 5000, 'o' || n / 10, 1, 2.5, 'USD',
        CASE n %% 3 WHEN 0 THEN 'till' ELSE 'web shop' END
    FROM (SELECT n, 1 + (n / 10) %% %s AS nth, now() - (n / 10) %% 300 * interval '1 day' - interval '1 hour' AS at
          FROM generate_series(1, %s) AS n) AS made
    JOIN (SELECT id, row_number() OVER (ORDER BY id) AS nth FROM profiles_customer) AS who USING (nth)
"""
PORTRAITS = """
    INSERT INTO profiles_portrait (customer_id, as_of, traits)
    SELECT id, now(), jsonb_build_object(
        'rfm', jsonb_build_object(
            'value', (1 + id %% 5)::text || (1 + id / 5 %% 5) || (1 + id / 25 %% 5), 'evidence', 9),
        'spend', jsonb_build_object('value', id %% 900, 'evidence', 9),
        'n_orders', jsonb_build_object('value', id %% 40, 'evidence', 9)) FROM profiles_customer
"""
BAD = """
    INSERT INTO profiles_quarantinedrow (key, source, kind, line, "column", reason, "row")
    SELECT gen_random_uuid(), 'web shop', 'events', n, 'currency', 'unknown currency',
        jsonb_build_object('customer_id', 'c' || n, 'type', 'purchase', 'at', '2024-01-01', 'currency', 'XX' || n %% 9)
    FROM generate_series(1, %s) AS n
"""
PAGES = {
    "home": "/admin/",
    "find anything": "/admin/search/?s=c12",
    "customers": "/admin/profiles/customer/",
    "campaigns": "/admin/campaigns/campaign/",
    "settings, system": "/admin/settings/system/",
    "quarantine": "/admin/profiles/quarantinedrow/",
    "alike rows": (
        "/admin/quarantine/?source=web+shop&kind=events&column=currency&reason=unknown+currency"
    ),
    "data quality": "/admin/quality/",
    "sources": "/admin/profiles/inboundsource/",
    "joined customers": "/admin/profiles/merge/",
    "retention": "/admin/cohorts/",
    "retention, fetched card": "/admin/cohorts/card/",
    "RFM grid": "/admin/rfm/",
    "RFM grid, fetched card": "/admin/rfm/card/",
    "a customer": "/admin/profiles/customer/{customer}/change/",
}


def measure() -> Iterator[Figure]:
    embedded.ensure()
    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    fill()
    plain = median_ms("/admin/profiles/apikey/")
    for name, address in PAGES.items():
        yield Figure(
            name,
            median_ms(address.format(customer=first_customer())),
            "ms",
            plain,
            "a page that reads one row",
        )


def fill() -> None:
    """Generate the shop, and bring what is derived from it up to date."""
    from django.db import connection

    from profiles import history
    from profiles.intake.sources import source_stats

    with connection.cursor() as cursor:
        for query, values in (
            (CUSTOMERS, [N_CUSTOMERS]),
            (EVENTS, [N_CUSTOMERS, N_EVENTS]),
            (PORTRAITS, None),
            (BAD, [N_BAD]),
        ):
            cursor.execute(query if values else query.replace("%%", "%"), values)
        cursor.execute("VACUUM ANALYZE")
    history.refresh()
    source_stats.tally()


def median_ms(address: str) -> float:
    """Ask for a page ten times and return the median of the last nine, in milliseconds."""
    client, took = signed_in(), []
    for _ in range(10):
        started = time.perf_counter()
        answer = client.get(address)
        took.append(1000 * (time.perf_counter() - started))
        assert answer.status_code == 200, (address, answer.status_code)
    return statistics.median(took[1:])


def signed_in() -> Any:
    """Return Django's client with someone who may see everything; it can't be imported
    before the settings.
    """
    from django.contrib.auth import get_user_model
    from django.test import Client

    person, _is_new = get_user_model().objects.get_or_create(
        username="bench", is_staff=True, is_superuser=True
    )
    client = Client(HTTP_HOST="127.0.0.1")
    client.force_login(person)
    return client


def first_customer() -> int:
    from profiles.models import Customer

    return Customer.objects.order_by("pk")[0].pk
