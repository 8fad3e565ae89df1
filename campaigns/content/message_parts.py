"""Which parts a message has on each channel, and which of them may be left out: each
channel's plug-in declares its own.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from retention_site.lib import registry


@dataclass(frozen=True)
class Part:
    """One text that a marketer writes."""

    key: str
    is_html: bool = False
    is_required: bool = True
    is_one_line: bool = False


class _Declared(Mapping[str, tuple[Part, ...]]):
    """The parts of every channel by its key, read when first asked for: channels stand
    above this stage.
    """

    def __getitem__(self, channel: str) -> tuple[Part, ...]:
        if channel not in self:
            raise KeyError(channel)
        parts: tuple[Part, ...] = registry.load("channels", channel).parts
        return parts

    def __contains__(self, channel: object) -> bool:
        return channel in registry.keys("channels")

    def __iter__(self) -> Iterator[str]:
        return iter(registry.keys("channels"))

    def __len__(self) -> int:
        return len(registry.keys("channels"))


PARTS: Mapping[str, tuple[Part, ...]] = _Declared()


def loud_channels() -> tuple[str, ...]:
    """Return the channels that make a noise where the customer sleeps."""
    return tuple(key for key in PARTS if registry.load("channels", key).is_loud)
