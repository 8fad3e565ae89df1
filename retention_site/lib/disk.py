"""A full disk is named as what it is, whoever noticed it: PostgreSQL, DuckDB, Arrow or
the system.
"""

import errno
import re

FULL = re.compile(
    r"No space left on device|Disk quota exceeded|disk is full", re.IGNORECASE
)
DISK_FULL = "53100"  # PostgreSQL's code


def sentence(error: BaseException | None) -> str:
    """Return one sentence if a full disk is behind an error, else nothing."""
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        if _says_so(error):
            return (
                "The disk is full: nothing of this was kept; free some space and run it"
                " again."
            )
        error = error.__cause__ or error.__context__
    return ""


def _says_so(error: BaseException) -> bool:
    if (
        getattr(error, "errno", None) in (errno.ENOSPC, errno.EDQUOT)
        or getattr(error, "sqlstate", None) == DISK_FULL
    ):
        return True
    return bool(FULL.search(str(error)[:2_000]))
