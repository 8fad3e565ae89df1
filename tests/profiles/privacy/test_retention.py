"""Nothing is kept longer than promised, and nothing goes before its time."""

import json
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from axes.models import AccessAttempt, AccessLog
from django.conf import settings
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session

from campaigns.admin.inbox.reading import newest
from campaigns.delivery.sinks.log import SinkLog, channels
from campaigns.models import Attempt, InboundWebhook, Message, Touchpoint
from profiles import history, jobs
from profiles.models import (
    Event,
    Job,
    JobLine,
    PastScore,
    QuarantinedRow,
    RetentionPeriod,
)
from profiles.privacy import expiry, retention
from profiles.privacy.job import start_daily
from recommender.models import Slate
from retention_site.lib.clock import now
from retention_site.lib.registry import UnknownPlugin
from tests.factories import (
    make_campaign,
    make_customer,
    make_event,
    make_message,
    make_run,
)

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("own_folders"),
]
OLD = timedelta(days=1000)


def make_row(n: int, at: datetime) -> QuarantinedRow:
    return QuarantinedRow.objects.create(
        key=f"{n:032}", source="s", kind="k", reason="r", row={}, created_at=at
    )


def make_call(event_id: str, **facts: Any) -> InboundWebhook:
    return InboundWebhook.objects.create(
        source="s", event_id=event_id, payload={"a": 1}, **facts
    )


def sweep() -> dict[str, int]:
    return {kind: n for kind in retention.due() if (n := retention.drop(kind))}


def decide(**days: int | None) -> None:
    for key, value in days.items():
        retention.decide(key, value)


def test_events_go_by_whole_months_also_from_the_history():
    customer, moment = make_customer(), now().astimezone(UTC)
    this_month = moment.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    for at in (
        this_month - timedelta(days=200),
        this_month - timedelta(days=1),
        this_month,
        moment,
    ):
        make_event(customer, at=at)
    history.refresh()
    assert sweep() == {}, "events are kept for ever unless people decide otherwise"
    decide(events=(moment - this_month).days + 1)
    assert sweep()["events"] == 1
    assert Event.objects.count() == 3
    assert len(history.tables().run("SELECT 1 FROM events")) == 3
    history.refresh()
    assert len(history.tables().run("SELECT 1 FROM events")) == 3
    assert sweep() == {}


def test_what_is_past_its_period_is_dropped_and_the_rest_stays():
    run = make_run(make_campaign())
    for at in (now() - OLD, now()):
        message = make_message(
            run,
            make_customer(),
            "sent",
            body="Dear Ada",
            context={"a": 1},
            finished_at=at,
        )
        Attempt.objects.create(
            message=message,
            n=1,
            channel="email",
            provider="p",
            detail="250 ok",
            started_at=at,
        )
        Touchpoint.objects.create(
            message=message, kind="open", evidence={"network": "192.0.2.0"}, at=at
        )
        make_call(at.isoformat(), state="processed", received_at=at)
        make_row(message.pk, at)
        PastScore.objects.create(
            customer=message.customer, kind="purchase", value=0.5, model="m", as_of=at
        )
        Slate.objects.create(
            customer=message.customer, place="api", items=[], shown_at=at
        )
        JobLine.objects.create(
            job=Job.objects.create(kind="import", title="t"), text="said", at=at
        )
    waiting = make_call("waiting", received_at=now() - OLD)
    live = make_message(
        run, make_customer(), "queued", body="Dear Bo", planned_at=now() - OLD
    )
    deleted, emptied = (
        (PastScore, Slate, QuarantinedRow, JobLine),
        (Message, Attempt, Touchpoint, InboundWebhook),
    )
    n_emptied = [model.objects.count() for model in emptied]
    assert sweep() == dict.fromkeys(
        "past_scores slates message_words evidence provider_answers webhooks quarantine"
        " job_logs".split(),
        1,
    )
    assert [model.objects.count() for model in deleted] == [1, 1, 1, 1]
    assert [model.objects.count() for model in emptied] == n_emptied
    assert sorted(Message.objects.values_list("body", flat=True)) == [
        "",
        "Dear Ada",
        "Dear Bo",
    ]
    assert sorted(Attempt.objects.values_list("detail", flat=True)) == ["", "250 ok"]
    assert Touchpoint.objects.filter(evidence={}).count() == 1
    waiting.refresh_from_db()
    live.refresh_from_db()
    assert (waiting.payload, live.body) == ({"a": 1}, "Dear Bo")
    assert sweep() == {}


