"""The file of a backup: a ZIP whose last member, the manifest, names every other one with
its size and SHA-256.

Written beside its place and renamed when it is whole, so that a file under the wanted
name is never half of one. Readable by its owner only: the shop's keys are in it.
"""

from __future__ import annotations

import hashlib
import json
import os
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO, Any

from retention_site.lib.security import private_files

FORMAT = 1
MANIFEST = "manifest.json"
CHUNK = 1024 * 1024
MOST_MANIFEST = 64 * 1024 * 1024  # bytes: what names a million files
Progress = Callable[[float], None]


class BackupError(Exception):
    """A backup can't be made, read or restored: one sentence."""


class Unreadable(BackupError):
    """The file is no whole backup: one sentence."""


@dataclass(frozen=True)
class Member:
    """One file in a backup."""

    name: str
    bytes: int
    sha256: str


class Writer:
    """Adds members to a backup and remembers what each was."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self.archive = archive
        self.members: list[Member] = []

    @contextmanager
    def member(self, name: str, *, is_packed: bool = False) -> Iterator[_Counted]:
        """Open a member to be written; ``is_packed`` is not compressed again."""
        info = zipfile.ZipInfo(name)
        info.compress_type = zipfile.ZIP_STORED if is_packed else zipfile.ZIP_DEFLATED
        info.external_attr = 0o600 << 16
        # its size is not known beforehand: room for more than 4 GiB
        with self.archive.open(info, "w", force_zip64=True) as file:
            counted = _Counted(file)
            yield counted
        self.members.append(Member(name, counted.bytes, counted.digest.hexdigest()))

    def add_bytes(self, name: str, content: bytes) -> None:
        with self.member(name) as file:
            file.write(content)

    def add_file(self, name: str, path: Path) -> None:
        """Add a file as it is; one that went away meanwhile is left out."""
        try:
            source = path.open("rb")
        except FileNotFoundError:
            return
        with source, self.member(name) as file:
            while chunk := source.read(CHUNK):
                file.write(chunk)

    def finish(self, facts: dict[str, Any]) -> None:
        """Write the manifest: what was made when, by which release, and every member."""
        members = {
            one.name: {"bytes": one.bytes, "sha256": one.sha256} for one in self.members
        }
        said = json.dumps({"format": FORMAT, **facts, "members": members}, indent=1)
        self.archive.writestr(MANIFEST, said)


class _Counted:
    """Writes on, counts and digests."""

    def __init__(self, file: IO[bytes]) -> None:
        self.file, self.bytes, self.digest = file, 0, hashlib.sha256()

    def write(self, chunk: bytes) -> None:
        self.file.write(chunk)
        self.bytes += len(chunk)
        self.digest.update(chunk)


@contextmanager
def written(path: Path) -> Iterator[Writer]:
    """Write a backup that stands under ``path`` once it is whole, else not at all."""
    draft = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with private_files.opened(draft) as file:
            with zipfile.ZipFile(
                file, "w", zipfile.ZIP_DEFLATED, compresslevel=1
            ) as archive:
                yield Writer(archive)
            file.flush()
            # before the rename: after a power cut the name must not lead to half a file
            os.fsync(file.fileno())
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


@dataclass(frozen=True)
class Backup:
    """A backup that can be read; `verify` says whether it is as it was written."""

    path: Path
    facts: dict[str, Any]
    members: tuple[Member, ...]

    def verify(self, progress: Progress = lambda _share: None) -> None:
        """Read every byte; raise `Unreadable` at the first that is not as written."""
        total = sum(one.bytes for one in self.members) or 1
        done = 0
        with opened(self.path) as archive:
            for member in self.members:
                digest, size = hashlib.sha256(), 0
                with _reading(self.path, archive, member.name) as file:
                    while chunk := file.read(CHUNK):
                        digest.update(chunk)
                        size += len(chunk)
                        done += len(chunk)
                        progress(min(done / total, 0.999))
                if (size, digest.hexdigest()) != (member.bytes, member.sha256):
                    raise Unreadable(_damaged(self.path, member.name))
        progress(1.0)

    @contextmanager
    def member(self, name: str) -> Iterator[IO[bytes]]:
        with opened(self.path) as archive, _reading(self.path, archive, name) as file:
            yield file

    def named(self, prefix: str) -> list[Member]:
        """Return the members of one folder."""
        return [one for one in self.members if one.name.startswith(prefix)]


def read(path: Path) -> Backup:
    """Open a backup and its manifest; raise `Unreadable`."""
    with opened(path) as archive:
        try:
            if archive.getinfo(MANIFEST).file_size > MOST_MANIFEST:
                raise Unreadable(_damaged(path, MANIFEST))
            facts = json.loads(archive.read(MANIFEST))
            format_ = int(facts["format"])
            members = tuple(
                Member(str(name), int(one["bytes"]), str(one["sha256"]))
                for name, one in facts.pop("members").items()
            )
        except KeyError:
            raise Unreadable(f"{path} is no backup of Rapport.") from None
        except (ValueError, TypeError, AttributeError, *BROKEN):
            raise Unreadable(_damaged(path, MANIFEST)) from None
        names = set(archive.namelist()) - {MANIFEST}
    if format_ > FORMAT:
        raise Unreadable(
            f"{path} was made by a newer release ({facts.get('version', '?')}): update"
            " Rapport, then restore it."
        )
    if names != {one.name for one in members} or not all(map(_is_inside, names)):
        raise Unreadable(_damaged(path, MANIFEST))
    return Backup(path, facts, members)


BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError)


@contextmanager
def opened(path: Path) -> Iterator[zipfile.ZipFile]:
    try:
        archive = zipfile.ZipFile(path)
    except FileNotFoundError:
        raise Unreadable(f"There is no file {path}.") from None
    except (*BROKEN, ValueError):
        raise Unreadable(
            f"{path} is no whole backup: it was cut off, damaged, or is something else."
        ) from None
    with archive:
        yield archive


@contextmanager
def _reading(path: Path, archive: zipfile.ZipFile, name: str) -> Iterator[IO[bytes]]:
    try:
        with archive.open(name) as file:
            yield file
    except (*BROKEN, KeyError, RuntimeError):
        raise Unreadable(_damaged(path, name)) from None


def _damaged(path: Path, name: str) -> str:
    return f"{path} is damaged: {name} is not what was written. Take another backup."


def _is_inside(name: str) -> bool:
    """Say whether a name stays in the folder it is unpacked into."""
    parts = PurePosixPath(name).parts
    return bool(parts) and not name.startswith("/") and ".." not in parts
