"""The same model in 8-bit whole numbers by onnxruntime: exported once, checked against
its floats, kept beside them.
"""

from __future__ import annotations

import fcntl
import os
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import Any, Self

import structlog

from .base import Floats
from .batching import TOKEN_BUDGET
from .model_config import read_json
from .transformer import Transformer, Whole

log = structlog.get_logger(__name__)
DRAWN = "2"  # of the export: another one makes other files and another space


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


def fast(slow: Transformer, home: Path) -> tuple[Transformer, str]:
    """Return the model's fast path and how true it is, or the model itself and why
    there is none.

    Exported, checked and kept in `home` at the first call; whoever comes meanwhile
    waits.
    """
    note = _note(slow, home)
    if not note.is_file():
        with alone(note.with_suffix(".lock")):
            if not note.is_file():
                _make(slow, note)
    found = read_json(note)
    if found.get("is_good"):
        return (
            Fast(slow, note.with_suffix(".onnx")),
            f"in 8 bits, cosine {found['mean']:.3f} to its floats",
        )
    if "mean" in found:
        return slow, f"8 bits were refused, cosine {found['mean']:.3f} to its floats"
    return slow, f"it has no fast path: {found.get('why', 'its export did not end')}"


def _make(slow: Transformer, note: Path) -> None:
    """Export in a process of its own: it takes torch and twice the model's memory."""
    command = [sys.executable, "-m", "recommender.encoders.export"]
    root = Path(__file__).resolve().parents[2]
    said = subprocess.run(
        [*command, str(slow.folder), slow.name, str(note)],
        cwd=root,
        capture_output=True,
        text=True,
        check=False,
    )
    if said.returncode:
        log.warning("export_failed", model=slow.name, said=said.stderr[-2000:])


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
    # of the extra `learn`: a shop that only sends may lack it
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


@contextmanager
def alone(path: Path) -> Iterator[None]:
    """Let one process at a time pass; the system frees the lock of one that dies."""

    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
