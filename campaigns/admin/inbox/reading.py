"""Read the sinks' logs from their ends, a page at a time. A line is known by the place
in the file where it starts.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

BLOCK_BYTES = 256 * 1024
# file → bytes and lines counted by this process before
_counted: dict[tuple[int, int], tuple[int, int]] = {}


@dataclass(frozen=True)
class SunkMessage:
    """One message as its sink wrote it down, and where."""

    place: int  # byte offset in the log
    facts: dict[str, Any]


def newest(log: Path, n: int, before: int | None = None) -> list[SunkMessage]:
    """Return the last ``n`` whole lines that end by the byte ``before``, newest first."""
    try:
        with log.open("rb") as file:
            start, block = _tail(file, n, before)
    except FileNotFoundError:
        return []
    found = []
    for raw in block[: block.rfind(b"\n")].split(b"\n") if b"\n" in block else ():
        found.append((start, raw))
        start += len(raw) + 1
    return [SunkMessage(place, json.loads(raw)) for place, raw in reversed(found[-n:])]


def at(log: Path, place: int) -> SunkMessage | None:
    """Return the line that starts at ``place``; None where none does."""
    try:
        with log.open("rb") as file:
            if place >= os.fstat(file.fileno()).st_size:
                return None
            file.seek(max(place - 1, 0))
            if place and file.read(1) != b"\n":
                return None
            raw = file.readline()
    except FileNotFoundError:
        return None
    return SunkMessage(place, json.loads(raw)) if raw.endswith(b"\n") else None


def size(log: Path) -> int:
    """Return how many whole lines a log has; only what came since this process counted
    last is read.
    """
    try:
        with log.open("rb") as file:
            found = os.fstat(file.fileno())
            start, n = _counted.get((found.st_dev, found.st_ino), (0, 0))
            start, n = (start, n) if start <= found.st_size else (0, 0)
            file.seek(start)
            for block in iter(lambda: file.read(BLOCK_BYTES), b""):
                start, n = start + len(block), n + block.count(b"\n")
            _counted[found.st_dev, found.st_ino] = start, n
            return n
    except FileNotFoundError:
        return 0


def _tail(file: BinaryIO, n: int, before: int | None) -> tuple[int, bytes]:
    """Read blocks from the end until they hold ``n`` whole lines; return where they
    start, and them.
    """
    size = os.fstat(file.fileno()).st_size
    end = start = size if before is None else min(before, size)
    blocks: list[bytes] = []
    n_breaks = 0
    while start > 0 and n_breaks <= n:
        end, start = start, max(0, start - BLOCK_BYTES)
        file.seek(start)
        blocks.append(file.read(end - start))
        n_breaks += blocks[-1].count(b"\n")
    block = b"".join(reversed(blocks))
    # the first line may have begun before the block
    cut = block.find(b"\n") + 1 if start else 0
    return start + cut, block[cut:]
