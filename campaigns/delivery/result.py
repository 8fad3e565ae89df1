"""The result: what the provider said becomes the message's state, at once and for good."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TypeVar

import structlog
from django.db import IntegrityError, InterfaceError, OperationalError, connection

from campaigns.delivery import sql
from campaigns.delivery.claim import Lease
from campaigns.delivery.lease_times import MOST_TRIES, timing
from campaigns.delivery.outcome import Answer, Outcome
from campaigns.models import Attempt, Message
from retention_site.lib.clock import now

log = structlog.get_logger(__name__)
# how long a result is held out to a database that is away; then the sweep takes over
INSIST_SECONDS = 60.0
T = TypeVar("T")
State, Tried = Message.State, Attempt.State

# A sweep may have called the message uncertain meanwhile: while the token is still
# ours, what we heard is better.
# Token and number of the try are the fence: a worker that was stopped for an hour and
# wakes up changes nothing of what others have done with the message since.
RECORD = """
    WITH result AS (
        SELECT * FROM unnest(%(ids)s::bigint[], %(ns)s::int[], %(states)s::text[], %(tries)s::text[],
            %(reasons)s::text[], %(waits)s::timestamptz[], %(codes)s::text[], %(details)s::text[], %(refs)s::text[])
            AS result (id, n, state, tried, reason, not_before, code, detail, ref)
    ), moved AS (
        UPDATE campaigns_message message
        SET state = result.state, reason = result.reason,
            not_before = coalesce(result.not_before, message.not_before),
            lease_token = CASE WHEN result.state = 'uncertain' THEN message.lease_token END,
            lease_until = CASE WHEN result.state = 'uncertain'
                THEN clock_timestamp() + %(grace)s * interval '1 second' END,
            sent_at = CASE WHEN result.state = 'sent' THEN %(now)s END,
            finished_at = CASE WHEN result.state IN ('sent', 'failed') THEN %(now)s END
        FROM result
        WHERE message.id = result.id AND message.lease_token = %(token)s AND message.n_attempts = result.n
            AND (message.state = 'sending' OR (message.state = 'uncertain' AND result.state IN ('sent', 'queued')))
        RETURNING message.id, message.state
    ), freed AS (
        DELETE FROM campaigns_capslot WHERE message_id IN (SELECT id FROM moved WHERE state = 'failed')
    )
    UPDATE campaigns_attempt attempt
    SET state = result.tried, code = result.code, detail = result.detail, finished_at = clock_timestamp(),
        provider_ref = result.ref
    FROM result
    WHERE attempt.message_id = result.id AND attempt.n = result.n AND attempt.state IN ('intent', 'uncertain')
"""


@dataclass(frozen=True, slots=True)
class Result:
    """One try of one message and its outcome."""

    message: int
    n: int
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class Move:
    state: str
    tried: str
    reason: str = ""
    not_before: datetime | None = None


def move_of(result: Result, moment: datetime) -> Move:
    """Decide what an outcome means for its message."""
    said = f"{result.outcome.code} {result.outcome.detail}".strip()[:400]
    match result.outcome.answer:
        case Answer.ACCEPTED:
            return Move(State.SENT, Tried.ACCEPTED)
        case Answer.REFUSED:
            return Move(State.FAILED, Tried.REFUSED, f"refused: {said}")
        case Answer.NO_ANSWER:
            return Move(State.UNCERTAIN, Tried.UNCERTAIN, f"no answer: {said}")
        case Answer.DEFERRED if result.n >= MOST_TRIES:
            return Move(
                State.FAILED, Tried.DEFERRED, f"given up after {result.n} tries: {said}"
            )
        case Answer.DEFERRED:
            return Move(
                State.QUEUED,
                Tried.DEFERRED,
                f"put off: {said}",
                moment + _wait(result, timing().wait(result.n)),
            )
    soon = timedelta(seconds=timing().first_wait)
    return Move(
        State.QUEUED, Tried.DEFERRED, f"not sent: {said}", moment + _wait(result, soon)
    )


def record(lease: Lease, results: Sequence[Result]) -> None:
    """Commit results; a database that is away is asked again on a fresh connection for
    a minute.
    """
    if not results:
        return
    try:
        insist(lambda: _record(lease, results))
    # a provider gave two messages the same reference: what was sent counts, not its
    # number
    except IntegrityError:
        bare = [
            replace(one, outcome=replace(one.outcome, provider_ref=None))
            for one in results
        ]
        insist(lambda: _record(lease, bare))


def insist(step: Callable[[], T], seconds: float = INSIST_SECONDS) -> T | None:
    """Do ``step``, again on a fresh connection while the database is away; return None
    when it stays away.
    """
    deadline, pause = time.monotonic() + seconds, 0.05
    while True:
        try:
            return step()
        except (OperationalError, InterfaceError) as error:
            connection.close()
            if time.monotonic() + pause > deadline:
                log.error(
                    "the database stays away; the sweep will ask about these messages",
                    error=str(error),
                )
                return None
            time.sleep(pause)
            pause = min(2.0, pause * 2)


def _record(lease: Lease, results: Sequence[Result]) -> None:
    moment = now()
    names = (
        "ids",
        "ns",
        "states",
        "tries",
        "reasons",
        "waits",
        "codes",
        "details",
        "refs",
    )
    turned = sql.columns((_row(result, moment) for result in results), len(names))
    values = dict(zip(names, turned, strict=True))
    sql.relaxed(
        RECORD, {**values, "token": lease.token, "now": moment, "grace": timing().grace}
    )


def _row(result: Result, moment: datetime) -> tuple[object, ...]:
    move, outcome = move_of(result, moment), result.outcome
    return (
        result.message,
        result.n,
        move.state,
        move.tried,
        move.reason,
        move.not_before,
        outcome.code,
        outcome.detail.replace("\0", "")[:1000],
        outcome.provider_ref,
    )


def _wait(result: Result, otherwise: timedelta) -> timedelta:
    seconds = result.outcome.retry_after_seconds
    return otherwise if seconds is None else timedelta(seconds=seconds)
