"""Bring the database up to date and make the first account: what every start does
before it serves.
"""

import os
import secrets
import sys
from pathlib import Path

import django
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command
from django.db import OperationalError

from retention_site.lib import disk
from retention_site.lib.security.keyring import WrongKey

ADMIN = "admin"


def prepare() -> None:
    """Migrate, and make the administrator if nobody may log in yet."""
    # settings are read only once Django is set up
    from django.conf import settings

    from retention_site.lib import clock, object_store

    object_store.check()
    # served files come from the apps; WhiteNoise asks for it
    settings.STATIC_ROOT.mkdir(parents=True, exist_ok=True)
    call_command("migrate", interactive=False, verbosity=0)
    clock.begin()
    _make_first_account(settings.DATA_DIR / "admin_password")


def _make_first_account(path: Path) -> None:
    # models are there only after the set-up
    from django.contrib.auth import get_user_model

    users = get_user_model().objects
    if users.filter(is_superuser=True, is_active=True).exists():
        return
    users.create_superuser(ADMIN, "", _new_password(path))


def _new_password(path: Path) -> str:
    """Make a random password and keep it where only its owner can read it."""
    password = secrets.token_urlsafe(12)
    path.unlink(missing_ok=True)
    with os.fdopen(
        os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w"
    ) as file:
        file.write(password)
    return password


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "retention_site.settings")
    django.setup()
    try:
        prepare()
    except (WrongKey, ImproperlyConfigured) as error:
        sys.exit(str(error))
    except OperationalError as error:
        sys.exit(
            disk.sentence(error)
            or f"The database is away: {str(error).strip().splitlines()[0]}"
        )
