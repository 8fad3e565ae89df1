"""From claimed to ready: gates, caps, words. What may not leave is settled here, with
its reason.
"""

from dataclasses import dataclass
from datetime import datetime

import structlog

from campaigns.copy.approval.final_check import why_held
from campaigns.copy.approval.voice import lately
from campaigns.delivery import leased
from campaigns.delivery.channels.line import Outgoing
from campaigns.delivery.claim import Batch
from campaigns.delivery.gating.eligibility import Candidate, candidates
from campaigns.delivery.gating.gates import Verdict, stopped_by
from campaigns.delivery.limits import caps, contact_pace
from campaigns.models import Message
from campaigns.rendering import link_tracking, template_cache
from campaigns.rendering.compose import Composed, compose
from campaigns.rendering.rendered import Rendered
from retention_site.lib import clock, registry
from retention_site.lib.security import signing

log = structlog.get_logger(__name__)
State = Message.State


@dataclass(frozen=True, slots=True)
class Ready:
    """A message that passed every gate, in its final words."""

    candidate: Candidate
    outgoing: Outgoing

    @property
    def message(self) -> Message:
        return self.candidate.message


def prepare(batch: Batch) -> list[Ready]:
    """Return what may leave; move everything else of the batch where it belongs."""
    verdicts: dict[int, Verdict] = {}
    open_ = _through_gates(
        candidates(_with_channel(batch, verdicts), batch.claimed_at),
        batch.claimed_at,
        verdicts,
    )
    uncapped = _through_caps(open_, batch.claimed_at, verdicts)
    ready = _in_words(uncapped, verdicts)
    leased.settle(batch.lease, verdicts)
    return ready


def _with_channel(batch: Batch, verdicts: dict[int, Verdict]) -> list[Message]:
    """Return the messages whose channel is plugged in."""
    known = registry.keys("channels")
    strays = {
        message.pk: message.channel
        for message in batch.messages
        if message.channel not in known
    }
    verdicts.update(
        {
            pk: Verdict(State.FAILED, f"there is no channel {key!r}")
            for pk, key in strays.items()
        }
    )
    return [message for message in batch.messages if message.pk not in strays]


def _through_gates(
    found: list[Candidate], now: datetime, verdicts: dict[int, Verdict]
) -> list[Candidate]:
    for one in found:
        verdict = stopped_by(one.standing, now)
        if verdict is not None:
            verdicts[one.message.pk] = verdict
    return [one for one in found if one.message.pk not in verdicts]


def _through_caps(
    found: list[Candidate], now: datetime, verdicts: dict[int, Verdict]
) -> list[Candidate]:
    limits = caps.of_the_shop()
    slower = contact_pace.slower(
        one.customer.pk for one in found if one.rules.is_marketing
    )
    wanted = [wish for one in found for wish in caps.wishes(one, limits, now, slower)]
    if wanted:
        full = caps.take(wanted)
        verdicts.update(
            {
                message: Verdict(State.CAPPED, caps.words_of(rule, limits))
                for message, rule in full.items()
            }
        )
    return [one for one in found if one.message.pk not in verdicts]


def _in_words(found: list[Candidate], verdicts: dict[int, Verdict]) -> list[Ready]:
    composed = _borne_out(found, _composed([one.message for one in found]))
    verdicts.update(
        {
            message: Verdict(State.FAILED, f"could not be written: {why}")
            for message, why in composed.failed.items()
        }
    )
    said = [
        (one, composed.rendered[one.message.pk])
        for one in found
        if one.message.pk in composed.rendered
    ]
    html = link_tracking.tracked(
        {one.message.pk: rendered.html for one, rendered in said if rendered.html}
    )
    return [
        Ready(one, _outgoing(one, rendered, html.get(one.message.pk, "")))
        for one, rendered in said
    ]


def _borne_out(found: list[Candidate], composed: Composed) -> Composed:
    """Hold a message back whose typed words are not true for its reader: an offer may
    have changed since they were approved.
    """
    rendered, failed = dict(composed.rendered), dict(composed.failed)
    voice, at = lately(), clock.now()
    for message in (one.message for one in found):
        if message.pk not in rendered or message.run is None:
            continue
        version = message.run.version
        why = why_held(
            template_cache.of_version(version.hash, version.content),
            message.arm,
            message.channel,
            str((message.context.get("customer") or {}).get("language") or ""),
            context=message.context,
            at=at,
            voice=voice,
        )
        if why:
            del rendered[message.pk]
            failed[message.pk] = why
    return Composed(rendered, failed)


def _composed(messages: list[Message]) -> Composed:
    """Compose a batch; an error of our own in one message is that message's alone."""
    try:
        return compose(messages)
    except Exception as error:
        if len(messages) == 1:
            log.exception("a message could not be composed", message=messages[0].pk)
            return Composed(failed={messages[0].pk: f"{type(error).__name__}: {error}"})
    each = [_composed([message]) for message in messages]
    return Composed(
        rendered={pk: said for one in each for pk, said in one.rendered.items()},
        failed={pk: why for one in each for pk, why in one.failed.items()},
    )


def _outgoing(one: Candidate, rendered: Rendered, html: str) -> Outgoing:
    return Outgoing(
        message=one.message.pk,
        key=key_of(one.message),
        address=one.address,
        is_marketing=one.rules.is_marketing,
        name=one.customer.full_name,
        subject=rendered.subject,
        html=html,
        text=rendered.text,
        headers=rendered.headers,
        data=rendered.data,
    )


def key_of(message: Message) -> str:
    """Return the key under which providers know a message: the same on every try, and
    no one's guess.
    """
    return signing.digest("message", message.dedupe_key)[:32]
