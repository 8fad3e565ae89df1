"""What an app says of each place in which it holds something about people. Registered
in the group ``personal_data``.

Tables that point at a customer and that no store takes care of belong to the store
``rows``: what a new table holds is shown and erased without a line of code.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ClassVar

from django.db.models import Model
from django.utils.functional import Promise

from profiles.privacy.person import Person
from retention_site.lib import registry

GROUP = "personal_data"
Words = str | Promise
Counts = dict[str, int]  # what was erased, in a word → how many
Shown = Sequence[Mapping[str, Any]]


class Store(ABC):
    """One place that holds something about people."""

    label: ClassVar[Words]
    # what becomes of it, for the page that asks "erase for good?"
    fate: ClassVar[Words]
    stays: ClassVar[Words] = ""  # what is left, and why
    tables: ClassVar[tuple[type[Model], ...]] = ()  # those that it takes care of
    # whole files: once for all who are erased together, counted together
    is_rewritten: ClassVar[bool] = False

    def close(self, person: Person) -> None:  # noqa: B027  most stores have nothing that goes on by itself
        """Stop what would write to the person, in the transaction that marks them as
        erased: ids can still be read.
        """

    @abstractmethod
    def erase(self, person: Person) -> Counts:
        """Erase for good and return what of, and how many of each; again it changes
        nothing.

        Some of ``person`` may be missing by then: the second look knows the primary
        keys only.
        """

    @abstractmethod
    def export(self, person: Person) -> Shown:
        """Return all that is held here about the person."""


def stores() -> Iterator[tuple[str, Store]]:
    """Yield every store in the order in which erasure goes through them."""
    for key, store in registry.everything(GROUP).items():
        yield key, store()
