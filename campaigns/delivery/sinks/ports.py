"""On which ports the sinks of this shop listen: chosen free, kept in DATA_DIR, so that
two shops never meet.
"""

import json
import os
import socket
from dataclasses import asdict, dataclass
from pathlib import Path

from django.conf import settings

HOST = "127.0.0.1"


@dataclass(frozen=True)
class Ports:
    smtp: int
    http: int


def folder() -> Path:
    """Return the folder with the sinks' logs."""
    return Path(settings.DATA_DIR) / "sinks"


def read() -> Ports:
    """Return the ports of the sinks that run, or ran last; raise `LookupError` when
    none ever did.
    """
    try:
        return Ports(**json.loads((folder() / "ports.json").read_text()))
    except (OSError, ValueError, TypeError):
        raise LookupError(
            "The local sinks are not running; start them with `manage.py sinks`."
        ) from None


def write(ports: Ports) -> None:
    """Tell the senders; a half-written file is never seen."""
    path = folder() / "ports.json"
    draft = path.with_suffix(f".{os.getpid()}")
    draft.write_text(json.dumps(asdict(ports)))
    draft.replace(path)


def bind(wanted: int) -> socket.socket:
    """Return a listening socket on the port of last time, or on a free one when
    somebody else has it.
    """
    for port in (wanted, 0):
        # The protocol is named because asyncio answers without delay only then.
        listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((HOST, port))
        except OSError:
            listener.close()
            continue
        listener.listen(128)
        return listener
    raise OSError(f"No port is free on {HOST}.")


def bind_both() -> tuple[socket.socket, socket.socket]:
    """Listen for mail and for HTTP, on the same ports as last time where that is
    possible.
    """
    try:
        last = read()
    except LookupError:
        last = Ports(0, 0)
    smtp, http = bind(last.smtp), bind(last.http)
    write(Ports(smtp.getsockname()[1], http.getsockname()[1]))
    return smtp, http
