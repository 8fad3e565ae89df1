"""What a trait brings: its meaning in words, and one expression for everybody."""

from abc import ABC, abstractmethod
from typing import ClassVar

import ibis.expr.types as ir
from django.utils.functional import Promise

from ..purchase_facts import Facts


class Meaning:
    """What a trait is called and how it comes about. A trait that is handed in brings
    only this.
    """

    key: ClassVar[str]
    title: ClassVar[str | Promise]
    definition: ClassVar[str | Promise]
    window_days: ClassVar[int | None] = None  # None: the whole past
    unit: ClassVar[str | Promise] = ""


class Trait(Meaning, ABC):
    """One value per customer, with how much evidence stands behind it."""

    @abstractmethod
    def values(self, facts: Facts) -> ir.Table:
        """Return ``customer``, ``value`` and ``evidence`` (how many observations);
        without evidence no row.
        """
