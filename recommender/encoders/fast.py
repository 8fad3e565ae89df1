"""The same model in 8-bit whole numbers by onnxruntime: drawn once, checked against its
floats, kept beside them.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import Any, Self

import numpy as np

from . import graph
from .base import Floats
from .batching import TOKEN_BUDGET
from .model_config import read_json
from .transformer import Transformer, Whole

LEAST_COSINE = 0.99  # mean over the check's texts, and
LEAST_OF_ALL = 0.97  # of each one of them
DRAWN = "1"  # of the drawing: another one makes other files and another space
CHECKED = (
    "Rye bread",
    "Organic whole milk, 1 l",
    "Wine. RED WINES. National",
    "running shoes",
    "BRK BACON CANADIAN-STYLE",
    "Dry cat food, salmon and rice, for indoor cats over seven years",
    "usb-c charger 65 W",
    "dark chocolate 85 %",
    "wireless noise cancelling headphones with case",
    "red dress for a summer wedding",
    "Men's hiking boots, size 44",
    (
        "This serum leaves the skin soft, but the pump broke after two weeks and the"
        " shop did not answer my letters."
    ),
    "无线降噪耳机",
    "有机全脂牛奶 1 升",
    "这款精华液很好用,但是泵头两周就坏了。",
    "Damen-Wanderschuhe, wasserdicht",
)


class Fast(Transformer):
    """Encodes by onnxruntime, without torch."""

    variant = f"int8v{DRAWN}"
    budget = TOKEN_BUDGET

    def __init__(self, slow: Transformer, drawn: Path | bytes) -> None:
        super().__init__(slow.folder, slow.name)
        self.drawn = drawn
        self.__dict__["content"] = slow.content  # read once

    @cached_property
    def _session(self) -> Any:
        return session(str(self.drawn) if isinstance(self.drawn, Path) else self.drawn)

    def open(self) -> Self:
        """Load tokenizer and weights side by side: a vocabulary of many languages alone
        takes half a second.
        """
        with ThreadPoolExecutor(1) as beside:
            weights = beside.submit(lambda: self._session)
            self.tokens.open()
            weights.result()
        return self

    def states(self, ids: Whole, mask: Whole) -> Floats:
        return self._session.run(None, {"ids": ids, "mask": mask})[0]


def fast(
    slow: Transformer, home: Path, judge: Transformer | None = None
) -> tuple[Transformer, str]:
    """Return the model's fast path and how true it is, or the model itself and why
    there is none.

    Drawn, checked against `judge` (the model itself in torch) and kept in `home` at the
    first call; whoever comes meanwhile waits.
    """
    if (
        not graph.can_draw(read_json(slow.folder / "config.json"))
        or not (slow.folder / "model.safetensors").is_file()
    ):
        return slow, "its kind has no fast path"
    note = _note(slow, home)
    if not note.is_file():
        with alone(note.with_suffix(".lock")):
            if not note.is_file():
                _make(slow, note, judge or slow)
    found = read_json(note)
    if found.get("is_good"):
        return (
            Fast(slow, note.with_suffix(".onnx")),
            f"in 8 bits, cosine {found['mean']:.3f} to its floats",
        )
    return slow, f"8 bits were refused, cosine {found.get('mean', 0):.3f} to its floats"


def in_floats(slow: Transformer) -> Transformer:
    """Return the same drawing without rounding: a judge that needs no torch, for models
    that tests compare with it.
    """
    return Fast(slow, graph.draw(slow.folder, is_int8=False).SerializeToString())


def ready(slow: Transformer, home: Path) -> Fast | None:
    """Return the fast path if it was drawn and found good."""
    note = _note(slow, home)
    return (
        Fast(slow, note.with_suffix(".onnx"))
        if read_json(note).get("is_good")
        else None
    )


def session(model: str | bytes) -> Any:
    """Open a model for running on half the cores: others work beside it."""
    import onnxruntime as ort

    options = ort.SessionOptions()
    options.intra_op_num_threads = max(len(os.sched_getaffinity(0)) // 2, 1)
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    return ort.InferenceSession(model, options, providers=["CPUExecutionProvider"])


def _note(slow: Transformer, home: Path) -> Path:
    """Name the file that says how the check came out; it is written last."""
    return (
        home / f"{slow.name.replace('/', '--')}-{slow.content}" / f"{Fast.variant}.json"
    )


def _make(slow: Transformer, note: Path, judge: Transformer) -> None:
    draft = note.with_suffix(f".{os.getpid()}")
    draft.write_bytes(graph.draw(slow.folder, is_int8=True).SerializeToString())
    cosines = _cosines(Fast(slow, draft), judge)
    is_good = bool(cosines.mean() >= LEAST_COSINE and cosines.min() >= LEAST_OF_ALL)
    if is_good:
        draft.replace(note.with_suffix(".onnx"))
    else:
        draft.unlink()
    said = {
        "is_good": is_good,
        "mean": float(cosines.mean()),
        "least": float(cosines.min()),
        "texts": len(cosines),
    }
    note.write_text(json.dumps(said))


def _cosines(rounded: Transformer, judge: Transformer) -> Floats:
    """Compare both on texts of a shop that the model can read."""
    texts = [
        text
        for text, can in zip(CHECKED, rounded.can_read(CHECKED), strict=True)
        if can
    ]
    return (
        (rounded.encode(texts) * judge.encode(texts)).sum(1)
        if texts
        else np.zeros(1, np.float32)
    )


@contextmanager
def alone(path: Path) -> Iterator[None]:
    """Let one process at a time pass; the system frees the lock of one that dies."""
    import fcntl

    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
