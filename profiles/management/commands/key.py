"""Make an API key."""

from typing import Any

from django.core.management.base import CommandParser
from django.utils.translation import gettext as _

from profiles.intake.cleaners import MOST_WORD_CHARACTERS
from profiles.models import ApiKey
from retention_site.lib.commands import BadInput, RapportCommand


class Command(RapportCommand):
    help = (
        "Make a key to the API; it is shown this once. `key create --scope"
        " write|read|till|send`"
    )
    audited = True

    def arguments(self, parser: CommandParser) -> None:
        parser.add_argument("verb", choices=["create"])
        parser.add_argument(
            "--scope",
            required=True,
            choices=ApiKey.Scope.values,
            help="what the key may do",
        )
        parser.add_argument(
            "--name", default="", help="who uses it, such as web shop or till 3"
        )

    def work(self, *, verb: str, scope: str, name: str) -> dict[str, Any]:
        if len(name) > MOST_WORD_CHARACTERS:
            raise BadInput(f"A name has at most {MOST_WORD_CHARACTERS} characters.")
        made, secret = ApiKey.make(scope, name=name)
        self.stderr.write(
            _("Keep it: only its digest is stored, so it can't be shown again.")
        )
        return {"key": secret, "scope": made.scope, "name": made.name}

    def say(self, answer: dict[str, Any]) -> str:
        return answer["key"]
