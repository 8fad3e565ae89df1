"""A restore that was broken off: nothing but another restore may start from its folder.

The mark lies in DATA_DIR from the first restored file until the last step is done.
Standard library only: settings ask before anything else is loaded.
"""

import sys
from pathlib import Path

NAME = "restoring"
REFUSED = (
    "A restore into {folder} was broken off: run the same manage.py restore again, or"
    " empty the folder and its database."
)


def mark(folder: Path) -> Path:
    """Return where the mark lies."""
    return folder / NAME


def refusal(folder: Path) -> str:
    """Return the sentence that stops a start from this folder, or nothing."""
    is_restoring = sys.argv[1:2] == ["restore"]
    if is_restoring or not mark(folder).exists():
        return ""
    return REFUSED.format(folder=folder)
