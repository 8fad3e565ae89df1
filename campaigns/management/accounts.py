"""The accounts that a command names."""

from __future__ import annotations

from django.contrib.auth import get_user_model
from django.contrib.auth.models import User

from retention_site.lib.commands import BadInput

SHELL = "shell"  # the account that writes what nobody else signs


def user_named(name: str) -> User:
    """Return an account that can sign in; raise `BadInput`."""
    users = get_user_model().objects
    found = users.filter(
        **{get_user_model().USERNAME_FIELD: name}, is_active=True
    ).first()
    if found is None:
        raise BadInput(f"There is no user named {name!r}.")
    return found


def shell() -> User:
    """The account that stands for whoever works in the shell; nobody can sign in with
    it.
    """
    user, is_new = get_user_model().objects.get_or_create(username=SHELL)
    if is_new:
        user.set_unusable_password()
        user.save(update_fields=["password"])
    return user
