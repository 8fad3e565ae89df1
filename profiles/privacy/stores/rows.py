"""Every table that points at a customer and that no other store takes care of: what is
added later is erased too.
"""

from collections import Counter
from collections.abc import Iterator
from typing import Any

from django.db.models import (
    SET_NULL,
    Field,
    ForeignKey,
    ForeignObjectRel,
    Model,
    QuerySet,
)
from django.utils.translation import gettext_lazy as _

from profiles.models import Customer
from profiles.privacy.contract import Counts, Shown, Store, stores
from profiles.privacy.person import Person

NAMES = ("external_id", "name", "slug")  # by which a row that is pointed at is called


class Rows(Store):
    label = _("Ids, consents, portrait, scores, segments")
    fate = _(
        "Anonymous ids, devices, consents, the portrait, scores, stays in segments and"
        " joins are deleted."
    )

    def erase(self, person: Person) -> Counts:
        counts: Counter[str] = Counter()
        for relation in relations():
            rows = _rows(relation, person)
            if relation.on_delete is SET_NULL:
                counts[_name(relation)] += rows.update(**{relation.field.name: None})
            else:
                counts[_name(relation)] += rows.delete()[0]
        return counts

    def export(self, person: Person) -> Shown:
        return [
            {"table": _name(relation), **row}
            for relation in relations()
            for row in (
                _rows(relation, person)
                .order_by("pk")
                .values(*_columns(relation.related_model))
            )
        ]


def relations() -> Iterator[ForeignObjectRel]:
    """Yield every way in which a table points at a customer, but for those that a store
    of its own takes care of.
    """
    taken = {model for _key, store in stores() for model in store.tables}
    for relation in Customer._meta.get_fields(include_hidden=True):
        if (
            isinstance(relation, ForeignObjectRel)
            and relation.related_model not in taken
        ):
            yield relation


def _rows(relation: ForeignObjectRel, person: Person) -> QuerySet[Model]:
    model: Any = relation.related_model
    return model._base_manager.filter(
        **{f"{relation.field.name}__in": person.customers}
    )


def _columns(model: Any) -> list[str]:
    """Return a table's columns, with the names of what they point at beside its keys."""
    return [
        name
        for field in model._meta.concrete_fields
        for name in (field.attname, *_named(field))
    ]


def _named(field: Field) -> list[str]:
    if not isinstance(field, ForeignKey) or field.related_model is Customer:
        return []
    there = {one.name for one in field.related_model._meta.concrete_fields}
    return [f"{field.name}__{name}" for name in NAMES if name in there][:1]


def _name(relation: ForeignObjectRel) -> str:
    return str(relation.related_model._meta.model_name)
