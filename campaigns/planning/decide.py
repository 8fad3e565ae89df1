"""Whether, how and with what to reach one customer now. Pure: the decision is data and
always has a reason.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from campaigns.content import contact_windows

CONTROL_GROUP = "control group"
GLOBAL_HOLDOUT = "global holdout"
OTHER_TEST = "in another test of the layer"
NO_ADDRESS = "no address"
NO_CONSENT = "no consent"
ERASED = "erased"
SILENT_LESS = "no answer for long: once a month"
SILENT_NOTHING = "no answer for very long"
SILENCES = {"less": SILENT_LESS, "nothing": SILENT_NOTHING}


@dataclass(frozen=True, slots=True)
class Candidate:
    """What a decision looks at."""

    customer: int
    preferred: str = ""  # the channel the customer named
    addresses: frozenset[str] = frozenset()  # channels with an address
    consents: frozenset[str] = frozenset()  # channels the customer agreed to
    n_recent: Mapping[str, int] = field(default_factory=dict)  # messages by limit
    is_erased: bool = False
    silence: str = ""  # "less" or "nothing": held back for long silence
    # long silence was found, whether it holds this customer back or not
    is_silent: bool = False
    is_exempt: bool = False  # from that rule, by lot


@dataclass(frozen=True, slots=True)
class Policy:
    """What a version lays down for everybody."""

    limits: Mapping[str, int]
    needs_consent: bool  # marketing does; a customer's own business does not


@dataclass(frozen=True, slots=True)
class Decision:
    """Send by a channel, or hold; never without a reason."""

    is_send: bool
    reason: str
    channel: str = ""


def decide(
    candidate: Candidate, policy: Policy, *, channels: Sequence[str], held_by: str = ""
) -> Decision:
    """Say whether and by which of an arm's channels to reach a customer.

    What chance decided (``held_by``: the control group, the global holdout, another
    test) comes before everything that depends on the customer, so that both groups stay
    comparable.
    """
    if candidate.is_erased:
        return _hold(ERASED)
    if held_by:
        return _hold(held_by)
    order = _preferred_first(tuple(channels), candidate.preferred)
    reachable = [channel for channel in order if channel in candidate.addresses]
    if not reachable:
        return _hold(NO_ADDRESS)
    allowed = [
        channel
        for channel in reachable
        if channel in candidate.consents or not policy.needs_consent
    ]
    if not allowed:
        return _hold(NO_CONSENT)
    if policy.needs_consent and candidate.silence and not candidate.is_exempt:
        return _hold(SILENCES[candidate.silence])
    for limit, most in policy.limits.items():
        if policy.needs_consent and candidate.n_recent.get(limit, 0) >= most:
            return _hold(contact_windows.REACHED[limit])
    return Decision(
        is_send=True,
        reason=_why_channel(allowed[0], candidate.preferred),
        channel=allowed[0],
    )


@lru_cache(maxsize=256)
def _preferred_first(channels: tuple[str, ...], preferred: str) -> tuple[str, ...]:
    return tuple(sorted(channels, key=lambda channel: channel != preferred))


def _why_channel(channel: str, preferred: str) -> str:
    if channel == preferred:
        return "preferred channel"
    return "preferred channel not open" if preferred else "first open channel"


def _hold(reason: str) -> Decision:
    return Decision(is_send=False, reason=reason)
