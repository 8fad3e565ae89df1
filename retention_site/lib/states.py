"""States as a table: a row moves by one conditional UPDATE, or not at all."""

from collections.abc import Mapping, Set
from typing import Any, ClassVar, Self

from django.db import models


class InvalidTransition(Exception):
    """The row is no longer where the move starts from, or the table has no such move."""


class Moving(models.Model):
    """A model with a ``state`` column whose moves are listed in ``TRANSITIONS``."""

    state: Any  # the column that the model itself declares
    TRANSITIONS: ClassVar[Mapping[str, Set[str]]] = {}

    class Meta:
        abstract = True

    def move(self, to: str, **changes: Any) -> Self:
        """Move this row on and set ``changes`` with it; raise `InvalidTransition` when
        someone else moved it.
        """
        if to not in self.TRANSITIONS.get(self.state, ()):
            raise InvalidTransition(
                f"{self._meta.verbose_name} {self.pk}: {self.state} → {to} is not a"
                " move"
            )
        rows = (
            type(self)
            ._default_manager.filter(pk=self.pk, state=self.state)
            .update(state=to, **changes)
        )
        if rows != 1:
            raise InvalidTransition(
                f"{self._meta.verbose_name} {self.pk} is no longer {self.state}"
            )
        for name, value in {"state": to, **changes}.items():
            setattr(self, name, value)
        return self
