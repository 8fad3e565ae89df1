"""The key that signs sessions and tokens, made once per shop when none is given."""

import os
import secrets
from pathlib import Path


def kept_in(folder: Path) -> str:
    """Return the key kept in ``folder``, making it at the first call; only its owner
    may read it.
    """
    path = folder / "secret_key"
    try:
        return path.read_text()
    except FileNotFoundError:
        folder.mkdir(parents=True, exist_ok=True)
        draft = path.with_suffix(f".{os.getpid()}")
        with os.fdopen(
            os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w"
        ) as file:
            file.write(secrets.token_urlsafe(50))
        try:
            # the first of several processes wins; all read the same key
            os.link(draft, path)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
        return path.read_text()
