"""`manage.py points`: balances, awards, burns and transfers of points."""

from datetime import datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any, ClassVar

import yaml
from django.conf import settings
from django.core.management.base import CommandParser

from campaigns.content.points_terms import (
    BadCampaign,
    PointsTerms,
    document,
    read_terms,
)
from campaigns.offers.points import (
    birthdays,
    earning,
    ledger,
    points_traits,
    programme,
    statements,
    tiers,
)
from campaigns.offers.points.ledger import Award, PointsError, customers_of_person
from profiles.models import Customer
from retention_site.lib.clock import now
from retention_site.lib.commands import BadInput, RapportCommand, moment

# verb: how many words follow it
WORDS = {
    "balance": 1,
    "award": 2,
    "burn": 2,
    "transfer": 3,
    "liability": 0,
    "programme": 0,
    "apply": 1,
    "earn": 0,
}
USE = {
    "balance": "balance CUSTOMER [--as-of T]",
    "award": "award CUSTOMER POINTS --key K [--expires T] [--note WORDS]",
    "burn": "burn CUSTOMER POINTS --key K [--note WORDS]",
    "transfer": "transfer CUSTOMER TO POINTS --key K",
    "liability": "liability [--as-of T] [--value 0.01]",
    "programme": "programme",
    "apply": "apply FILE.yaml",
    "earn": "earn",
}


class Command(RapportCommand):
    help = "Points: " + "; ".join(USE.values())
    audited: ClassVar = ("award", "burn", "transfer", "apply")

    def arguments(self, parser: CommandParser) -> None:
        parser.add_argument("verb", choices=list(WORDS))
        parser.add_argument("words", nargs="*", metavar="CUSTOMER, POINTS")
        parser.add_argument("--key", help="told again with its key, it is done once")
        parser.add_argument("--as-of", type=moment, metavar="T")
        parser.add_argument("--expires", type=moment, metavar="T")
        parser.add_argument("--note", default="")
        parser.add_argument("--value", help="money that a point is")

    def work(self, *, verb: str, words: list[str], **options: Any) -> dict[str, Any]:
        if len(words) != WORDS[verb]:
            raise BadInput(f"Say: points {USE[verb]}")
        try:
            return getattr(self, f"_{verb}")(*words, **options)
        except PointsError as error:
            raise BadInput(str(error)) from error

    def _balance(
        self, customer_id: str, *, as_of: datetime | None, **_options: Any
    ) -> dict[str, Any]:
        customer, at = _customer(customer_id), as_of or now()
        people = customers_of_person(customer)
        lots = statements.open_lots(people, at)
        return {
            "customer_id": customer_id,
            "as_of": at,
            "balance": statements.available(lots),
            "pending": statements.pending(lots),
            "tier": tiers.tier_of(customer, at),
            "lots": [vars(lot) for lot in lots],
            "statement": statements.statement(people, at),
        }

    def _award(self, customer_id: str, points: str, **options: Any) -> dict[str, Any]:
        given = Award(
            _customer(customer_id),
            _points(points),
            _key(options),
            options["expires"],
            options["note"],
        )
        ledger.award(given, at=now())
        return _moved(customer_id, given.points)

    def _burn(self, customer_id: str, points: str, **options: Any) -> dict[str, Any]:
        n = _points(points)
        ledger.burn(
            _customer(customer_id),
            n,
            key=_key(options),
            at=now(),
            note=options["note"],
        )
        return _moved(customer_id, n)

    def _transfer(
        self, customer_id: str, to: str, points: str, **options: Any
    ) -> dict[str, Any]:
        n, other = _points(points), _customer(to)
        ledger.transfer(_customer(customer_id), other, n, key=_key(options), at=now())
        return _moved(customer_id, n)

    def _liability(
        self, *, as_of: datetime | None, value: str | None, **_options: Any
    ) -> dict[str, Any]:
        terms = programme.current() or PointsTerms()
        try:
            worth = terms.value if value is None else Decimal(value)
        except InvalidOperation:
            raise BadInput("--value must be a number.") from None
        if not worth.is_finite() or worth < 0:
            raise BadInput("--value must be a number from 0.")
        at = as_of or now()
        said = {"as_of": at, "currency": settings.SHOP_CURRENCY}
        return said | statements.liability(at, worth)

    def _programme(self, **_options: Any) -> dict[str, Any]:
        terms = programme.current()
        return {"programme": document(terms) if terms else None}

    def _apply(self, path: str, **_options: Any) -> dict[str, Any]:
        try:
            terms = read_terms(yaml.safe_load(Path(path).read_text("utf-8")))
        except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
            raise BadInput(f"{path} can't be read: {error}") from None
        except BadCampaign as error:
            raise BadInput(str(error)) from None
        is_new = programme.save(terms, at=now())
        return {"programme": document(terms), "changed": is_new}

    def _earn(self, **_options: Any) -> dict[str, Any]:
        at = now()
        done = earning.earn(at=at)
        n_birthdays = birthdays.congratulate(at=at)
        points_traits.refresh(at=at)
        return {
            "events": done.n_events,
            "awarded": done.n_awarded,
            "taken_back": done.n_taken_back,
            "birthdays": n_birthdays,
        }


def _moved(customer_id: str, points: int) -> dict[str, Any]:
    customer, at = _customer(customer_id), now()
    return {
        "customer_id": customer_id,
        "points": points,
        "balance": statements.balance(customer, at),
    }


def _customer(customer_id: str) -> Customer:
    found = Customer.objects.filter(external_id=customer_id).first()
    if found is None or found.erased_at:
        raise BadInput(f"There is no customer {customer_id!r}.")
    return found.merged_into or found


def _points(said: str) -> int:
    try:
        return int(said)
    except ValueError:
        raise BadInput(f"{said!r} is no whole number of points.") from None


def _key(options: dict[str, Any]) -> str:
    if not options["key"]:
        raise BadInput("--key is missing: told again with it, a movement is done once.")
    return options["key"]
