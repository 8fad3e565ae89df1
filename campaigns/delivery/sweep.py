"""Put right what a dead worker, a lost wake-up or a silent provider left behind. Every
step is idempotent.
"""

import uuid
from collections.abc import Callable
from dataclasses import dataclass

import structlog
from django.db.models import Exists, OuterRef

from campaigns import customer_events
from campaigns.delivery import sql
from campaigns.delivery.channels.contract import Channel
from campaigns.delivery.channels.line import ProviderAway
from campaigns.delivery.gating.eligibility import channel_named
from campaigns.delivery.gating.send_rules import rules_of
from campaigns.delivery.lease_times import timing
from campaigns.delivery.prepare import key_of
from campaigns.models import Message, Run
from retention_site.lib.clock import now

log = structlog.get_logger(__name__)
AT_ONCE = 500
KEY_LIVES_HOURS = 24  # how long providers keep idempotency keys

# leased is not yet sending: nothing of it can have left, so it goes back unasked
RETURN_UNSENT = """
    UPDATE campaigns_message SET state = 'queued', lease_token = NULL, lease_until = NULL
    WHERE state = 'leased' AND lease_until < clock_timestamp()
"""
# sending may have left: it is never queued again before somebody has been asked
DOUBT = """
    WITH moved AS (
        UPDATE campaigns_message
        SET state = 'uncertain', reason = 'the worker ended without telling',
            lease_until = clock_timestamp() + %(grace)s * interval '1 second'
        WHERE state = 'sending' AND lease_until < clock_timestamp()
        RETURNING id, n_attempts
    )
    UPDATE campaigns_attempt attempt SET state = 'uncertain'
    FROM moved WHERE attempt.message_id = moved.id AND attempt.n = moved.n_attempts AND attempt.state = 'intent'
"""
# The first try counts: a provider keeps an idempotency key from its first use on.
TAKE_UNCERTAIN = """
    WITH rested AS (
        SELECT id FROM campaigns_message WHERE state = 'uncertain' AND lease_until < clock_timestamp()
        ORDER BY lease_until LIMIT %(limit)s FOR UPDATE SKIP LOCKED
    )
    UPDATE campaigns_message message
    SET lease_token = %(token)s, lease_until = clock_timestamp() + %(lease)s * interval '1 second'
    FROM rested WHERE message.id = rested.id
    RETURNING message.id, EXISTS (
        SELECT FROM campaigns_attempt attempt WHERE attempt.message_id = message.id AND attempt.n = 1
            AND attempt.started_at < clock_timestamp() - %(hours)s * interval '1 hour'
    )
"""
# What is known of the try that got no answer goes with the message's state.
SETTLE = """
    WITH settled AS (
        SELECT * FROM unnest(%(ids)s::bigint[], %(states)s::text[], %(reasons)s::text[]) AS settled (id, state, reason)
    ), moved AS (
        UPDATE campaigns_message message
        SET state = settled.state, reason = settled.reason, lease_token = NULL, lease_until = NULL,
            not_before = CASE WHEN settled.state = 'queued' THEN %(now)s ELSE message.not_before END,
            sent_at = CASE WHEN settled.state = 'sent' THEN %(now)s END,
            finished_at = CASE WHEN settled.state <> 'queued' THEN %(now)s END
        FROM settled
        WHERE message.id = settled.id AND message.state = 'uncertain' AND message.lease_token = %(token)s
        RETURNING message.id, message.n_attempts, message.state
    )
    UPDATE campaigns_attempt attempt
    SET state = CASE moved.state WHEN 'sent' THEN 'accepted' ELSE 'uncertain' END, finished_at = clock_timestamp()
    FROM moved WHERE attempt.message_id = moved.id AND attempt.n = moved.n_attempts
"""
# A place under a cap that is not used is given back with the state, in one statement:
# nobody finds the one without the other.
EXPIRE = """
    WITH moved AS (
        UPDATE campaigns_message SET state = 'expired', reason = 'too late to be of use', finished_at = %(now)s
        WHERE state = 'queued' AND expires_at <= %(now)s RETURNING id
    )
    DELETE FROM campaigns_capslot WHERE message_id IN (SELECT id FROM moved)
"""
CANCEL = """
    WITH moved AS (
        UPDATE campaigns_message message
        SET state = 'cancelled', reason = 'the campaign was stopped', finished_at = %(now)s
        FROM campaigns_campaign campaign
        WHERE campaign.id = message.campaign_id AND campaign.state = 'stopped' AND message.state = 'queued'
        RETURNING message.id
    )
    DELETE FROM campaigns_capslot WHERE message_id IN (SELECT id FROM moved)
"""


