"""Where items and customers stand in the space in use: read by memory map, cheap enough
for a web request.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass, replace
from functools import lru_cache, partial
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt

from . import sums
from .centring import scripts
from .ivf_index import Cells
from .store import Floats, Rows, home
from .whole_files import write, write_json

POINTER, SUMS = "places.json", "sums.json"
MAPPED = ("items", "alike", "buyers", "customers", "tastes")
# times as many as are wanted are ordered at first: many items have the same words
FIRST_LOOK = 64
INDEX_FROM = 200_000  # items; fewer are all compared, in some ten milliseconds
KEPT = 2  # sets of files: whoever reads the older one may finish


@dataclass(frozen=True)
class About:
    """What a set of places is made of."""

    space: str
    model: str
    as_of: str
    hash: str  # of ids and vectors
    n_items: int
    n_customers: int


@dataclass(frozen=True)
class Places:
    """Unit vectors around the middle of the items: some models crowd all texts into one
    corner.
    """

    about: About
    # (n_scripts, d) mean of the items' vectors in each script, taken off everything
    middles: Floats
    ids: tuple[str, ...]
    items: Floats  # (n_items, d) memory map
    alike: npt.NDArray[
        np.int32
    ]  # (n_items,) the same number for items with the same words
    buyers: npt.NDArray[np.int64]  # (n_items,)
    customers: Rows  # (n_customers,) keys, ascending
    tastes: npt.NDArray[np.float16]  # (n_customers, d) memory map
    cells: Cells | None = None  # above INDEX_FROM items

    def of_item(self, item_id: str) -> Floats | None:
        """Return an item's vector; None where its text could not be read."""
        row = _rows(self.ids).get(item_id)
        return None if row is None else np.asarray(self.items[row])

    def of_customer(self, key: int) -> Floats | None:
        """Return a customer's vector; None where nothing is known of her."""
        row = int(np.searchsorted(self.customers, key))
        there = row < len(self.customers) and self.customers[row] == key
        return self.tastes[row].astype(np.float32) if there else None

    def centred(self, vectors: Floats, texts: Sequence[str]) -> Floats:
        """Bring vectors of texts to where items stand."""  # (n, d)
        return centred(vectors, self.middles[scripts(texts)])

    def nearest(
        self, vector: Floats, k: int, without: Collection[str] = ()
    ) -> list[tuple[str, float]]:
        """Return the ids and cosines of the k nearest items, nearest first.

        Of items with the same words the best selling stands for all. Every item is
        compared, above `INDEX_FROM` items every one of the cells nearby.
        """
        rows, cosines = self._compared(vector)
        rows_of = _rows(self.ids)
        barred = {int(self.alike[rows_of[item]]) for item in without if item in rows_of}
        n_first = min(FIRST_LOOK * k, len(rows))
        found = self._distinct(rows, cosines, n_first, barred)
        if len(found) < k and n_first < len(rows):
            found = self._distinct(rows, cosines, len(rows), barred)
        return found[:k]

    def _distinct(
        self, rows: Rows, cosines: Floats, n: int, barred: Collection[int]
    ) -> list[tuple[str, float]]:
        """Order the n nearest, and keep the first of those with the same words."""
        near = (
            np.argpartition(-cosines, n - 1)[:n]
            if 0 < n < len(rows)
            else np.arange(len(rows))
        )
        order = near[
            np.lexsort(
                (rows[near], -self.buyers[rows[near]], -np.round(cosines[near], 5))
            )
        ]
        words = self.alike[rows[order]]
        kept = [
            at
            for at in np.sort(np.unique(words, return_index=True)[1])
            if words[at] not in barred
        ]
        return [(self.ids[rows[order[at]]], float(cosines[order[at]])) for at in kept]

    def _compared(self, vector: Floats) -> tuple[Rows, Floats]:
        """Choose the rows that may be near, and compare them."""
        if self.cells is None:
            return np.arange(len(self.ids)), np.asarray(self.items) @ vector
        rows = self.cells.near(vector)
        return rows, self.items[rows] @ vector


def centred(vectors: Floats, middle: Floats) -> Floats:
    """Take the middle, one or one for each row, off and bring each row to length 1;
    what has no direction becomes 0.
    """
    moved = vectors - middle
    length = np.linalg.norm(moved, axis=1, keepdims=True)
    return np.divide(moved, length, out=np.zeros_like(moved), where=length > 1e-6)


def places() -> Places | None:
    """Open the places in use; None before the first encoding. A process opens each set
    once.

    Where a file of theirs is broken, the places of before serve until new ones are
    made.
    """
    pointer = home() / POINTER
    try:
        named = pointer.parent / json.loads(pointer.read_text())["folder"]
        whole = (folder for folder in _by_age(named) if sums.is_whole(folder / SUMS))
        return _opened(next(whole))
    except (OSError, ValueError, KeyError, StopIteration):
        return None


def keep(found: Places) -> About:
    """Write a set of places beside the older ones and make it the one in use."""
    tables: dict[str, Any] = {
        name: getattr(found, name) for name in ("middles", *MAPPED)
    }
    if len(found.ids) > INDEX_FROM:
        cells = Cells.of(found.items)
        tables |= {
            "cell_centres": cells.centres,
            "cell_rows": cells.rows,
            "cell_starts": cells.starts,
        }
    digest = hashlib.sha256("\n".join(found.ids).encode())
    for table in tables.values():
        digest.update(np.ascontiguousarray(table).tobytes())
    about = replace(found.about, hash=digest.hexdigest()[:16])
    folder = home() / "places" / about.hash
    for name, table in tables.items():
        write(folder / f"{name}.npy", partial(_save, table))
    write_json(folder / "ids.json", found.ids)
    write_json(folder / "about.json", asdict(about))
    sums.keep(folder / SUMS, [path for path in folder.iterdir() if path.name != SUMS])
    write_json(home() / POINTER, {"folder": f"places/{about.hash}"})
    _forget_older(folder)
    return about


def _save(table: Any, file: BinaryIO) -> None:
    np.save(file, table)


@lru_cache(maxsize=2)
def _opened(folder: Path) -> Places:
    tables = {name: np.load(folder / f"{name}.npy", mmap_mode="r") for name in MAPPED}
    about = About(**json.loads((folder / "about.json").read_text()))
    ids = tuple(json.loads((folder / "ids.json").read_text()))
    cells = None
    if (folder / "cell_rows.npy").exists():
        cells = Cells(
            *(
                np.load(folder / f"cell_{name}.npy")
                for name in ("centres", "rows", "starts")
            )
        )
    return Places(about, np.load(folder / "middles.npy"), ids, cells=cells, **tables)


@lru_cache(maxsize=2)
def _rows(ids: tuple[str, ...]) -> dict[str, int]:
    return {item: row for row, item in enumerate(ids)}


def _forget_older(folder: Path) -> None:
    for path in _by_age(folder)[KEPT:]:
        shutil.rmtree(path, ignore_errors=True)


def _by_age(folder: Path) -> list[Path]:
    """The sets that there are: the one named first, then the newest."""
    return sorted(
        folder.parent.iterdir(),
        key=lambda path: (path != folder, -path.stat().st_mtime),
    )
