"""Trained models: those that compare customers keep some customers' purchases."""

from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import structlog
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from profiles.privacy.contract import Counts, Shown, Store
from profiles.privacy.person import Person
from recommender import model_files, shared_models
from recommender.models import ModelVersion

log = structlog.get_logger(__name__)
UNREADABLE = "gone, for it could not be read when a person was to be forgotten"


class Models(Store):
    label = _("Trained models")
    fate = _("Models that compare customers forget what the person bought.")
    is_rewritten = True
    stays = _(
        "What was learned from everybody together: sums in which nobody can be told"
        " apart."
    )

    def erase(self, person: Person) -> Counts:
        return {"model": sum(_forget(path, person) for path in _files())}

    def export(self, person: Person) -> Shown:
        customers = np.array(person.customers, np.int64)
        return [
            {
                "model": path.parent.parent.name,
                "version": path.parent.name,
                "holds": "purchases to compare others with",
            }
            for path in _files()
            if _version_of(path)
            and any(
                one.holds(customers)
                for one in _keepers(joblib.load(path, mmap_mode="r"))
            )
        ]


def _forget(path: Path, person: Person) -> bool:
    """Take the person out of a model's file; workers that have it open read the old one
    until they open it again.

    What can't be read is removed, for nobody can look into it: an erasure never waits
    for a model. The version is noted, and learned anew.
    """
    version = _version_of(path)
    if version is not None:
        try:
            return _forgotten(version, path, person)
        except Exception:  # of code that is no more, or too large for this machine
            log.exception("a model can't be opened to forget a person", path=str(path))
    _set_aside(path)
    return True


def _forgotten(version: ModelVersion, path: Path, person: Person) -> bool:
    customers = np.array(person.customers, np.int64)
    if not any(
        one.holds(customers) for one in _keepers(joblib.load(path, mmap_mode="r"))
    ):
        return False
    model = joblib.load(path)
    for one in _keepers(model):
        one.forget(customers)
    draft = path.with_suffix(".draft")
    joblib.dump(model, draft)
    model_files.replace(version, path.name, draft)
    return True


def _version_of(path: Path) -> ModelVersion | None:
    """Return the version that a file belongs to, if it is what was recorded of it:
    nothing else may be opened.
    """
    found = ModelVersion.objects.filter(
        model=path.parent.parent.name, version=path.parent.name
    ).first()
    return found if found and not model_files.wrong_with(found, path.name) else None


def _set_aside(path: Path) -> None:
    path.unlink(missing_ok=True)
    model, version = path.parent.parent.name, path.parent.name
    if found := ModelVersion.objects.filter(model=model, version=version).first():
        shared_models.drop(digest for _n, digest in found.files.get(path.name, []))
        wrong = f"{path.name} of {model} {version} is {UNREADABLE}"
        model_files.note(str(path.parent), wrong, model_files.remedy_of(model))


def _keepers(model: Any) -> Iterator[Any]:
    """Yield the parts of a model that keep rows of customers: they can forget them."""
    if hasattr(model, "forget") and hasattr(model, "holds"):
        yield model
    if is_dataclass(model) and not isinstance(model, type):
        for one in fields(model):
            yield from _keepers(getattr(model, one.name, None))
    elif isinstance(model, dict):
        for inner in model.values():
            yield from _keepers(inner)
    elif isinstance(model, list | tuple) and not all(
        isinstance(one, str) for one in model
    ):
        for inner in model:
            yield from _keepers(inner)


def _files() -> list[Path]:
    """Every model's file, those that only other hosts have fetched before."""
    if shared_models.is_used():
        for version in ModelVersion.objects.all():
            for name in version.files:
                if name.endswith(".joblib"):
                    model_files.wrong_with(version, name)
    return sorted(Path(settings.MODEL_DIR).glob("*/*/*.joblib"))
