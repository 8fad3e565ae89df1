"""The key that signs sessions and tokens, made once per shop when none is given."""

import os
import secrets
from pathlib import Path

# the second holds those of before, one a line
NAME, OLD_NAME = "secret_key", "secret_key.old"


def kept_in(folder: Path) -> str:
    """Return the key kept in ``folder``, making it at the first call; only its owner
    may read it.
    """
    path = folder / NAME
    try:
        return path.read_text()
    except FileNotFoundError:
        # customers' data will lie there: others may pass, and look at nothing
        folder.mkdir(mode=0o711, parents=True, exist_ok=True)
        draft = _written(path.with_suffix(f".{os.getpid()}"), _new())
        try:
            # the first of several processes wins; all read the same key
            os.link(draft, path)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
        return path.read_text()


def old_ones(folder: Path) -> list[str]:
    """Return the keys that ``folder`` kept before, the newest first."""
    path = folder / OLD_NAME
    return path.read_text().split() if path.exists() else []


def replace(folder: Path) -> None:
    """Make a new key; the one of now becomes the first of the old ones, and nothing is
    ever lost.
    """
    olds = "\n".join([kept_in(folder), *old_ones(folder)])
    _written(folder / f"{OLD_NAME}.{os.getpid()}", olds).replace(folder / OLD_NAME)
    _written(folder / f"{NAME}.{os.getpid()}", _new()).replace(folder / NAME)


def _new() -> str:
    return secrets.token_urlsafe(50)


def _written(path: Path, text: str) -> Path:
    with os.fdopen(
        os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w"
    ) as file:
        file.write(text)
    return path
