"""Files that hold rows or words of people: masked where they stand, since others may be
writing at their ends.
"""

import csv
import json
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import IO

from profiles.privacy.person_search import Sought

csv.field_size_limit(2**31 - 1)
Change = Callable[[bytes], bytes]  # a line → a line of the same length


def rewrite_lines(path: Path, change: Change) -> int:
    """Replace lines by others of the same length, in place; return how many. Lines
    being written are left alone.
    """
    n = 0
    with suppress(FileNotFoundError), path.open("r+b") as file:
        for start, line in _lines(file):
            changed = change(line)
            if changed != line:
                os.pwrite(file.fileno(), changed, start)
                n += 1
    return n


def mask(path: Path, sought: Sought) -> int:
    """Mask the person in a text file; return how many lines that changed."""
    return rewrite_lines(path, sought.masked_bytes)


def is_packed(path: Path) -> bool:
    """Say whether a file holds its rows packed, so that no line of it can be masked."""
    with path.open("rb") as file:
        start = file.read(4)
    return start[:2] == b"\x1f\x8b" or start == b"PAR1"


def drop_rows(path: Path, column: str, sought: Sought) -> int:
    """Write a CSV file anew without the rows whose JSON in ``column`` speaks of the
    person; return how many.
    """
    draft, n = path.with_suffix(".part"), 0
    with path.open(newline="") as source, draft.open("w", newline="") as target:
        rows = csv.DictReader(source)
        kept = csv.DictWriter(target, rows.fieldnames or (), quoting=csv.QUOTE_ALL)
        kept.writeheader()
        for row in rows:
            if sought.speaks(_read(row.get(column))):
                n += 1
            else:
                kept.writerow(row)
    if n:
        shutil.copymode(path, draft)
        draft.replace(path)
    else:
        draft.unlink()
    return n


def _lines(file: IO[bytes]) -> Iterator[tuple[int, bytes]]:
    start = 0
    for line in file:
        yield start, line
        start += len(line)


def _read(said: str | None) -> object:
    try:
        return json.loads(said or "")
    except ValueError:
        return said
