"""No message ever moves but along an arrow of the table: the database itself writes
every move down.
"""

import uuid
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.db import connection

from campaigns.delivery import claim, leased, prepare, send, sweep
from campaigns.delivery.gating.suppression import suppress
from campaigns.delivery.intent import intend
from campaigns.delivery.outcome import accepted, deferred, no_answer, refused, unsent
from campaigns.delivery.result import Result, record
from campaigns.models import Attempt, Campaign, CapSlot, Message
from profiles.models import Customer
from retention_site.lib.clock import now, real_now
from tests.sending import make_send, only_message, states, stop

pytestmark = pytest.mark.django_db
WATCH = """
    CREATE TEMPORARY TABLE moves (message bigint, before text, after text);
    CREATE FUNCTION pg_temp.note_move() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN INSERT INTO moves VALUES (new.id, old.state, new.state); RETURN new; END $$;
    CREATE TRIGGER note_move AFTER UPDATE ON campaigns_message FOR EACH ROW
        WHEN (old.state IS DISTINCT FROM new.state) EXECUTE FUNCTION pg_temp.note_move();
"""


@pytest.fixture
def moves(db) -> Iterator[None]:
    """Assert afterwards that every move that was made stands in the table."""
    with connection.cursor() as cursor:
        cursor.execute(WATCH)
        yield
        cursor.execute("SELECT DISTINCT before, after FROM moves")
        made = cursor.fetchall()
    assert made, "the test moves messages"
    assert [
        move for move in made if move[1] not in Message.TRANSITIONS.get(move[0], ())
    ] == []


def on_its_way(run) -> tuple[claim.Lease, Message]:
    """Bring the only message of a run to where it may leave."""
    batch = claim.claim("bulk")
    ready = prepare.prepare(batch)
    assert intend(batch.lease, ready, "p") == {only_message(run).pk: 1}
    return batch.lease, only_message(run)


@pytest.mark.parametrize(
    ("outcome", "state", "tried"),
    [
        (accepted(250, ref="r1"), "sent", "accepted"),
        (refused(550, "no such user"), "failed", "refused"),
        (deferred(450, "busy"), "queued", "deferred"),
        (deferred(429, "slow down", 60), "queued", "deferred"),
        (unsent("no connection"), "queued", "deferred"),
        (no_answer("hung up"), "uncertain", "uncertain"),
    ],
)
def test_an_answer_becomes_the_state(outcome, state, tried, moves, local_sinks):
    run = make_send(1)
    lease, message = on_its_way(run)
    record(lease, [Result(message.pk, 1, outcome)])
    message.refresh_from_db()
    assert message.state == state
    assert Attempt.objects.get().state == tried
    assert (message.finished_at is not None) == (state in ("sent", "failed"))
    if state == "queued":
        assert message.not_before > now()


def test_a_stranger_with_another_token_changes_nothing(local_sinks):
    run = make_send(1)
    lease, message = on_its_way(run)
    stranger = claim.Lease(uuid.uuid4(), lease.safe_until)
    record(stranger, [Result(message.pk, 1, refused(550, "no"))])
    leased.release(stranger, [message.pk])
    assert only_message(run).state == "sending"


def test_a_late_answer_still_counts_while_the_token_is_ours(moves, local_sinks):
    run = make_send(1)
    lease, message = on_its_way(run)
    Message.objects.update(lease_until=real_now() - timedelta(seconds=1))
    sweep.doubt()
    assert only_message(run).state == "uncertain"
    record(lease, [Result(message.pk, 1, accepted(250))])
    assert only_message(run).state == "sent"


def test_an_answer_to_an_earlier_try_does_not_count_for_a_later_one(moves, local_sinks):
    run = make_send(1)
    lease, message = on_its_way(run)
    Message.objects.update(n_attempts=2)
    record(lease, [Result(message.pk, 1, accepted(250))])
    assert only_message(run).state == "sending"
    leased.withdraw(lease, [message.pk])


def test_an_intent_after_the_lease_ran_out_is_refused(moves, local_sinks):
    run = make_send(1)
    batch = claim.claim("bulk")
    ready = prepare.prepare(batch)
    Message.objects.update(lease_until=real_now() - timedelta(seconds=1))
    assert intend(batch.lease, ready, "p") == {}
    sweep.return_unsent()
    assert only_message(run).state == "queued"
    assert not Attempt.objects.exists()


def test_an_intent_for_a_message_that_another_worker_has_is_refused(moves, local_sinks):
    run = make_send(1)
    slow = claim.claim("bulk")
    ready = prepare.prepare(slow)
    Message.objects.update(lease_until=real_now() - timedelta(seconds=1))
    sweep.return_unsent()
    fast = claim.claim("bulk")
    assert intend(slow.lease, ready, "p") == {}
    leased.release(slow.lease, [only_message(run).pk], "not mine to give back")
    assert only_message(run).state == "leased"
    assert intend(fast.lease, prepare.prepare(fast), "p") == {only_message(run).pk: 1}
    leased.withdraw(slow.lease, [only_message(run).pk])
    assert only_message(run).state == "sending"


def test_a_message_cancelled_while_it_is_prepared_does_not_leave(local_sinks):
    run = make_send(1)
    batch = claim.claim("bulk")
    ready = prepare.prepare(batch)
    # whoever stops a campaign need not know our token
    Message.objects.update(state="cancelled")
    assert intend(batch.lease, ready, "p") == {}
    leased.release(batch.lease, [only_message(run).pk])
    leased.withdraw(batch.lease, [only_message(run).pk])
    assert only_message(run).state == "cancelled"


