"""The servers that Rapport brings along: PostgreSQL and Valkey, used wherever no URL
names another one.

`database_url` and `redis_url` only say where; `ensure` starts what a command needs;
`stop` ends it. Standard library only: no Django, so that it runs before settings are
read and without an environment.
"""

import os
import socket
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import urlsplit

from retention_site.lib import environment, half_restored
from retention_site.lib.embedded import postgres, valkey
from retention_site.lib.embedded.errors import ServiceError
from retention_site.lib.embedded.places import (
    Place,
    data_dir,
    place,
    read_shop_settings,
)
from retention_site.lib.embedded.postgres import DATABASE

__all__ = [
    "DATABASE",
    "Place",
    "ServiceError",
    "broker_url",
    "data_dir",
    "database_url",
    "ensure",
    "place",
    "read_shop_settings",
    "redis_url",
    "start",
    "stop",
]

# Commands that read no stored data: they need no server and start none.
WITHOUT_SERVICES = frozenset(
    "help version check check_text collectstatic diffsettings effect findstatic makemessages"
    " compilemessages makemigrations predicates startapp startproject uplift"
    " allocate restore".split()
)
# … and these with an option that names files instead
WITH_FILES = {"answer": "--documents"}
CONNECT_S = 5.0


def database_url(data: Path | None = None) -> str:
    """Return the database's address, its server started or not."""
    return os.environ.get("DATABASE_URL") or postgres.url(place(data))


def redis_url(data: Path | None = None) -> str:
    """Return the address of Redis as redis-py takes it."""
    return os.environ.get("REDIS_URL") or valkey.url(place(data))


def broker_url(data: Path | None = None) -> str:
    """Return the address of Redis as Celery takes it, which words Unix sockets
    differently.
    """
    given = redis_url(data)
    if not given.startswith("unix://"):
        return given
    return given.replace("unix://", "redis+socket://", 1).replace(
        "?db=", "?virtual_host="
    )


def needs_services(words: Sequence[str]) -> bool:
    """Say whether a command line (without the program's name) touches stored data."""
    if not words or words[0] in WITHOUT_SERVICES:
        return False
    named = {word.partition("=")[0] for word in words}
    if WITH_FILES.get(words[0]) in named:
        return False
    return not {"-h", "--help", "--version"} & set(words)


def ensure(words: Sequence[str] = ("run",)) -> None:
    """Bring up what this command line needs and leave it running; a server named by a
    URL is only looked for.
    """
    read_shop_settings()
    if wrong := environment.faults(os.environ):
        raise ServiceError("\n".join(wrong))
    if not needs_services(words):
        return
    if refused := half_restored.refusal(data_dir()):
        raise ServiceError(refused)
    if os.environ.get("DATABASE_URL"):
        _look_for("DATABASE_URL", "database", 5432)
    start()


def start() -> None:
    """Bring up the servers that no URL replaces, or find them running."""
    if not os.environ.get("DATABASE_URL"):
        postgres.start(place())
    # a Redis that is away slows work down but stops nothing
    if not os.environ.get("REDIS_URL"):
        valkey.start(place())


def stop() -> None:
    """End the servers of this shop."""
    valkey.stop(place())
    postgres.stop(place())


def _look_for(variable: str, what: str, usual_port: int) -> None:
    """Refuse in one sentence when nobody listens where a URL points."""
    try:
        parts = urlsplit(os.environ[variable])
        host, port = parts.hostname, parts.port or usual_port
    except ValueError as error:
        raise ServiceError(f"{variable} is not a URL: {error}.") from error
    if not parts.scheme:
        raise ServiceError(
            f"{variable} is not a URL; write it like"
            " postgresql://user:password@host:5432/name."
        )
    if not host or "%2F" in host.upper():
        return  # a Unix socket: the driver finds it
    try:
        socket.create_connection((host, port), timeout=CONNECT_S).close()
    except OSError as error:
        reason = error.strerror or str(error)
        raise ServiceError(
            f"The {what} at {host}:{port} does not answer ({reason}); check {variable}."
        ) from error
