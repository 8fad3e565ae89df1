"""Gates before a message may leave. Pure: facts in, verdict with its reason out."""

from dataclasses import dataclass
from datetime import datetime

from campaigns.models import Message

State = Message.State
GRANTED = "granted"


@dataclass(frozen=True, slots=True)
class GateFacts:
    """What is known about one message and its customer at this moment."""

    is_erased: bool
    is_stopped: bool
    expires_at: datetime | None
    no_address: str  # why there is none; empty when there is one
    suppressed_because: str
    asks_consent: bool
    consent: str
    quiet_until: datetime | None
    # what the customer did that makes a triggered message pointless
    done_meanwhile: str = ""


@dataclass(frozen=True, slots=True)
class Verdict:
    """Where a message goes instead of out, and why; ``not_before`` only when it waits."""

    state: str
    reason: str
    not_before: datetime | None = None


def stopped_by(standing: GateFacts, now: datetime) -> Verdict | None:
    """Return the first gate that is closed, or None when all are open."""
    if standing.is_erased:
        return Verdict(State.ERASED, "the customer was erased")
    if standing.is_stopped:
        return Verdict(State.CANCELLED, "the campaign was stopped")
    if standing.expires_at is not None and standing.expires_at <= now:
        return Verdict(State.EXPIRED, "too late to be of use")
    if standing.done_meanwhile:
        return Verdict(State.CANCELLED, standing.done_meanwhile)
    if standing.no_address:
        return Verdict(State.FAILED, standing.no_address)
    if standing.suppressed_because:
        return Verdict(
            State.SUPPRESSED,
            f"this address must not be written to: {standing.suppressed_because}",
        )
    if standing.asks_consent and standing.consent != GRANTED:
        return Verdict(State.SUPPRESSED, f"consent {standing.consent}")
    if standing.quiet_until is not None:
        return Verdict(State.QUEUED, "quiet hours", standing.quiet_until)
    return None
