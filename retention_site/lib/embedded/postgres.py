"""Run PostgreSQL for one shop: over a Unix socket only, as an account without rights,
found again by later commands.
"""

import os
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path

from retention_site.lib.embedded.account import server_account
from retention_site.lib.embedded.errors import ServiceError, in_words
from retention_site.lib.embedded.installations import Postgres, find_postgres
from retention_site.lib.embedded.launch import environment, launch
from retention_site.lib.embedded.places import Place
from retention_site.lib.processes.identity import (
    HAS_PROC,
    Identity,
    end,
    identify,
    is_alive,
    wait_until,
)

NAME = "postgres"
USER = DATABASE = "rapport"
READY = "ready"  # the eighth line of postmaster.pid once connections are taken
RECOVERY_S = 300.0  # after a kill the write-ahead log is replayed first
MAKING_S = 60.0  # to make a cluster takes some seconds
# sessions of a killed server need this long at most to notice it
SHARED_MEMORY_S = 20.0

# For a machine with two cores and some gigabytes; synchronous_commit stays on.
SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "200",
    "shared_buffers": "256MB",
    "effective_cache_size": "2GB",
    "work_mem": "32MB",
    "maintenance_work_mem": "256MB",
    "min_wal_size": "512MB",
    "max_wal_size": "4GB",
    "checkpoint_timeout": "15min",
    "wal_compression": "on",
    "random_page_cost": "1.1",
    "max_parallel_workers_per_gather": "0",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_line_prefix": "%m [%p] ",
    # the details of an error, and the statement, hold customers' data
    "log_error_verbosity": "terse",
    "log_min_error_statement": "panic",
}
# test data
THROWN_AWAY = {
    "fsync": "off",
    "full_page_writes": "off",
    "max_wal_size": "1GB",
    "min_wal_size": "80MB",
}


def url(place: Place) -> str:
    """Return the address of the shop's database, whether it runs or not."""
    return f"postgresql://{USER}@/{DATABASE}?host={place.sockets}"


def socket_path(place: Place) -> Path:
    return place.sockets / ".s.PGSQL.5432"


def is_ready(place: Place) -> bool:
    """Say whether the server recorded for this shop takes connections."""
    return place.records.living(NAME) is not None and _says_ready(
        place, place.data / NAME
    )


def start(place: Place, *, is_throwaway: bool = False) -> None:
    """Bring the server up, or find it running. `is_throwaway` gives up durability for
    speed: tests only.
    """
    if is_ready(place):
        return
    try:
        with place.locked():
            _start(place, is_throwaway)
    except OSError as error:
        raise in_words(
            error, f"The database folder {error.filename or place.data / NAME}"
        ) from error


def stop(place: Place) -> None:
    """End the server: sessions are cut, what was committed is kept."""
    running = place.records.living(NAME) or _owner_of(place.data / NAME)
    if running is not None:
        end([running], first=signal.SIGINT, grace=60.0)
    place.records.forget(NAME)


def _start(place: Place, is_throwaway: bool) -> None:
    account = server_account()
    folder = place.storage(NAME, account)
    if is_ready(place) and _serves(place, folder):
        return
    # whatever is left: half started, without its socket, or serving a folder that was
    # deleted
    stop(place)
    _check_owner(folder)
    making, version = place.data / "postgres.making", folder / "PG_VERSION"
    # an earlier start was killed before the database was whole: nothing is in it
    if making.exists():
        # its initdb may have outlived it
        wait_until(lambda: not _is_named_by_a_process(folder), MAKING_S)
        _empty(folder)
    program = find_postgres(
        account, int(version.read_text()) if version.exists() else None
    )
    if not version.exists():
        making.touch()
        _make_cluster(place, program, folder, ["--no-sync"] if is_throwaway else [])
        making.unlink()
    for stale in (
        folder / "postmaster.pid",
        place.sockets / f"{socket_path(place).name}.lock",
    ):
        stale.unlink(missing_ok=True)  # nobody runs here any more, as just made sure
    settings = SETTINGS | (THROWN_AWAY if is_throwaway else {})
    _launch(
        place,
        [
            str(program.bin / "postgres"),
            "-D",
            str(folder),
            "-k",
            str(place.sockets),
            *_options(settings),
        ],
    )


def _is_named_by_a_process(folder: Path) -> bool:
    lines = Path("/proc").glob("[0-9]*/cmdline") if HAS_PROC else []
    return any(os.fsencode(folder) in _read(line).split(b"\0") for line in lines)


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:  # it has just ended
        return b""