@pytest.mark.parametrize(
    "change",
    [
        {"state": "paused"},
        {"state": "stopped"},
    ],
)
def test_an_intent_of_a_campaign_halted_this_moment_is_refused(change, local_sinks):
    run = make_send(1)
    batch = claim.claim("bulk")
    ready = prepare.prepare(batch)
    Campaign.objects.update(**change)
    assert intend(batch.lease, ready, "p") == {}
    assert only_message(run).state == "leased"


def test_an_intent_for_someone_suppressed_or_erased_this_moment_is_refused(local_sinks):
    make_send(3)
    batch = claim.claim("bulk")
    ready = prepare.prepare(batch)
    suppress(ready[0].candidate.channel, ready[0].outgoing.address, "complaint")
    Customer.objects.filter(pk=ready[1].message.customer_id).update(erased_at=now())
    assert set(intend(batch.lease, ready, "p")) == {ready[2].message.pk}


def test_uncertain_messages_rest_before_anyone_asks(moves, local_sinks):
    run = make_send(1)
    lease, message = on_its_way(run)
    record(lease, [Result(message.pk, 1, no_answer("hung up"))])
    assert sweep.reconcile() == 0
    Message.objects.update(lease_until=real_now() - timedelta(seconds=1))
    assert sweep.reconcile() == 1
    assert only_message(run).reason == "the provider has not seen it"


def test_a_doubt_settled_by_another_sweep_is_left_alone(
    moves, local_sinks, monkeypatch
):
    run = make_send(1)
    lease, message = on_its_way(run)
    record(lease, [Result(message.pk, 1, no_answer("hung up"))])
    Message.objects.update(lease_until=real_now() - timedelta(seconds=1))

    def overtaken(*_asked):
        Message.objects.update(lease_token=uuid.uuid4())
        return Message.State.UNKNOWN, "too late"

    monkeypatch.setattr(sweep, "_find_out", overtaken)
    sweep.reconcile()
    assert only_message(run).state == "uncertain"


def test_sweeps_leave_what_is_under_a_good_lease_alone(local_sinks):
    run = make_send(2)
    batch = claim.claim("bulk")
    ready = prepare.prepare(batch)
    intend(batch.lease, ready[:1], "p")
    sweep.return_unsent()
    sweep.doubt()
    assert states(run) == {"sending": 1, "leased": 1}


def test_stopping_and_expiry_touch_only_what_waits(local_sinks):
    run = make_send(2)
    send.drain("bulk")
    Message.objects.update(expires_at=now() - timedelta(days=1))
    stop(run.campaign)
    sweep.sweep()
    assert states(run) == {"sent": 2}


def test_a_whole_day_of_sweeps_moves_only_along_the_table(moves, local_sinks):
    sent, stopped, late, lost = (
        make_send(3),
        make_send(2),
        make_send(2),
        make_send(2, "sms"),
    )
    stop(stopped.campaign)
    Message.objects.filter(run=late).update(expires_at=now() - timedelta(seconds=1))
    claim.claim("triggered")
    batch = claim.claim("bulk")
    Message.objects.filter(run=lost).update(state="sending", n_attempts=1)
    Message.objects.filter(pk__in=[m.pk for m in batch.messages]).update(
        lease_until=real_now() - timedelta(seconds=5)
    )
    for _ in range(2):
        sweep.sweep()
        Message.objects.filter(state="uncertain").update(
            lease_until=real_now() - timedelta(seconds=5)
        )
    send.drain("bulk")
    assert [states(run) for run in (sent, stopped, late, lost)] == [
        {"sent": 3},
        {"cancelled": 2},
        {"expired": 2},
        {"sent": 2},
    ]


def test_given_up_after_so_many_refusals(moves, local_sinks):
    run = make_send(1)
    lease, message = on_its_way(run)
    Message.objects.update(n_attempts=8)
    Attempt.objects.update(n=8)
    record(lease, [Result(message.pk, 8, deferred(450, "busy"))])
    assert only_message(run).reason == "given up after 8 tries: 450 busy"


def test_one_reference_of_a_provider_for_two_messages_loses_neither(moves, local_sinks):
    make_send(2)
    batch = claim.claim("bulk")
    tries = intend(batch.lease, prepare.prepare(batch), "p")
    record(
        batch.lease,
        [Result(message, 1, accepted(250, ref="always the same")) for message in tries],
    )
    assert Message.objects.filter(state="sent").count() == 2


def test_a_refusal_that_comes_late_does_not_undo_a_doubt(moves, local_sinks):
    run = make_send(1)
    lease, message = on_its_way(run)
    Message.objects.update(lease_until=real_now() - timedelta(seconds=1))
    sweep.doubt()
    record(lease, [Result(message.pk, 1, refused(550, "no such user"))])
    assert only_message(run).state == "uncertain", "reconciling will find it out"


def test_a_message_refused_by_the_provider_gives_its_slot_back(moves, local_sinks):
    run = make_send(1, limits={"per_week": 1})
    lease, message = on_its_way(run)
    assert CapSlot.objects.filter(message=message).exists()
    record(lease, [Result(message.pk, 1, refused(550, "no such user"))])
    assert not CapSlot.objects.exists()


def test_what_was_settled_while_the_provider_was_asked_stays_so(monkeypatch):
    run = make_send(1, "sms")
    Message.objects.update(
        state="uncertain", lease_until=real_now() - timedelta(seconds=9)
    )

    def answered_meanwhile(doubtful, _away):
        Message.objects.filter(pk=doubtful.message.pk).update(state="sent")
        return "unknown", "nobody knows"

    monkeypatch.setattr(sweep, "_find_out", answered_meanwhile)
    sweep.reconcile()
    assert states(run) == {"sent": 1}
