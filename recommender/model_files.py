"""Files of trained models: opened only while they are what was recorded when they were
written.

A model is Python's own pickle: one that was changed may run any code, or end the
process. The database says what was written; what differs is refused, named and made
anew.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import joblib
import structlog
from django.conf import settings
from django.db import transaction

from recommender import shared_models
from recommender.models import DamagedFile, ModelVersion
from retention_site.lib.checksums import size_and_digest, what_is_wrong

log = structlog.get_logger(__name__)
# file → sizes and digests that it may have: two while it is replaced
Recorded = dict[str, list[tuple[int, str]]]
UNKNOWN = "not one that learning recorded"


class NoModel(LookupError):
    """Nothing was learned yet, or not for this time; the message says what to do."""


class DamagedModel(NoModel):
    """A model's file is not what was written; names the file and the remedy."""


def folder(model: str, version: str) -> Path:
    """Return where a version's files lie."""
    return Path(settings.MODEL_DIR) / model / version


def recorded(folder: Path) -> Recorded:
    """Say what a folder's files are, to be kept in the database."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): [size_and_digest(path)] for path in files}


def wrong_with(version: ModelVersion, name: str = "", *, anew: bool = False) -> str:
    """Say which file of a version is wrong and how, of all or of the one named; nothing
    where all is well. What is not here as it was written is fetched first, where hosts
    share a store.
    """
    for file, known in version.files.items():
        if name and file != name:
            continue
        path = folder(version.model, version.version) / file
        told = [what_is_wrong(path, size, digest, anew=anew) for size, digest in known]
        if all(told) and (wrong := shared_models.fetched(path, known, told[-1])):
            return f"{file} of {version.model} {version.version} is {wrong}"
    if not version.files or (name and name not in version.files):
        return f"{name or 'a file'} of {version.model} {version.version} is {UNKNOWN}"
    return ""


def is_whole(version: ModelVersion) -> bool:
    """Say whether a version may be opened; one that may not is noted, for an alert and
    for the next learning.
    """
    wrong = wrong_with(version)
    if wrong:
        note(
            str(folder(version.model, version.version)), wrong, remedy_of(version.model)
        )
    return not wrong


def refuse(version: ModelVersion) -> DamagedModel:
    """Say in one sentence what is wrong with a version, and what to do."""
    return DamagedModel(f"{wrong_with(version)}: run {remedy_of(version.model)}.")


def checked(model: str, version: str, name: str) -> Path:
    """Return the path of a file that is what was recorded. Raise `DamagedModel`."""
    found = ModelVersion.objects.filter(model=model, version=version).first()
    wrong = (
        wrong_with(found, name)
        if found
        else f"{name} of {model} {version} is {UNKNOWN}"
    )
    if wrong:
        raise DamagedModel(f"{wrong}: run {remedy_of(model)}.")
    return folder(model, version) / name


def opened(model: str, version: str, name: str, mmap_mode: str | None = None) -> Any:
    """Return what a file holds. Raise `DamagedModel` where it is not what was recorded,
    or was written by a release whose code is no more.
    """
    path = checked(model, version, name)
    try:
        return joblib.load(path, mmap_mode=mmap_mode)
    except (ImportError, AttributeError) as gone:
        wrong = f"{name} of {model} {version} was written by another release ({gone})"
        note(str(path.parent), wrong, remedy_of(model))
        raise DamagedModel(f"{wrong}: run {remedy_of(model)}.") from None


def replace(version: ModelVersion, name: str, draft: Path) -> None:
    """Put another file in the place of a recorded one. Killed on the way, either is
    taken for whole.
    """
    new, old = size_and_digest(draft), version.files[name]
    shared_models.put(draft.parent, {draft.name: [new]})
    _record(version, name, [*old, new])
    draft.replace(folder(version.model, version.version) / name)
    _record(version, name, [new])
    shared_models.drop(digest for _size, digest in old if digest != new[1])


def note(path: str, wrong: str, remedy: str) -> None:
    """Write down that a file is broken, for alerts and for the next learning."""
    _row, is_new = DamagedFile.objects.update_or_create(
        path=path, defaults={"wrong": wrong, "remedy": remedy}
    )
    if is_new:
        log.error("a learned file is not what was written", wrong=wrong, remedy=remedy)


def forget(path: str) -> None:
    """Forget what was noted of a file that is whole again."""
    DamagedFile.objects.filter(path=path).delete()


def forget_of(model: str, versions: Sequence[str]) -> None:
    """Forget what was noted of these versions of a model that was learned anew; of all
    where none is named.
    """
    paths = [str(folder(model, one)) for one in versions]
    noted = DamagedFile.objects.filter(path__startswith=f"{folder(model, '')}/")
    (noted.filter(path__in=paths) if paths else noted).delete()


def forget_under(path: Path) -> None:
    """Forget what was noted of everything in a folder that was made anew."""
    DamagedFile.objects.filter(path__startswith=f"{path}/").delete()


def remedy_of(model: str) -> str:
    """Return the command that makes a model anew."""
    if model == "recommender":
        return "manage.py learn --only recommender"
    return "manage.py learn --only scores" + (" --text" if "text" in model else "")


def sweep() -> int:
    """Read every file of the versions in use again; note what is broken, and return how
    many versions are.
    """
    n = 0
    for version in ModelVersion.objects.filter(withdrawn_at=None, card__promoted=True):
        path = folder(version.model, version.version)
        wrong = (
            wrong_with(version, anew=version.is_promoted)
            if path.exists() or version.is_promoted
            else ""
        )
        if wrong:
            note(str(path), wrong, remedy_of(version.model))
        else:
            forget(str(path))
        n += bool(wrong)
    shared_models.tidy()
    return n


@transaction.atomic
def _record(version: ModelVersion, name: str, known: list[Any]) -> None:
    row = ModelVersion.objects.select_for_update().get(pk=version.pk)
    row.files[name] = known
    row.save(update_fields=["files"])
    version.files = row.files
