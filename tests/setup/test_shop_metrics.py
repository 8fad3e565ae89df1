"""What the shop says of its work at /metrics: from its rows, a fixed number of queries,
and named as the dashboard and the alert rules name it.
"""

import json
import re
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connection
from django.db.utils import OperationalError
from django.test.utils import CaptureQueriesContext
from prometheus_client.parser import text_string_to_metric_families

from campaigns.models import Alert, Attempt, Message, SendingPause, SignOfLife
from campaigns.planning import reconcile_job
from profiles import jobs
from profiles.models import Backup, HistoryState, Job, SourceDay
from retention_site import metrics, shop_metrics
from retention_site.lib.clock import now, real_now
from tests import factories as make

OPERATIONS = Path(__file__).resolve().parents[2] / "docs" / "operations"
pytestmark = pytest.mark.django_db
# of the text's own reading, and of Prometheus itself
PARTS = re.compile(r"\b(rapport_[a-z_]+?)(?:_bucket|_sum|_count)?\b(?=[{\s\[)/,]|$)")


def said() -> dict[tuple[str, ...], float]:
    text = metrics.text().decode()
    return {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def test_the_rows_say_what_waits_and_since_when() -> None:
    campaign = make.make_campaign()
    run = make.make_run(campaign)
    for n, (state, lane) in enumerate(
        [("queued", "bulk"), ("queued", "bulk"), ("unknown", "bulk"), ("sent", "bulk")]
    ):
        message = make.make_message(
            run,
            make.make_customer(),
            state=state,
            lane=lane,
            not_before=now() - timedelta(minutes=n + 1),
        )
    Attempt.objects.create(
        message=message, n=1, channel="email", provider="smtp", state="accepted"
    )
    HistoryState.objects.create(
        watermark=5, facts_until=real_now() - timedelta(seconds=90)
    )
    make.make_job(state=Job.State.RUNNING, kind="import")
    SourceDay.objects.create(source="shopify", on=now().date(), what="view", n=7)
    Alert.objects.create(kind="queue", words="late")
    SignOfLife.objects.create(name="sweep_messages", at=real_now())
    SendingPause.objects.create()
    Backup.objects.create(
        made_at=real_now() - timedelta(days=2), path="a", host="h", size=1, version="1"
    )
    found = said()
    assert found["rapport_queue_messages", "bulk"] == 2
    assert found["rapport_queue_messages", "triggered"] == 0
    assert found["rapport_queue_oldest_seconds", "bulk"] == pytest.approx(120, abs=30)
    assert found["rapport_queue_oldest_seconds", "triggered"] == 0
    assert found["rapport_messages_unsettled", "unknown"] == 1
    assert found["rapport_attempts_recent", "email", "accepted", "smtp"] == 1
    assert found[("rapport_history_lag_seconds",)] == pytest.approx(90, abs=30)
    assert found["rapport_jobs", "import", "running"] == 1
    assert found["rapport_stored_total", "events", "shopify"] == 7
    assert found["rapport_alerts_open", "queue"] == 1
    assert found["rapport_sweep_silent_seconds", "sweep_messages"] < 30
    assert found[("rapport_sending_paused",)] == 1
    assert found[("rapport_backup_age_seconds",)] == pytest.approx(172_800, abs=60)
    assert found[("rapport_database_up",)] == 1


def test_a_scrape_is_a_fixed_number_of_queries() -> None:
    run = make.make_run(make.make_campaign())
    for _n in range(5):
        make.make_message(run, make.make_customer(), state=Message.State.QUEUED)
    with CaptureQueriesContext(connection) as seen:
        metrics.text()
    # those of the read-only transaction beside one a family
    assert len(seen) <= len(shop_metrics.FAMILIES) + 4


def test_a_database_that_is_away_is_a_metric_too(monkeypatch) -> None:
    def away():
        raise OperationalError("gone")

    monkeypatch.setattr(shop_metrics, "families", away)
    assert said()[("rapport_database_up",)] == 0


def test_ledgers_are_compared_once_a_day(transactional_db) -> None:
    for _twice in range(2):
        reconcile_job.start_due()
    jobs.work()
    job = Job.objects.get(kind="reconcile")
    assert (job.state, job.result) == (Job.State.DONE, {"differences": 0})
    assert said()[("rapport_ledger_differences",)] == 0


def known() -> set[str]:
    counters = {"rapport_requests_total", "rapport_request_seconds"}
    ours = {
        f"{one.name}_total" if one.is_counter else one.name
        for one in shop_metrics.FAMILIES
    }
    return counters | ours | {"rapport_release_info", "rapport_database_up"}


@pytest.mark.parametrize("name", ["dashboard.json", "alert_rules.yaml"])
def test_dashboard_and_rules_name_only_what_is_there(name) -> None:
    text = (OPERATIONS / name).read_text()
    named = set(PARTS.findall(text))
    assert named
    assert named <= known()


def test_every_metric_is_on_the_page_and_most_on_the_dashboard() -> None:
    page = (OPERATIONS / "metrics.md").read_text()
    assert {name for name in known() if f"`{name}`" not in page} == set()
    panels = json.loads((OPERATIONS / "dashboard.json").read_text())["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels)
