"""Whether a file still is what was written: its size at each look, its digest once a
process and file.
"""

import hashlib
from functools import lru_cache
from pathlib import Path

MISSING, ANOTHER_SIZE, CHANGED = (
    "missing",
    "of another size",
    "changed since it was written",
)


def size_and_digest(path: Path) -> tuple[int, str]:
    """Return a file's size and the SHA-256 of what it holds, to be written down beside
    its name.
    """
    return path.stat().st_size, _digest_of(path)


def what_is_wrong(path: Path, size: int, digest: str, *, anew: bool = False) -> str:
    """Say why a file is not what was written down; nothing where it is.

    A file that was changed has another time or size and is read again; ``anew`` reads
    it in any case, for a disk may lose what was written without either telling.
    """
    try:
        facts = path.stat()
        if facts.st_size != size:
            return ANOTHER_SIZE
        seen = (
            _digest_of(path)
            if anew
            else _digest(path, facts.st_size, facts.st_mtime_ns, facts.st_ino)
        )
    except OSError as error:
        return MISSING if isinstance(error, FileNotFoundError) else str(error.strerror)
    return "" if seen == digest else CHANGED


@lru_cache(maxsize=10_000)
def _digest(path: Path, _size: int, _mtime_ns: int, _inode: int) -> str:
    return _digest_of(path)


def _digest_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
