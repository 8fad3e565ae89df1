"""Who fits a rule, and why."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from profiles.history import Tables, narrowed, past_scores, tables
from retention_site.lib.clock import now

from . import portraits_as_of
from .compiled import Compiled, at, compiled, leaf_sql, read


@dataclass(frozen=True)
class Reason:
    """One leaf of a rule for one customer: whether it holds and what that rests on."""

    place: str
    words: str
    holds: bool
    value: Any


@dataclass(frozen=True)
class Selection:
    """Members by the shop's ids in byte order, and the hash of those ids, each ended by
    a line feed.
    """

    customer_ids: tuple[str, ...]
    hash: str


@dataclass(frozen=True)
class Changes:
    """Who fits a rule at a later moment and did not before, and the other way round;
    primary keys, ascending.
    """

    n_before: int
    n_after: int
    joined: NDArray[np.int64]
    left: NDArray[np.int64]


def members(
    rule: Mapping[str, Any],
    as_of: datetime | None = None,
    known_at: datetime | None = None,
) -> NDArray[np.int64]:
    """Return the primary keys of the customers who fit, ascending. Raise
    `rules.BadRule`.

    ``as_of`` (default: now) hides what happened later, ``known_at`` what was learned
    later.
    """
    ready = compiled(rule)
    found = opened(ready, as_of, known_at)
    keys = found.run(ready.at(found.as_of))["customer"].to_numpy()
    return np.sort(keys).astype(np.int64, copy=False)


def fitting(
    rule: Mapping[str, Any], customers: Sequence[int], as_of: datetime | None = None
) -> NDArray[np.int64]:
    """Return which of a few customers fit now, ascending: as fresh as the last commit,
    in milliseconds.

    The same SQL as for everybody runs over the few customers' rows. A rule that
    compares them with the others is asked of everybody. Raise `rules.BadRule`.
    """
    ready = compiled(rule)
    if ready.needs_everybody:
        return np.intersect1d(
            members(rule, as_of), np.asarray(customers, dtype=np.int64)
        )
    found = narrowed(customers, as_of)
    return np.sort(found.run(ready.at(found.as_of))["customer"].to_numpy()).astype(
        np.int64, copy=False
    )


def count(rule: Mapping[str, Any], as_of: datetime | None = None) -> int:
    """Return how many customers fit."""
    ready = compiled(rule)
    found = opened(ready, as_of, None)
    return int(
        found.run(f"SELECT count(*) AS n FROM ({ready.at(found.as_of)}) AS who")["n"][
            0
        ].as_py()
    )


def select(
    rule: Mapping[str, Any],
    as_of: datetime | None = None,
    known_at: datetime | None = None,
) -> Selection:
    """Return the members by the shop's ids, hashed."""
    ready = compiled(rule)
    found = opened(ready, as_of, known_at)
    inner = (
        f"SELECT customer_id FROM ({ready.at(found.as_of)}) AS who JOIN customers USING"
        " (customer)"
    )
    ids: pa.ChunkedArray = found.run(inner)["customer_id"]
    ordered = sorted(ids.to_pylist(), key=str.encode)
    return Selection(
        tuple(ordered),
        hashlib.sha256("".join(f"{one}\n" for one in ordered).encode()).hexdigest(),
    )


def changes(
    rule: Mapping[str, Any], since: datetime, until: datetime | None = None
) -> Changes:
    """Compare who fits at two moments, each as of its own time. Raise `rules.BadRule`."""
    before, after = members(rule, since), members(rule, until)
    return Changes(
        n_before=len(before),
        n_after=len(after),
        joined=np.setdiff1d(after, before, assume_unique=True),
        left=np.setdiff1d(before, after, assume_unique=True),
    )


def describe(rule: Mapping[str, Any]) -> str:
    """Say a rule in words. Raise `rules.BadRule`."""
    words = read(rule).describe()
    return words[:1].upper() + words[1:]


def explain(
    rule: Mapping[str, Any], customer: int, as_of: datetime | None = None
) -> list[Reason]:
    """Say of every leaf whether it holds for a customer (by primary key), with the
    value that it rests on.
    """
    found = opened(compiled(rule), as_of, None)
    return [_reason(leaf, customer, found) for leaf in read(rule).leaves()]


def _reason(leaf: Any, customer: int, found: Tables) -> Reason:
    answer, value = (
        at(sql, found.as_of) if sql else None for sql in leaf_sql(leaf, customer)
    )
    holds = found.run(str(answer))["answer"].to_pylist()
    rests_on = found.run(value)["value"].to_pylist() if value else []
    return Reason(
        leaf.place,
        leaf.describe(),
        bool(holds and holds[0]),
        rests_on[0] if rests_on else None,
    )


def opened(
    ready: Compiled, as_of: datetime | None, known_at: datetime | None
) -> Tables:
    """Open the history as of a moment, with what a rule reads brought to it."""
    found = tables(as_of or now(), known_at)
    portraits_as_of.bring(found, ready.traits)
    if ready.reads_scores:
        past_scores.bring(found)
    return found
