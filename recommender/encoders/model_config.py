"""What a model wants done around it, read from the files beside its weights."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from .base import Floats, UnusableModel

# these number a text's tokens from behind the padding's id
BEHIND_PADDING = {"roberta", "xlm-roberta", "camembert", "mpnet"}
SUFFIXES = {".json", ".txt", ".safetensors", ".bin", ".model"}


@dataclass(frozen=True, slots=True)
class Habits:
    """How a model was trained to be used."""

    pooling: str  # mean, cls or max
    max_tokens: int
    prefix: str


def read_habits(folder: Path) -> Habits:
    """Read pooling, maximum length and prefix from the files that sentence encoders
    carry.
    """
    pooling = read_json(folder / "1_Pooling" / "config.json")
    words = read_json(folder / "config_sentence_transformers.json").get("prompts") or {}
    model = read_json(folder / "config.json")
    limit = read_json(folder / "sentence_bert_config.json").get("max_seq_length") or 256
    kind = (
        "cls"
        if pooling.get("pooling_mode_cls_token")
        else "max"
        if pooling.get("pooling_mode_max_tokens")
        else "mean"
    )
    places = int(model.get("max_position_embeddings", limit))
    if model.get("model_type") in BEHIND_PADDING:
        places -= int(model.get("pad_token_id") or 0) + 1
    return Habits(kind, min(int(limit), places), words.get("query", ""))


def fingerprint(folder: Path) -> str:
    """Hash what decides the vectors: the weights' sizes and headers, and every small
    file.
    """
    digest = hashlib.sha256()
    for path in sorted(folder.glob("**/*")):
        if path.is_file() and path.suffix in SUFFIXES:
            with path.open("rb") as file:
                digest.update(
                    f"{path.relative_to(folder)} {path.stat().st_size} ".encode()
                    + file.read(1 << 20)
                )
                file.seek(-min(path.stat().st_size, 1 << 16), 2)
                digest.update(file.read())
    return digest.hexdigest()[:10]


def read_json(path: Path) -> dict[str, Any]:
    """Read a JSON object; empty where there is no file. Raise `UnusableModel` where it
    is none.
    """
    if not path.is_file():
        return {}
    try:
        found = json.loads(path.read_text())
    except ValueError as error:
        raise UnusableModel(f"{path} is not JSON: {error}.") from error
    return found if isinstance(found, dict) else {}


def pool(
    states: Floats, mask: Any, pooling: str
) -> Floats:  # (n, t, d), (n, t) → (n, d)
    """Make one vector of a text's token vectors, as the model was trained to be used."""

    if pooling == "cls":
        return states[:, 0]
    there = mask[:, :, None].astype(np.float32)
    if pooling == "max":
        return np.where(there > 0, states, -np.inf).max(1)
    return (states * there).sum(1) / np.maximum(there.sum(1), 1)
