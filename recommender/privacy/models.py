"""Trained models: those that compare customers keep some customers' purchases."""

from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

import joblib
import numpy as np
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from profiles.privacy.contract import Counts, Shown, Store
from profiles.privacy.person import Person


class Models(Store):
    label = _("Trained models")
    fate = _("Models that compare customers forget what the person bought.")
    stays = _("What was learned from everybody together: sums in which nobody can be told apart.")

    def erase(self, person: Person) -> Counts:
        return {"model": sum(_forget(path, person) for path in _files())}

    def export(self, person: Person) -> Shown:
        customers = np.array(person.customers, np.int64)
        return [
            {"model": path.parent.parent.name, "version": path.parent.name, "holds": "purchases to compare others with"}
            for path in _files()
            if any(one.holds(customers) for one in _keepers(joblib.load(path, mmap_mode="r")))
        ]


def _forget(path: Path, person: Person) -> bool:
    """Take the person out of a model's file; workers that have it open read the old one until they open it again."""
    customers = np.array(person.customers, np.int64)
    try:
        keeps = any(one.holds(customers) for one in _keepers(joblib.load(path, mmap_mode="r")))
    except (ImportError, AttributeError):  # of code that is no more: it serves nobody, and nobody can look into it
        path.unlink()
        return True
    if not keeps:
        return False
    model = joblib.load(path)
    for one in _keepers(model):
        one.forget(customers)
    draft = path.with_suffix(".draft")
    joblib.dump(model, draft)
    draft.replace(path)
    return True


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
    elif isinstance(model, list | tuple) and not all(isinstance(one, str) for one in model):
        for inner in model:
            yield from _keepers(inner)


def _files() -> list[Path]:
    return sorted(Path(settings.MODEL_DIR).glob("*/*/*.joblib"))
