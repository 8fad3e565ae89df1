"""Vectors of texts on disk: each text encoded once per space, read by memory map, never
two spaces in one.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from django.conf import settings

from . import sums
from .whole_files import write, write_json

KEY_BYTES = 16

Floats = npt.NDArray[np.float32]
Keys = npt.NDArray[np.bytes_]
Rows = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Space:
    """The space in use: vectors of other spaces are left alone and never compared with
    these.
    """

    name: str  # model, hash of its content, variant
    why: str
    n_dimensions: int
    model: str = ""
    folder: str = ""  # of the model; empty for a space of words alone


@dataclass(frozen=True)
class Held:
    """The vectors of one space that are on disk, part by part as they were written."""

    keys: Keys  # (n,) sorted digests
    rows: Rows  # (n,) place of each, counted through all parts
    parts: tuple[Floats, ...]  # memory maps of (n_part, d)

    def find(self, digests: Keys) -> Rows:
        """Return the row of each digest, -1 where it is not held."""
        if not len(self.keys):
            return np.full(len(digests), -1, np.int64)
        at = np.minimum(np.searchsorted(self.keys, digests), len(self.keys) - 1)
        return np.where(self.keys[at] == digests, self.rows[at], -1)

    def take(self, rows: Rows) -> Floats:
        """Read these rows, and only these, into memory."""  # (n, d)
        starts = np.cumsum([0, *(len(part) for part in self.parts)])
        found = np.zeros(
            (len(rows), self.parts[0].shape[1] if self.parts else 1), np.float32
        )
        for number, part in enumerate(self.parts):
            here = (rows >= starts[number]) & (rows < starts[number + 1])
            found[here] = part[rows[here] - starts[number]]
        return found


def digests(texts: Sequence[str]) -> Keys:
    """Return 16 bytes that stand for each text's content."""
    # hexadecimal: numpy cuts trailing zero bytes off raw ones
    return np.array(
        [hashlib.sha256(text.encode()).hexdigest()[: 2 * KEY_BYTES] for text in texts],
        f"S{2 * KEY_BYTES}",
    )


def home() -> Path:
    """Return where vectors lie."""
    return Path(settings.MODEL_DIR) / "vectors"


def current() -> Space | None:
    """Return the space in use; None before the first encoding."""
    try:
        return Space(**json.loads((home() / "space.json").read_text()))
    except (OSError, ValueError, TypeError):
        return None


def use(space: Space) -> None:
    """Make a space the one in use."""
    write_json(home() / "space.json", asdict(space))


def held(space: str) -> Held:
    """Open what a space holds; texts of a broken part count as not encoded yet."""
    found = sorted((home() / space).glob("*.npy"))
    paths = [
        path for path in found if path.with_suffix(".keys").exists() and _is_whole(path)
    ]
    parts = tuple(np.load(path, mmap_mode="r") for path in paths)
    read = [
        np.fromfile(path.with_suffix(".keys"), f"S{2 * KEY_BYTES}") for path in paths
    ]
    keys = np.concatenate(read) if read else np.zeros(0, f"S{2 * KEY_BYTES}")
    order = np.argsort(keys, kind="stable")
    return Held(keys[order], order, parts)


def of_texts(texts: Sequence[str]) -> tuple[npt.NDArray[np.int32], Floats, str]:
    """Give each text the row of its vector (-1 without one), the rows used, and the
    name of their space.
    """
    space = current()
    if space is None or not texts:
        return np.full(len(texts), -1, np.int32), np.zeros((0, 1), np.float32), ""
    store = held(space.name)
    rows = store.find(digests(texts))
    used, place = np.unique(rows[rows >= 0], return_inverse=True)
    codes = np.full(len(texts), -1, np.int32)
    codes[rows >= 0] = place
    return codes, store.take(used), space.name


def keep(space: str, texts: Sequence[str], vectors: Floats) -> None:
    """Store vectors; a part is whole or not there."""
    keys = digests(texts)
    name = hashlib.sha256(keys.tobytes()).hexdigest()[:16]
    write(
        home() / space / f"{name}.npy",
        lambda file: np.save(file, np.asarray(vectors, np.float32)),
    )
    write(home() / space / f"{name}.keys", lambda file: file.write(keys.tobytes()))
    tell(home() / space / f"{name}.keys")


def tell(keys: Path) -> None:
    """Write down what a part's files are, after they were written or changed."""
    sums.keep(keys.with_suffix(".sums"), [keys, keys.with_suffix(".npy")])


def _is_whole(part: Path) -> bool:
    return sums.is_whole(part.with_suffix(".sums"))
