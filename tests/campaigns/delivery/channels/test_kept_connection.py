"""A connection to a mail server is kept between batches, and only while it can be
trusted.
"""

import pytest

from campaigns.delivery.channels.line import ProviderAway
from campaigns.delivery.channels.mail import smtp, smtp_pool
from campaigns.delivery.outcome import Answer

from .test_channels import HELLO, Script

TURN = b"250 ok\r\n250 ok\r\n354 go\r\n"
LETTERS = [
    smtp.Letter("a@x.example", f"b{n}@x.example", b"Subject: x\r\n\r\nx\r\n")
    for n in range(2)
]


@pytest.fixture(autouse=True)
def nothing_kept():
    smtp_pool._mine.kept = None
    yield
    smtp_pool._mine.kept = None


def send(conversation: smtp.Conversation, n: int = 1) -> list[Answer]:
    said = [one.answer for one in smtp.deliver(conversation, LETTERS[:n], lambda: True)]
    smtp_pool.keep(conversation)
    return said


def test_a_second_batch_needs_no_second_greeting():
    script = Script(
        *HELLO, TURN, b"250 taken\r\n", b"250 here\r\n", TURN, b"250 taken\r\n"
    )
    first = smtp_pool.connected(script.endpoint, 1.0)
    assert send(first) == [Answer.ACCEPTED]
    second = smtp_pool.connected(script.endpoint, 1.0)
    assert (second is first, send(second)) == (True, [Answer.ACCEPTED])


@pytest.mark.parametrize(
    "answer", [b"421 bye\r\n", b"", b"250 here\r\n250 a word too many\r\n"]
)
def test_a_connection_that_went_bad_is_not_spoken_on(answer):
    script = Script(
        *HELLO,
        TURN,
        b"250 taken\r\n",
        *([answer] if answer else []),
        hangs_up=not answer,
    )
    assert send(smtp_pool.connected(script.endpoint, 1.0)) == [Answer.ACCEPTED]
    with pytest.raises(ProviderAway):
        smtp_pool.connected(script.endpoint, 0.05)  # this server greets only once


def test_a_conversation_left_in_the_middle_is_hung_up():
    script = Script(*HELLO, TURN, b"250 taken\r\n" + TURN, hangs_up=False)
    conversation = smtp_pool.connected(script.endpoint, 1.0)
    assert (
        next(smtp.deliver(conversation, LETTERS, lambda: True)).answer
        == Answer.ACCEPTED
    )
    smtp_pool.keep(conversation)
    assert (conversation.is_open, smtp_pool._mine.kept) == (False, None)
