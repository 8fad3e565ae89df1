"""What was measured of a model, kept beside it; which version is in use, and which fits
a past time.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from math import isfinite
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models.functions import Now

from recommender import model_files, shared_models
from recommender.model_files import NoModel, folder
from recommender.models import ModelVersion
from recommender.stats.ranking import Estimate
from retention_site.lib.commands import json_line, plain

# metrics that are 0 where nothing of what was bought stood in a list
HITS = ("ndcg@10", "recall@20", "hit@10")
FOUND_NOTHING = "none of the lists held anything of what the {n} customers of the test window bought"


@dataclass(frozen=True)
class Card:
    """A card as docs/contract/commands.md says it: every metric stands beside its baselines."""

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
        """Return the card with the contract's keys first, what else is known of the
        model after them.
        """
        said = asdict(self)
        return said | said.pop("more")


@dataclass(frozen=True)
class Compared:
    """The version in use beside a new one: the same customers in the same window, which
    neither has seen.
    """

    version: str  # the one in use
    measure: str
    n: int
    mine: float
    theirs: float
    difference: Estimate  # mine − theirs, of the same customers
    higher_is_better: bool

    @property
    def is_worse(self) -> bool:
        return (
            self.difference.high < 0
            if self.higher_is_better
            else self.difference.low > 0
        )

    @property
    def words(self) -> str:
        verdict = "worse than" if self.is_worse else "no worse than"
        return (
            f"{verdict} the one in use on the same {self.n} customers: "
            f"{self.measure} {self.mine:.4f}, the other {self.theirs:.4f}"
        )


def draft_folder(model: str, version: str) -> Path:
    """Return an empty folder to write a version into; `publish` makes it the version's."""
    path = Path(settings.MODEL_DIR) / model / f".{version}.{os.getpid()}"
    shutil.rmtree(path, ignore_errors=True)
    path.mkdir(parents=True)
    return path


def exists(model: str, version: str) -> bool:
    """Say whether this very version was trained before, and is whole: same data, same
    settings, same time.
    """
    found = ModelVersion.objects.filter(model=model, version=version).first()
    return found is not None and not model_files.wrong_with(found)


def card_of(model: str, version: str) -> dict[str, Any]:
    """Return the card of a version that exists."""
    return dict(ModelVersion.objects.get(model=model, version=version).card)


def in_use(model: str, *, besides: str = "") -> ModelVersion | None:
    """Return the version in use, unless it is the one named."""
    return (
        ModelVersion.objects.filter(model=model, is_promoted=True)
        .exclude(version=besides)
        .first()
    )


def publish(
    draft: Path,
    card: Card,
    *,
    as_of: datetime,
    compared: Compared | None = None,
    refused: str = "",
    unmeasured: str = "too little is known before a closed window",
) -> dict[str, Any]:
    """Write the card of a trained model, and put it in use where it is no worse than
    the one in use.

    ``refused`` says why its training already knows that it must not be used;
    ``compared`` is None where nothing in use can be asked about the same window;
    ``unmeasured`` says why nothing was measured, where nothing was.
    """
    is_good, why = (False, refused) if refused else _judge(card, compared, unmeasured)
    more = card.more | {
        "as_of": as_of,
        "against_last": (
            asdict(compared) | {"words": compared.words} if compared else None
        ),
    }
    # undefined is null
    final = plain(
        Card(**{**vars(card), "promoted": is_good, "why": why, "more": more}).as_dict()
    )
    (draft / "card.json").write_text(json_line(final) + "\n")
    files = model_files.recorded(draft)
    shared_models.put(draft, files)
    target = folder(card.model, card.version)
    shutil.rmtree(target, ignore_errors=True)
    draft.replace(target)
    _record(final, as_of, files, is_good=is_good)
    model_files.forget_of(card.model, [] if is_good else [card.version])
    return final


def usable(model: str, as_of: datetime | None = None) -> ModelVersion:
    """Return the newest good version that saw nothing after `as_of`; raise `NoModel`
    with what to do.
    """
    good = ModelVersion.objects.filter(
        model=model, card__promoted=True, withdrawn_at=None
    ).order_by("-as_of", "-id")
    if as_of is None:
        chosen = good.filter(is_promoted=True).first()
        if chosen is None:
            raise NoModel(_nothing_to_use(model))
        older = (
            one
            for one in good.filter(as_of__lte=chosen.as_of).exclude(pk=chosen.pk)
            if _is_there(one)
        )
        return _first_whole([chosen, *older])
    fitting = [
        one
        for one in good.filter(as_of__lte=as_of)
        if one.is_promoted or _is_there(one)
    ]
    if fitting:
        return _first_whole(fitting)
    newer = good.last()
    if newer is None:
        raise NoModel(_nothing_to_use(model))
    raise NoModel(
        f"Every {model} model has seen what happened after {as_of.isoformat()} (the"
        f" oldest was trained to {newer.as_of.isoformat()}): run learn --as-of"
        f" {as_of.isoformat()}."
    )


def _first_whole(versions: Sequence[ModelVersion]) -> ModelVersion:
    """Return the first version whose files are what was written: it serves until a
    broken one is made anew.
    """
    for version in versions:
        if model_files.is_whole(version):
            return version
    raise model_files.refuse(versions[0])


def _is_there(version: ModelVersion) -> bool:
    is_shared = shared_models.is_used() and bool(version.files)
    return is_shared or folder(version.model, version.version).exists()


def _nothing_to_use(model: str) -> str:
    """Say why no version may be used: none was learned, or what was learned last is not
    good enough.
    """
    newest = (
        ModelVersion.objects.filter(model=model, withdrawn_at=None)
        .order_by("-as_of", "-id")
        .first()
    )
    if newest is None:
        return f"No {model} model has been learned yet: run learn."
    why = newest.card.get("why")
    return (
        f"The {model} model learned as of {newest.as_of:%Y-%m-%d} is not used: {why}; "
        "once there is more to learn from, run learn."
    )


def _judge(card: Card, compared: Compared | None, unmeasured: str) -> tuple[bool, str]:
    """Say whether a version is good to use, and why."""
    known = (
        (name, one["value"])
        for name, one in card.metrics.items()
        if one["value"] is not None
    )
    measured = next(((name, value) for name, value in known if isfinite(value)), None)
    if measured is not None and measured[0] in HITS and measured[1] <= 0:
        return False, FOUND_NOTHING.format(n=card.n["test"])
    if compared is not None:
        return not compared.is_worse, compared.words
    if measured is None:
        has_rival = in_use(card.model, besides=card.version) is not None
        return not has_rival, f"nothing could be measured yet: {unmeasured}"
    return True, f"the first that can be compared: {measured[0]} {measured[1]:.4f}"


@transaction.atomic
def _record(
    card: dict[str, Any], as_of: datetime, files: model_files.Recorded, *, is_good: bool
) -> None:
    """Keep the card; a good one is in use unless a newer one is."""
    version, _made = ModelVersion.objects.update_or_create(
        model=card["model"],
        version=card["version"],
        defaults={"card": card, "as_of": as_of, "files": files},
    )
    in_use = ModelVersion.objects.select_for_update().filter(
        model=card["model"], is_promoted=True
    )
    if is_good and not in_use.exclude(pk=version.pk).filter(as_of__gt=as_of).exists():
        in_use.exclude(pk=version.pk).update(is_promoted=False)
        ModelVersion.objects.filter(pk=version.pk).update(
            is_promoted=True, promoted_at=Now()
        )
