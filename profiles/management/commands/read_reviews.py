"""`manage.py read_reviews`: what reviews say of which aspect, without a database."""

from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser
from django.utils.translation import gettext as _

from profiles.reviews.review_files import read_file
from retention_site.lib.commands import BadInput, RapportCommand
from retention_site.lib.table_file import FileError


class Command(RapportCommand):
    help = (
        "Read reviews (review_id, text; if there language, item_id, at) into aspects"
        " with their sentiment, in English and Chinese."
    )

    def arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument(
            "--out",
            type=Path,
            required=True,
            help="review_id,aspect,sentiment,start,end,score",
        )

    def work(self, *, file: Path, out: Path, **_options: Any) -> dict[str, Any]:
        try:
            return read_file(file, out, self.progress(_("Reading reviews")))
        except FileError as error:
            raise BadInput(str(error)) from error
        except OSError as error:
            raise BadInput(f"{error.filename or out}: {error.strerror}.") from error

    def say(self, answer: dict[str, Any]) -> str:
        lines = [
            f"{answer['opinions']:,} opinions in {answer['with_aspects']:,} of"
            f" {answer['read']:,} reviews: {answer['out']}"
        ]
        if answer["quarantine"]:
            lines.append(
                f"! {answer['quarantined']:,} rows could not be read:"
                f" {answer['quarantine']}"
            )
        warnings = answer["warnings"].items()
        return "\n".join(lines + [f"! {said}: {n:,}" for said, n in warnings])
