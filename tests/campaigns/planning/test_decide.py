"""Decisions: pure, always with a reason."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigns.planning.decide import CONTROL_GROUP, Candidate, Policy, decide

MARKETING = Policy(limits={"per_week": 2}, needs_consent=True)
OWN_BUSINESS = Policy(limits={}, needs_consent=False)
CHANNELS = ("email", "push", "sms")
ALL = frozenset(CHANNELS)


def decided(
    policy: Policy = MARKETING,
    channels=CHANNELS,
    *,
    is_control: bool = False,
    **facts: object,
):
    candidate = Candidate(1, **{"addresses": ALL, "consents": ALL, **facts})
    return decide(
        candidate,
        policy,
        channels=channels,
        held_by=CONTROL_GROUP if is_control else "",
    )


def test_the_preferred_channel_comes_first():
    assert decided(preferred="sms").channel == "sms"
    assert decided(preferred="sms").reason == "preferred channel"


def test_the_next_open_channel_stands_in_for_a_closed_one():
    assert decided(preferred="sms", addresses={"email", "push"}).channel == "email"
    assert decided(preferred="sms", consents={"push"}).channel == "push"
    assert (
        decided(preferred="sms", consents={"push"}).reason
        == "preferred channel not open"
    )


def test_without_a_preference_the_campaigns_order_holds():
    assert decided(channels=("push", "email")).channel == "push"
    assert decided(preferred="letter").channel == "email"


@pytest.mark.parametrize(
    ("facts", "reason"),
    [
        ({"is_control": True}, "control group"),
        ({"is_control": True, "addresses": frozenset()}, "control group"),
        ({"is_erased": True, "is_control": True}, "erased"),
        ({"addresses": frozenset()}, "no address"),
        ({"consents": frozenset()}, "no consent"),
        ({"addresses": {"email"}, "consents": {"sms"}}, "no consent"),
        ({"n_recent": {"per_week": 2}}, "weekly limit reached"),
    ],
)
def test_whoever_is_held_is_told_why(facts, reason):
    decision = decided(**facts)
    assert (decision.is_send, decision.reason, decision.channel) == (False, reason, "")


def test_the_customers_own_business_needs_no_marketing_consent():
    assert decided(OWN_BUSINESS, consents=frozenset(), n_recent={"per_week": 9}).is_send
    assert decided(OWN_BUSINESS, addresses=frozenset()).reason == "no address"


channels = st.sets(st.sampled_from(CHANNELS)).map(frozenset)


@given(
    preferred=st.sampled_from(["", *CHANNELS, "pigeon"]),
    addresses=channels,
    consents=channels,
    n=st.integers(0, 5),
    is_control=st.booleans(),
    is_erased=st.booleans(),
)
def test_whatever_is_known_a_message_goes_only_where_it_may(
    preferred, addresses, consents, n, is_control, is_erased
):
    decision = decided(
        preferred=preferred,
        addresses=addresses,
        consents=consents,
        n_recent={"per_week": n},
        is_control=is_control,
        is_erased=is_erased,
    )
    assert decision.reason
    may = bool(addresses & consents) and n < 2 and not is_control and not is_erased
    assert decision.is_send == may
    assert not may or decision.channel in addresses & consents
