"""Texts become token ids, and what a tokenizer knows says what its model can read."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

from .base import UnusableModel
from .model_config import Habits, read_json
from .scripts import COMMON_HAN, FOREIGN, has_letters, share_han, share_not_latin

# of one text: more than any model here reads, cut before the tokenizer
MAX_CHARACTERS = 4_000
MOST_UNKNOWN = 0.1  # share of unknown pieces
# a script that falls apart into letters was not in the model's schooling
PIECES_PER_LETTER = 0.75
USUAL_UNKNOWN = ("[UNK]", "<unk>", "<|unk|>")


class Tokens:
    """A model's own tokenizer with its prefix and maximum length."""

    def __init__(self, folder: Path, habits: Habits) -> None:
        self.folder, self.habits = folder, habits

    @cached_property
    def _tokenizer(self) -> Any:
        made = _open(self.folder)
        made.no_padding()
        made.enable_truncation(self.habits.max_tokens)
        return made

    @cached_property
    def _unknown(self) -> int | None:
        """Id of the piece that stands for everything the model does not know; None
        where it knows every byte.
        """
        told = read_json(self.folder / "tokenizer_config.json").get("unk_token")
        names = [
            told.get("content") if isinstance(told, dict) else told,
            *USUAL_UNKNOWN,
        ]
        ids = (
            self._tokenizer.token_to_id(name) for name in names if isinstance(name, str)
        )
        return next((found for found in ids if found is not None), None)

    @cached_property
    def _n_frame(self) -> int:
        return len(self._tokenizer.encode(self.habits.prefix.strip()).ids)

    @cached_property
    def reads_han(self) -> bool:
        """Try the hundred commonest Chinese characters: a model made for them knows
        nearly all.
        """
        return self._share_unknown(self.ids([COMMON_HAN])[0]) <= MOST_UNKNOWN

    def open(self) -> None:
        """Load the vocabulary now, not with the first text."""
        _ = self._tokenizer

    def ids(self, texts: Sequence[str]) -> list[list[int]]:
        """Return each text's token ids with prefix and frame, cut to what the model
        reads.
        """
        framed = [self.habits.prefix + text[:MAX_CHARACTERS] for text in texts]
        return (
            [one.ids for one in self._tokenizer.encode_batch(framed)] if framed else []
        )

    def can_read(self, text: str, ids: Sequence[int]) -> bool:
        """Say whether the model knows enough of a text with these ids, by its script
        and its unknown pieces.
        """
        text = text[:MAX_CHARACTERS]
        if not has_letters(text) or self._share_unknown(ids) > MOST_UNKNOWN:
            return False
        if share_han(text) >= FOREIGN:
            return self.reads_han
        n_letters = sum(character.isalpha() for character in text)
        return (
            share_not_latin(text) < FOREIGN
            or (len(ids) - self._n_frame) / n_letters <= PIECES_PER_LETTER
        )

    def _share_unknown(self, ids: Sequence[int]) -> float:
        n_own = len(ids) - self._n_frame
        if n_own <= 0:
            return 1.0
        return ids.count(self._unknown) / n_own if self._unknown is not None else 0.0


def _open(folder: Path) -> Any:
    """Open the tokenizer's file, or have an older kind of files translated."""
    # of the extra `learn`: a shop that only sends may lack it
    from tokenizers import Tokenizer

    path = folder / "tokenizer.json"
    try:
        if path.is_file():
            return Tokenizer.from_file(str(path))
        # of the extra `learn`, and it loads torch
        from transformers import AutoTokenizer

        return AutoTokenizer.from_pretrained(
            str(folder), local_files_only=True
        ).backend_tokenizer
    except Exception as error:  # tokenizers raises no narrower one
        raise UnusableModel(
            f"The tokenizer in {folder} can't be loaded: {error}"
        ) from error
