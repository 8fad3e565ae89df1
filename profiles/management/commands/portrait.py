"""Say what is known of a customer: `manage.py portrait CUSTOMER_ID`."""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.core.management.base import CommandParser

from profiles import history
from profiles.models import Customer, PastScore
from profiles.portraits.past_portrait import portrait_then, scores_then
from profiles.portraits.store import TraitValue, portrait_of
from retention_site.lib.clock import now
from retention_site.lib.commands import BadInput, RapportCommand, moment


class Command(RapportCommand):
    help = (
        "Show what is known of a customer: every trait with its meaning, window and"
        " evidence."
    )

    def arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "customer_id", metavar="CUSTOMER_ID", help="the shop's own id"
        )
        parser.add_argument(
            "--as-of",
            type=moment,
            metavar="T",
            help="drawn from what happened before; default: stored",
        )

    def work(
        self, customer_id: str, as_of: datetime | None, **_options: Any
    ) -> dict[str, Any]:
        customer = (
            Customer.objects.select_related("portrait", "merged_into")
            .filter(external_id=customer_id)
            .first()
        )
        if customer is None or customer.erased_at:
            raise BadInput(f"There is no customer {customer_id!r}.")
        customer = customer.merged_into or customer
        lines = portrait_of(customer) if as_of is None else []
        if not lines:
            history.refresh()
            lines = portrait_then(customer, as_of or now())
        return {
            "customer_id": customer_id,
            "as_of": lines[0].as_of if lines else as_of or now(),
            "traits": {line.key: _said(line) for line in lines},
            "scores": [_score(one) for one in scores_then(customer, as_of or now())],
        }

    def say(self, answer: dict[str, Any]) -> str:
        lines = [
            f"Customer {answer['customer_id']}, as of {answer['as_of']:%Y-%m-%d %H:%M}"
        ]
        for trait in answer["traits"].values():
            lines.append(
                f"  {trait['title']}: {_readable(trait)}  ({trait['evidence']}"
                " observations)"
            )
            lines.append(f"      {trait['definition']}")
        lines += [
            f"  {one['kind']}: {one['value']:.3g}, as of {one['as_of']:%Y-%m-%d}, by"
            f" {one['model']}"
            for one in answer["scores"]
        ]
        return "\n".join(lines)


def _score(one: PastScore) -> dict[str, Any]:
    return {
        name: getattr(one, name)
        for name in ("kind", "horizon_days", "value", "model", "as_of")
    }


def _readable(trait: dict[str, Any]) -> str:
    value, unit = trait["value"], trait["unit"]
    if isinstance(value, float):
        value = f"{value:.0%}" if unit == "%" else f"{value:,.2f}"
    return (
        f"{value}"
        f" {'' if unit == '%' else settings.SHOP_CURRENCY if unit == 'money' else unit}".strip()
    )


def _said(line: TraitValue) -> dict[str, Any]:
    return {
        "title": line.title,
        "value": line.value,
        "unit": line.unit,
        "definition": line.definition,
        "window": line.window_days,
        "evidence": line.evidence,
        "as_of": line.as_of,
        "computed_at": line.computed_at,
    }
