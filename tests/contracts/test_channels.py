"""What every channel promises, whichever provider stands behind it."""

import pytest

from campaigns.delivery.channels.contract import Channel
from campaigns.delivery.channels.line import NoAddress, Outgoing, ProviderAway
from campaigns.delivery.outcome import Answer
from campaigns.delivery.sinks import log, server
from profiles.models import Customer, Device
from retention_site.lib import registry
from tests.browser_subscriptions import Browser
from tests.sending import shop  # noqa: F401

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("shop")]
KEYS = registry.keys("channels")
ANSWER_SECONDS = 5.0


@pytest.fixture(params=KEYS)
def channel(request) -> Channel:
    return registry.load("channels", request.param)()


@pytest.fixture
def reachable(db, shop) -> Customer:  # noqa: F811
    customer = Customer.objects.create(
        external_id="r", email="ada@x.example", phone="+4930123456", first_name="Ada"
    )
    Device.objects.create(customer=customer, kind=Device.Kind.FCM, token="device-1")
    with server.serving() as listening:  # they keep their ports
        Browser().subscribe(customer, f"http://127.0.0.1:{listening.http}/web_push/1")
    return customer


def outgoing(channel: Channel, customer: Customer, key: str) -> Outgoing:
    return Outgoing(
        message=1,
        key=key,
        address=channel.address(customer, {}),
        name="Ada",
        subject="Hello",
        text="Hello Ada",
        html="<p>Hello</p>" if channel.key == "email" else "",
    )


def keys_taken(channel: Channel) -> list[str]:
    return [
        line["key"].strip("<>").partition("@")[0].removeprefix("msg_")
        for line in log.read(channel.key)
    ]


def test_it_names_itself(channel):
    assert registry.load("channels", channel.key) is type(channel)
    assert str(channel.label)
    assert isinstance(channel.asks_consent, bool)


def test_it_hands_a_group_over_in_order_and_answers_for_each(channel, reachable):
    with server.serving(), channel.open(ANSWER_SECONDS) as line:
        group = [outgoing(channel, reachable, f"k{n}") for n in range(5)]
        outcomes = list(line.send(group, lambda: True))
    assert [one.answer for one in outcomes] == [Answer.ACCEPTED] * 5
    assert keys_taken(channel) == [f"k{n}" for n in range(5)]


def test_it_asks_before_the_point_of_no_return(channel, reachable):
    left = iter([True, True, False])
    with server.serving(), channel.open(ANSWER_SECONDS) as line:
        group = [outgoing(channel, reachable, f"k{n}") for n in range(4)]
        outcomes = list(line.send(group, lambda: next(left, False)))
    assert [one.answer for one in outcomes] == [Answer.ACCEPTED] * 2 + [
        Answer.UNSENT
    ] * 2
    assert keys_taken(channel) == ["k0", "k1"]


def test_nobody_there_is_never_success_and_never_doubt(channel, reachable):
    with server.serving():
        pass  # they ran, and are gone
    try:
        with channel.open(ANSWER_SECONDS) as line:
            answers = [
                one.answer
                for one in line.send([outgoing(channel, reachable, "k")], lambda: True)
            ]
    except ProviderAway:
        answers = [Answer.UNSENT]
    assert answers == [Answer.UNSENT]


def test_a_provider_that_hangs_up_in_the_middle_leaves_no_doubt_unsaid(
    channel, reachable
):
    with server.serving(), channel.open(ANSWER_SECONDS) as line:
        assert [
            one.answer
            for one in line.send([outgoing(channel, reachable, "k0")], lambda: True)
        ] == [Answer.ACCEPTED]
        cut(line)
        outcomes = list(line.send([outgoing(channel, reachable, "k1")], lambda: True))
    assert outcomes[0].answer in (Answer.ACCEPTED, Answer.UNSENT, Answer.NO_ANSWER)
    assert (outcomes[0].answer is Answer.ACCEPTED) == ("k1" in keys_taken(channel))


def cut(line) -> None:
    """Cut the connection of a line, as a network does."""
    conversation, connection = (
        getattr(line, "conversation", None),
        getattr(line, "connection", None),
    )
    sock = (
        conversation.socket
        if conversation
        else connection.connection.sock
        if connection
        else None
    )
    if sock is not None:
        sock.shutdown(2)


def test_the_same_key_again_is_the_same_message_just_where_the_channel_says_so(
    channel, reachable
):
    with server.serving():
        is_idempotent = channel.is_idempotent
        with channel.open(ANSWER_SECONDS) as line:
            first, second = line.send(
                [outgoing(channel, reachable, "same")] * 2, lambda: True
            )
    assert first.answer == second.answer == Answer.ACCEPTED
    if is_idempotent:
        assert first.provider_ref == second.provider_ref
    assert keys_taken(channel) == ["same"] * (1 if is_idempotent else 2)


def test_who_can_be_asked_tells_what_it_has_seen(channel, reachable):
    with server.serving():
        if not channel.can_look_up:
            assert channel.seen(["k"]) == {}
            return
        with channel.open(ANSWER_SECONDS) as line:
            list(line.send([outgoing(channel, reachable, "k")], lambda: True))
        assert channel.seen(["k", "other"]) == {"k": True, "other": False}


def test_a_customer_without_an_address_is_told_apart(channel):
    nobody = Customer.objects.create(external_id="n")
    if channel.asks_consent:
        with pytest.raises(NoAddress):
            channel.address(nobody, {})
    else:
        assert channel.address(nobody, {})
