"""Start a server that outlives the command that needed it."""

import os
import subprocess
from collections.abc import Callable

from retention_site.lib.embedded.account import server_account
from retention_site.lib.embedded.places import Place
from retention_site.lib.processes.identity import end, wait_until

# kept, so that one which dies before we do leaves no zombie
_CHILDREN: list[subprocess.Popen[bytes]] = []


def environment() -> dict[str, str]:
    """Return the whole environment of a server: nothing of ours concerns it."""
    return {"PATH": os.defpath, "LC_ALL": "C.UTF-8", "TZ": "UTC"}


def reap() -> None:
    """Let go of the servers started here that have died."""
    _CHILDREN[:] = [child for child in _CHILDREN if child.poll() is None]


def launch(
    place: Place,
    name: str,
    command: list[str],
    is_up: Callable[[], bool],
    patience_s: float,
) -> str:
    """Start a server in a session of its own, so that no key press reaches it, and
    record it.

    Returns an empty text once it is up, else what it said before it was given up.
    """
    reap()
    path = place.logs / f"{name}.log"
    with path.open("ab") as log:
        said_from = log.tell()
        process = subprocess.Popen(
            command,
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
            env=environment(),
            **server_account().as_user(),
        )
    _CHILDREN.append(process)
    identity = place.records.write(name, process.pid)
    wait_until(lambda: process.poll() is not None or is_up(), patience_s)
    if process.poll() is None and is_up():
        return ""
    end([identity] if identity else [])
    place.records.forget(name)
    return path.read_bytes()[said_from:].decode(errors="replace") or "it said nothing"
