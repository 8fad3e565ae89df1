"""A simulated shop of any size that has everything the admin shows: customers, consents,
portraits, segments, campaigns with messages, bad rows; and a history of its last two
years. For speed only: nobody in it is real, and its numbers mean nothing.

    DATA_DIR=/tmp/big python -m benchmarks.shops.simulated 1000000 20000000
"""

from __future__ import annotations

import os
import sys
from datetime import timedelta

NAME = "Simulated shop"
CUSTOMERS = """
    INSERT INTO profiles_customer (external_id, email, first_name, last_name, region, country, language, time_zone,
        signed_up_at, contacts_are_simulated, traits)
    SELECT 'k' || n, 'k' || n || '@shop.example',
        (ARRAY['Ada', 'Ben', 'Chiara', 'Dmitri', 'Emeka', 'Fang', 'Greta'])[1 + n % 7],
        (ARRAY['Moreau', 'Okafor', 'Rossi', 'Volkov', 'Schmidt'])[1 + n % 5],
        (ARRAY['north', 'east', 'south', 'west', ''])[1 + (hashint8(n) & 3)], 'US', 'en', 'America/New_York',
        now() - n % 700 * interval '1 day', true, '{}'
    FROM generate_series(1, :n) AS n
"""
CONSENTS = """
    INSERT INTO profiles_consent (customer_id, channel, topic, status, at)
    SELECT id, 'email', '', 'granted', now() - interval '9 days' FROM profiles_customer WHERE id % 10 < 8
    ON CONFLICT DO NOTHING
"""
PORTRAITS = """
    INSERT INTO profiles_portrait (customer_id, as_of, traits)
    SELECT id, now(), jsonb_build_object(
        'rfm', jsonb_build_object(
            'value', (1 + id % 5)::text || (1 + id / 5 % 5) || (1 + id / 25 % 5), 'evidence', 9),
        'lifecycle', jsonb_build_object(
            'value', (ARRAY['new', 'active', 'lapsed', 'lost'])[1 + id % 4], 'evidence', 9),
        'spend', jsonb_build_object('value', id % 900, 'evidence', 9),
        'price_sensitivity', jsonb_build_object('value', id % 100 / 100.0, 'evidence', 9),
        'n_orders', jsonb_build_object('value', id % 40, 'evidence', 9)) FROM profiles_customer
"""
EVENTS = """
    INSERT INTO profiles_event (key, customer_id, type, happened_at, received_at, item_id, order_id, quantity, price,
        currency, source)
    SELECT gen_random_uuid(), 1 + (n / 10) % :n_customers, CASE n % 3 WHEN 0 THEN 'purchase' ELSE 'view' END,
        at, at, 'i' || n % 5000, 'o' || n / 10, 1, 2.5, 'USD', CASE n % 3 WHEN 0 THEN 'till' ELSE 'web shop' END
    FROM (SELECT n, now() - (n / 10) % 300 * interval '1 day' - interval '1 hour' AS at
          FROM generate_series(1, :n) AS n) AS made
"""
MEMBERSHIPS = """
    INSERT INTO profiles_segmentmembership (segment_id, customer_id, joined_at)
    SELECT segment.id, customer.id, now() - customer.id % 180 * interval '1 day'
    FROM profiles_segment segment JOIN profiles_customer customer ON customer.id % (5 * segment.id + 5) = 0
"""
MESSAGES = """
    INSERT INTO campaigns_message (run_id, campaign_id, customer_id, dedupe_key, state, channel, arm, planned_at,
        not_before, sent_at, reason)
    SELECT :run, :campaign, id, 'sim-:run-' || id, CASE id % 10 WHEN 0 THEN 'held' ELSE 'sent' END, 'email',
        CASE id % 10 WHEN 0 THEN 'control' ELSE 'message' END, now() - id % 60 * interval '1 day',
        now() - id % 60 * interval '1 day',
        CASE id % 10 WHEN 0 THEN NULL ELSE now() - id % 60 * interval '1 day' END,
        CASE id % 10 WHEN 0 THEN 'control group' ELSE '' END
    FROM profiles_customer WHERE id % :every = 0
"""
BAD = """
    INSERT INTO profiles_quarantinedrow (key, source, kind, line, "column", reason, "row")
    SELECT gen_random_uuid(), 'web shop', 'events', n, 'currency', 'unknown currency',
        jsonb_build_object('customer_id', 'k' || n, 'type', 'purchase', 'at', '2024-01-01', 'currency', 'XX' || n % 9)
    FROM generate_series(1, :n) AS n
"""
REGULARS = {"is": "event_count", "type": "purchase", "at_least": 5}
RULES = {
    "regulars": {"all": [REGULARS]},
    "eastern": {"all": [{"is": "trait", "key": "region", "equals": "east"}]},
    "lately": {"all": [{**REGULARS, "at_least": 2, "within_days": 90}]},
}
DOCUMENT = {
    "goal": {"words": "Regulars come back", "metrics": ["conversion", "revenue"]},
    "channels": ["email"],
    "holdout": 0.1,
    "messages": {
        "email": {"subject": "We miss you", "html": "<p>Hello</p>", "text": "Hello"}
    },
}
N_CAMPAIGNS = 24
N_BAD = 5_000


