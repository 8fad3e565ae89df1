"""Send a batch: group after group, intent before the point of no return, result right
after.
"""

import itertools
import time
from collections.abc import Callable, Iterator, Sequence

import structlog
from django.core.exceptions import ImproperlyConfigured
from django.db import InterfaceError, OperationalError, connection

from campaigns import customer_events
from campaigns.delivery import leased
from campaigns.delivery.backpressure import give_way
from campaigns.delivery.channels.contract import Channel
from campaigns.delivery.channels.line import Line, ProviderAway
from campaigns.delivery.claim import BULK, TRIGGERED, Batch, Lease, claim
from campaigns.delivery.intent import intend
from campaigns.delivery.lease_times import timing
from campaigns.delivery.limits import rate_limit
from campaigns.delivery.outcome import Outcome, no_answer
from campaigns.delivery.prepare import Ready, prepare
from campaigns.delivery.result import Result, insist, record

log = structlog.get_logger(__name__)
# messages between two commits; as many can be uncertain when this process is killed
GROUP = 20
CAREFUL_GROUP = 10  # where nobody can say afterwards what arrived


def drain(
    lane: str,
    seconds: float = float("inf"),
    on_full_batch: Callable[[], None] | None = None,
) -> int:
    """Send what is due in a lane until nothing is or the time is up; return how many
    messages were handled.

    ``on_full_batch`` is called once when there is more to do than one batch.
    """
    deadline, n_handled = time.monotonic() + seconds, 0
    while time.monotonic() < deadline:
        batch = claim(lane)
        if on_full_batch and not n_handled and batch.is_full:
            on_full_batch()
        send(batch)
        n_handled += len(batch.messages)
        if not batch.is_full:
            break
    if n_handled and lane == BULK:
        # a sweep tells of triggered ones: nobody who waits for a message waits for that
        customer_events.record_sent()
    return n_handled


def send(batch: Batch) -> None:
    """Take a claimed batch as far as it goes."""
    ready = prepare(batch)
    # stable: priority and age hold within a channel
    ready.sort(key=lambda one: one.candidate.channel.key)
    for _, alike in itertools.groupby(ready, key=lambda one: one.candidate.channel.key):
        of_channel = list(alike)
        _send_by(of_channel[0].candidate.channel, batch, of_channel)


def _send_by(channel: Channel, batch: Batch, ready: list[Ready]) -> None:
    """Send over one connection; a provider that is away lets its messages wait and
    harms no other.
    """
    try:
        ready, held = rate_limit.by_domain(channel.provider, ready)
        for some, wait in held:
            leased.release(
                batch.lease,
                _ids(some),
                "as fast as the recipients' domain allows",
                wait,
            )
        granted, wait = rate_limit.take(channel.provider, len(ready))
        ready, rest = ready[:granted], ready[granted:]
        leased.release(batch.lease, _ids(rest), "as fast as the provider allows", wait)
        if ready:
            with channel.open(timing().answer) as line:
                _send_groups(channel, line, batch, ready)
    except (ProviderAway, ImproperlyConfigured) as error:
        log.warning("provider away", channel=channel.key, error=str(error))
        leased.release(
            batch.lease, _ids(ready), f"not sent: {error}", timing().first_wait
        )


def _send_groups(
    channel: Channel, line: Line, batch: Batch, ready: list[Ready]
) -> None:
    gone: set[int] = set()
    for group in _groups(ready, _group_size(channel, batch)):
        if batch.lane == BULK:
            give_way()
        if not batch.lease.is_safe:
            break
        gone |= _send_group(channel, line, batch.lease, group)
    # what the intent took is left to its result; touching it here could send it twice
    left = [message for message in _ids(ready) if message not in gone]
    # what was not reached or not allowed is looked at anew
    leased.release(batch.lease, left)


def _send_group(
    channel: Channel, line: Line, lease: Lease, group: Sequence[Ready]
) -> set[int]:
    """Send a group and return the messages that were on their way."""
    # from here on a killed process leaves a trace of every message that may have left
    tries = _intent(channel, lease, group)
    going = [one for one in group if one.outgoing.message in tries]
    if not going:
        return set()
    outcomes = _outcomes(line, lease, going)
    record(
        lease,
        [
            Result(one.outgoing.message, tries[one.outgoing.message], said)
            for one, said in outcomes
        ],
    )
    # after the result: losing an address is harmless, losing an answer is not
    for one, said in outcomes:
        if said.forgets_address:
            channel.forget(one.outgoing.address)
    return set(tries)


def _intent(channel: Channel, lease: Lease, group: Sequence[Ready]) -> dict[int, int]:
    """Commit the intent; when the database did not say whether it did, nothing leaves
    and the rows go back.
    """
    try:
        return intend(lease, group, channel.provider)
    except (OperationalError, InterfaceError) as error:
        log.warning("intent not committed, nothing was sent", error=str(error))
        connection.close()
        insist(lambda: leased.withdraw(lease, _ids(group)))
        return {}


def _outcomes(
    line: Line, lease: Lease, going: Sequence[Ready]
) -> list[tuple[Ready, Outcome]]:
    """Hand a group over; an error of our own leaves the rest without an answer, never
    without a row.
    """
    heard: list[Outcome] = []
    try:
        for outcome in line.send(
            [one.outgoing for one in going], lambda: lease.is_safe
        ):
            heard.append(outcome)  # noqa: PERF402  what was heard before an error must not be lost
    except Exception as error:
        log.exception("a channel broke its contract")
        heard += [no_answer(f"{type(error).__name__}: {error}")] * (
            len(going) - len(heard)
        )
    return list(zip(going, heard, strict=True))


def _group_size(channel: Channel, batch: Batch) -> int:
    most = GROUP if channel.is_idempotent or channel.can_look_up else CAREFUL_GROUP
    if batch.lane == TRIGGERED:
        # alone it leaves at once; a backlog shares its commits
        return min(most, max(1, len(batch.messages) // 4))
    return most


def _groups(ready: list[Ready], size: int) -> Iterator[list[Ready]]:
    return (ready[start : start + size] for start in range(0, len(ready), size))


def _ids(ready: Sequence[Ready]) -> list[int]:
    return [one.outgoing.message for one in ready]
