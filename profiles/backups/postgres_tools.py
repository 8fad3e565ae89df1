"""Dump and restore the database with PostgreSQL's own programs, of the server's version."""

from __future__ import annotations

import os
import re
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from django.db import connection

from profiles.backups.archive import CHUNK, BackupError
from retention_site.lib.embedded.account import server_account
from retention_site.lib.embedded.installations import programs

# signed-in browsers: whoever was signed out meanwhile must not be signed in again
WITHOUT_ROWS = ("django_session",)
# parameters of a connection, and what libpq reads them from
OF_LIBPQ = {
    "host": "PGHOST",
    "hostaddr": "PGHOSTADDR",
    "port": "PGPORT",
    "user": "PGUSER",
    "password": "PGPASSWORD",
    "passfile": "PGPASSFILE",
    "service": "PGSERVICE",
    "dbname": "PGDATABASE",
    "sslmode": "PGSSLMODE",
    "sslrootcert": "PGSSLROOTCERT",
    "sslcert": "PGSSLCERT",
    "sslkey": "PGSSLKEY",
}


def server_major() -> int:
    """Return the major version of the server that holds this shop."""
    with connection.cursor() as cursor:
        cursor.execute("SHOW server_version_num")
        return int(cursor.fetchone()[0]) // 10_000


def dump(into: Any) -> None:
    """Write one consistent snapshot of the database, while the shop goes on working."""
    command = [
        _program("pg_dump", server_major()),
        "--format=custom",
        "--compress=1",
        "--no-owner",
        "--no-privileges",
        *(f"--exclude-table-data={name}" for name in WITHOUT_ROWS),
    ]
    with _running(command, stdout=subprocess.PIPE) as process:
        while chunk := process.stdout.read(CHUNK):
            into.write(chunk)


def load(dumped: IO[bytes], made_on: int) -> None:
    """Fill an empty database in one transaction: all of it, or nothing."""
    major = server_major()
    if major < made_on:
        raise BackupError(
            f"The backup was made on PostgreSQL {made_on} and this server is {major}:"
            f" restore it on {made_on} or newer."
        )
    command = [
        _program("pg_restore", max(major, made_on)),
        f"--dbname={_target()['PGDATABASE']}",
        "--single-transaction",
        "--exit-on-error",
        "--no-owner",
        "--no-privileges",
    ]
    with _running(command, stdin=subprocess.PIPE) as process:
        try:
            while chunk := dumped.read(CHUNK):
                process.stdin.write(chunk)
            process.stdin.close()
        except BrokenPipeError:
            pass  # it gave up; what it said is raised below


def is_empty() -> bool:
    """Say whether the database holds no table yet."""
    with connection.cursor() as cursor:
        return not connection.introspection.table_names(cursor)


def _program(name: str, major: int) -> str:
    """Return the oldest program that can work with this version."""
    found = sorted(
        (one.major, str(one.bin / name))
        for one in programs(server_account())
        if one.major >= major and (one.bin / name).exists()
    )
    if not found:
        raise BackupError(
            f"{name} of PostgreSQL {major} or newer was not found: install its client"
            f" programs (Debian: postgresql-client-{major})."
        )
    return found[0][1]


@contextmanager
def _running(command: list[str], **pipes: Any) -> Iterator[Any]:
    """Run a program on our database; raise its own sentence when it fails."""
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen(
            command, stderr=said, env={**os.environ, **_target()}, **pipes
        )
        try:
            yield process
        except BaseException:
            process.kill()
            raise
        finally:
            for pipe in (process.stdin, process.stdout):
                if pipe is not None and not pipe.closed:
                    pipe.close()
            code = process.wait()
        if code:
            said.seek(0)
            name = Path(command[0]).name
            raise BackupError(
                f"{name}: {_reason(said.read().decode(errors='replace'))}"
            )


def _reason(said: str) -> str:
    """Return the first error that a program of PostgreSQL named, without its query."""
    errors = re.findall(r"(?:error|ERROR|FATAL): +(.+)", said)
    return (errors or [said.strip() or "it ended without a word"])[-1][:300]


def _target() -> dict[str, str]:
    """Return where the database is, as PostgreSQL's programs read it: no password on a
    command line.
    """
    params = connection.get_connection_params()
    return {name: str(params[key]) for key, name in OF_LIBPQ.items() if params.get(key)}
