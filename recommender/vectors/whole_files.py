"""Files of vectors that are whole or not there."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO


def write(path: Path, writes: Callable[[BinaryIO], object]) -> None:
    """Write a file that is whole or not there."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(f"{path.suffix}.{os.getpid()}")
    with draft.open("wb") as file:
        writes(file)
    draft.replace(path)


def write_json(path: Path, facts: Any) -> None:
    """Write facts as JSON, whole or not at all."""
    write(path, lambda file: file.write(json.dumps(facts).encode()))
