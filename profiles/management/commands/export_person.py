"""manage.py export_person: all that is held about one person."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser

from profiles.privacy.erasure import NobodyKnown
from profiles.privacy.person_export import export
from retention_site.lib.commands import BadInput, RapportCommand, plain


class Command(RapportCommand):
    help = "Print all that is held about one person, store by store, as JSON."
    audited = True

    def arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "customer_id", help="the shop's own id; joined customers are one person"
        )
        parser.add_argument(
            "--out", type=Path, help="write it into this file, which only you may read"
        )

    def work(
        self, *_args: Any, customer_id: str, out: Path | None, **_options: Any
    ) -> dict[str, Any]:
        try:
            found = plain(export(customer_id))
        except NobodyKnown as error:
            raise BadInput(str(error)) from None
        if out is None:
            return found
        try:
            write_private(out, json.dumps(found, ensure_ascii=False, indent=2) + "\n")
        except OSError as error:
            raise BadInput(f"{out} can't be written: {error.strerror}.") from error
        counts = [
            {"store": one["store"], "label": one["label"], "n": len(one["rows"])}
            for one in found["stores"]
        ]
        return found | {"stores": counts, "file": str(out)}

    def say(self, answer: dict[str, Any]) -> str:
        return json.dumps(answer, ensure_ascii=False, indent=2)


def write_private(path: Path, text: str) -> None:
    """Write a file that nobody else may read."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    os.fchmod(descriptor, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
