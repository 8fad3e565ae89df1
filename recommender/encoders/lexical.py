"""Words and parts of words: reads any language, knows no meaning. The baseline, and the
fallback.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import numpy as np

from .base import Flags, Floats, Progress, UnreadableText, unit
from .scripts import has_letters

MAX_CHARACTERS = 2_000
N_DIMENSIONS = 128
MAX_SCHOOL = 20_000  # texts that the space is learned from
SEED = 0
NOTHING = "nothing"  # a space must be learned from something
WORD = r"(?u)\w+"


class Lexical:
    """TF-IDF of words and character n-grams, reduced by a singular value decomposition.

    The space is learned from the texts it will hold, so other texts make another space.
    """

    def __init__(self, school: Sequence[str]) -> None:
        # scikit-learn takes a second to load: only learning pays
        from sklearn.decomposition import TruncatedSVD
        from sklearn.feature_extraction.text import TfidfVectorizer
        from sklearn.pipeline import make_union

        unique = sorted({text[:MAX_CHARACTERS] for text in school if has_letters(text)})
        chosen = (
            unique
            if len(unique) <= MAX_SCHOOL
            else unique[:: len(unique) // MAX_SCHOOL + 1]
        )
        words = TfidfVectorizer(
            ngram_range=(1, 2), sublinear_tf=True, token_pattern=WORD, dtype=np.float32
        )
        parts = TfidfVectorizer(
            analyzer="char_wb",
            ngram_range=(2, 4),
            sublinear_tf=True,
            max_features=100_000,
            dtype=np.float32,
        )
        self._table = make_union(words, parts)
        counted = self._table.fit_transform(chosen or [NOTHING])
        self.n_dimensions = max(min(N_DIMENSIONS, min(counted.shape) - 1), 1)
        self._reduce = TruncatedSVD(self.n_dimensions, random_state=SEED).fit(counted)
        digest = hashlib.sha256("\n".join(chosen).encode()).hexdigest()[:10]
        self.space = f"lexical-{digest}-svd{self.n_dimensions}"

    def can_read(self, texts: Sequence[str]) -> Flags:
        return np.array([has_letters(text) for text in texts], bool)

    def encode(
        self, texts: Sequence[str], progress: Progress = lambda share: None
    ) -> Floats:
        if not len(texts):
            return np.zeros((0, self.n_dimensions), np.float32)
        if not (readable := self.can_read(texts)).all():
            raise UnreadableText(
                f"There is no word in {texts[int(np.argmin(readable))][:60]!r}."
            )
        made = self._reduce.transform(
            self._table.transform([text[:MAX_CHARACTERS] for text in texts])
        )
        progress(1.0)
        return unit(made)
