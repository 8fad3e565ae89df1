"""A rule as SQL: written once per wording of the rule, run as of any time."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from profiles.history.dialects import to_sql
from profiles.models import Segment

from . import table_schemas
from .predicates.score import Score
from .predicates.trait import Trait
from .rules import Leaf, Node, parse, written


@dataclass(frozen=True)
class Compiled:
    """A rule ready to run: its SQL gives the members' column ``customer``; it reads
    these computed traits.
    """

    sql: str
    traits: tuple[str, ...]
    needs_everybody: bool = False
    reads_scores: bool = False

    def at(self, as_of: datetime) -> str:
        """The SQL for one moment."""
        return at(self.sql, as_of)


def read(rule: Mapping[str, Any]) -> Node:
    """Read a rule that may name saved segments; raise `rules.BadRule`."""
    return parse(rule, saved_rule)


def compiled(rule: Mapping[str, Any]) -> Compiled:
    """Compile a rule once for each wording of it and of the segments that it names;
    raise `rules.BadRule`.
    """
    rule, named = written(rule), dict[str, Mapping[str, Any]]()

    def find(name: str) -> Mapping[str, Any]:
        return named.setdefault(name, saved_rule(name))

    parse(rule, find)
    return _compiled(
        json.dumps(rule, sort_keys=True), json.dumps(named, sort_keys=True)
    )


def at(sql: str, as_of: datetime) -> str:
    """Put in the moment that is asked for."""
    return sql.replace(table_schemas.AS_OF_SQL, f"TIMESTAMPTZ '{as_of.isoformat()}'")


def leaf_sql(leaf: Leaf, customer: int) -> tuple[str, str | None]:
    """Return SQL that says whether a leaf holds for one customer, and SQL of what that
    rests on.
    """
    customers = table_schemas.customers
    answer = customers.filter(customers.customer == customer).select(
        answer=leaf.holds()
    )
    value = leaf.predicate.value()
    return to_sql(answer), (
        None
        if value is None
        else to_sql(value.filter(value.customer == customer).select("value"))
    )


def every_leaf(node: Node) -> Iterator[Leaf]:
    """Yield the predicates of a rule and of the segments that it names."""
    for leaf in node.leaves():
        yield leaf
        if leaf.key == "in_segment":
            yield from every_leaf(leaf.predicate.rule)


@lru_cache(maxsize=1024)
def _compiled(rule: str, named: str) -> Compiled:
    node = parse(json.loads(rule), json.loads(named).__getitem__)
    leaves = [leaf.predicate for leaf in every_leaf(node)]
    traits = {
        leaf.key for leaf in leaves if isinstance(leaf, Trait) and leaf.is_portrayed
    }
    sql = to_sql(table_schemas.customers.filter(node.holds()).select("customer"))
    return Compiled(
        sql,
        tuple(sorted(traits)),
        needs_everybody=any(leaf.needs_everybody for leaf in leaves),
        reads_scores=any(isinstance(leaf, Score) for leaf in leaves),
    )


def saved_rule(name: str) -> Mapping[str, Any]:
    """Return the rule of a saved segment; raise `LookupError`."""
    try:
        return Segment.objects.only("rule").get(name=name).rule
    except Segment.DoesNotExist:
        raise LookupError(name) from None
