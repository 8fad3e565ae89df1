"""Erased for good: in no table, file or log, and it does not come back."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db.models.functions import Now

from campaigns.delivery import send
from campaigns.delivery.alerting.alarms import alarms
from campaigns.delivery.sinks import log
from campaigns.delivery.track import bot_detection, engagement, optout
from campaigns.inbound import webhook_processing, webhook_receipt
from campaigns.models import Coupon, InboundWebhook, Message, StoredReport, Touchpoint
from campaigns.planning.reconcile import reconcile
from profiles import history, jobs
from profiles.intake.ingest import EventIn, ingest
from profiles.intake.tracking import take
from profiles.models import (
    Consent,
    Customer,
    DataRequest,
    Device,
    Event,
    Identity,
    QuarantinedRow,
)
from profiles.privacy import contract, erasure
from profiles.privacy.job import see_to_erasures
from profiles.privacy.stores.rows import relations
from tests import looking
from tests.factories import make_consent, make_customer
from tests.profiles.privacy import whole_person as whole
from tests.sending import make_send

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("own_folders"),
]
TABLES = set(
    """campaigns_alert campaigns_attempt campaigns_inboundwebhook campaigns_message campaigns_storedreport
    campaigns_touchpoint campaigns_trackedlink django_admin_log profiles_customer profiles_device profiles_event
    profiles_idempotentcall profiles_identity profiles_inboundsource profiles_job profiles_jobline profiles_merge
    profiles_portrait profiles_quarantinedrow""".split()
)
FOLDERS = {"events", "logs", "quarantine", "sinks"}


def erase(customer_id: str = whole.ID) -> DataRequest:
    return erasure.finish(erasure.begin(customer_id))


def test_every_trace_of_a_person_goes_and_stays_gone(local_sinks, tmp_path):
    person = whole.make_whole(tmp_path)
    found = looking.hits(whole.WORDS)
    assert (TABLES | FOLDERS) - found.keys() == set(), (
        "each place speaks of the person before"
    )
    assert {"customers", "portraits"} <= {place.partition("-")[0] for place in found}
    assert person.customers[0] in whole.crowd()
    assert whole.placed(person.customers[0]) == 4
    assert whole.encoded() == [True, True]
    n_messages, lines = Message.objects.count(), n_lines()
    assert reconcile()["differences"] == []

    request = erase()
    assert looking.hits(whole.WORDS) == {}
    assert person.customers[0] not in whole.crowd()
    assert (whole.placed(person.customers[0]), whole.placed(99_999_999)) == (0, 4)
    assert whole.encoded() == [False, True]
    assert {one["store"] for one in request.receipt if one["erased"]} == {
        key for key, _store in contract.stores()
    }
    assert (Message.objects.count(), n_lines()) == (
        n_messages,
        lines,
    ), "what was sent still adds up"
    the_books_add_up(person)
    others_keep_what_is_theirs()

    n_customers = Customer.objects.count()
    everything_comes_again(tmp_path, person)
    assert looking.hits(whole.WORDS) == {}
    assert (Customer.objects.count(), n_lines()) == (n_customers, lines)
    assert not Event.objects.filter(customer__in=person.customers).exists()


def the_books_add_up(person: whole.Whole) -> None:
    assert reconcile()["differences"] == []
    sent = Message.objects.filter(state="sent", channel="email").earliest("pk")
    assert sent.message_id in {
        line["key"].strip("<>").partition("@")[0] for line in log.read("email")
    }
    coupon = Coupon.objects.get()
    assert (coupon.customer, coupon.code, coupon.value) == (None, "C0DE", 5)
    assert not Message.objects.live().filter(customer__in=person.customers).exists()
    assert set(
        InboundWebhook.objects.values_list("state", "detail", "payload__cart")
    ) == {
        ("processed", "the customer was erased", None),
        ("refused", "the customer was erased", None),
    }


def others_keep_what_is_theirs() -> None:
    other = Customer.objects.get(external_id="somebody-else")
    assert (other.email, other.first_name, other.events.count()) == (
        "some@body.example",
        "Bo",
        1,
    )
    kept = list(QuarantinedRow.objects.values_list("row", flat=True))
    assert len(kept) == 2
    assert all("somebody-else" in row.values() for row in kept)
    lines = (Path(settings.DATA_DIR) / "logs" / "web.log").read_text().splitlines()
    assert (lines[0], lines[2]) == ("a line before", "a line after")
    assert 99_999_999 in whole.crowd()
    assert [
        one["customer"]
        for one in StoredReport.objects.get().result["parts"][0]["samples"]
    ] == ["Bo"]
    assert history.tables().run("SELECT customer FROM events")[
        "customer"
    ].to_pylist() == [other.pk]


def everything_comes_again(tmp_path: Path, person: whole.Whole) -> None:
    """What the shop sent once it sends again, under the old ids of messages and under
    new ones.
    """
    take(
        [
            *whole.MESSAGES,
            *(
                {**one, "messageId": f"new {one['messageId']}"}
                for one in whole.MESSAGES
            ),
        ],
        source="web",
    )
    take(
        [
            {
                "type": "track",
                "event": "x",
                "messageId": "n1",
                "anonymousId": whole.BROWSER,
            }
        ],
        source="web",
    )
    take(
        [{"type": "identify", "messageId": "n2", "traits": {"email": whole.OLD_EMAIL}}],
        source="web",
    )
    take(
        [
            {
                "type": "alias",
                "messageId": "n3",
                "previousId": whole.ID,
                "userId": "somebody-else",
            }
        ],
        source="web",
    )
    new_events = whole.EVENT_FILE.replace("file-", "new-").replace(
        "somebody-else", "nobody-else"
    )
    whole.import_all(tmp_path.with_suffix(".again"), events=whole.EVENT_FILE)
    Customer.objects.filter(external_id="nobody-else").delete()
    whole.import_all(tmp_path.with_suffix(".new"), events=new_events)
    Event.objects.filter(customer__external_id="nobody-else").delete()
    Customer.objects.filter(external_id="nobody-else").delete()
    payload = {
        "customer_id": whole.ID,
        "cart": {"id": "k1"},
        "name": f"{whole.FIRST} {whole.LAST}",
    }
    for event_id in ("evt_1", "evt_2", "evt_3"):
        webhook_receipt.receive(person.slug, *person.sender.signed(payload, event_id))
    webhook_processing.process()
    send.drain("triggered")
    send.drain("bulk")
    history.refresh()


def n_lines() -> list[int]:
    return [len(list(log.read(channel))) for channel in log.channels()]


class Killed(Exception):
    """The process is gone."""


def test_killed_after_each_store_in_turn_it_ends_right(
    local_sinks, tmp_path, monkeypatch
):
    whole.make_whole(tmp_path)
    begun = erasure.begin(whole.ID)
    assert whole.EMAIL not in begun.sought

    def dying(last: str):
        for key, store in contract.stores():
            yield key, store
            if key == last:
                raise Killed

    for key in ("messages", "sinks", "quarantine", "logs", "rows", "events"):
        with monkeypatch.context() as half:
            half.setattr(erasure, "stores", lambda key=key: dying(key))
            with pytest.raises(Killed):
                erasure.finish(begun)
    begun.refresh_from_db()
    assert begun.finished_at is None
    done = erase()
    assert (done.pk, done.sought) == (begun.pk, "")
    assert looking.hits(whole.WORDS) == {}


def test_what_was_begun_and_left_is_taken_up_by_the_workers(monkeypatch):
    customer = make_customer()
    request = erasure.begin(customer.external_id)
    assert see_to_erasures() == 0, "whoever began it is still at it"
    assert not [alarm for alarm in alarms() if alarm.kind == "erasure"]
    DataRequest.objects.update(asked_at=Now() - timedelta(hours=2))
    assert [alarm.subject for alarm in alarms() if alarm.kind == "erasure"] == [
        str(request.pk)
    ]
    assert see_to_erasures() == 1
    jobs.work()
    request.refresh_from_db()
    assert request.finished_at
    assert see_to_erasures() == 0


def test_what_came_in_late_goes_at_the_second_look():
    customer = make_customer()
    request = erase(customer.external_id)
    # its call had begun before
    Event.objects.create(key="0" * 32, customer=customer, type="view", at=Now())
    Device.objects.create(customer=customer, kind="fcm", token="late")
    Identity.objects.create(customer=customer, kind="anonymous_id", value="a1")
    assert see_to_erasures() == 0
    DataRequest.objects.update(finished_at=Now() - timedelta(hours=1))
    assert see_to_erasures() == 1
    jobs.work()
    assert not Event.objects.exists()
    assert not Device.objects.exists()
    take(
        [{"type": "track", "event": "x", "messageId": "m1", "anonymousId": "a1"}],
        source="web",
    )
    assert not Customer.objects.known().exists(), "the late id leads to nobody either"
    request.refresh_from_db()
    assert request.checked_at
    assert see_to_erasures() == 0


def test_what_an_erased_person_does_with_an_old_message_leaves_no_trace(local_sinks):
    customer = make_customer()
    make_consent(customer)
    message = Message.objects.get(run=make_send(1, "email", customers=[customer]))
    send.drain("bulk")
    erase(customer.external_id)
    message = engagement.message_of(message.pk)
    seen = bot_detection.weigh(
        method="GET",
        headers={"user-agent": "Mozilla"},
        address="192.0.2.7",
        seconds_since_sent=99,
    )
    engagement.open_(message, seen)
    engagement.click(message, "https://shop.example/", seen)
    optout.unsubscribe(message, network="192.0.2.0")
    ingest([EventIn(customer.pk, "view", whole.AT, "e1")], source="campaigns")
    assert [model.objects.count() for model in (Touchpoint, Consent, Event)] == [
        0,
        0,
        0,
    ]


def test_who_comes_back_under_a_new_id_is_a_new_customer_but_not_written_to(
    local_sinks,
):
    said = {
        "type": "identify",
        "anonymousId": "a1",
        "traits": {"email": "ada@shop.example"},
    }
    take([{**said, "messageId": "m1", "userId": "old"}], source="web")
    erase("old")
    take([{**said, "messageId": "m2", "userId": "new"}], source="web")
    back = Customer.objects.get(external_id="new")
    assert (back.email, back.merged_into) == ("ada@shop.example", None)
    assert not Identity.objects.exists()
    make_consent(back)
    run = make_send(1, "email", customers=[back])
    send.drain("bulk")
    assert [*Message.objects.filter(run=run).values_list("state", "reason")] == [
        ("suppressed", "this address must not be written to: erased")
    ]


def test_an_address_that_somebody_else_has_too_is_still_written_to(local_sinks):
    one, other = (make_customer(email="home@shop.example") for _n in range(2))
    make_consent(other)
    run = make_send(1, "email", customers=[other])
    erase(one.external_id)
    send.drain("bulk")
    assert Message.objects.get(run=run).state == "sent"


def test_each_table_that_points_at_customers_has_a_store():
    claimed = {model for _key, store in contract.stores() for model in store.tables}
    by_rows = {relation.related_model for relation in relations()}
    pointing = {relation.related_model for relation in Customer._meta.related_objects}
    assert pointing <= claimed | by_rows
    assert not claimed & by_rows


def test_the_command_prints_a_receipt_without_the_person_and_says_it_again(capsys):
    customer = make_customer(first_name="Adalbertine")
    call_command("erase", customer.external_id, "--json")
    answer = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert [one["store"] for one in answer["stores"]] == [
        key for key, _store in contract.stores()
    ]
    assert answer["stores"][0]["erased"] == {"customer": 1}
    assert "Adalbertine" not in json.dumps(answer)
    call_command("erase", customer.external_id)
    assert "is erased for good" in capsys.readouterr().out
    assert DataRequest.objects.count() == 1
    with pytest.raises(CommandError) as refused:
        call_command("erase", "nobody")
    assert refused.value.returncode == 2
