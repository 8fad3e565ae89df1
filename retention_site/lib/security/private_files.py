"""Files and folders that hold what people told the shop: only the shop's own account
reads them.
"""

import os
from pathlib import Path
from typing import BinaryIO, cast


def folder(path: Path) -> Path:
    """Make a folder, or close one that stands open."""
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    path.chmod(0o700)
    return path


def opened(path: Path) -> BinaryIO:
    """Open a file to be written anew; from its first byte on only its owner reads it."""
    path.unlink(missing_ok=True)
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    return cast(BinaryIO, os.fdopen(handle, "wb"))
