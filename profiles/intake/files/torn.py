"""Find the row whose quote is never closed: whatever stands below it would be taken for
one huge cell.
"""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO

# characters of a cell: no reader takes more, and what is held must not fill the memory
LONGEST = 16 << 20


@dataclass(frozen=True)
class Torn:
    """The line of a quote that is never closed, and where its bytes begin and end."""

    line: int
    start: int
    end: int


def find(file: IO[bytes], delimiter: str) -> Torn | None:
    """Read a file to its end; return the row that opens the quote which is still open
    then.
    """
    held: list[bytes] = []  # lines of the row that is being read
    n_lines, n_bytes = 0, 0  # of the rows before it

    def lines() -> Iterator[str]:
        for line in file:
            held.append(line)
            yield line.decode("latin-1")

    limit = csv.field_size_limit(LONGEST)
    try:
        for _row in csv.reader(lines(), delimiter=delimiter):
            if _is_open(held, delimiter):
                return Torn(n_lines + 1, n_bytes, n_bytes + len(held[0]))
            n_lines, n_bytes = n_lines + len(held), n_bytes + sum(map(len, held))
            held.clear()
    except csv.Error as error:
        if "field limit" not in str(error):
            return None
        # no cell is so long: its quote was never closed, or far too late
        return Torn(n_lines + 1, n_bytes, n_bytes + len(held[0]))
    finally:
        csv.field_size_limit(limit)
    return None


def _is_open(held: list[bytes], delimiter: str) -> bool:
    """Whether a row of several lines ends within its quotes; only the last row of a
    file can.
    """
    if len(held) == 1:
        return False
    try:
        list(
            csv.reader(
                (line.decode("latin-1") for line in held),
                delimiter=delimiter,
                strict=True,
            )
        )
    except csv.Error as error:
        return "end of data" in str(error)
    return False


class Above:
    """The first bytes of a file, as a file; what comes after them is left to be read."""

    closed = False

    def __init__(self, file: IO[bytes], n_bytes: int) -> None:
        self.file, self.n_left = file, n_bytes

    def read(self, size: int) -> bytes:
        found = self.file.read(min(size, self.n_left))
        self.n_left -= len(found)
        return found

    def close(self) -> None:
        """The file stays open."""