def sweep() -> None:
    """Do every step; one that fails does not keep the others from being done."""
    for step in (
        return_unsent,
        doubt,
        reconcile,
        expire,
        cancel,
        finish_runs,
        customer_events.record_sent,
    ):
        _try(step)


def return_unsent() -> None:
    """Queue again what was claimed but not yet on its way when its lease ran out."""
    sql.rows(RETURN_UNSENT)


def doubt() -> None:
    """Call uncertain what was on its way when its lease ran out."""
    sql.rows(DOUBT, {"grace": timing().grace})


def expire() -> None:
    """Drop what nobody needs any more."""
    sql.rows(EXPIRE, {"now": now()})


def cancel() -> None:
    """Drop what a stopped campaign still had waiting."""
    sql.rows(CANCEL, {"now": now()})


def finish_runs() -> int:
    """Close runs whose audience is complete and of which no message will change by
    itself; return how many.
    """
    live = Message.objects.live().filter(run=OuterRef("pk"))
    done = Run.objects.filter(
        ~Exists(live), state=Run.State.SENDING, n_audience__isnull=False
    )
    return done.update(state=Run.State.FINISHED, finished_at=now())


def reconcile() -> int:
    """Find out about uncertain messages, or say that nobody knows; return how many were
    looked at.
    """
    total = 0
    while n := _reconcile_some():
        total += n
        if n < AT_ONCE:
            break
    return total


@dataclass(frozen=True)
class Doubtful:
    """One uncertain message; ``is_old`` when a provider may have forgotten its key."""

    message: Message
    is_old: bool


def _reconcile_some() -> int:
    token = uuid.uuid4()
    values = {
        "token": token,
        "limit": AT_ONCE,
        "lease": timing().lease,
        "hours": KEY_LIVES_HOURS,
    }
    taken = dict(sql.rows(TAKE_UNCERTAIN, values))
    messages = Message.objects.filter(pk__in=taken).select_related("run__version")
    away: set[str] = set()
    answers = [(m.pk, *_find_out(Doubtful(m, taken[m.pk]), away)) for m in messages]
    known = [(pk, state, reason) for pk, state, reason in answers if state]
    if known:
        names = ("ids", "states", "reasons")
        turned = dict(zip(names, sql.columns(known, 3), strict=True))
        sql.rows(SETTLE, {**turned, "token": token, "now": now()})
    return len(taken)


def _find_out(doubtful: Doubtful, away: set[str]) -> tuple[str, str]:
    """Return the state that an uncertain message comes to and why; no state when the
    provider must be asked later.

    A channel whose provider does not answer joins ``away`` and is asked no more this
    time.
    """
    message, channel = doubtful.message, channel_named(doubtful.message.channel)()
    if message.channel in away:
        return "", ""
    try:
        if channel.can_look_up:
            return _as_seen(channel, message)
        if channel.is_idempotent and not doubtful.is_old:
            return Message.State.QUEUED, "tried again under the same key"
    except ProviderAway as error:
        away.add(message.channel)
        log.warning(
            "provider away, the question waits",
            channel=message.channel,
            error=str(error),
        )
        return "", ""
    # nobody can tell: only a message that is better sent twice than never is tried
    # again
    if rules_of(message).must_arrive:
        return Message.State.QUEUED, "tried again: better twice than never"
    return Message.State.UNKNOWN, f"nobody can say whether it arrived: {message.reason}"


def _as_seen(channel: Channel, message: Message) -> tuple[str, str]:
    key = key_of(message)
    seen = channel.seen([key]).get(key)
    if seen is None:
        return (
            Message.State.UNKNOWN,
            f"the provider can't say whether it arrived: {message.reason}",
        )
    return (
        (Message.State.SENT, "the provider has it")
        if seen
        else (Message.State.QUEUED, "the provider has not seen it")
    )


def _try(step: Callable[[], object]) -> None:
    try:
        step()
    except Exception:
        log.exception(
            "a sweep failed; the next one tries again",
            step=getattr(step, "__name__", str(step)),
        )
