"""`manage.py allocate`: who gets which offer inside a budget, without a database."""

from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser
from django.utils.translation import gettext as _

from campaigns.offers.allocation import Limits
from campaigns.offers.allocation_file import allocate_file
from retention_site.lib.commands import BadInput, RapportCommand
from retention_site.lib.table_file import FileError


class Command(RapportCommand):
    help = (
        "Give each customer the value that brings most inside the budget:"
        " customer_id, then margin_v and cost_v for each value v."
    )

    def arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--budget", type=float, required=True, help="money")
        parser.add_argument("--max-coupons", type=int, help="coupons at most")
        parser.add_argument(
            "--floor", type=float, default=0.0, help="the least margin of an offer"
        )
        parser.add_argument(
            "--one-by-one",
            action="store_true",
            help="decide in the file's order, as if nobody knew who comes next",
        )
        parser.add_argument("--out", type=Path, required=True, help="customer_id,value")

    def work(self, **options: Any) -> dict[str, Any]:
        limits = Limits(options["budget"], options["max_coupons"], options["floor"])
        try:
            return allocate_file(
                options["file"],
                limits,
                options["out"],
                self.progress(_("Allocating")),
                is_online=options["one_by_one"],
            )
        except FileError as error:
            raise BadInput(str(error)) from error

    def say(self, answer: dict[str, Any]) -> str:
        problems = [f"! {problem}" for problem in answer["problems"]]
        said = (
            f"{answer['n_given']:,} of {answer['n']:,} customers get an offer:"
            f" {answer['gain']:,.2f} expected for {answer['spent']:,.2f} of"
            f" {answer['budget']:,.2f}, at most {answer['bound']:,.2f} was possible."
        )
        return "\n".join([*problems, said])
