"""Keep a fine-tuned reader with its calibrations, and compare it with the one in use."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import numpy as np
from django.conf import settings

from recommender import model_cards, model_files
from recommender.encoders.selection import choose
from recommender.encoders.transformer import Transformer
from recommender.model_cards import Compared
from recommender.scorers.calibration import Calibration
from recommender.scorers.fitting import Trial
from recommender.scorers.link_functions import Family
from recommender.scorers.text_classifier import Reader
from recommender.stats.probabilities import difference
from recommender.vectors.encoding import models

FACTS = "reader.json"
PROBE = 2_000  # texts looked at to choose a model
SEED = 2


@dataclass(frozen=True)
class Kept:
    """A reader with the calibration that is used, and the one it was tested with."""

    reader: Reader
    calibration: Calibration
    tested: Calibration


def save(folder: Path, kept: Kept) -> None:
    kept.reader.save(folder / "reader")
    facts = {
        "max_tokens": kept.reader.schooling.max_tokens,
        "calibration": [kept.calibration.slope, kept.calibration.shift],
        "tested": [kept.tested.slope, kept.tested.shift],
    }
    (folder / FACTS).write_text(json.dumps(facts))


def load(folder: Path) -> Kept:
    facts = json.loads((folder / FACTS).read_text())
    reader = Reader.load(folder / "reader", facts["max_tokens"])
    return Kept(
        reader, Calibration(*facts["calibration"]), Calibration(*facts["tested"])
    )


def base_model(texts: Sequence[str]) -> Transformer | None:
    """Choose the language model that starts from: the one that encodes such texts; None
    where words alone do.
    """
    encoder, _why = choose(
        settings.ENCODER_MODEL, texts[:: max(len(texts) // PROBE, 1)], models()
    )
    return encoder if isinstance(encoder, Transformer) else None


def with_last(
    model: str, as_of: datetime, version: str, texts: Sequence[str], tried: Trial
) -> Compared | None:
    """Let the reader in use, as it was tested, read the same test window, which it
    never saw.
    """
    last = model_cards.in_use(model, besides=version)
    if last is None or last.as_of > as_of or model_files.wrong_with(last):
        return None
    kept = load(model_cards.folder(model, last.version))
    both = Trial(
        Family.YES,
        {"mine": tried.raw["text"], "theirs": kept.tested(kept.reader.raw(texts))},
        tried.y,
    )
    mine, theirs = both.losses("mine"), both.losses("theirs")
    return Compared(
        last.version,
        "log_loss",
        len(tried.y),
        float(mine.mean()),
        float(theirs.mean()),
        difference(mine, theirs, np.random.default_rng(SEED)),
        higher_is_better=False,
    )
