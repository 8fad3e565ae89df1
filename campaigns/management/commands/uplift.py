"""`manage.py uplift`: for whom a treatment changes something, from the file of a
randomised experiment alone, without a database.
"""

from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser
from django.utils.translation import gettext as _

from campaigns.outcomes.trial_file import TrialColumns
from campaigns.outcomes.uplift_report import Money, report
from retention_site.lib.commands import BadInput, RapportCommand
from retention_site.lib.table_file import FileError


class Command(RapportCommand):
    help = (
        "Learn from a randomised experiment whom a treatment moves: CSV, CSV.gz or"
        " Parquet, one row per customer."
    )

    def arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--arm", required=True, metavar="COL")
        parser.add_argument("--control", required=True, metavar="VALUE")
        parser.add_argument("--treated", required=True, metavar="VALUE")
        parser.add_argument("--outcome", required=True, metavar="COL")
        parser.add_argument(
            "--features",
            nargs="+",
            action="extend",
            default=[],
            metavar="COL",
            help="known before; by default every column that can have been",
        )
        parser.add_argument(
            "--predict",
            type=Path,
            metavar="FILE2",
            help="customers to score",
        )
        parser.add_argument("--out", type=Path, help="row,uplift")
        parser.add_argument(
            "--gain", type=float, default=1.0, help="money per unit of outcome"
        )
        parser.add_argument(
            "--cost", type=float, default=0.0, help="money per customer treated"
        )
        parser.add_argument("--chart", type=Path, help="an SVG of both curves")

    def work(self, **options: Any) -> dict[str, Any]:
        if options["predict"] and not options["out"]:
            raise BadInput("--predict needs --out: where the scores go.")
        features = tuple(dict.fromkeys(options["features"]))
        ask = TrialColumns(
            options["arm"],
            options["control"],
            options["treated"],
            options["outcome"],
            features,
        )
        try:
            return report(
                options["file"],
                ask,
                Money(options["gain"], options["cost"]),
                predict=options["predict"],
                out=options["out"],
                chart=options["chart"],
                progress=self.progress(_("Learning")),
            )
        except FileError as error:
            raise BadInput(str(error)) from error

    def say(self, answer: dict[str, Any]) -> str:
        problems = [f"! {problem}" for problem in answer["problems"]]
        left_out = [f"- {name} {why}" for name, why in answer["left_out"].items()]
        return "\n".join([*problems, *left_out, answer["sentence"]])
