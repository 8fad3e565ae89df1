"""Models' files as hosts share them: each host has copies of what lies in the store.

Without a store this host's folder is all there is, and nothing here does anything.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from pathlib import Path

from django.conf import settings

from recommender.models import ModelVersion
from retention_site.lib.checksums import what_is_wrong
from retention_site.lib.object_store import store

KIND = "models"
# what was put there and is recorded in a moment
BEING_PUBLISHED = timedelta(days=1)
Known = Sequence[Sequence[object]]  # sizes and digests that a file may have


def is_used() -> bool:
    return bool(settings.STORE_URL)


def put(folder: Path, files: Mapping[str, Known]) -> None:
    """Put a version's files into the store, before anybody is told of it."""
    if (shared := store(KIND)) is None:
        return
    for name, known in files.items():
        for size, digest in known:
            shared.put(folder / name, int(str(size)), str(digest))


def fetched(path: Path, known: Known, wrong: str) -> str:
    """Bring a file that is not here as it was written; say what is wrong still."""
    if (shared := store(KIND)) is None:
        return wrong
    # the newest first: of a file that is being replaced either is whole
    for size, digest in reversed(known):
        wrong = shared.fetch(int(str(size)), str(digest), path)
        if not wrong:
            return ""
    return wrong


def drop(digests: Iterable[str]) -> None:
    if shared := store(KIND):
        shared.drop(digests)


def drop_changed() -> None:
    """Remove this host's copies of files that have another content by now, as after
    a forgetting.
    """
    if not is_used():
        return
    for version in ModelVersion.objects.only("model", "version", "files"):
        home = Path(settings.MODEL_DIR) / version.model / version.version
        for name, known in version.files.items():
            if (home / name).exists() and all(
                what_is_wrong(home / name, size, digest) for size, digest in known
            ):
                (home / name).unlink(missing_ok=True)


def tidy() -> None:
    """Put what the store lacks and this host has; remove what no version names."""
    if (shared := store(KIND)) is None:
        return
    there, named = shared.names(), set()
    for version in ModelVersion.objects.only("model", "version", "files"):
        home = Path(settings.MODEL_DIR) / version.model / version.version
        for name, known in version.files.items():
            for size, digest in known:
                named.add(digest)
                if digest not in there and not what_is_wrong(home / name, size, digest):
                    shared.put(home / name, size, digest)
    shared.drop_others(named, BEING_PUBLISHED)
