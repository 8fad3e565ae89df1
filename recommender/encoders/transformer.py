"""Any Hugging Face encoder: its own tokenizer, pooling, maximum length and prefix."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from . import devices
from .base import Flags, Floats, Progress, UnreadableText, UnusableModel, unit
from .batching import GPU_BUDGET, TOKEN_BUDGET, batches
from .model_config import fingerprint, pool, read_habits, read_json
from .tokens import Tokens

Whole = npt.NDArray[np.int64]


class Transformer:
    """Encodes with torch on the CPU, or on a GPU where there is one."""

    variant = "fp32"

    def __init__(self, folder: Path, name: str | None = None) -> None:
        config = read_json(folder / "config.json")
        n_dimensions = config.get("hidden_size", config.get("dim"))
        if not isinstance(n_dimensions, int):
            raise UnusableModel(
                f"{folder} holds no config.json of an encoder: it is not a Hugging Face"
                " model directory."
            )
        self.folder, self.name = folder, name or folder.name
        self.n_dimensions = n_dimensions
        self.habits = read_habits(folder)
        self.tokens = Tokens(folder, self.habits)

    @cached_property
    def content(self) -> str:
        """A hash of what decides the vectors but their variant."""
        return fingerprint(self.folder)

    @property
    def space(self) -> str:
        return f"{self.name.replace('/', '--')}-{self.content}-{self.variant}"

    @property
    def budget(self) -> int:
        """Padded tokens that it takes at once."""
        return TOKEN_BUDGET if devices.device() == "cpu" else GPU_BUDGET

    def can_read(self, texts: Sequence[str]) -> Flags:
        ids = self.tokens.ids(texts)
        return np.array(
            [
                self.tokens.can_read(text, own)
                for text, own in zip(texts, ids, strict=True)
            ],
            bool,
        )

    def encode(
        self, texts: Sequence[str], progress: Progress = lambda share: None
    ) -> Floats:
        unique, place = np.unique(np.array(list(texts), object), return_inverse=True)
        ids = self.tokens.ids(list(unique))
        for text, own in zip(unique, ids, strict=True):
            if not self.tokens.can_read(text, own):
                raise UnreadableText(f"{self.name} can't read {text[:60]!r}.")
        return self._encode_unique(ids, progress)[place]

    def _encode_unique(self, ids: list[list[int]], progress: Progress) -> Floats:
        vectors = np.zeros((len(ids), self.n_dimensions), np.float32)
        n_done = 0
        for batch in batches([len(one) for one in ids], self.budget):
            padded, mask = beside([ids[number] for number in batch])
            vectors[batch] = pool(self.states(padded, mask), mask, self.habits.pooling)
            n_done += len(batch)
            progress(n_done / len(ids))
        return unit(vectors)

    def states(self, ids: Whole, mask: Whole) -> Floats:
        """Run the model over one batch."""  # (n, t) twice → (n, t, d)
        # torch takes seconds and hundreds of MiB: only who learns or encodes pays
        import torch

        with torch.inference_mode():
            given = {
                "input_ids": torch.from_numpy(ids),
                "attention_mask": torch.from_numpy(mask),
            }
            moved = {
                name: value.to(self._model.device) for name, value in given.items()
            }
            return self._model(**moved).last_hidden_state.float().cpu().numpy()

    @cached_property
    def _model(self) -> Any:
        # torch takes seconds and hundreds of MiB: only who learns or encodes pays
        import torch
        from transformers import AutoModel
        from transformers.utils import logging

        logging.disable_progress_bar()
        logging.set_verbosity_error()  # sentence encoders come without a pooler
        try:
            model = AutoModel.from_pretrained(
                str(self.folder), local_files_only=True, dtype=torch.float32
            )
        except (OSError, ValueError) as error:
            raise UnusableModel(
                f"The weights in {self.folder} can't be loaded: {error}"
            ) from error
        return model.eval().to(devices.device())


def beside(ids: Sequence[Sequence[int]]) -> tuple[Whole, Whole]:
    """Lay token ids of different lengths side by side, and mark which are there."""  # (n, t) twice
    padded = np.zeros((len(ids), max(map(len, ids), default=0)), np.int64)
    mask = np.zeros_like(padded)
    for row, own in enumerate(ids):
        padded[row, : len(own)], mask[row, : len(own)] = own, 1
    return padded, mask
