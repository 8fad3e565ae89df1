"""The contract of a channel: find the address, open a line, hand over a group, ask
about what is uncertain.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, ClassVar

from django.utils.functional import Promise

from campaigns.delivery.outcome import Outcome
from profiles.models import Customer

if TYPE_CHECKING:
    from campaigns.delivery.channels.provider import Provider


class ProviderAway(Exception):
    """Nobody answers, or our account is refused: nothing was sent, every recipient
    waits.
    """


class NoAddress(ValueError):
    """This customer can't be reached on this channel; the text is the reason."""


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One message, ready to leave."""

    message: int  # primary key
    key: str  # the same on every try: Message-ID stem and idempotency key
    address: str
    is_marketing: bool = True  # can be unsubscribed from
    name: str = ""
    subject: str = ""
    html: str = ""
    text: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    data: Mapping[str, object] = field(default_factory=dict)


MayGo = Callable[[], bool]  # asked just before the point of no return


class Line(ABC):
    """An open connection to a provider."""

    @abstractmethod
    def send(self, group: Sequence[Outgoing], may_go: MayGo) -> Iterator[Outcome]:
        """Hand over a group in order; yield one outcome for each, whatever happens.
        Never raise for a message.
        """


class Channel(ABC):
    """One way to reach customers: where, in which spelling; a provider carries it."""

    key: ClassVar[str]
    label: ClassVar[str | Promise]
    icon: ClassVar[str] = "send"
    asks_consent: ClassVar[bool] = True  # a person is reached; False where a system is

    @cached_property
    def carrier(self) -> "Provider":
        """The provider as it is set when the channel is made: one for a whole batch."""
        # its rows come with the models
        from campaigns.delivery.channels import provider_settings

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