def _empty(folder: Path) -> None:
    for entry in folder.iterdir():
        (
            shutil.rmtree(entry)
            if entry.is_dir() and not entry.is_symlink()
            else entry.unlink()
        )


def _options(settings: dict[str, str]) -> list[str]:
    return [
        word for key, value in settings.items() for word in ("-c", f"{key}={value}")
    ]


def _check_owner(folder: Path) -> None:
    owner = folder.stat().st_uid
    if owner != server_account().uid:
        raise ServiceError(
            f"The database in {folder} belongs to user {owner}; run as that user or"
            " choose a DATA_DIR."
        )


def _make_cluster(
    place: Place, program: Postgres, folder: Path, options: list[str]
) -> None:
    """Create an empty cluster with one database; text sorts by code point and knows
    upper and lower case.
    """
    for entry in folder.iterdir():  # of a making that was broken off all is gone by now
        raise ServiceError(
            f"{folder} holds {entry.name} but no database; remove it, or choose another"
            " DATA_DIR."
        )
    locale = ["--locale=C" if sys.platform == "darwin" else "--locale=C.UTF-8"]
    if program.major >= 17:
        locale = ["--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
    command = [
        str(program.bin / "initdb"),
        "-D",
        str(folder),
        "-U",
        USER,
        "-A",
        "trust",
        "-E",
        "UTF8",
        *locale,
        *options,
    ]
    _run(place, command)
    single = [str(program.bin / "postgres"), "--single", "-D", str(folder), "postgres"]
    _run(place, single, f"CREATE DATABASE {DATABASE}\n")


def _run(place: Place, command: list[str], text: str = "") -> None:
    done = subprocess.run(
        command,
        input=text,
        text=True,
        cwd="/",
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
        env=environment(),
        **server_account().as_user(),
    )
    with (place.logs / "postgres.log").open("a") as log:
        log.write(done.stdout)
    if done.returncode:
        raise _failure(place, done.stdout)


def _launch(place: Place, command: list[str]) -> None:
    """Start the server and wait until it answers; after a kill, first let the old
    sessions notice it.
    """
    folder = place.data / NAME
    said = launch(place, NAME, command, lambda: _says_ready(place, folder), RECOVERY_S)
    if "shared memory block" in said:
        wait_until(lambda: not _is_worked_in(folder), SHARED_MEMORY_S)
        said = launch(
            place, NAME, command, lambda: _says_ready(place, folder), RECOVERY_S
        )
    if said:
        raise _failure(place, said)


def _is_worked_in(folder: Path) -> bool:
    """Say whether a session of a killed server still works on the folder."""
    return (
        any(
            _works_in(int(entry.name), folder) for entry in Path("/proc").glob("[0-9]*")
        )
        if HAS_PROC
        else False
    )


def _works_in(pid: int, folder: Path) -> bool:
    try:
        return Path(f"/proc/{pid}/cwd").samefile(folder)
    except OSError:
        return False


def _failure(place: Place, said: str) -> ServiceError:
    if re.search(r"No space left|Disk quota", said):
        return ServiceError(
            f"The disk is full: the database in {place.data} can't be written; free"
            " some space."
        )
    reasons = re.findall(r"(?:FATAL|PANIC|ERROR|error):\s+(.+)", said)
    reason = reasons[-1] if reasons else "it did not answer in time"
    return ServiceError(
        f"The database did not start: {reason} (more in {place.logs / 'postgres.log'})."
    )


def _lock_lines(folder: Path) -> list[str]:
    try:
        return (folder / "postmaster.pid").read_text().splitlines()
    except OSError:
        return []


def _says_ready(place: Place, folder: Path) -> bool:
    lines = _lock_lines(folder)
    at_home = (
        len(lines) >= 8 and lines[4] == str(place.sockets) and lines[7].strip() == READY
    )
    return at_home and socket_path(place).exists()


def _serves(place: Place, folder: Path) -> bool:
    identity, lines = place.records.living(NAME), _lock_lines(folder)
    return identity is not None and bool(lines) and int(lines[0]) == identity.pid


def _owner_of(folder: Path) -> Identity | None:
    """Return the server that holds a data folder although no record of ours names it."""
    lines = _lock_lines(folder)
    identity = identify(int(lines[0])) if lines and lines[0].isdigit() else None
    if identity is None or not is_alive(identity):
        return None
    if HAS_PROC:
        return identity if _works_in(identity.pid, folder) else None
    words = subprocess.run(
        ["ps", "-o", "command=", "-p", lines[0]],
        capture_output=True,
        text=True,
        check=False,
    )
    return identity if str(folder.resolve()) in words.stdout else None
