"""The history's files as hosts share them: each host has copies of what lies in the
store.

Without a store this host's folder is all there is, and nothing here does anything.
"""

from dataclasses import replace
from datetime import timedelta

from retention_site.lib.checksums import MISSING
from retention_site.lib.object_store import store

from . import integrity, manifest
from .manifest import Manifest

KIND = "history"
ANY_AGE = timedelta(0)  # under the refresher's lock nobody is about to name an object


def published(held: Manifest, new: Manifest) -> Manifest:
    """Put what a new manifest adds into the store, before anybody reads of it; all of
    it where the files lay elsewhere before.
    """
    if (shared := store(KIND)) is None:
        return replace(new, store="")
    known = held.digests() if held.store == shared.address else set()
    for one in new.all_files():
        if one.sha256 not in known:
            shared.put(manifest.folder() / one.path, one.size, one.sha256)
    return replace(new, store=shared.address)


def withdraw(held: Manifest, new: Manifest) -> None:
    """Remove from the store what a manifest no longer names; hosts keep their copies
    for readers of before.
    """
    if shared := store(KIND):
        shared.drop(held.digests() - new.digests())


def brought(held: Manifest, *, anew: bool = False) -> dict[str, str]:
    """Fetch what is not here as it was written; return what is wrong still."""
    wrong, shared = integrity.damaged(held, anew=anew), store(KIND)
    if shared is None:
        return wrong
    files = {one.path: one for one in held.all_files()}
    told = {
        path: shared.fetch(
            files[path].size, files[path].sha256, manifest.folder() / path
        )
        for path in wrong
    }
    return {path: why for path, why in told.items() if why}


def damaged(held: Manifest) -> dict[str, str]:
    """Return what is wrong here: a file that was only never fetched is not."""
    wrong = integrity.damaged(held)
    if store(KIND) is None:
        return wrong
    return {path: why for path, why in wrong.items() if why != MISSING}


def has_any(held: Manifest) -> bool:
    """Say whether anything that a manifest names can be had."""
    home = manifest.folder()
    return store(KIND) is not None or any(
        (home / path).exists() for path in held.files()
    )


def drop_changed(held: Manifest) -> None:
    """Remove copies of what has another content by now, as after a forgetting."""
    if store(KIND) is None:
        return
    for path, why in integrity.damaged(held).items():
        if why != MISSING:
            (manifest.folder() / path).unlink(missing_ok=True)


def tidy(held: Manifest) -> None:
    """Make the store hold what the manifest names and nothing else."""
    if (shared := store(KIND)) is None:
        return
    there = shared.names()
    for one in held.all_files():
        if one.sha256 not in there:
            shared.put(manifest.folder() / one.path, one.size, one.sha256)
    shared.drop_others(held.digests(), ANY_AGE)
