"""Where items and customers stand in the space in use: read by memory map, cheap enough for a web request."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import numpy.typing as npt

from .store import Floats, Rows, home, write

POINTER = "places.json"
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
    """Unit vectors around the middle of the items: some models crowd all texts into one corner."""

    about: About
    middle: Floats  # (d,) mean of the items' vectors, taken off everything
    ids: tuple[str, ...]
    items: Floats  # (n_items, d) memory map
    customers: Rows  # (n_customers,) keys, ascending
    tastes: npt.NDArray[np.float16]  # (n_customers, d) memory map

    def of_item(self, item_id: str) -> Floats | None:
        """Return an item's vector; None where its text could not be read."""
        row = _rows(self.ids).get(item_id)
        return None if row is None else np.asarray(self.items[row])

    def of_customer(self, key: int) -> Floats | None:
        """Return a customer's vector; None where nothing is known of her."""
        row = int(np.searchsorted(self.customers, key))
        there = row < len(self.customers) and self.customers[row] == key
        return self.tastes[row].astype(np.float32) if there else None

    def centred(self, vectors: Floats) -> Floats:
        """Bring vectors of texts to where items stand."""  # (n, d)
        return centred(vectors, self.middle)

    def nearest(self, vector: Floats, k: int, without: Sequence[str] = ()) -> list[tuple[str, float]]:
        """Return the ids and cosines of the k nearest items, nearest first, each comparison made."""
        from recommender.engines.nearest import top_k

        columns, cosines = top_k(vector[None], self.items, k + len(without))
        found = zip(columns[0].tolist(), cosines[0].tolist(), strict=True)
        return [(self.ids[column], cosine) for column, cosine in found if self.ids[column] not in without][:k]


def centred(vectors: Floats, middle: Floats) -> Floats:
    """Take the middle off and bring each row to length 1; what has no direction becomes 0."""
    moved = vectors - middle
    length = np.linalg.norm(moved, axis=1, keepdims=True)
    return np.divide(moved, length, out=np.zeros_like(moved), where=length > 1e-6)


def places() -> Places | None:
    """Open the places in use; None before the first encoding. A process opens each set once."""
    pointer = home() / POINTER
    try:
        return _opened(pointer.parent / json.loads(pointer.read_text())["folder"])
    except (OSError, ValueError, KeyError):
        return None


def keep(found: Places) -> About:
    """Write a set of places beside the older ones and make it the one in use."""
    digest = hashlib.sha256("\n".join(found.ids).encode())
    for table in (found.items, found.middle, found.customers, found.tastes):
        digest.update(np.ascontiguousarray(table).tobytes())
    about = About(**{**asdict(found.about), "hash": digest.hexdigest()[:16]})
    folder = home() / "places" / about.hash
    for name, table in {"items": found.items, "middle": found.middle, "customers": found.customers}.items():
        write(folder / f"{name}.npy", lambda file, table=table: np.save(file, table))  # type: ignore[misc]
    write(folder / "tastes.npy", lambda file: np.save(file, found.tastes))
    write(folder / "ids.json", lambda file: file.write(json.dumps(found.ids).encode()))
    write(folder / "about.json", lambda file: file.write(json.dumps(asdict(about)).encode()))
    write(home() / POINTER, lambda file: file.write(json.dumps({"folder": f"places/{about.hash}"}).encode()))
    _forget_older(folder)
    return about


@lru_cache(maxsize=2)
def _opened(folder: Path) -> Places:
    tables = {name: np.load(folder / f"{name}.npy", mmap_mode="r") for name in ("items", "customers", "tastes")}
    about = About(**json.loads((folder / "about.json").read_text()))
    return Places(about, np.load(folder / "middle.npy"), tuple(json.loads((folder / "ids.json").read_text())), **tables)


@lru_cache(maxsize=2)
def _rows(ids: tuple[str, ...]) -> dict[str, int]:
    return {item: row for row, item in enumerate(ids)}


def _forget_older(folder: Path) -> None:
    by_age = sorted(folder.parent.iterdir(), key=lambda path: (path != folder, -path.stat().st_mtime))
    for path in by_age[KEPT:]:
        shutil.rmtree(path, ignore_errors=True)
