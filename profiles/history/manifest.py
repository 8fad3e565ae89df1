"""Which files make up the history. Replaced as a whole by a rename, so a reader sees
the old or the new one.
"""

import json
import os
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection

NAME = "manifest.json"
FORMAT = 5  # another one is rebuilt


@dataclass(frozen=True)
class Part:
    """One file of events, all of one month."""

    path: str
    month: str  # as 2024-05
    n: int
    size: int  # bytes
    sha256: str  # of what was written
    n_returns: int = 0
    currencies: tuple[str, ...] = ()  # in which its amounts stand


@dataclass(frozen=True)
class Snapshot:
    """One file that holds a whole small table; ``seen`` is the database snapshot that
    it was read in.
    """

    path: str
    n: int
    seen: str
    size: int
    sha256: str


@dataclass(frozen=True)
class Repair:
    """A file that was found broken and made anew."""

    path: str
    wrong: str
    at: str


@dataclass(frozen=True)
class Manifest:
    """``watermark``: events of all transactions below it are in ``parts``; ``before``
    is the one before that.

    ``facts_until``: every fact that was committed by then is in; an open transaction
    holds it back.
    """

    watermark: int = 0
    before: int = 0
    refreshed_at: str = ""
    facts_until: str = ""
    repairs: tuple[Repair, ...] = ()  # the newest
    parts: tuple[Part, ...] = ()
    snapshots: Mapping[str, Snapshot] = field(default_factory=dict)
    # files no longer used and since when (seconds)
    retired: tuple[tuple[str, float], ...] = ()
    format: int = FORMAT

    @property
    def n_events(self) -> int:
        return sum(part.n for part in self.parts)

    @property
    def has_returns(self) -> bool:
        return any(part.n_returns for part in self.parts)

    @property
    def currencies(self) -> set[str]:
        """The currencies in which amounts stand, the shop's own among them."""
        return {currency for part in self.parts for currency in part.currencies}

    @property
    def moment(self) -> datetime | None:
        """When it was refreshed, in real time."""
        return datetime.fromisoformat(self.refreshed_at) if self.refreshed_at else None

    @property
    def whole_until(self) -> datetime | None:
        """Up to when everything is in, in real time."""
        return (
            datetime.fromisoformat(self.facts_until)
            if self.facts_until
            else self.moment
        )

    def with_snapshot(self, table: str, snapshot: Snapshot) -> "Manifest":
        return replace(self, snapshots={**self.snapshots, table: snapshot})

    def seen(self) -> dict[str, str]:
        """In which snapshot of the database each small table was read."""
        return {name: snapshot.seen for name, snapshot in self.snapshots.items()}

    def files(self) -> set[str]:
        return {part.path for part in self.parts} | {
            snapshot.path for snapshot in self.snapshots.values()
        }


def folder() -> Path:
    """The folder of this database's history."""
    return Path(settings.HISTORY_DIR) / re.sub(
        r"\W", "_", str(connection.settings_dict["NAME"])
    )


def load() -> Manifest:
    """Return the manifest, an empty one where there is none that we can read."""
    try:
        kept = json.loads((folder() / NAME).read_text())
    except (OSError, ValueError):
        return Manifest()
    if kept.get("format") != FORMAT:
        return Manifest()
    parts = tuple(_part(one) for one in kept.pop("parts"))
    snapshots = {table: Snapshot(**one) for table, one in kept.pop("snapshots").items()}
    retired = tuple((path, since) for path, since in kept.pop("retired"))
    repairs = tuple(Repair(**one) for one in kept.pop("repairs"))
    return Manifest(
        parts=parts, snapshots=snapshots, retired=retired, repairs=repairs, **kept
    )


def _part(kept: dict[str, Any]) -> Part:
    return Part(**kept | {"currencies": tuple(kept["currencies"])})


def save(manifest: Manifest) -> None:
    """Put ``manifest`` in place for all readers at once."""
    draft = folder() / f"{NAME}.{os.getpid()}"
    with draft.open("w") as file:
        json.dump(asdict(manifest), file)
        file.flush()
        # before the rename: after a power cut the name must not lead to an empty file
        os.fsync(file.fileno())
    draft.replace(folder() / NAME)
