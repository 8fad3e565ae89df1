"""One member of each group, as small as it can be."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, ClassVar

import ibis.expr.types as ir
import numpy as np
from django.db.backends.utils import CursorWrapper

from campaigns.offers.policies.base import Traits, Worth
from campaigns.outcomes.metrics.base import OutcomeMetric
from campaigns.rendering.message_checks.checked import Checked, Finding, Level
from profiles.intake.cleaners import number, person
from profiles.intake.kinds.base import Column, StagedKind, Stored, make_bare_customers
from profiles.intake.sources.contract import Meant, Payload, Shop, Source
from profiles.portraits.purchase_facts import Facts
from profiles.portraits.traits.contract import Trait
from profiles.segments import table_schemas
from profiles.segments.fields import Field, Whole
from profiles.segments.predicates.contract import Predicate, surely
from recommender.engines.base import Engine, Floats, Interactions, Items, Long, Reason
from retention_site.lib.security.signatures import Headers


class LongName(Predicate):
    """The first name has so many letters."""

    title = "has a long name"
    fields: ClassVar[tuple[Field, ...]] = (
        Whole("letters", "letters", is_required=True),
    )
    examples: ClassVar = ({"letters": 4},)

    def holds(self) -> ir.BooleanValue:
        return surely(table_schemas.customers.first_name.length() >= self.letters)

    def describe(self) -> str:
        return f"a name of {self.letters} letters or more"


class LargestOrder(Trait):
    key = "largest_order"
    title = "Largest order"
    definition = "What the dearest order came to."

    def values(self, facts: Facts) -> ir.Table:
        orders = facts.orders
        return orders.group_by("customer").aggregate(
            value=orders.revenue.max(), evidence=orders.count()
        )


class Views(OutcomeMetric):
    title = "views"
    kind: ClassVar = "mean"
    adds_up = True

    def outcome(self, events: ir.Table) -> ir.Scalar:
        return (events.type == "view").sum()


@dataclass(frozen=True)
class ByName:
    """A coin for each letter of the portrait's trait."""

    coin: Decimal
    trait: str = "favourite_brand"

    def worth(self, traits: Traits) -> Worth:
        name = str(traits.get(self.trait, ""))
        return Worth(self.coin * len(name), f"{name} has {len(name)} letters")


class Alphabet(Engine):
    """The first item of the catalogue is the best one."""

    key: ClassVar[str] = "alphabet"
    said: ClassVar[Mapping[str, Any]] = {"first": "first of %(n)d in the alphabet"}

    def _learn(self, past: Interactions, items: Items) -> None:
        self.n_items_ = past.n_items

    def _score(self, histories: Interactions) -> Floats:
        row = np.linspace(1, 0, self.n_items_, dtype=np.float32)
        return np.broadcast_to(row, (histories.n_customers, self.n_items_))

    def reasons(
        self, histories: Interactions, rows: Long, columns: Long
    ) -> list[Reason | None]:
        return [Reason("first", n=self.n_items_) for _column in columns]


class Till(Source):
    """A till that says a word for its secret."""

    title = "The till"
    setup = ("Tell the till this address.",)
    makes_secret = True
    reads_headers = ("till-topic",)
    id_header = "till-number"

    def is_signed(self, secret: str, raw: bytes, headers: Headers) -> bool:
        return headers.get("till-word") == secret

    def meaning(self, payload: Payload, headers: Headers, shop: Shop) -> Meant:
        return Meant(
            [
                {
                    "type": "track",
                    "event": headers.get("till-topic"),
                    "userId": payload.get("card"),
                    "messageId": f"till-{payload.get('slip')}",
                    "timestamp": payload.get("at"),
                }
            ]
        )

    def topics(self) -> tuple[str, ...]:
        return ("view",)


class Sizes(StagedKind):
    """A row is a customer's shoe size."""

    columns: ClassVar = (
        Column("customer_id", person, is_required=True),
        Column("size", number(5, 1), is_required=True),
    )

    def merge(
        self, cursor: CursorWrapper, present: frozenset[str], source: str
    ) -> Stored:
        make_bare_customers(cursor)
        cursor.execute(
            "UPDATE profiles_customer customer SET traits = customer.traits ||"
            " jsonb_build_object('size', incoming.size) FROM incoming"
            " WHERE customer.external_id = incoming.customer_id"
        )
        return Stored(cursor.rowcount)


def nothing_is_free(checked: Checked) -> Iterator[Finding]:
    """A message check."""
    if "free" in checked.said.text:
        yield Finding(Level.ERROR, "Nothing is free.", "b1")
