"""What goes over a line to a provider: a message that is ready, and what may stop it."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from campaigns.delivery.outcome import Outcome


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
