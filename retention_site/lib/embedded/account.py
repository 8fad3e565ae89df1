"""Which account the servers run as. PostgreSQL refuses root, so root lends it an
existing account without rights.
"""

import os
import pwd
import subprocess
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from retention_site.lib.embedded.errors import ServiceError

# the first that exists; none is ever created
UNPRIVILEGED = ("postgres", "nobody", "daemon")


@dataclass(frozen=True)
class Account:
    """The account that owns the servers' files."""

    uid: int
    gid: int
    is_ours: bool

    def as_user(self) -> dict[str, Any]:
        """Return the arguments that make `subprocess` run a program as this account."""
        return (
            {}
            if self.is_ours
            else {"user": self.uid, "group": self.gid, "extra_groups": []}
        )

    def own(self, folder: Path) -> None:
        """Make a private folder of this account, if it is not there yet."""
        folder.mkdir(parents=True, exist_ok=True)
        if not self.is_ours:
            os.chown(folder, self.uid, self.gid)
        folder.chmod(0o700)

    def can(self, rights: str, path: Path) -> bool:
        """Say whether this account has these rights ("r", "w", "x") on a path, every
        folder above included.
        """
        test = " && ".join(f'test -{right} "$1"' for right in rights)
        command = ["/bin/sh", "-c", test, "sh", str(path)]
        done = subprocess.run(
            command, cwd="/", capture_output=True, check=False, **self.as_user()
        )
        return done.returncode == 0


@cache
def server_account() -> Account:
    """Return the account for the servers: ourselves, or an unprivileged one when we are
    root.
    """
    if os.geteuid() != 0:
        return Account(os.geteuid(), os.getegid(), is_ours=True)
    for name in UNPRIVILEGED:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(entry.pw_uid, entry.pw_gid, is_ours=False)
    raise ServiceError(
        "PostgreSQL does not run as root and this system has no account 'nobody'; run"
        " Rapport as an ordinary user."
    )
