"""`manage.py effect`: what a finished experiment changed, from its file alone, without
a database.
"""

from dataclasses import replace
from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser
from django.utils.translation import gettext as _

from campaigns.outcomes import experiment_files
from campaigns.proof.effects import measure
from campaigns.stats.experiment_spec import (
    Plan,
    PlanError,
    read_guardrail,
    read_metric,
    read_ratio,
    read_split,
)
from retention_site.lib import table_file
from retention_site.lib.commands import BadInput, RapportCommand


class Command(RapportCommand):
    help = (
        "Say what a randomised experiment changed: CSV, CSV.gz or Parquet, one row per"
        " unit or per event."
    )

    def arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument(
            "--arm", required=True, metavar="COL", help="column with the assigned arm"
        )
        parser.add_argument(
            "--control",
            required=True,
            metavar="VALUE",
            help="the arm that was left alone",
        )
        parser.add_argument(
            "--metric",
            nargs="+",
            action="extend",
            default=[],
            metavar="COL[:mean|proportion]",
        )
        parser.add_argument(
            "--ratio",
            nargs="+",
            action="extend",
            default=[],
            metavar="NUM/DEN",
            help="ratio of two sums",
        )
        parser.add_argument(
            "--unit",
            metavar="COL",
            help="who was assigned; without it each row is a unit",
        )
        parser.add_argument(
            "--covariate",
            nargs="+",
            action="extend",
            default=[],
            metavar="COL",
            help="known before",
        )
        parser.add_argument(
            "--split",
            default="",
            metavar="A=0.5,B=0.5",
            help="planned shares, by default equal",
        )
        parser.add_argument("--alpha", type=float, default=0.05)
        parser.add_argument(
            "--sequential",
            action="store_true",
            help="intervals one may look at every day",
        )
        parser.add_argument(
            "--also",
            nargs="+",
            action="extend",
            default=[],
            metavar="COL",
            help="beside the goal (BH)",
        )
        parser.add_argument(
            "--guardrail",
            nargs="+",
            action="extend",
            default=[],
            metavar="COL:MARGIN",
            help="harm that may be borne",
        )
        parser.add_argument(
            "--by",
            nargs="+",
            action="extend",
            default=[],
            metavar="COL",
            help="groups known before",
        )
        parser.add_argument(
            "--winsorise",
            type=float,
            metavar="Q",
            help="pull amounts above this quantile in",
        )
        parser.add_argument(
            "--assigned-at",
            default="",
            metavar="COL",
            help="when each unit was assigned",
        )
        parser.add_argument(
            "--happened-at",
            default="",
            metavar="COL",
            help="when each outcome happened",
        )
        parser.add_argument(
            "--less-is-better", nargs="+", action="extend", default=[], metavar="METRIC"
        )

    def work(self, **options: Any) -> dict[str, Any]:
        progress = self.progress(_("Measuring"))
        try:
            with table_file.opened(options.pop("file")) as opened:
                plan = _plan(opened.columns, **options)
                progress(0.1)
                problems = experiment_files.load(opened, plan)
                progress(0.6)
                effect = measure(opened.connection, plan, problems)
                progress(1)
                return effect
        except (table_file.FileError, PlanError) as error:
            raise BadInput(str(error)) from error

    def say(self, answer: dict[str, Any]) -> str:
        problems = [f"! {problem}" for problem in answer["problems"]]
        groups = [one["sentence"] for one in answer.get("heterogeneity", ())]
        return "\n".join(
            [*problems, *(result["sentence"] for result in answer["results"]), *groups]
        )


def _plan(
    columns: tuple[str, ...], *, metric: list[str], ratio: list[str], **options: Any
) -> Plan:
    less = options["less_is_better"]
    goals = [read_metric(words, columns, less_is_better=less) for words in metric]
    goals += [read_ratio(words, columns, less_is_better=less) for words in ratio]
    beside = [
        replace(read_metric(words, columns, less_is_better=less), role="also")
        for words in options["also"]
    ]
    guardrails = [
        read_guardrail(words, columns, less_is_better=less)
        for words in options["guardrail"]
    ]
    if bool(options["happened_at"]) and not options["assigned_at"]:
        raise PlanError(
            "--happened-at needs --assigned-at: what lies before the assignment can't"
            " count."
        )
    return Plan(
        arm=options["arm"],
        control=options["control"],
        metrics=tuple(dict.fromkeys([*goals, *beside, *guardrails])),
        unit=options["unit"],
        covariates=tuple(dict.fromkeys(options["covariate"])),
        split=read_split(options["split"]) if options["split"] else {},
        alpha=options["alpha"],
        is_sequential=options["sequential"],
        strata=tuple(dict.fromkeys(options["by"])),
        winsorise=options["winsorise"],
        assigned_at=options["assigned_at"],
        happened_at=options["happened_at"],
    )
