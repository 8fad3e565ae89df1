"""Any Hugging Face encoder: its own tokenizer, pooling, maximum length and prefix."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from .base import Flags, Floats, Progress, UnreadableText, UnusableModel, unit
from .batching import batches
from .scripts import COMMON_HAN, has_letters, share_han, share_not_latin

MAX_CHARACTERS = 4_000  # of one text: more than any model here reads, cut before the tokenizer
MOST_UNKNOWN = 0.1  # share of unknown pieces
FOREIGN = 0.2  # share of letters outside the Latin script from which a text counts as foreign
PIECES_PER_LETTER = 0.75  # a script that falls apart into letters was not in the model's schooling


@dataclass(frozen=True, slots=True)
class Habits:
    """What a model wants done around it, read from the files beside its weights."""

    pooling: str  # mean, cls or max
    max_tokens: int
    prefix: str


class Transformer:
    """Encodes with torch on the CPU, or on a GPU where there is one."""

    variant = "fp32"

    def __init__(self, folder: Path, name: str | None = None) -> None:
        if not (folder / "config.json").is_file():
            raise UnusableModel(f"{folder} holds no config.json: it is not a Hugging Face model directory.")
        self.folder, self.name = folder, name or folder.name
        self.habits = read_habits(folder)

    @cached_property
    def space(self) -> str:
        return f"{self.name.replace('/', '--')}-{fingerprint(self.folder)}-{self.variant}"

    @cached_property
    def n_dimensions(self) -> int:
        return int(json.loads((self.folder / "config.json").read_text())["hidden_size"])

    @cached_property
    def _tokenizer(self) -> Any:
        from transformers import AutoTokenizer

        try:
            return AutoTokenizer.from_pretrained(str(self.folder), local_files_only=True)
        except (OSError, ValueError) as error:
            raise UnusableModel(f"The tokenizer in {self.folder} can't be loaded: {error}") from error

    @cached_property
    def _model(self) -> Any:
        import torch
        from transformers import AutoModel
        from transformers.utils import logging

        logging.disable_progress_bar()
        try:
            model = AutoModel.from_pretrained(str(self.folder), local_files_only=True)
        except (OSError, ValueError) as error:
            raise UnusableModel(f"The weights in {self.folder} can't be loaded: {error}") from error
        return model.eval().to("cuda" if torch.cuda.is_available() else "cpu")

    @cached_property
    def _reads_han(self) -> bool:
        """Try the hundred commonest Chinese characters: a model made for them knows nearly all."""
        return self._share_unknown(self._pieces([COMMON_HAN])[0]) <= MOST_UNKNOWN

    def can_read(self, texts: Sequence[str]) -> Flags:
        cut = [text[:MAX_CHARACTERS] for text in texts]
        return np.array([self._reads(text, ids) for text, ids in zip(cut, self._pieces(cut), strict=True)], bool)

    def _reads(self, text: str, ids: Sequence[int]) -> bool:
        if not has_letters(text) or self._share_unknown(ids) > MOST_UNKNOWN:
            return False
        if share_han(text) >= FOREIGN:
            return self._reads_han
        n_letters = sum(character.isalpha() for character in text)
        return share_not_latin(text) < FOREIGN or len(ids) / n_letters <= PIECES_PER_LETTER

    def _share_unknown(self, ids: Sequence[int]) -> float:
        return ids.count(self._tokenizer.unk_token_id) / len(ids) if ids else 1.0

    def _pieces(self, texts: Sequence[str], *, with_frame: bool = False) -> list[list[int]]:
        if not texts:
            return []
        made = self._tokenizer(
            list(texts), add_special_tokens=with_frame, truncation=True, max_length=self.habits.max_tokens
        )
        return made["input_ids"]

    def encode(self, texts: Sequence[str], progress: Progress = lambda share: None) -> Floats:
        if len(texts) and not (readable := self.can_read(texts)).all():
            raise UnreadableText(f"{self.name} can't read {texts[int(np.argmin(readable))][:60]!r}.")
        unique, place = np.unique(
            np.array([self.habits.prefix + text[:MAX_CHARACTERS] for text in texts], object), return_inverse=True
        )
        vectors = self._encode_unique(self._pieces(list(unique), with_frame=True), progress)
        return vectors[place]

    def _encode_unique(self, ids: list[list[int]], progress: Progress) -> Floats:
        vectors = np.zeros((len(ids), self.n_dimensions), np.float32)
        n_done = 0
        for batch in batches([len(one) for one in ids]):
            vectors[batch] = self.forward([ids[number] for number in batch])
            n_done += len(batch)
            progress(n_done / len(ids))
        return unit(vectors)

    def forward(self, ids: Sequence[Sequence[int]]) -> Floats:
        """Run the model over one batch of token ids and pool it."""  # (n, n_dimensions)
        import torch

        padded = self._tokenizer.pad({"input_ids": list(ids)}, return_tensors="pt").to(self._model.device)
        with torch.inference_mode():
            states = self._model(**padded).last_hidden_state  # (n, n_tokens, d)
            pooled = pool(states, padded["attention_mask"], self.habits.pooling)
        return pooled.float().cpu().numpy()


def pool(states: Any, mask: Any, pooling: str) -> Any:
    """Make one vector of a text's token vectors, as the model was trained to be used."""
    if pooling == "cls":
        return states[:, 0]
    weight = mask[..., None].to(states.dtype)
    if pooling == "max":
        return states.masked_fill(weight == 0, float("-inf")).amax(1)
    return (states * weight).sum(1) / weight.sum(1).clamp(min=1)


def read_habits(folder: Path) -> Habits:
    """Read pooling, maximum length and prefix from the files that sentence encoders carry."""
    pooling = _json(folder / "1_Pooling" / "config.json")
    words = _json(folder / "config_sentence_transformers.json").get("prompts") or {}
    model = _json(folder / "config.json")
    limit = _json(folder / "sentence_bert_config.json").get("max_seq_length") or 256
    kind = (
        "cls" if pooling.get("pooling_mode_cls_token") else "max" if pooling.get("pooling_mode_max_tokens") else "mean"
    )
    return Habits(kind, min(int(limit), int(model.get("max_position_embeddings", limit))), words.get("query", ""))


def fingerprint(folder: Path) -> str:
    """Hash what decides the vectors: the weights' sizes and headers, and every small file."""
    digest = hashlib.sha256()
    for path in sorted(folder.glob("**/*")):
        if path.is_file() and path.suffix in {".json", ".txt", ".safetensors", ".bin", ".model", ".onnx"}:
            with path.open("rb") as file:
                digest.update(f"{path.relative_to(folder)} {path.stat().st_size} ".encode() + file.read(1 << 20))
                file.seek(-min(path.stat().st_size, 1 << 16), 2)
                digest.update(file.read())
    return digest.hexdigest()[:10]


def _json(path: Path) -> dict[str, Any]:
    return json.loads(path.read_text()) if path.is_file() else {}
