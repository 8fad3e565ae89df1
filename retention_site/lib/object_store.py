"""Objects that several hosts share, each named by the SHA-256 of what it holds.

`STORE_URL` says where they lie: a folder, or `s3://bucket/prefix`. While it is unset
nothing is shared: what lies in DATA_DIR is all there is.
"""

from __future__ import annotations

import os
import shutil
import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, unquote, urlsplit

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import connection

from .checksums import what_is_wrong

if TYPE_CHECKING:
    from pyarrow.fs import FileInfo, FileSystem

CHUNK = 4 * 2**20
TRIES = 2  # of a fetch: the way may have spoiled it, not the store
CONNECT_SECONDS, REQUEST_SECONDS = 5, 60


class StoreAwayError(ImproperlyConfigured):
    """The store can't be reached; one sentence."""


@dataclass(frozen=True)
class Store:
    """The objects of one kind, of one database."""

    files: FileSystem
    root: str
    is_folder: bool
    address: str  # as it may be shown: no key, no secret

    def put(self, path: Path, size: int, digest: str) -> None:
        """Keep a file under its digest; one that is there whole is left alone."""
        with _said():
            info = self.files.get_file_info(self._place(digest))
            if info.is_file and info.size == size:
                return
            self._write(path, self._place(digest))

    def fetch(self, size: int, digest: str, into: Path) -> str:
        """Bring an object into a file's place, whole or not at all; say what is wrong
        with it if it can't be brought.
        """
        into.parent.mkdir(parents=True, exist_ok=True)
        draft = into.with_name(f"{into.name}.part-{uuid.uuid4().hex[:8]}")
        wrong = ""
        try:
            for _try in range(TRIES):
                wrong = self._read(digest, draft) or what_is_wrong(
                    draft, size, digest, anew=True
                )
                if not wrong:
                    draft.replace(into)
                    return ""
            return f"{wrong} in the store"
        finally:
            draft.unlink(missing_ok=True)

    def drop(self, digests: Iterable[str]) -> None:
        """Remove objects; those that are gone already are no fault."""
        with _said():
            for digest in digests:
                if self.files.get_file_info(self._place(digest)).is_file:
                    self.files.delete_file(self._place(digest))

    def drop_others(self, named: set[str], older_than: timedelta) -> int:
        """Remove what nobody names, such as the leftovers of who was killed; return how
        many objects that were.
        """
        before = datetime.now(UTC) - older_than
        left = [
            info.base_name
            for info in self._all()
            if info.is_file and info.base_name not in named and info.mtime <= before
        ]
        self.drop(left)
        return len(left)

    def has(self, digest: str) -> bool:
        with _said():
            return bool(self.files.get_file_info(self._place(digest)).is_file)

    def names(self) -> set[str]:
        """Return the digests of all objects."""
        return {info.base_name for info in self._all() if info.is_file}

    def _all(self) -> list[FileInfo]:
        # pyarrow loads its C++ side: only a shop with a store pays
        from pyarrow.fs import FileSelector

        with _said():
            found: list[FileInfo] = self.files.get_file_info(
                FileSelector(self.root, recursive=True, allow_not_found=True)
            )
            return found

    def _place(self, digest: str) -> str:
        return f"{self.root}/{digest[:2]}/{digest}"

    def _read(self, digest: str, draft: Path) -> str:
        with _said():
            if not self.files.get_file_info(self._place(digest)).is_file:
                return "missing"
            with (
                self.files.open_input_stream(self._place(digest)) as source,
                draft.open("wb") as target,
            ):
                shutil.copyfileobj(source, target, CHUNK)
        return ""

    def _write(self, path: Path, place: str) -> None:
        # S3 shows an object once it is whole; a folder shows a name at once
        draft = f"{place}.part-{uuid.uuid4().hex[:8]}" if self.is_folder else place
        if self.is_folder:
            self.files.create_dir(place.rpartition("/")[0], recursive=True)
        with (
            path.open("rb") as source,
            self.files.open_output_stream(draft) as target,
        ):
            shutil.copyfileobj(source, target, CHUNK)
        if self.is_folder:
            self.files.move(draft, place)


def store(kind: str) -> Store | None:
    """Return the store of this database's objects of a kind; None where hosts share
    nothing.
    """
    if not settings.STORE_URL:
        return None
    files, root = _opened(settings.STORE_URL, os.getpid())
    name = str(connection.settings_dict["NAME"]).strip("/").replace("/", "_")
    is_folder = not _is_s3(settings.STORE_URL)
    return Store(files, f"{root}/{name}/{kind}", is_folder, _shown())


def check() -> None:
    """Write an object, read it and remove it. Raise `StoreAwayError`."""
    if not settings.STORE_URL:
        return
    files, root = _opened(settings.STORE_URL, os.getpid())
    place, said = f"{root}/probe-{uuid.uuid4().hex}", b"Rapport was here"
    with _said():
        if not _is_s3(settings.STORE_URL):
            files.create_dir(root, recursive=True)
        with files.open_output_stream(place) as target:
            target.write(said)
        with files.open_input_stream(place) as source:
            is_same = source.read() == said
        files.delete_file(place)
    if not is_same:
        raise StoreAwayError(f"STORE_URL: {_shown()} does not give back what it took.")


@contextmanager
def _said() -> Iterator[None]:
    """Say in one sentence that the store can't be reached."""
    try:
        yield
    except OSError as error:
        why = " ".join(str(error).split())[:200]
        raise StoreAwayError(
            f"STORE_URL: {_shown()} can't be reached ({why})."
        ) from error


def _shown() -> str:
    """The store's address without a key or a secret."""
    head, at, tail = settings.STORE_URL.partition("@")
    shown = f"{head.partition('//')[0]}//…@{tail}" if at else settings.STORE_URL
    return shown.partition("?")[0]


def _is_s3(url: str) -> bool:
    return url.startswith("s3://")


@cache  # a forked child opens its own
def _opened(url: str, _pid: int) -> tuple[FileSystem, str]:
    # pyarrow loads its C++ side: only a shop with a store pays
    from pyarrow.fs import LocalFileSystem

    if not _is_s3(url):
        return LocalFileSystem(), str(Path(url.removeprefix("file://")).resolve())
    parts = urlsplit(url)
    return _s3(url), f"{parts.hostname}{parts.path}".rstrip("/")


def _s3(url: str) -> FileSystem:
    # the SDK of S3 is loaded by this name alone: only who has such a store pays
    from pyarrow import fs

    parts = urlsplit(url)
    said = {name: values[-1] for name, values in parse_qs(parts.query).items()}
    keys = (
        {
            "access_key": unquote(parts.username),
            "secret_key": unquote(parts.password or ""),
        }
        if parts.username
        else {}
    )
    endpoint = urlsplit(said["endpoint"]) if "endpoint" in said else None
    if endpoint:
        said |= {"endpoint_override": endpoint.netloc, "scheme": endpoint.scheme}
        del said["endpoint"]
    return fs.S3FileSystem(
        **keys,
        **said,
        connect_timeout=CONNECT_SECONDS,
        request_timeout=REQUEST_SECONDS,
    )
