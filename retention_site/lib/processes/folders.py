"""Folders that a start makes."""

import shutil
from pathlib import Path


def empty(folder: Path) -> Path:
    """Return a folder that holds nothing: what earlier processes counted is no part of
    this start.
    """
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(mode=0o700, parents=True)
    return folder
