"""Remember the processes that we started: one small file each, so that a later call
finds, reuses or stops them.
"""

import json
import os
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from retention_site.lib.processes.identity import (
    Identity,
    identify,
    is_alive,
    session_of,
)


@dataclass(frozen=True)
class Records:
    """The pid files of one shop. `folder` must belong to us alone: what it names may be
    signalled.
    """

    folder: Path

    def _path(self, name: str) -> Path:
        return self.folder / f"{name}.pid.json"

    def write(self, name: str, pid: int) -> Identity | None:
        """Record a process that we just started; None when it has already ended."""
        self.folder.mkdir(mode=0o711, parents=True, exist_ok=True)
        identity = identify(pid)
        if identity is not None:
            self._store(name, identity)
        return identity

    def _store(self, name: str, identity: Identity) -> None:
        temporary = self._path(name).with_suffix(f".{os.getpid()}")
        temporary.write_text(
            json.dumps({"pid": identity.pid, "started": identity.started})
        )
        temporary.replace(self._path(name))

    def read(self, name: str) -> Identity | None:
        """Return the process recorded under this name, alive or not."""
        try:
            return Identity(**json.loads(self._path(name).read_text()))
        except (OSError, ValueError, TypeError):
            return None

    def living(self, name: str) -> Identity | None:
        """Return the process recorded under this name if it still runs."""
        identity = self.read(name)
        return identity if is_alive(identity) else None

    def forget(self, name: str) -> None:
        """Remove a record."""
        with suppress(OSError):
            self._path(name).unlink(missing_ok=True)

    def all(self) -> Iterator[tuple[str, Identity]]:
        """Yield every record of which anything still runs; remove the records of what
        is gone.
        """
        for path in sorted(self.folder.glob("*.pid.json")):
            name = path.name.removesuffix(".pid.json")
            identity = self.read(name)
            if identity is not None and session_of(identity):
                yield name, identity
            else:
                self.forget(name)
