"""Send one test message now, past queue and gates: to see whether a provider takes it,
and how words arrive.
"""

import secrets
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta

from django.contrib.auth import get_user_model
from django.contrib.auth.models import User
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext as _

from campaigns.delivery.channels.contract import Channel
from campaigns.delivery.channels.line import NoAddress, Outgoing, ProviderAway
from campaigns.delivery.gating import suppression
from campaigns.delivery.outcome import Answer, Outcome, refused, unsent
from campaigns.models import SeedAddress, TrialSend
from campaigns.rendering.compose import shop
from campaigns.rendering.rendered import Rendered
from profiles.consents import consent_ledger
from profiles.models import Consent, Customer
from retention_site.lib.clock import real_now

ANSWER_SECONDS = 15.0
MOST_AN_HOUR = 30  # tests of one person
EMAIL = "email"


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


def try_out(
    channel: Channel, to: str, said: Rendered | None = None, *, key: str = ""
) -> Tried:
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
                next(
                    line.send(
                        [_outgoing(address, said or greeting(), key)], lambda: True
                    )
                ),
            )
    except (ProviderAway, ImproperlyConfigured) as error:
        return Tried(address, unsent(str(error)))


def send_test(
    channel: Channel,
    to: str,
    said: Rendered | None = None,
    *,
    by: User,
    about: Customer | None = None,
) -> Tried:
    """Send a test to the sender's own address, another member of staff or a listed test
    recipient; never raise for a provider.

    An address that was suppressed or whose customer opted out gets no test either. Each
    test is a row before it leaves, and nobody sends more than `MOST_AN_HOUR`.
    """
    try:
        address = address_of(channel, to)
    except NoAddress as error:
        return Tried(to, refused("", str(error)))
    if why_not := _against(channel, address, by):
        return Tried(address, refused("", why_not))
    row = TrialSend.objects.create(
        key=secrets.token_hex(16),
        channel=channel.key,
        address_hash=suppression.address_hash(channel, address),
        by=by,
        about=about,
        provider=channel.carrier.name,
    )
    tried = try_out(channel, address, said, key=row.key)
    TrialSend.objects.filter(pk=row.pk).update(answer=tried.sentence[:500])
    return tried


def _against(channel: Channel, address: str, by: User) -> str:
    """Say what speaks against a test at this address; nothing where nothing does."""
    if channel.normal(address) not in _allowed(channel):
        return _(
            "Test messages go to staff's own addresses and to the test recipients that"
            " are listed in the admin."
        )
    hashed = (channel.key, suppression.address_hash(channel, address))
    if reason := suppression.suppressed([hashed]).get(hashed):
        return _("Nobody writes to this address any more: %(reason)s") % {
            "reason": reason
        }
    if _has_opted_out(channel, address):
        return _("Whoever has this address opted out of the channel.")
    lately = TrialSend.objects.filter(by=by, at__gt=real_now() - timedelta(hours=1))
    if lately.count() >= MOST_AN_HOUR:
        return _("%(n)d tests were sent within an hour; please wait.") % {
            "n": MOST_AN_HOUR
        }
    return ""


def _allowed(channel: Channel) -> set[str]:
    """Return where a channel's tests may go, each address in its one spelling."""
    listed = SeedAddress.objects.filter(channel=channel.key)
    found = list(listed.values_list("address", flat=True))
    if channel.key == EMAIL:
        staff = get_user_model().objects.filter(is_staff=True, is_active=True)
        found += staff.exclude(email="").values_list("email", flat=True)
    spelled = set()
    for one in found:
        with suppress(NoAddress):
            spelled.add(channel.normal(channel.typed(one)))
    return spelled


def _has_opted_out(channel: Channel, address: str) -> bool:
    people = channel.people_at(address).filter(erased_at=None)
    persons = [consent_ledger.person_of(one) for one in people[:20]]
    return any(
        state.get((channel.key, Consent.ALL_TOPICS)) == Consent.Status.WITHDRAWN
        for state in consent_ledger.states(persons).values()
    )


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


def _outgoing(address: str, said: Rendered, key: str) -> Outgoing:
    data: Mapping[str, object] = {**said.data, "test": "yes"}
    return Outgoing(
        message=0,
        key=key or secrets.token_hex(16),
        address=address,
        is_marketing=False,
        subject=marked(said.subject),
        html=said.html,
        # a text message has no other place for the mark
        text=said.text if said.subject else marked(said.text),
        headers=said.headers,
        data=data,
    )
