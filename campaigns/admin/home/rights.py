"""What the viewer of the first page may see and do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from profiles.admin.rights import CUSTOMERS

# Whose pages name customers: their right alone opens none of them
NAME_PEOPLE = (
    "campaigns.message",
    "campaigns.answer",
    "profiles.quarantinedrow",
    "profiles.merge",
)


@dataclass(frozen=True)
class Rights:
    """A viewer's rights."""

    user: Any

    def see(self, model: str) -> bool:
        """Say whether rows of ``app.model`` may be looked at."""
        app, _dot, name = model.partition(".")
        needs = (CUSTOMERS,) if model in NAME_PEOPLE else ()
        return bool(self.user.has_perms((f"{app}.view_{name}", *needs)))

    def do(self, right: str) -> bool:
        return bool(self.user.has_perm(right))
