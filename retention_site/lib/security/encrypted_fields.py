"""Signing secrets kept sealed in a JSON column, several valid at once while one
replaces another.
"""

import base64
import secrets
from datetime import datetime

from retention_site.lib.security import signing

SECRET_BYTES = 24  # Standard Webhooks: 24 to 64
Sealed = dict[str, str | None]


def new_secret() -> str:
    """Return a new signing secret in the form of Standard Webhooks."""
    return "whsec_" + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()


def sealed(secret: str) -> Sealed:
    """Return what is stored of a secret: encrypted, valid without end."""
    return {"secret": signing.seal(secret), "until": None}


def valid(kept: list[Sealed], moment: datetime) -> list[str]:
    """Return every secret that may sign at ``moment``, newest first."""
    return [
        signing.unseal(str(one["secret"])) for one in kept if _is_valid(one, moment)
    ]


def n_valid(kept: list[Sealed], moment: datetime) -> int:
    """Return how many secrets may sign at ``moment``; none has to be unsealed for it."""
    return sum(_is_valid(one, moment) for one in kept)


def rotated(
    kept: list[Sealed], secret: str, *, moment: datetime, until: datetime
) -> list[Sealed]:
    """Put a new secret first; those before it are valid until ``until`` at the latest."""
    ends = until.isoformat()
    old: list[Sealed] = [
        one | {"until": min(one["until"] or ends, ends)}
        for one in kept
        if _is_valid(one, moment)
    ]
    return [sealed(secret), *old]


def _is_valid(one: Sealed, moment: datetime) -> bool:
    return one["until"] is None or datetime.fromisoformat(one["until"]) > moment
