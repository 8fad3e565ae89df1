"""What was measured of a model, kept beside it; which version is in use, and which fits a past time."""

from __future__ import annotations

import os
import shutil
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models.functions import Now

from recommender.models import ModelVersion
from retention_site.lib.commands import json_line, plain


class NoModel(LookupError):
    """Nothing was learned yet, or not for this time; the message says what to do."""


@dataclass(frozen=True)
class Card:
    """The card of contracts.md: every metric stands beside its baselines."""

    model: str
    version: str
    label: str
    horizon_days: float | None
    windows: dict[str, list[str] | None]  # fit, calibrate, test: from, to
    n: dict[str, int]  # fit, test
    metrics: dict[str, dict[str, float]]
    baselines: dict[str, dict[str, dict[str, float]]]
    groups: dict[str, dict[str, Any]]
    cost: dict[str, float]
    calibration: list[dict[str, float]] = field(default_factory=list)
    promoted: bool = False
    why: str = ""
    drift: dict[str, float | str] | None = None
    more: dict[str, Any] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """Return the card with the contract's keys first, what else is known of the model after them."""
        said = asdict(self)
        return said | said.pop("more")


def folder(model: str, version: str) -> Path:
    """Return where a version's files lie."""
    return Path(settings.MODEL_DIR) / model / version


def draft_folder(model: str, version: str) -> Path:
    """Return an empty folder to write a version into; `publish` makes it the version's."""
    path = Path(settings.MODEL_DIR) / model / f".{version}.{os.getpid()}"
    shutil.rmtree(path, ignore_errors=True)
    path.mkdir(parents=True)
    return path


def exists(model: str, version: str) -> bool:
    """Say whether this very version was trained before: same data, same settings, same time."""
    return (folder(model, version) / "card.json").exists() and ModelVersion.objects.filter(
        model=model, version=version
    ).exists()


def card_of(model: str, version: str) -> dict[str, Any]:
    """Return the card of a version that exists."""
    return dict(ModelVersion.objects.get(model=model, version=version).card)


def publish(
    draft: Path, card: Card, *, as_of: datetime, measure: str, higher_is_better: bool = True, refused: str = ""
) -> dict[str, Any]:
    """Judge a trained model against the one in use, write its card and put it in use when it is no worse.

    ``refused`` says why its training already knows that it must not be used.
    """
    is_good, why = (False, refused) if refused else _judge(card, measure, higher_is_better)
    final = plain(Card(**{**vars(card), "promoted": is_good, "why": why}).as_dict())  # what is undefined is null
    (draft / "card.json").write_text(json_line(final) + "\n")
    target = folder(card.model, card.version)
    shutil.rmtree(target, ignore_errors=True)
    draft.replace(target)
    _record(final, as_of, is_good=is_good)
    return final


def usable(model: str, as_of: datetime | None = None) -> ModelVersion:
    """Return the newest good version that saw nothing after `as_of`; raise `NoModel` with what to do."""
    good = ModelVersion.objects.filter(model=model, card__promoted=True).order_by("-as_of", "-id")
    if as_of is None:
        chosen = good.filter(is_promoted=True).first()
        if chosen is None:
            raise NoModel(f"No {model} model has been learned yet: run learn.")
        return chosen
    chosen = next((one for one in good.filter(as_of__lte=as_of) if folder(model, one.version).exists()), None)
    if chosen is not None:
        return chosen
    newer = good.last()
    if newer is None:
        raise NoModel(f"No {model} model has been learned yet: run learn.")
    raise NoModel(
        f"Every {model} model has seen what happened after {as_of.isoformat()} (the oldest was trained to "
        f"{newer.as_of.isoformat()}): run learn --as-of {as_of.isoformat()}."
    )


def _judge(card: Card, measure: str, higher_is_better: bool) -> tuple[bool, str]:
    """Compare with the version in use, by the measure of both cards' closed test windows."""
    mine = card.metrics.get(measure)
    rival = ModelVersion.objects.filter(model=card.model, is_promoted=True).exclude(version=card.version).first()
    theirs = rival.card.get("metrics", {}).get(measure) if rival else None
    if mine is None or mine["value"] is None:
        return rival is None, "nothing could be measured yet: too little is known before a closed window"
    if theirs is None or theirs.get("value") is None:
        return True, f"the first measured one: {measure} {mine['value']:.4f}"
    is_worse = mine["high"] < theirs["low"] if higher_is_better else mine["low"] > theirs["high"]
    words = f"{measure} {mine['value']:.4f}, {theirs['value']:.4f} before"
    return not is_worse, f"{'worse than' if is_worse else 'no worse than'} the one in use: {words}"


@transaction.atomic
def _record(card: dict[str, Any], as_of: datetime, *, is_good: bool) -> None:
    """Keep the card; a good one is in use unless a newer one is."""
    version, _made = ModelVersion.objects.update_or_create(
        model=card["model"], version=card["version"], defaults={"card": card, "as_of": as_of}
    )
    in_use = ModelVersion.objects.select_for_update().filter(model=card["model"], is_promoted=True)
    if is_good and not in_use.exclude(pk=version.pk).filter(as_of__gt=as_of).exists():
        in_use.exclude(pk=version.pk).update(is_promoted=False)
        ModelVersion.objects.filter(pk=version.pk).update(is_promoted=True, promoted_at=Now())
