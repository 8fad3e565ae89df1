"""Encode what is new among the shop's texts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from functools import lru_cache
from pathlib import Path
from threading import Lock, Thread
from typing import Any

from django.conf import settings

from profiles.jobs import Progress
from recommender.encoders.base import Encoder, UnusableModel
from recommender.encoders.fast import ready
from recommender.encoders.selection import choose
from recommender.encoders.transformer import Transformer
from retention_site.lib import registry

from .centring import twice
from .store import Space, current, digests, held, keep, use

OPENING = Lock()


def encode_missing(
    texts: Sequence[str],
    *,
    part: int,
    n_parts: int,
    progress: Progress,
    said: Sequence[str] = (),
    is_past: bool = False,
) -> dict[str, Any]:
    """Encode what is new among one share of the items' texts and of what customers
    said, and say what was done.

    Texts of the past never change the space in use.
    """
    items, others = sorted(set(texts) - {""}), sorted(set(said) - set(texts) - {""})
    encoder, why = _chosen(items, others)
    progress(0.02, why)
    whole = [*items, *others]
    share = [
        text
        for text, key in zip(whole, digests(whole), strict=True)
        if int(key[:8], 16) % n_parts == part
    ]
    known = held(encoder.space).find(digests(share)) >= 0
    new = [text for text, is_known in zip(share, known, strict=True) if not is_known]
    readable = [
        text for text, can in zip(new, encoder.can_read(new), strict=True) if can
    ]
    if readable:
        keep(encoder.space, readable, encoder.encode(readable, progress))
    _keep_twice(encoder)
    space = _space(encoder, why)
    if not is_past or current() is None:
        use(space)
    return asdict(space) | {
        "texts": len(share),
        "encoded": len(readable),
        "unreadable": len(new) - len(readable),
    }


def _chosen(items: Sequence[str], others: Sequence[str]) -> tuple[Encoder, str]:
    """Return the plug-in that ENCODER_MODEL names, else the language model for the
    shop's words; and why.
    """
    plugged = registry.everything("encoders").get(settings.ENCODER_MODEL)
    if plugged is not None:
        return plugged(items), f"ENCODER_MODEL asks for {settings.ENCODER_MODEL}"
    return choose(settings.ENCODER_MODEL, items, models(), others)


def _keep_twice(encoder: Encoder) -> None:
    """Encode the words that tell how far languages stand apart, where the model reads
    them.
    """
    words = twice()
    if (held(encoder.space).find(digests(words)) < 0).any() and encoder.can_read(
        words
    ).all():
        keep(encoder.space, words, encoder.encode(words))


def models() -> Path:
    """Return where models that were imported or drawn are kept."""
    return Path(settings.MODEL_DIR) / "encoders"


def for_queries() -> tuple[Space, Transformer] | None:
    """Return the space in use and its encoder, where that runs without torch; None
    else. Quick after the first call.
    """
    space = current()
    if space is None or not space.folder:
        return None
    with OPENING:  # who comes while it is loaded waits for that one
        encoder = _reopened(space.folder, space.model, space.name, models())
    return (space, encoder) if encoder else None


def prepare_for_queries() -> None:
    """Begin to load what reads queries, aside: soon somebody will type one."""
    Thread(target=for_queries, daemon=True).start()


@lru_cache(maxsize=1)
def _reopened(folder: str, model: str, space: str, home: Path) -> Transformer | None:
    try:
        encoder = ready(Transformer(Path(folder), model), home)
    except UnusableModel:
        return None
    return encoder.open() if encoder and encoder.space == space else None


def _space(encoder: Encoder, why: str) -> Space:
    if isinstance(encoder, Transformer):
        return Space(
            encoder.space, why, encoder.n_dimensions, encoder.name, str(encoder.folder)
        )
    return Space(encoder.space, why, encoder.n_dimensions)
