"""E-mail: the address, the letter and its headers; a provider carries it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db.models import QuerySet
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from campaigns.content.message_parts import Part
from campaigns.delivery import envelope_address
from campaigns.delivery.channels.contract import Channel
from campaigns.delivery.channels.line import Line, MayGo, NoAddress, Outgoing
from campaigns.delivery.channels.mail import dkim, mime, smtp
from campaigns.delivery.channels.mail.smtp_conversation import Conversation
from campaigns.delivery.channels.sink_drawing import (
    Drawn,
    Look,
    glance_of,
    letter_of,
)
from campaigns.delivery.gating import suppression
from campaigns.delivery.outcome import Outcome
from campaigns.rendering import links
from profiles.intake.normalisation.emails import mailbox
from profiles.models import Customer
from retention_site.lib.clock import now, real_now
from retention_site.lib.security import signing

BOUNCES = "bounces"  # purpose of the token in a return path


class Email(Channel):
    """Mail to the customer's address."""

    key = "email"
    label = _("E-mail")
    icon = "mail"
    parts = (
        Part("subject", is_one_line=True),
        Part("preheader", is_required=False, is_one_line=True),
        Part("html", is_html=True),
        Part("text"),
    )
    reach = "customer.email <> ''"
    identity = "email"
    look = Look.LETTERS

    def address(self, customer: Customer, content: Mapping[str, object]) -> str:
        if not customer.email:
            raise NoAddress("no e-mail address")
        return self.typed(customer.email)

    def typed(self, address: str) -> str:
        try:
            return envelope_address.email(address)
        except envelope_address.BadAddress as error:
            raise NoAddress(str(error)) from None

    def normal(self, address: str) -> str:
        """One mailbox is one address, in whatever spelling it was told."""
        return mailbox(address)

    def masked(self, address: str) -> str:
        local, at, domain = address.partition("@")
        return f"{local[:1]}•••@{domain}" if at else ""

    def people_at(self, address: str) -> QuerySet[Customer]:
        with_mailbox = Customer.objects.exclude(email="").alias(mailbox=Lower("email"))
        return with_mailbox.filter(mailbox=self.normal(address))

    def glance(self, place: int, line: Mapping[str, Any]) -> Drawn:
        return glance_of(place, line)

    def opened(self, place: int, line: Mapping[str, Any]) -> Drawn:
        return letter_of(place, line)

    def forget(self, address: str) -> None:
        suppression.suppress(self, address, "no such mailbox")


@dataclass(frozen=True)
class Stationery:
    """What every letter of one line has in common."""

    sender: str = ""  # "Name <address>"; empty: the shop's
    # where failures are returned to, told apart by a token; empty: to the sender
    bounces_to: str = ""
    replies_to: str = ""
    signer: dkim.Signer | None = None

    def return_path(self, outgoing: Outgoing) -> str:
        """Return the envelope's sender: its token says whose failure comes back."""
        local, at, domain = self.bounces_to.partition("@")
        if not at:
            return mime.split_sender(self.sender or settings.FROM_EMAIL)[1]
        return f"{local}+{signing.token(BOUNCES, outgoing.message)}@{domain}"


class MailLine(Line):
    """One SMTP connection."""

    def __init__(
        self, conversation: Conversation, stationery: Stationery = Stationery()
    ) -> None:
        self.conversation, self.stationery = conversation, stationery

    def send(self, group: Sequence[Outgoing], may_go: MayGo) -> Iterator[Outcome]:
        letters = [
            smtp.Letter(
                self.stationery.return_path(one),
                one.address,
                letter(one, self.stationery),
            )
            for one in group
        ]
        yield from smtp.deliver(self.conversation, letters, may_go)


def letter(outgoing: Outgoing, stationery: Stationery = Stationery()) -> bytes:
    """Return the message as bytes, signed where a key is set."""
    sender = stationery.sender or settings.FROM_EMAIL
    extra = [
        *headers(outgoing),
        *([("Reply-To", stationery.replies_to)] if stationery.replies_to else []),
    ]
    raw = mime.message(
        outgoing,
        sender=sender,
        message_id=message_id(outgoing.key),
        at=now(),
        headers=extra,
    )
    if stationery.signer is None:
        return raw
    return stationery.signer.signature(raw, real_now()) + raw


def headers(outgoing: Outgoing) -> list[tuple[str, str]]:
    """Return what a mailbox provider asks of bulk mail: unsubscribe headers (RFC 8058)
    and Feedback-ID.
    """
    found = [("Feedback-ID", f"{outgoing.message}:rapport")]
    if outgoing.is_marketing:
        found += [
            ("List-Unsubscribe", f"<{links.unsubscribe_url(outgoing.message)}>"),
            ("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"),
        ]
    return found


def message_id(key: str) -> str:
    """Return the Message-ID: the same on every try, so that a double can at least be
    found.
    """
    domain = mime.split_sender(settings.FROM_EMAIL)[1].rpartition("@")[2] or "localhost"
    return f"<{key}@{domain}>"
