"""The contract of a channel: what it says of itself, the address, a line to hand a
group over, what is asked about the uncertain.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from functools import cached_property
from typing import Any, ClassVar

from django.db.models import QuerySet
from django.utils.functional import Promise

from campaigns.content.message_parts import Part
from campaigns.delivery.channels import provider_settings
from campaigns.delivery.channels.line import Line
from campaigns.delivery.channels.price import Price
from campaigns.delivery.channels.provider import Provider
from campaigns.delivery.channels.sink_drawing import Drawn, Look, note_of
from profiles.models import Customer


class Channel(ABC):
    """One way to reach customers: where, in which spelling; a provider carries it."""

    key: ClassVar[str]
    label: ClassVar[str | Promise]
    icon: ClassVar[str] = "send"
    parts: ClassVar[tuple[Part, ...]]  # what a marketer writes; one is named "text"
    # SQL: whether the row `customer` has an address here
    reach: ClassVar[str]
    asks_consent: ClassVar[bool] = True  # a person is reached; False where a system is
    is_loud: ClassVar[bool] = False  # wakes people: kept still in quiet hours
    # stays on a screen until seen, so that a newer one may take an older one's place
    replaces: ClassVar[bool] = False
    # relations of a message that the address is read from, fetched once for a batch
    prefetches: ClassVar[tuple[str, ...]] = ()
    identity: ClassVar[str] = ""  # kind of id that is an address here, such as phone
    look: ClassVar[Look] = Look.CALLS  # in the inbox and in previews
    is_sealed: ClassVar[bool] = False  # only its addressee can read what a sink took

    @cached_property
    def carrier(self) -> Provider:
        """The provider as it is set when the channel is made: one for a whole batch."""
        return provider_settings.carrier(self.key)

    @property
    def provider(self) -> str:
        """Name the provider: attempts and the send rate go by it."""
        return self.carrier.name

    @property
    def is_idempotent(self) -> bool:
        """Say whether the provider drops a second request with the same key."""
        return self.carrier.is_idempotent

    @property
    def can_look_up(self) -> bool:
        """Say whether the provider tells if it has seen a message."""
        return self.carrier.can_look_up

    @abstractmethod
    def address(self, customer: Customer, content: Mapping[str, object]) -> str:
        """Return where this customer is reached; raise `NoAddress`."""

    def normal(self, address: str) -> str:
        """Return the one spelling of an address by which it is suppressed."""
        return address.strip().casefold()

    def typed(self, address: str) -> str:
        """Return an address as a person typed it for a test; raise `NoAddress`."""
        return address.strip()

    def masked(self, address: str) -> str:
        """Return as much of an address as a link that was passed on may show."""
        return ""

    def people_at(self, address: str) -> QuerySet[Customer]:
        """Return the customers whose own address this is."""
        return Customer.objects.none()

    def units(self, texts: Iterable[tuple[str, int]]) -> int | None:
        """Count what a provider bills for texts, each with how often it was sent; None
        where a message costs nothing.
        """
        return None

    def price(self) -> Price | None:
        """Return what one unit costs; None where nobody said."""
        return None

    def glance(self, place: int, line: Mapping[str, Any]) -> Drawn:
        """Return one line of the sink's log as the inbox lists it."""
        return self.opened(place, line)

    def opened(self, place: int, line: Mapping[str, Any]) -> Drawn:
        """Return one line of the sink's log as the inbox shows it whole."""
        return note_of(place, line)

    def open(self, answer_seconds: float) -> AbstractContextManager[Line]:
        """Connect; raise `ProviderAway`. No answer within ``answer_seconds`` is no
        answer.
        """
        return self.carrier.open(answer_seconds)

    def seen(self, keys: Sequence[str]) -> dict[str, bool]:
        """Ask the provider which of these it has taken; what it can't tell is left out.
        Raise `ProviderAway`.
        """
        return self.carrier.seen(keys)

    def forget(self, address: str) -> None:  # noqa: B027  a channel without lasting addresses has nothing to note
        """Note that this address no longer exists."""
