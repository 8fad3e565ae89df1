"""E-mail by SMTP."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cached_property

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from campaigns.delivery import addresses, links, suppression
from campaigns.delivery.channels import lookup, mime, smtp
from campaigns.delivery.channels.contract import Channel, Line, MayGo, NoAddress, Outgoing
from campaigns.delivery.channels.endpoints import Endpoint, endpoint
from campaigns.delivery.channels.smtp_conversation import Conversation
from campaigns.delivery.outcome import Outcome
from profiles.models import Customer
from retention_site.lib.clock import now


class Email(Channel):
    """Mail through the server of EMAIL_URL, or into the local sink."""

    key = "email"
    label = _("E-mail")

    @cached_property
    def endpoint(self) -> Endpoint:
        return endpoint(self.key)

    @property
    def provider(self) -> str:
        return self.endpoint.name

    @property
    def can_look_up(self) -> bool:  # type: ignore[override]  # a fixed fact elsewhere, here it hangs on the URL
        return bool(self.endpoint.lookup)

    def address(self, customer: Customer, content: Mapping[str, object]) -> str:
        if not customer.email:
            raise NoAddress("no e-mail address")
        try:
            return addresses.email(customer.email)
        except addresses.BadAddress as error:
            raise NoAddress(str(error)) from None

    @contextmanager
    def open(self, answer_seconds: float) -> Iterator[Line]:
        conversation = Conversation(self.endpoint, answer_seconds)
        conversation.connect()
        try:
            yield MailLine(conversation)
        finally:
            conversation.close(politely=True)

    def seen(self, keys: Sequence[str]) -> dict[str, bool]:
        """Ask by Message-ID."""
        return lookup.seen(self.endpoint, {key: message_id(key) for key in keys})

    def forget(self, address: str) -> None:
        suppression.suppress(self, address, "no such mailbox")


class MailLine(Line):
    """One SMTP connection."""

    def __init__(self, conversation: Conversation) -> None:
        self.conversation = conversation
        self.sender = mime.split_sender(settings.FROM_EMAIL)[1]

    def send(self, group: Sequence[Outgoing], may_go: MayGo) -> Iterator[Outcome]:
        letters = [smtp.Letter(self.sender, outgoing.address, letter(outgoing)) for outgoing in group]
        yield from smtp.deliver(self.conversation, letters, may_go)


def letter(outgoing: Outgoing) -> bytes:
    """Return the message as bytes, with its unsubscribe headers (RFC 8058) and Feedback-ID."""
    headers = [("Feedback-ID", f"{outgoing.message}:rapport")]
    if outgoing.is_marketing:
        headers += [
            ("List-Unsubscribe", f"<{links.unsubscribe_url(outgoing.message)}>"),
            ("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"),
        ]
    return mime.message(
        outgoing, sender=settings.FROM_EMAIL, message_id=message_id(outgoing.key), at=now(), headers=headers
    )


def message_id(key: str) -> str:
    """Return the Message-ID: the same on every try, so that a double can at least be found."""
    domain = mime.split_sender(settings.FROM_EMAIL)[1].rpartition("@")[2] or "localhost"
    return f"<{key}@{domain}>"
