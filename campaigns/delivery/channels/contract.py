"""The contract of a channel: find the address, open a line, hand over a group, ask
about what is uncertain.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from functools import cached_property
from typing import TYPE_CHECKING, ClassVar

from django.utils.functional import Promise

from campaigns.delivery.channels import provider_settings
from campaigns.delivery.channels.line import Line
from campaigns.delivery.channels.provider import Provider
from profiles.models import Customer

if TYPE_CHECKING:
    from campaigns.delivery.channels.provider import Provider


class Channel(ABC):
    """One way to reach customers: where, in which spelling; a provider carries it."""

    key: ClassVar[str]
    label: ClassVar[str | Promise]
    icon: ClassVar[str] = "send"
    asks_consent: ClassVar[bool] = True  # a person is reached; False where a system is

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