def fill(n_customers: int, n_events: int, n_live_events: int) -> None:
    """Make the shop in an empty database. ``n_events`` stand in the history,
    ``n_live_events`` of them in PostgreSQL, too: pages read only the newest ones there.
    """
    from benchmarks.shops import generated
    from profiles import segments
    from profiles.intake.sources import source_stats
    from retention_site.lib.clock import now

    _run(CUSTOMERS, n=n_customers)
    _run(CONSENTS)
    _run(PORTRAITS)
    _run(EVENTS, n_customers=n_customers, n=n_live_events)
    _run(BAD, n=N_BAD)
    for name, rule in RULES.items():
        segments.save(name, rule, title=name.capitalize())
    _campaigns()
    _run(MEMBERSHIPS)
    _run("UPDATE profiles_segment SET refreshed_at = now(), n_members = 1000")
    _run("VACUUM ANALYZE")
    begins = f"{now() - timedelta(days=730):%Y-%m-%d %H:%M:%S}+00"
    generated.write(n_customers, n_events, begins)
    source_stats.tally()


def _campaigns() -> None:
    """Campaigns in each state: drafts, and finished ones with messages."""
    from django.contrib.auth.models import User

    from campaigns.lifecycle import drafts
    from campaigns.lifecycle.approve import approve
    from campaigns.lifecycle.submit import submit
    from campaigns.models import Run
    from retention_site.lib.clock import now

    author, other = (
        User.objects.create_superuser(name, f"{name}@shop.example", "simulated")
        for name in ("author", "approver")
    )
    for n in range(N_CAMPAIGNS):
        name = f"Simulated campaign {n + 1}"
        document = {**DOCUMENT, "name": name, "segment": list(RULES)[n % len(RULES)]}
        campaign = drafts.start_draft(document, author)
        if n % 2:
            continue
        version = submit(campaign, author).version
        approve(version, by=other)
        run = Run.objects.create(
            campaign=campaign,
            version=version,
            key=f"simulated {n}",
            started_by="simulated",
            state=Run.State.FINISHED,
            label="simulated",
            as_of=now(),
            known_at=now(),
        )
        _run(MESSAGES, run=run.pk, campaign=campaign.pk, every=2 + 3 * n)


def _run(query: str, **numbers: int) -> None:
    """Run SQL of our own with numbers put in by name, the longest name first."""
    from django.db import connection

    for name in sorted(numbers, key=len, reverse=True):
        query = query.replace(f":{name}", str(numbers[name]))
    with connection.cursor() as cursor:
        cursor.execute(query)


def main(n_customers: int, n_events: int) -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "retention_site.settings")
    import django

    from retention_site.lib import embedded

    embedded.ensure()
    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    fill(n_customers, n_events, n_events // 10)


if __name__ == "__main__":
    main(*(int(one) for one in sys.argv[1:3]))
