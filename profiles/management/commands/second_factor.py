"""Forget a colleague's second factor, as when a phone and the recovery codes are lost."""

from typing import Any

from django.contrib.auth import get_user_model
from django.core.management.base import CommandParser

from profiles.second_factor import devices
from retention_site.lib.commands import BadInput, RapportCommand


class Command(RapportCommand):
    help = (
        "Forget the second factor of an account; it can be set up again after the next"
        " sign-in."
    )
    audited = True

    def arguments(self, parser: CommandParser) -> None:
        parser.add_argument("verb", choices=["reset"])
        parser.add_argument("name", metavar="USER")

    def work(self, *, verb: str, name: str) -> dict[str, Any]:
        users = get_user_model().objects
        user = users.filter(**{get_user_model().USERNAME_FIELD: name}).first()
        if user is None:
            raise BadInput(f"There is no user named {name!r}.")
        return {"user": name, "removed": devices.reset(user)}
