"""Send one test message now, past queue and gates: to see whether a provider takes it,
and how words arrive.
"""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass

from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext as _

from campaigns.delivery.channels.contract import Channel
from campaigns.delivery.channels.line import NoAddress, Outgoing, ProviderAway
from campaigns.delivery.outcome import Answer, Outcome, refused, unsent
from campaigns.rendering.compose import shop
from campaigns.rendering.rendered import Rendered
from profiles.models import Customer

ANSWER_SECONDS = 15.0


@dataclass(frozen=True)
class Tried:
    """Where a test message went and what came of it."""

    address: str
    outcome: Outcome

    @property
    def is_taken(self) -> bool:
        return self.outcome.answer == Answer.ACCEPTED

    @property
    def sentence(self) -> str:
        said = f"{self.outcome.code} {self.outcome.detail}".strip()
        if self.is_taken:
            return _("%(address)s: taken. %(said)s") % {
                "address": self.address,
                "said": said,
            }
        return _("%(address)s: %(answer)s. %(said)s") % {
            "address": self.address,
            "answer": self.outcome.answer,
            "said": said,
        }


def try_out(channel: Channel, to: str, said: Rendered | None = None) -> Tried:
    """Send ``said``, or a plain greeting, to an address or to the customer with this
    id; never raise for a provider.
    """
    try:
        address = address_of(channel, to)
    except NoAddress as error:
        return Tried(to, refused("", str(error)))
    try:
        with channel.open(ANSWER_SECONDS) as line:
            return Tried(
                address,
                next(line.send([_outgoing(address, said or greeting())], lambda: True)),
            )
    except (ProviderAway, ImproperlyConfigured) as error:
        return Tried(address, unsent(str(error)))


def address_of(channel: Channel, to: str) -> str:
    """Return where a test goes: the address of the customer with this id, else the text
    itself; raise `NoAddress`.
    """
    customer = (
        Customer.objects.known().filter(external_id=to.strip()).first()
        if to.strip()
        else None
    )
    return channel.address(customer, {}) if customer else channel.typed(to)


def greeting() -> Rendered:
    """Return the words of a test without words."""
    name = shop()["shop"]["name"]
    words = _("This is a test message of %(shop)s. It can be thrown away.") % {
        "shop": name
    }
    return Rendered(
        subject=_("A test of %(shop)s") % {"shop": name},
        text=words,
        html=f"<p>{words}</p>",
    )


def marked(subject: str) -> str:
    """Mark a subject as a test's, so that nobody takes what arrives for the real thing."""
    return _("[Test] %(subject)s") % {"subject": subject} if subject else ""


def _outgoing(address: str, said: Rendered) -> Outgoing:
    data: Mapping[str, object] = {**said.data, "test": "yes"}
    return Outgoing(
        message=0,
        key=secrets.token_hex(16),
        address=address,
        is_marketing=False,
        subject=marked(said.subject),
        html=said.html,
        text=said.text,
        headers=said.headers,
        data=data,
    )
