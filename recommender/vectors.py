"""Vectors of texts on disk: each text encoded once per space, read by memory map, never two spaces in one."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from django.conf import settings

from profiles import history
from profiles.jobs import Progress
from profiles.models import Job
from recommender.interactions import Assortment, assortment
from retention_site.lib import clock

TEXTS_PER_PART = 4_096  # encoded by one worker at a time: loading a model costs some seconds
KEY_BYTES = 16

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Space:
    """The space in use: vectors of other spaces are left alone and never compared with these."""

    name: str
    why: str
    n_dimensions: int


@dataclass(frozen=True)
class Held:
    """The vectors of one space that are on disk."""

    keys: npt.NDArray[np.bytes_]  # (n,) sorted digests
    rows: npt.NDArray[np.int64]  # (n,) place of each in `vectors`
    vectors: Floats  # (n, d)

    def find(self, digests: npt.NDArray[np.bytes_]) -> npt.NDArray[np.int64]:
        """Return the row of each digest, -1 where it is not held."""
        if not len(self.keys):
            return np.full(len(digests), -1, np.int64)
        at = np.minimum(np.searchsorted(self.keys, digests), len(self.keys) - 1)
        return np.where(self.keys[at] == digests, self.rows[at], -1)


def digests(texts: Sequence[str]) -> npt.NDArray[np.bytes_]:
    """Return 16 bytes that stand for each text's content."""
    # hexadecimal: numpy cuts trailing zero bytes off raw ones
    return np.array([hashlib.sha256(text.encode()).hexdigest()[: 2 * KEY_BYTES] for text in texts], f"S{2 * KEY_BYTES}")


def current() -> Space | None:
    """Return the space in use; None before the first encoding."""
    try:
        return Space(**json.loads((_root() / "space.json").read_text()))
    except (OSError, ValueError, TypeError):
        return None


def held(space: str) -> Held:
    """Open what a space holds."""
    parts = [path for path in sorted(_folder(space).glob("*.npy")) if path.with_suffix(".keys").exists()]
    if not parts:
        return Held(np.zeros(0, f"S{2 * KEY_BYTES}"), np.zeros(0, np.int64), np.zeros((0, 1), np.float32))
    keys = np.concatenate([np.fromfile(path.with_suffix(".keys"), f"S{2 * KEY_BYTES}") for path in parts])
    mapped = [np.load(path, mmap_mode="r") for path in parts]
    vectors = mapped[0] if len(mapped) == 1 else np.concatenate(mapped)
    order = np.argsort(keys, kind="stable")
    return Held(keys[order], order, vectors)


def of_texts(texts: Sequence[str]) -> tuple[npt.NDArray[np.int32], Floats, str]:
    """Give each text the row of its vector (-1 without one), the rows used, and the name of their space."""
    space = current()
    if space is None or not texts:
        return np.full(len(texts), -1, np.int32), np.zeros((0, 1), np.float32), ""
    store = held(space.name)
    rows = store.find(digests(texts))
    used, place = np.unique(rows[rows >= 0], return_inverse=True)
    codes = np.full(len(texts), -1, np.int32)
    codes[rows >= 0] = place
    return codes, np.asarray(store.vectors[used], np.float32), space.name


def keep(space: str, texts: Sequence[str], vectors: Floats) -> None:
    """Store vectors; a part is whole or not there."""
    folder = _folder(space)
    folder.mkdir(parents=True, exist_ok=True)
    keys = digests(texts)
    name = hashlib.sha256(keys.tobytes()).hexdigest()[:16]
    _write(folder / f"{name}.npy", lambda file: np.save(file, np.asarray(vectors, np.float32)))
    _write(folder / f"{name}.keys", lambda file: keys.tofile(file))


def encode_missing(texts: Sequence[str], *, part: int, n_parts: int, progress: Progress) -> dict[str, Any]:
    """Encode what is new among one share of the texts, and say what was done."""
    from recommender.encoders.choosing import choose

    unique = sorted(set(texts) - {""})
    encoder, why = choose(settings.ENCODER_MODEL, unique)
    progress(0.02, why)
    share = [text for text, key in zip(unique, digests(unique), strict=True) if int(key[:8], 16) % n_parts == part]
    known = held(encoder.space).find(digests(share)) >= 0
    new = [text for text, is_known in zip(share, known, strict=True) if not is_known]
    readable = [text for text, can in zip(new, encoder.can_read(new), strict=True) if can]
    if readable:
        keep(encoder.space, readable, encoder.encode(readable, progress))
    space = Space(encoder.space, why, encoder.n_dimensions)
    _write(_root() / "space.json", lambda file: file.write(json.dumps(asdict(space)).encode()))
    return asdict(space) | {"texts": len(share), "encoded": len(readable), "unreadable": len(new) - len(readable)}


class VectorsJob:
    """Encode the texts of the items that can be recommended; the same text is encoded once for ever."""

    def chunks(self, job: Job) -> list[dict[str, Any]]:
        as_of = job.params.get("as_of") or clock.now().isoformat()
        n_texts = len(set(_assortment(as_of).texts))
        n_parts = max(-(-n_texts // TEXTS_PER_PART), 1)
        return [{"as_of": as_of, "part": part, "n_parts": n_parts} for part in range(n_parts)]

    def run(self, job: Job, chunk: dict[str, Any], progress: Progress) -> dict[str, Any]:
        texts = _assortment(chunk["as_of"]).texts
        return encode_missing(texts, part=chunk["part"], n_parts=chunk["n_parts"], progress=progress)

    def finish(self, job: Job, results: list[dict[str, Any]]) -> dict[str, Any]:
        totals = {name: sum(one[name] for one in results) for name in ("texts", "encoded", "unreadable")}
        return {"space": results[0]["name"], "why": results[0]["why"], **totals}


def _assortment(as_of: str) -> Assortment:
    return assortment(history.tables(as_of=datetime.fromisoformat(as_of)))


def _root() -> Path:
    return Path(settings.MODEL_DIR) / "vectors"


def _folder(space: str) -> Path:
    return _root() / space


def _write(path: Path, writes: Any) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(f"{path.suffix}.{os.getpid()}")
    with draft.open("wb") as file:
        writes(file)
    draft.replace(path)
