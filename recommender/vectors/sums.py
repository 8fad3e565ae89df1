"""What files of vectors were when they were written, in a small file beside them."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

from recommender import model_files
from retention_site.lib.checksums import size_and_digest, what_is_wrong

from .whole_files import write_json

REMEDY = "manage.py learn --only vectors"


def keep(beside: Path, files: Iterable[Path]) -> None:
    """Write down what some files are; ``beside`` is the file that tells."""
    known = _read(beside) or {}
    write_json(beside, known | {path.name: size_and_digest(path) for path in files})


def is_whole(beside: Path) -> bool:
    """Say whether files are what was written; what is broken is noted. Files of before
    tell nothing.
    """
    known = _read(beside)
    for name, (size, digest) in (known or {}).items():
        path = beside.parent / name
        if wrong := what_is_wrong(path, size, digest):
            model_files.note(str(path), f"{path} is {wrong}", REMEDY)
            return False
    return True


def _read(beside: Path) -> dict[str, tuple[int, str]] | None:
    try:
        return {
            name: (size, digest)
            for name, (size, digest) in json.loads(beside.read_text()).items()
        }
    except (OSError, ValueError):
        return None
