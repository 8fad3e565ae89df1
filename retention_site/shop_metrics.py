"""What the shop itself says of its work, as Prometheus reads it: asked of the database at
each scrape, so that it is right with any number of processes and hosts.

Each family is one query that stays quick at any size: by an index, over small tables, or
over the newest rows only. Names carry their unit; labels have few values.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric

from retention_site.lib.clock import now
from retention_site.lib.versions import VERSION

MOST_S = 2  # a scrape gives up rather than hold the database up
MOST_QUEUED = 50_000  # of a lane: so many are counted, in the order they are claimed
NEWEST = 20_000  # attempts that are looked at
RECENT_MINUTES = 5


@dataclass(frozen=True)
class Family:
    """One metric: a query gives the labels and, last, the value."""

    name: str
    words: str
    labels: tuple[str, ...]
    query: str
    is_counter: bool = False

    def metric(self, rows: list[tuple[Any, ...]]) -> Metric:
        kind = CounterMetricFamily if self.is_counter else GaugeMetricFamily
        family = kind(self.name, self.words, labels=self.labels)
        for *labels, value in rows:
            family.add_metric([str(one) for one in labels], float(value or 0))
        return family


# In the order in which messages are claimed, by the index of the claim
QUEUE = """
    SELECT lane, {value} FROM unnest(ARRAY['triggered', 'bulk']) AS lane
    LEFT JOIN LATERAL (
        SELECT not_before FROM campaigns_message message
        WHERE message.state = 'queued' AND message.lane = lane.lane
        ORDER BY message.priority, message.id LIMIT {most}
    ) AS waiting ON true GROUP BY lane
"""
FAMILIES = (
    Family(
        "rapport_queue_messages",
        f"Messages that wait to be sent, counted up to {MOST_QUEUED} a lane",
        ("lane",),
        QUEUE.format(value="count(not_before)", most=MOST_QUEUED),
    ),
    Family(
        "rapport_queue_oldest_seconds",
        "Since when the oldest of the next messages of a lane is due, by the shop's clock",
        ("lane",),
        QUEUE.format(
            value=("greatest(0, extract(epoch FROM %(now)s - min(not_before)))"),
            most=2_000,
        ),
    ),
    Family(
        "rapport_messages_unsettled",
        "Messages that may have left: uncertain ones ask, unknown ones need a person",
        ("state",),
        """
        SELECT 'unknown', count(*) FROM campaigns_message WHERE state = 'unknown'
        UNION ALL SELECT 'uncertain', count(*) FROM campaigns_message
        WHERE state IN ('leased', 'sending', 'uncertain') AND state = 'uncertain'
        """,
    ),
    Family(
        "rapport_attempts_recent",
        f"Attempts of the last {RECENT_MINUTES} minutes, of the newest {NEWEST}",
        ("channel", "provider", "outcome"),
        f"""
        SELECT channel, provider, state, count(*) FROM (
            SELECT channel, provider, state, started_at FROM campaigns_attempt
            ORDER BY id DESC LIMIT {NEWEST}
        ) AS newest WHERE started_at > now() - interval '{RECENT_MINUTES} minutes'
        GROUP BY channel, provider, state
        """,  # noqa: S608  numbers of our own
    ),
    Family(
        "rapport_history_lag_seconds",
        "How old the newest facts are that segments and reports read",
        (),
        """
        SELECT extract(epoch FROM now() - coalesce(facts_until, refreshed_at))
        FROM profiles_historystate LIMIT 1
        """,
    ),
    Family(
        "rapport_jobs",
        "Jobs that wait or run",
        ("kind", "state"),
        """
        SELECT kind, state, count(*) FROM profiles_job
        WHERE state IN ('queued', 'running') GROUP BY kind, state
        """,
    ),
    Family(
        "rapport_job_oldest_seconds",
        "Since when the oldest job that waits or runs was asked for",
        ("kind",),
        """
        SELECT kind, extract(epoch FROM now() - min(created_at)) FROM profiles_job
        WHERE state IN ('queued', 'running') GROUP BY kind
        """,
    ),
    Family(
        "rapport_stored",
        "Facts that sources brought, as counted every minute",
        ("source", "kind"),
        """
        SELECT source, CASE WHEN is_event THEN 'events' ELSE what END, sum(n)
        FROM profiles_sourceday GROUP BY 1, 2
        """,
        is_counter=True,
    ),
    Family(
        "rapport_quarantined_rows",
        "Rows that wait to be put right",
        ("source",),
        """
        SELECT source, count(*) FROM profiles_quarantinedrow
        WHERE resolved_at IS NULL GROUP BY source
        """,
    ),
    Family(
        "rapport_coupons_issued",
        "Coupons that pools gave out",
        (),
        "SELECT sum(n_issued) FROM campaigns_couponpool",
        is_counter=True,
    ),
    Family(
        "rapport_ledger_differences",
        "What coupons, points and messages differed by at the last daily comparison",
        (),
        """
        SELECT (result ->> 'differences')::int FROM profiles_job
        WHERE kind = 'reconcile' AND state = 'done' ORDER BY id DESC LIMIT 1
        """,
    ),
    Family(
        "rapport_alerts_open",
        "Alerts that last",
        ("kind",),
        """
        SELECT kind, count(*) FROM campaigns_alert WHERE ended_at IS NULL GROUP BY kind
        """,
    ),
    Family(
        "rapport_sweep_silent_seconds",
        "Since when a sweep of the workers was not heard",
        ("sweep",),
        "SELECT name, extract(epoch FROM now() - at) FROM campaigns_signoflife",
    ),
    Family(
        "rapport_sending_paused",
        "1 while all sending is paused",
        (),
        "SELECT count(*) FROM campaigns_sendingpause",
    ),
    Family(
        "rapport_backup_age_seconds",
        "How old the last backup is",
        (),
        """
        SELECT extract(epoch FROM now() - made_at) FROM profiles_backup
        ORDER BY made_at DESC LIMIT 1
        """,
    ),
)


def families() -> Iterator[Metric]:
    """Return every family with its values of now; raise `DatabaseError`."""
    release = GaugeMetricFamily(
        "rapport_release_info", "This release", labels=["version"]
    )
    release.add_metric([VERSION], 1)
    yield release
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL statement_timeout = '{MOST_S}s'")
        for family in FAMILIES:
            cursor.execute(family.query, {"now": now()})
            yield family.metric(cursor.fetchall())
