"""Vectors: where a person stands among the items, and what their own words were encoded
to.

Both are set to nothing where they lie, so that processes that have the files open see
it at once.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from django.utils.translation import gettext_lazy as _

from profiles import history
from profiles.privacy.contract import Counts, Shown, Store
from profiles.privacy.person import Person
from recommender.vectors import sums
from recommender.vectors.customer_texts import MAX_CHARACTERS
from recommender.vectors.item_space import SUMS
from recommender.vectors.store import KEY_BYTES, digests, home, tell

KEY = f"S{2 * KEY_BYTES}"
NOBODYS = b"0" * 2 * KEY_BYTES  # no text has this digest
OWN_WORDS = f"""
    WITH said AS (
        SELECT left(trim(text), {MAX_CHARACTERS}) AS words, customer IN ({{customers}}) AS is_theirs FROM events
        WHERE trim(coalesce(text, '')) <> ''
    )
    SELECT words FROM said GROUP BY words HAVING bool_and(is_theirs)
"""  # noqa: S608  a number of our own


class Vectors(Store):
    """Comes before the events, which tell what the person's own words were."""

    label = _("Vectors")
    fate = _(
        "The person's place among the items, and the vectors of words that nobody else"
        " said, are set to nothing."
    )

    is_rewritten = True

    def erase(self, person: Person) -> Counts:
        files = _texts()
        words = _own_words(person) if files else digests([])
        return {
            "place": sum(_unplace(folder, person) for folder in _places()),
            "text": sum(_unsay(path, words) for path in files),
        }

    def export(self, person: Person) -> Shown:
        return [
            {"customer": int(key), "vector": vector.tolist()}
            for folder in _places()
            for key, vector in _placed(folder, person)
        ]


def _unplace(folder: Path, person: Person) -> int:
    rows = _rows(folder, person)
    tastes = np.load(folder / "tastes.npy", mmap_mode="r+")
    there = rows[np.abs(tastes[rows]).sum(1) > 0]
    if len(there):
        tastes[there] = 0
        tastes.flush()
        sums.keep(folder / SUMS, [folder / "tastes.npy"])
    return len(there)


def _placed(folder: Path, person: Person) -> Iterator[tuple[Any, Any]]:
    rows = _rows(folder, person)
    tastes = np.load(folder / "tastes.npy", mmap_mode="r")
    keys = np.load(folder / "customers.npy", mmap_mode="r")
    return ((keys[row], tastes[row]) for row in rows if np.abs(tastes[row]).sum() > 0)


def _rows(folder: Path, person: Person) -> npt.NDArray[np.int64]:
    keys = np.load(folder / "customers.npy", mmap_mode="r")
    return np.flatnonzero(np.isin(keys, np.array(person.customers, np.int64)))


def _unsay(path: Path, words: npt.NDArray[np.bytes_]) -> int:
    """Set the vectors of some texts to nothing, and their digests to nobody's."""
    keys = np.memmap(path, KEY, "r+")
    rows = np.flatnonzero(np.isin(keys, words))
    if len(rows):
        vectors = np.load(path.with_suffix(".npy"), mmap_mode="r+")
        vectors[rows] = 0
        vectors.flush()
        keys[rows] = NOBODYS
        keys.flush()
        tell(path)
    return len(rows)


def _own_words(person: Person) -> npt.NDArray[np.bytes_]:
    """Return the digests of the texts that only this person said."""
    if history.freshness().refreshed_at is None:
        return digests([])
    listed = ", ".join(str(int(pk)) for pk in person.customers)
    return digests(
        history.tables().run(OWN_WORDS.format(customers=listed))["words"].to_pylist()
    )


def _places() -> list[Path]:
    return sorted(path.parent for path in (home() / "places").glob("*/tastes.npy"))


def _texts() -> list[Path]:
    found = sorted(home().glob("*/*.keys"))
    return [
        path
        for path in found
        if path.stat().st_size and path.with_suffix(".npy").exists()
    ]
