"""Which addresses are one mailbox, and where mail to a domain of other letters goes."""

import pytest

from campaigns.delivery import envelope_address
from profiles.intake.normalisation.emails import ascii_domain, email_or_none, mailbox


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Twin@Post.example", "twin@post.EXAMPLE"),
        ("jo@post.example.", "jo@post.example"),
        ("jo@xn--strae-oqa.example", "Jo@straße.example"),
        ("j\u200bo@post\ufeff.example", "jo@post.example"),
        ("ÄNNE@post.example", "änne@post.example"),
    ],
)
def test_one_mailbox_in_two_spellings(one: str, other: str) -> None:
    assert mailbox(one) == mailbox(other)
    assert email_or_none(one) is not None


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("jo@straße.example", "jo@strasse.example"),
        ("jo@στρατης.example", "jo@στρατησ.example"),
        ("jo+news@post.example", "jo@post.example"),
        ("j.o@gmail.com", "jo@gmail.com"),
    ],
)
def test_two_mailboxes_stay_two(one: str, other: str) -> None:
    assert mailbox(one) != mailbox(other)


@pytest.mark.parametrize(
    ("said", "right"),
    [
        ("jo@straße.example", "jo@xn--strae-oqa.example"),
        ("jo@faß.de", "jo@xn--fa-hia.de"),
        ("jo@στρατης.gr", "jo@xn--mxam2agbgc.gr"),
        ("jo@BÜCHER.example", "jo@xn--bcher-kva.example"),
        ("jo@例え.jp.", "jo@xn--r8jz45g.jp"),
        ("jo@po\u00adst.example", "jo@post.example"),
        ("jo@xn--strae-oqa.example", "jo@xn--strae-oqa.example"),
    ],
)
def test_mail_goes_to_the_domain_that_was_said(said: str, right: str) -> None:
    assert envelope_address.email(said) == right


@pytest.mark.parametrize(
    "domain",
    ["", "a..b", "-a.example", "a_b.ü.example", "ü" * 300, "xn--\udcff.example"],
)
def test_what_is_no_domain_is_refused(domain: str) -> None:
    with pytest.raises(envelope_address.BadAddress):
        envelope_address.email(f"jo@{domain}")


def test_a_long_domain_costs_no_time() -> None:
    with pytest.raises(ValueError, match="too long"):
        ascii_domain("ü" * 100_000)
