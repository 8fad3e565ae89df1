"""What people do, as signals: pages and commands tell, the app that keeps the audit
trail listens.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db import models
from django.dispatch import Signal

done = Signal()  # act: Act
TELLING = (
    models.BooleanField,
    models.IntegerField,
    models.DecimalField,
    models.FloatField,
    models.DateField,
    models.DateTimeField,
    models.SlugField,
    models.ForeignKey,
)


@dataclass(frozen=True)
class Act:
    """One thing that somebody did."""

    verb: str  # as in campaign.pause
    by: Any = None  # an account, or a name where there is none
    target: Any = None  # a row, or words
    before: Mapping[str, Any] = field(default_factory=dict)
    after: Mapping[str, Any] = field(default_factory=dict)
    via: str = "admin"  # or command
    address: str = ""  # where from


def tell(act: Act) -> None:
    """Let whoever keeps the trail write it down."""
    done.send(sender=Act, act=act)


def facts_of(row: models.Model | None) -> dict[str, Any]:
    """Return the fields of a row that tell its state and no secret: choices, numbers,
    times, keys.
    """
    if row is None or row.pk is None:
        return {}
    return {
        one.name: _plain(getattr(row, one.attname))
        for one in row._meta.concrete_fields
        if not one.primary_key and (isinstance(one, TELLING) or one.choices)
    }


def changed(
    before: Mapping[str, Any], after: Mapping[str, Any]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return only what differs, before and after."""
    names = [
        name for name in {**before, **after} if before.get(name) != after.get(name)
    ]
    return {name: before.get(name) for name in names}, {
        name: after.get(name) for name in names
    }


def _plain(value: Any) -> Any:
    return (
        value
        if value is None or isinstance(value, bool | int | float | str)
        else str(value)
    )
