"""Run Valkey (or Redis) for one shop: over a Unix socket only, nothing kept on disk,
for nothing in it must last.
"""

import signal
import socket
from pathlib import Path

from retention_site.lib.embedded.account import server_account
from retention_site.lib.embedded.errors import ServiceError, in_words
from retention_site.lib.embedded.installations import find_valkey
from retention_site.lib.embedded.launch import launch
from retention_site.lib.embedded.places import Place
from retention_site.lib.processes.identity import end

NAME = "valkey"
START_S = 20.0


def socket_path(place: Place) -> Path:
    return place.sockets / "valkey.sock"


def url(place: Place, database: int = 0) -> str:
    """Return the address of the shop's Valkey, whether it runs or not."""
    return f"unix://{socket_path(place)}?db={database}"


def is_ready(place: Place) -> bool:
    """Say whether the server recorded for this shop answers."""
    return place.records.living(NAME) is not None and _answers(socket_path(place))


def start(place: Place) -> None:
    """Bring the server up, or find it running."""
    if is_ready(place):
        return
    try:
        with place.locked():
            if not is_ready(place):
                stop(place)
                _launch(place)
    except OSError as error:
        raise in_words(error, f"The folder {error.filename or place.run}") from error


def stop(place: Place) -> None:
    """End the server; what it held is gone, and nothing of it is missed."""
    running = place.records.living(NAME)
    if running is not None:
        end([running], first=signal.SIGTERM, grace=10.0)
    place.records.forget(NAME)


def _launch(place: Place) -> None:
    program = str(find_valkey(server_account()))
    command = [
        program,
        "--port",
        "0",
        "--unixsocket",
        str(socket_path(place)),
        "--unixsocketperm",
        "700",
        "--save",
        "",
        "--appendonly",
        "no",
        "--daemonize",
        "no",
        "--dir",
        str(place.sockets),
        "--maxmemory-policy",
        "noeviction",
        "--loglevel",
        "warning",
    ]
    said = launch(place, NAME, command, lambda: _answers(socket_path(place)), START_S)
    if said:
        raise ServiceError(
            f"Valkey did not start: {said.strip().splitlines()[-1]} (more in"
            f" {place.logs / 'valkey.log'})."
        )


def _answers(path: Path) -> bool:
    try:
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(2.0)
            connection.connect(str(path))
            connection.sendall(b"PING\r\n")
            return connection.recv(64).startswith((b"+PONG", b"-LOADING"))
    except OSError:
        return False
