"""Conversations: a question is put down, worked out by a worker, and leaves only if no
person has taken the conversation by then.

The conversation's row is the lock. Whoever lets an answer leave and whoever takes the
conversation over both hold it, so that one of the two is first: after a take-over
nothing leaves any more, however far an answer had come.
"""

from __future__ import annotations

import time
from datetime import timedelta
from uuid import uuid4

from django.db import transaction
from django.db.models.functions import Now

from campaigns.models import Conversation, Turn
from profiles.intake.ingest import EventIn, ingest
from profiles.models import Customer
from retention_site.lib import clock
from retention_site.lib.wake import wake

from .retrieval.replies import Reply, State, as_json

ANSWER = "campaigns.tasks.answer_questions"
SOURCE = "answers"
WAIT_SECONDS = 5.0  # for a worker; then a person has it
LOOK_EVERY_SECONDS = 0.02
MOST_A_MINUTE = 20  # questions of one customer or conversation
LATE = "no answer in time"
TAKEN = "a person has it"
BROKEN = "it could not be worked out"
TRIAL = "trial-"  # before the key of what staff try
STALE = timedelta(minutes=2)  # a question that nobody waits for any more


class TooMany(Exception):
    """More questions than a person asks."""


def ask(
    question: str,
    language: str,
    customer: Customer | None,
    key: str | None = None,
    n_a_minute: int = MOST_A_MINUTE,
) -> Turn:
    """Put a question down and wake a worker; raise `TooMany`."""
    conversation = _conversation(key, language, customer)
    since = clock.now() - timedelta(minutes=1)
    asked = Turn.objects.filter(asked_at__gte=since)
    whose = (
        asked.filter(conversation__customer=customer)
        if customer
        else asked.filter(conversation=conversation)
    )
    if whose.count() >= n_a_minute:
        raise TooMany
    turn = Turn.objects.create(conversation=conversation, question=question)
    wake(ANSWER)
    return turn


def ask_as_trial(question: str) -> Turn:
    """Ask for staff who try: nobody's conversation, closed at once, never in the inbox."""
    conversation = Conversation.objects.create(key=f"{TRIAL}{uuid4().hex}")
    turn = Turn.objects.create(conversation=conversation, question=question)
    wake(ANSWER)
    await_reply(turn)
    left = let_leave(turn)
    close(conversation)
    return left


def _conversation(
    key: str | None, language: str, customer: Customer | None
) -> Conversation:
    """Return the customer's own conversation of this key, or begin one."""
    if key:
        found = Conversation.objects.filter(key=key, customer=customer).first()
        if found is None:
            raise Conversation.DoesNotExist
        return found
    return Conversation.objects.create(
        key=uuid4().hex, language=language, customer=customer
    )


def work_out(turn: Turn, reply: Reply) -> None:
    """Note what the answer would be; nothing has left by that."""
    Turn.objects.filter(pk=turn.pk, state=Turn.State.WAITING).update(
        reply=as_json(reply)
    )


def waiting() -> list[Turn]:
    """Return the questions that nobody has worked out yet, oldest first."""
    return list(
        Turn.objects.filter(state=Turn.State.WAITING, reply__isnull=True)
        .select_related("conversation__customer")
        .order_by("pk")[:50]
    )


def await_reply(turn: Turn, seconds: float = WAIT_SECONDS) -> None:
    """Wait until a worker has worked it out, or the time is over."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if Turn.objects.filter(pk=turn.pk).exclude(reply__isnull=True).exists():
            return
        time.sleep(LOOK_EVERY_SECONDS)


@transaction.atomic
def let_leave(turn: Turn) -> Turn:
    """Give the answer, or hand over; with a person in the conversation nothing leaves."""
    conversation = Conversation.objects.select_for_update().get(pk=turn.conversation_id)
    turn = Turn.objects.select_for_update().get(pk=turn.pk)
    if turn.state != Turn.State.WAITING:
        return turn
    if conversation.state != Conversation.State.OPEN:
        turn.state = Turn.State.WITHHELD
        turn.save()
        return turn
    reply = turn.reply or {"state": State.HANDED_OVER, "why": LATE, "passages": []}
    turn.reply, turn.state = reply, reply["state"]
    turn.answer, turn.left_at = reply.get("answer") or "", clock.now()
    turn.save()
    if turn.state == Turn.State.HANDED_OVER:
        _hand_over(conversation, reply["why"])
    _record(conversation, turn)
    return turn


@transaction.atomic
def take_over(conversation: Conversation, why: str = TAKEN) -> None:
    """Give a conversation to a person: from here on nothing leaves by itself."""
    locked = Conversation.objects.select_for_update().get(pk=conversation.pk)
    if locked.state == Conversation.State.OPEN:
        _hand_over(locked, why)


@transaction.atomic
def say(conversation: Conversation, words: str, by: str) -> Turn:
    """Write a person's words into a conversation, which is theirs by that."""
    take_over(conversation)
    return Turn.objects.create(
        conversation=conversation,
        state=Turn.State.PERSON,
        answer=words,
        by=by,
        left_at=clock.now(),
    )


@transaction.atomic
def close(conversation: Conversation) -> None:
    """End a conversation: the next question begins another one."""
    locked = Conversation.objects.select_for_update().get(pk=conversation.pk)
    locked.state = Conversation.State.CLOSED
    locked.save()


def _hand_over(conversation: Conversation, why: str) -> None:
    conversation.state, conversation.why = Conversation.State.HANDED_OVER, why
    conversation.handed_over_at = clock.now()
    conversation.save()


def _record(conversation: Conversation, turn: Turn) -> None:
    """Tell of the answer as an event of the customer: what it rests on, and how sure."""
    if conversation.customer_id is None:
        return
    reply = turn.reply or {}
    cited = [
        {name: one[name] for name in ("document", "start", "end")}
        for one in reply.get("passages", [])
    ]
    properties = {
        "conversation": conversation.pk,
        "state": turn.state,
        "why": reply.get("why", ""),
        "passages": cited,
        "score": reply.get("score"),
        "threshold": reply.get("threshold"),
        "version": reply.get("version"),
    }
    event = EventIn(
        customer=conversation.customer_id,
        type="service_answer",
        at=turn.left_at or clock.now(),
        event_id=f"service_answer:{turn.pk}",
        properties=properties,
    )
    ingest([event], source=SOURCE)


def drop_stale() -> int:
    """Hand over what was asked and never fetched, such as where a web process died."""
    old = Turn.objects.filter(
        state=Turn.State.WAITING, asked_at__lt=Now() - STALE
    ).select_related("conversation")[:100]
    n = 0
    for turn in old:
        Turn.objects.filter(pk=turn.pk).update(reply=None)
        let_leave(turn)
        n += 1
    return n
