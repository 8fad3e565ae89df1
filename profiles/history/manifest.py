"""Which files make up the history. It stands in PostgreSQL, replaced as a whole by a
commit: every host sees the old or the new one.
"""

import json
import re
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection

from profiles.models import HistoryState

FORMAT = 6  # another one is rebuilt
# which writing of the one row it is: that transaction's number, and its place
ROW = "SELECT xmin::text, ctid::text FROM profiles_historystate WHERE id = 1"
OLD_NAME, OLD_FORMAT = "manifest.json", 5  # a file of the folder, in releases of before


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
    """``watermark``: events of all transactions below it are in ``parts``.

    ``facts_until``: every fact that was committed by then is in; an open transaction
    holds it back.
    """

    watermark: int = 0
    refreshed_at: str = ""
    facts_until: str = ""
    repairs: tuple[Repair, ...] = ()  # the newest
    parts: tuple[Part, ...] = ()
    snapshots: Mapping[str, Snapshot] = field(default_factory=dict)
    # files no longer used and since when (seconds)
    retired: tuple[tuple[str, float], ...] = ()
    # when people were last taken out of it (seconds): what is older and not named goes
    forgotten_at: float = 0.0
    store: str = ""  # where hosts share the files; empty: they lie on one host alone

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

    def all_files(self) -> tuple[Part | Snapshot, ...]:
        return (*self.parts, *self.snapshots.values())

    def digests(self) -> set[str]:
        return {one.sha256 for one in self.all_files()}

    def emptied(self) -> "Manifest":
        """Return a manifest to begin anew with; readers of this one are not disturbed."""
        since = time.time()
        unused = ((path, since) for path in sorted(self.files()))
        return Manifest(
            retired=(*self.retired, *unused), forgotten_at=self.forgotten_at
        )


def folder() -> Path:
    """The folder where this host has this database's history."""
    return Path(settings.HISTORY_DIR) / re.sub(
        r"\W", "_", str(connection.settings_dict["NAME"])
    )


def load() -> Manifest:
    """Return the manifest, an empty one where there is none that we can read."""
    with connection.cursor() as cursor:
        cursor.execute(ROW)
        row = cursor.fetchone()
    return _loaded(str(connection.settings_dict["NAME"]), row) if row else Manifest()


@lru_cache(maxsize=2)
def _loaded(_database: str, _row: tuple[str, str]) -> Manifest:
    """Read the manifest; hundreds of parts are read anew only where the row was
    written since.
    """
    state = HistoryState.objects.filter(pk=1).first()
    if state is None or state.files.get("format") != FORMAT:
        return Manifest()
    return Manifest(
        state.watermark,
        state.refreshed_at.isoformat() if state.refreshed_at else "",
        state.facts_until.isoformat() if state.facts_until else "",
        tuple(Repair(**one) for one in state.repairs),
        **_files(state.files),
    )


def of_before() -> Manifest | None:
    """Return the manifest that an earlier release kept in its folder, if it is of this
    database: the history goes on from there.
    """
    state = HistoryState.objects.filter(pk=1, files={}).first()
    try:
        kept = json.loads((folder() / OLD_NAME).read_text())
    except (OSError, ValueError):
        return None
    if state is None or kept.get("format") != OLD_FORMAT or not kept.get("watermark"):
        return None
    if state.watermark not in (kept["watermark"], kept["before"]):
        return None
    return Manifest(
        kept["watermark"],
        kept["refreshed_at"],
        kept["facts_until"],
        tuple(Repair(**one) for one in kept["repairs"]),
        **_files(kept),
    )


def save(manifest: Manifest) -> None:
    """Put ``manifest`` in place for all readers at once."""
    files = {
        "format": FORMAT,
        "parts": [asdict(part) for part in manifest.parts],
        "snapshots": {name: asdict(one) for name, one in manifest.snapshots.items()},
        "retired": manifest.retired,
        "forgotten_at": manifest.forgotten_at,
        "store": manifest.store,
    }
    HistoryState.objects.update_or_create(
        pk=1,
        defaults={
            "watermark": manifest.watermark,
            "n_events": manifest.n_events,
            "refreshed_at": manifest.moment,
            "facts_until": manifest.whole_until,
            "repairs": [asdict(one) for one in manifest.repairs],
            "files": files,
        },
    )
    (folder() / OLD_NAME).unlink(missing_ok=True)


def _files(kept: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "parts": tuple(_part(one) for one in kept["parts"]),
        "snapshots": {
            table: Snapshot(**one) for table, one in kept["snapshots"].items()
        },
        "retired": tuple((path, since) for path, since in kept["retired"]),
        "forgotten_at": kept.get("forgotten_at", 0.0),
        "store": kept.get("store", ""),
    }


def _part(kept: dict[str, Any]) -> Part:
    return Part(**kept | {"currencies": tuple(kept["currencies"])})
