"""What a backup holds, one function each: the database, keys, settings, files and models.

The history is not in it: it is made anew from the database (`profiles.history`).
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path

from django.conf import settings

from profiles.backups import postgres_tools
from profiles.backups.archive import Writer
from retention_site.lib.security import keyring

DATABASE, KEYS, SETTINGS = "database.dump", "keys.json", "shop.env"
DATA, MODELS = "data/", "models/"
# what lies in DATA_DIR and can't be made anew: the clock, what was uploaded or put
# aside, the first password, what the local sinks received
FILES = ("clock.json", "admin_password", "uploads", "quarantine", "sinks")
# settings that say what the shop is, wherever it runs; addresses and passwords of
# services belong to the host
OF_THE_SHOP = (
    "SHOP_TIME_ZONE",
    "SHOP_CURRENCY",
    "SHOP_COUNTRY",
    "SHOP_CLOCK",
    "SHOP_URL",
    "SHOP_MARGIN",
    "REVENUE_HAS_TAX",
    "GLOBAL_HOLDOUT",
    "SEND_COSTS",
    "JOIN_ACCOUNTS_BY",
    "LEARN_AT",
    "FROM_EMAIL",
    "SMS_SENDER",
    "OPERATOR_EMAILS",
    "ENCODER_MODEL",
    "SECOND_FACTOR",
)


# what names this host's own servers and secrets: a copy of the shop that is restored
# elsewhere must reach none of them
OF_THE_HOST = frozenset(
    (
        "DATA_DIR",
        "MODEL_DIR",
        "DATABASE_URL",
        "REDIS_URL",
        "STORE_URL",
        "HISTORY_URL",
        "EMAIL_URL",
        "SMS_URL",
        "PUSH_URL",
        "GENERATOR_URL",
        "GENERATOR_KEY",
        "SENTRY_DSN",
        "METRICS_TOKEN",
        "SECRET_KEY",
        "SECRET_KEY_FALLBACKS",
        "BASE_URL",
        "BIND",
        "PORT",
        "ALLOWED_HOSTS",
        "TRUSTED_PROXIES",
        "INSIDE_HOSTS",
    )
)


def database(writer: Writer) -> None:
    """One consistent snapshot of PostgreSQL."""
    with writer.member(DATABASE, is_packed=True) as file:
        postgres_tools.dump(file)


def keys(writer: Writer) -> None:
    """The keys without which nobody would be found suppressed or erased."""
    kept = {
        "secret_key": settings.SECRET_KEY,
        "old": list(settings.SECRET_KEY_FALLBACKS),
        "fingerprint": keyring.fingerprint(settings.SECRET_KEY),
    }
    writer.add_bytes(KEYS, json.dumps(kept).encode())


def shop_settings(writer: Writer) -> None:
    """The shop's settings of this folder and of the environment, as lines of shop.env."""
    writer.add_bytes(SETTINGS, settings_lines(os.environ).encode())


def files(writer: Writer) -> None:
    """Uploaded and quarantined files, and the shop's clock."""
    home = Path(settings.DATA_DIR)
    for name in FILES:
        for path in _files_of(home / name):
            writer.add_file(f"{DATA}{path.relative_to(home).as_posix()}", path)


def models(writer: Writer) -> None:
    """Learnt models, encoders and vectors; drafts of a learning that goes on are left out."""
    home = Path(settings.MODEL_DIR)
    for path in _files_of(home):
        name = path.relative_to(home)
        if not any(part.startswith(".") for part in name.parts):
            writer.add_file(f"{MODELS}{name.as_posix()}", path)


# The database comes first: of what it names, a file may be newer but is not missing.
EVERYTHING = (database, keys, shop_settings, files, models)


def settings_lines(environment: Mapping[str, str]) -> str:
    """Return shop.env without what belongs to this host, with the settings of the shop
    that only the environment named.
    """
    path = Path(settings.DATA_DIR) / SETTINGS
    lines = path.read_text().splitlines() if path.exists() else []
    kept = {name: line for line in lines if (name := _named(line)) not in OF_THE_HOST}
    added = [
        f"{name}={environment[name]}"
        for name in OF_THE_SHOP
        if environment.get(name) and name not in kept
    ]
    return "\n".join([*kept.values(), *added, ""])


def _named(line: str) -> str:
    """Return the setting that a line of shop.env names, or the line itself."""
    name, is_set, _value = line.partition("=")
    name = name.removeprefix("export ").strip()
    return name if is_set and not name.startswith("#") else line


def _files_of(path: Path) -> Iterator[Path]:
    """Return a file itself, or those below a folder; links lead elsewhere and stay out."""
    if path.is_file() and not path.is_symlink():
        yield path
    elif path.is_dir():
        yield from sorted(
            one for one in path.rglob("*") if one.is_file() and not one.is_symlink()
        )
