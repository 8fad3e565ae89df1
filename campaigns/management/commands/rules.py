"""`manage.py rules`: the shop's rules as YAML, read and written."""

from pathlib import Path
from typing import Any

import yaml
from django.core.management.base import CommandParser

from campaigns.content.mapping_reader import BadCampaign
from campaigns.lifecycle import rule_file
from campaigns.lifecycle.campaign_files import MOST_BYTES, as_map
from retention_site.lib.commands import BadInput, RapportCommand

SHOW, APPLY = "show", "apply"


class Command(RapportCommand):
    help = (
        "The shop's rules (global holdout, margin, send costs, quiet hours, brake,"
        " sunset): show, or apply FILE.yaml; what a file leaves out stays."
    )
    audited = (APPLY,)

    def arguments(self, parser: CommandParser) -> None:
        parser.add_argument("verb", choices=[SHOW, APPLY])
        parser.add_argument("file", nargs="?", metavar="FILE.yaml", type=Path)

    def work(self, *, verb: str, file: Path | None, **_options: Any) -> dict[str, Any]:
        if (verb == APPLY) != (file is not None):
            raise BadInput("Say: rules show, or rules apply FILE.yaml")
        changed: list[str] = []
        if file is not None:
            try:
                changed = rule_file.apply(as_map(_text(file)))
            except BadCampaign as error:
                raise BadInput(str(error)) from error
        return {"changed": changed, "rules": rule_file.document()}

    def say(self, answer: dict[str, Any]) -> str:
        """Say the rules as a file that `apply` takes back."""
        text: str = yaml.safe_dump(answer["rules"], sort_keys=False)
        return text.rstrip()


def _text(file: Path) -> bytes:
    try:
        with file.open("rb") as opened:
            return opened.read(MOST_BYTES + 1)
    except OSError as error:
        raise BadInput(f"{file} can't be read: {error.strerror}.") from error
