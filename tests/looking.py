"""Look for words wherever a shop keeps anything: every table, every file of its folder,
Valkey. The test's own eyes.
"""

from __future__ import annotations

import base64
import gzip
import quopri
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

import duckdb
from django.conf import settings
from django.db import connection
from redis import Redis

from profiles.history import manifest


def hits(words: Iterable[str]) -> Counter[str]:
    """Return how often any of the words stands in each place; case means nothing."""
    wanted = [word.casefold().encode() for word in words]
    found: Counter[str] = Counter()
    for place, content in everything():
        low = content.decode("utf-8", "replace").casefold().encode()
        if n := sum(low.count(word) for word in wanted):
            found[place] += n
    return found


def everything() -> Iterator[tuple[str, bytes]]:
    """Yield the name and the content of every place."""
    yield from tables()
    for folder in {
        Path(settings.DATA_DIR),
        Path(settings.MODEL_DIR),
        manifest.folder(),
    }:
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                yield f"{path.relative_to(folder).parts[0]}", readable(path)
    yield "valkey", valkey()


def tables() -> Iterator[tuple[str, bytes]]:
    """Dump every table as `pg_dump` would: with COPY."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT format('%I.%I', schemaname, tablename) FROM pg_tables WHERE"
            " schemaname = 'public'"
        )
        for (name,) in cursor.fetchall():
            with cursor.copy(f"COPY {name} TO STDOUT") as copy:
                yield (
                    name.removeprefix("public."),
                    b"".join(bytes(block) for block in copy),
                )


def readable(path: Path) -> bytes:
    """Return a file as it can be read: Parquet as rows, packed files unpacked, mail
    decoded, beside its bytes.
    """
    raw = path.read_bytes()
    if path.suffix == ".parquet":
        return (
            raw
            + str(
                duckdb.sql(f"SELECT * FROM read_parquet('{path}')").fetchall()
            ).encode()
        )
    for unpack in (gzip.decompress, zlib.decompress):
        try:
            raw += unpack(raw)
        except (OSError, zlib.error, EOFError):
            continue
    return raw + quopri.decodestring(raw) + b"".join(_decoded(raw))


def valkey() -> bytes:
    """Return all that Valkey holds."""
    server = Redis.from_url(settings.REDIS_URL)
    return b"".join(key + (server.dump(key) or b"") for key in server.scan_iter())


def _decoded(raw: bytes) -> Iterator[bytes]:
    for line in raw.replace(b"\\r\\n", b"\n").split(b"\n"):
        if len(line) > 20 and len(line) % 4 == 0:
            try:
                yield base64.b64decode(line, validate=True)
            except ValueError:
                continue