def test_what_people_decide_holds_and_for_ever_is_for_ever():
    make_row(0, now() - OLD)
    decide(quarantine=None)
    assert sweep() == {}
    decide(quarantine=1001)
    assert sweep() == {}
    decide(quarantine=999)
    assert sweep() == {"quarantine": 1}
    assert RetentionPeriod.objects.get().days == 999
    with pytest.raises(ValueError, match="1 to"):
        decide(quarantine=0)
    with pytest.raises(UnknownPlugin):
        decide(nothing=1)


def test_many_rows_go_lot_by_lot(monkeypatch):
    monkeypatch.setattr(expiry, "AT_ONCE", 3)
    for n in range(8):
        make_row(n, now() - OLD)
    old = "created_at < %(before)s"
    assert list(expiry.delete("profiles_quarantinedrow", old, datetime.now(UTC))) == [
        3,
        3,
        2,
    ]


def test_it_is_one_job_a_day_which_says_what_went():
    make_row(0, now() - OLD)
    job = start_daily()
    jobs.work()
    assert start_daily().pk == job.pk
    job.refresh_from_db()
    assert (job.state, job.result, job.n_chunks) == (
        "done",
        {"quarantine": 1},
        len(retention.due()),
    )


def test_files_go_too_and_the_inbox_keeps_its_places():
    folder = Path(settings.DATA_DIR)
    for name in (
        "quarantine/old.csv",
        "quarantine/new.csv",
        "logs/old.log",
        "logs/new.log",
    ):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text("words")
        if "old" in name:
            os.utime(folder / name, (0, 0))
    sink = SinkLog(folder / "sinks", "sms")
    sink.take("k1", to=["+49301234567"], body={"text": "Dear Ada"})
    before = newest(folder / "sinks" / "sms.jsonl", 1)[0]
    decide(inbox=1)
    assert sweep() == {"quarantine": 1, "logs": 1}
    line = (folder / "sinks" / "sms.jsonl").read_text()
    (folder / "sinks" / "sms.jsonl").write_text(
        line.replace(before.facts["at"], "2020-01-01T00:00:00.000000+00:00")
    )
    assert sweep() == {"inbox": 1}
    after = newest(folder / "sinks" / "sms.jsonl", 1)[0]
    assert (after.place, after.facts["to"], after.facts["key"]) == (
        before.place,
        [],
        "k1",
    )
    assert "Ada" not in json.dumps(after.facts)
    assert sorted(
        path.name for path in folder.rglob("*") if path.suffix in (".csv", ".log")
    ) == ["new.csv", "new.log"]
    assert channels()


def test_sessions_and_sign_ins_go_too(client):
    user = User.objects.create_user("ada", password="a right password")
    client.force_login(user)
    for at in (now() - OLD, now()):
        Session.objects.create(
            session_key=f"key{at:%Y}",
            session_data="",
            expire_date=at + timedelta(days=14),
        )
        AccessLog.objects.create(username="ada", ip_address="192.0.2.1", path_info="/")
        AccessAttempt.objects.create(
            username=f"a{at:%Y}",
            ip_address="192.0.2.1",
            user_agent="",
            failures_since_start=1,
        )
    AccessLog.objects.filter(pk=AccessLog.objects.order_by("pk").first().pk).update(
        attempt_time=now() - OLD
    )
    AccessAttempt.objects.filter(username=f"a{now() - OLD:%Y}").update(
        attempt_time=now() - OLD
    )
    n_logs = AccessLog.objects.count()

    assert {
        kind: n for kind, n in sweep().items() if kind in ("sessions", "sign_ins")
    } == {
        "sessions": 1,
        "sign_ins": 2,
    }

    assert Session.objects.filter(expire_date__lt=now()).count() == 0
    assert Session.objects.filter(session_key=client.session.session_key).exists()
    assert (AccessLog.objects.count(), AccessAttempt.objects.count()) == (n_logs - 1, 1)


def test_tries_of_finished_messages_go_and_those_of_open_ones_stay():
    run = make_run(make_campaign())
    for state in ("sent", "unknown", "uncertain"):
        message = make_message(run, make_customer(), state)
        Attempt.objects.create(
            message=message,
            n=1,
            channel="email",
            provider="p",
            started_at=now() - timedelta(1200),
        )
        Attempt.objects.create(message=message, n=2, channel="email", provider="p")
    assert sweep()["attempts"] == 2
    assert sorted(
        Attempt.objects.filter(n=1).values_list("message__state", flat=True)
    ) == ["uncertain"]
    assert Attempt.objects.filter(n=2).count() == 3
