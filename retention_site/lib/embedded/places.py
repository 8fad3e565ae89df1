"""Where the embedded servers of one shop keep their sockets, pid files, logs and data."""

import fcntl
import hashlib
import os
import stat
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from retention_site.lib.embedded.account import Account, server_account
from retention_site.lib.embedded.errors import ServiceError, in_words
from retention_site.lib.processes.records import Records

DEFAULT_DATA_DIR = Path(__file__).resolve().parents[3] / ".data"
# for root: where data go when the servers' account can't enter DATA_DIR
OUTSIDE = Path("/var/lib/rapport")


def data_dir() -> Path:
    """Return the folder that holds this shop."""
    return Path(os.environ.get("DATA_DIR") or DEFAULT_DATA_DIR).expanduser().resolve()


def read_shop_settings() -> None:
    """Take DATA_DIR/shop.env, a line NAME=VALUE each, as defaults of the environment,
    as settings do.
    """
    path = data_dir() / "shop.env"
    lines = path.read_text().splitlines() if path.exists() else []
    for name, is_set, value in (
        line.partition("=") for line in lines if not line.lstrip().startswith("#")
    ):
        if is_set:
            os.environ.setdefault(name.strip(), value.strip().strip("\"'"))


def _temporary() -> Path:
    """Return the system's temporary folder: the same one whatever TMPDIR says, for all
    shells must meet in it.
    """
    fixed = Path("/tmp")  # noqa: S108
    return fixed if os.access(fixed, os.W_OK | os.X_OK) else Path(tempfile.gettempdir())


@dataclass(frozen=True)
class Place:
    """The folders of one shop's servers. Asking for a path creates nothing; `prepare`
    does.
    """

    data: Path

    @property
    def run(self) -> Path:
        """The private folder for pid files: short, because the sockets below it may not
        exceed 107 bytes.
        """
        name = hashlib.sha256(os.fsencode(self.data)).hexdigest()[:10]
        return _temporary() / f"rapport-{os.geteuid()}-{name}"

    @property
    def sockets(self) -> Path:
        """The folder of the sockets, which only the servers' account and root may
        enter.
        """
        return self.run / "s"

    @property
    def logs(self) -> Path:
        return self.data / "logs"

    @property
    def records(self) -> Records:
        return Records(self.run)

    def prepare(self) -> None:
        """Make the folders."""
        try:
            self._make_data()
            self._make_run()
            server_account().own(self.sockets)
        except OSError as error:
            raise in_words(
                error, f"The folder {error.filename or self.data}"
            ) from error

    def _make_data(self) -> None:
        """Make DATA_DIR: customers' data lie there, so nobody else may look, nor pass
        but the servers of root.
        """
        # one that its owner made keeps the rights he gave it
        if not self.data.exists():
            self.data.mkdir(parents=True, exist_ok=True)
            self.data.chmod(0o700 if server_account().is_ours else 0o711)
        self.logs.mkdir(mode=0o700, exist_ok=True)

    def _make_run(self) -> None:
        self.run.mkdir(mode=0o711, exist_ok=True)
        found = self.run.lstat()
        if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid():
            raise ServiceError(
                f"{self.run} belongs to somebody else; remove it, or choose another"
                " DATA_DIR."
            )
        # others may pass through to the sockets' folder and see nothing
        self.run.chmod(0o711)

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Let one process at a time start or stop servers."""
        self.prepare()
        with (self.run / "lock").open("w") as handle:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield

    def storage(self, name: str, account: Account) -> Path:
        """Return a folder that the account can enter and write, below DATA_DIR or where
        a link there points.
        """
        wanted = self.data / name
        if wanted.exists():
            return wanted.resolve()
        wanted.unlink(missing_ok=True)  # a link whose target is gone
        account.own(wanted)
        if account.can("wx", wanted):
            return wanted
        wanted.rmdir()
        return self._outside(wanted, account)

    def _outside(self, wanted: Path, account: Account) -> Path:
        OUTSIDE.mkdir(mode=0o711, parents=True, exist_ok=True)
        OUTSIDE.chmod(0o711)
        prefix = f"{self.run.name.rpartition('-')[2]}-"  # names this DATA_DIR
        for old in OUTSIDE.glob(f"{prefix}*"):
            print(
                f"{old} holds the database of an earlier {self.data}; remove it if that"
                " shop is gone.",
                file=sys.stderr,
            )
        made = Path(tempfile.mkdtemp(prefix=prefix, dir=OUTSIDE))
        account.own(made)
        wanted.symlink_to(made)
        return made


def place(data: Path | None = None) -> Place:
    """Return the place of the shop in this folder, by default DATA_DIR."""
    return Place((data or data_dir()).resolve())
