"""Which amounts the facts bear, told or worked out. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_UP, Decimal
from functools import lru_cache

from campaigns.copy.fact_check.amounts.amount_roles import Role
from campaigns.copy.fact_check.amounts.numerals import numerals
from campaigns.copy.fact_check.facts import Facts

CENT = Decimal("0.01")
WHOLE = Decimal(1)
NEARLY = Decimal("0.03")
Values = frozenset[Decimal]


def shown(value: Decimal | None) -> str:
    """Write a number without idle zeros."""
    return "" if value is None else f"{value.normalize():f}"


@dataclass(frozen=True)
class Borne:
    """Amounts by what they are, as a text may say them."""

    facts: Facts
    percents: Values
    savings: Values
    finals: Values  # what is paid once the offer is taken
    title: Values  # numbers in the product's name

    @classmethod
    @lru_cache(maxsize=64)
    def of(cls, facts: Facts) -> Borne:
        price, was = facts.product.price, facts.product.was
        percents, savings, finals = set(), set(), set()
        offer = facts.offer
        if offer.percent is not None:
            percents.add(offer.percent)
            if price is not None:
                saved = price * offer.percent / 100
                savings |= _rounded(saved)
                finals |= _rounded(price - saved)
        if offer.amount is not None:
            savings.add(offer.amount)
            if price and price > offer.amount:
                finals |= _rounded(price - offer.amount)
                # "15%" for 15 is a wrong unit, even where the price makes it nearly true
                percents |= _whole(offer.amount / price * 100) - {offer.amount}
        if price is not None and was and was > price:
            savings |= _rounded(was - price)
            percents |= _whole((was - price) / was * 100)
        title = {v for one in numerals(facts.product.title) for v in one.values}
        return cls(
            facts,
            frozenset(percents),
            frozenset(savings),
            frozenset(finals),
            frozenset(title),
        )

    @property
    def offered_percent(self) -> Values:
        own = self.facts.offer.percent
        return frozenset() if own is None else frozenset([own])

    def is_currency(self, said: frozenset[str]) -> bool:
        ours = self.facts.currencies
        return not said or not ours or bool(said & ours)

    def bears(
        self,
        kind: str,
        role: Role,
        values: Values,
        in_text: set[Decimal],
        in_sentence: set[Decimal],
    ) -> set[str]:
        """Return what the amount tells, by the names of the facts; nothing if none bears it."""
        if kind in ("percent", "fold"):
            if role == Role.OVER:
                near = any(0 <= p - v <= p / 3 for p in self.percents for v in values)
                return {"value"} if near else set()
            return self._percent(values, in_text, in_sentence)
        if kind == "points":
            return set()
        found = self._money(role, values, in_text)
        if kind == "plain" and not found and role in (Role.NONE, Role.OFF):
            found = {"value"} if values & self.percents and role == Role.OFF else set()
            found |= {"title"} if values & self.title and role == Role.NONE else set()
        return found

    def _percent(
        self, values: Values, in_text: set[Decimal], in_sentence: set[Decimal]
    ) -> set[str]:
        """A percentage that only follows from prices must stand beside them, lest it is
        read as the offer's own.
        """
        own, product = self.facts.offer.percent, self.facts.product
        if own is None or own in values:
            return {"value"} if values & self.percents else set()
        is_beside = own in in_text or bool({product.price, product.was} & in_sentence)
        return {"value"} if values & self.percents and is_beside else set()

    def _money(self, role: Role, values: Values, in_text: set[Decimal]) -> set[str]:
        facts = self.facts
        price, was, minimum = (
            facts.product.price,
            facts.product.was,
            facts.offer.minimum,
        )
        now = {price} | set(self.finals)
        if role == Role.OFF:
            return {"value"} if values & self.savings else set()
        if role == Role.MINIMUM:
            return {"minimum"} if minimum in values else set()
        if role == Role.OVER:
            return self._over(values)
        if role == Role.WAS:
            earlier = {was} if was is not None else ({price} if self.finals else set())
            if was is not None and in_text & set(self.finals):
                earlier = {was, price}
            return {"was"} if values & earlier else set()
        if role == Role.NOW:
            return (
                {"price"}
                if values & now
                else ({"value"} if minimum in values else set())
            )
        if role == Role.EACH:
            return {"price"} if values & (now | self._each(now)) else set()
        if role == Role.LESS:
            return (
                {"price"}
                if any(_just_under(one, values) for one in now if one)
                else set()
            )
        return self._any(values, now, in_text)

    def _over(self, values: Values) -> set[str]:
        """ "Save over 5" is true where a bit more than 5 is saved."""
        near = any(0 < s - v <= s / 5 for s in self.savings for v in values)
        return {"value"} if near else set()

    def _each(self, now: set[Decimal | None]) -> set[Decimal]:
        counts = {n for n in self.title if n >= 2}
        return {
            one
            for whole in now
            if whole
            for n in counts
            for one in _rounded(whole / n)
            | {(whole / n).quantize(WHOLE, ROUND_HALF_UP)}
        }

    def _any(
        self, values: Values, now: set[Decimal | None], in_text: set[Decimal]
    ) -> set[str]:
        facts = self.facts
        names = {"price": now, "value": self.savings, "minimum": {facts.offer.minimum}}
        told = {name for name, said in names.items() if values & set(said)}
        is_beside = bool(in_text & {one for one in now if one is not None})
        if not told and facts.product.was in values and is_beside:
            told = {"was"}
        return told

    def nearly(self, kind: str, values: Values) -> bool:
        """Say whether "about 30%" or "nearly 850" is near enough to something borne."""
        known = self.percents if kind in ("percent", "fold") else self._known()
        return any(abs(one - v) <= one * NEARLY for one in known for v in values)

    def wrong(
        self, kind: str, role: Role, values: Values, said: frozenset[str]
    ) -> tuple[str, str]:
        """Return the class of an amount that nothing bears, and what would be right."""
        facts = self.facts
        value, price = facts.offer.value, facts.product.price
        if kind == "points":
            return ("unit" if value in values else "number"), self.offered()
        if kind in ("percent", "fold"):
            other = (
                self.savings | self.finals | ({price} if price is not None else set())
            )
            return ("unit" if values & other else "number"), self.offered()
        if kind == "money":
            is_value = value in values or bool(values & self.percents)
            is_discount = role in (Role.OFF, Role.NONE, Role.NOW)
            if is_value and facts.offer.percent is not None and is_discount:
                return "unit", self.offered()
            if not self.is_currency(said) and values & self._known():
                return "unit", facts.product.currency or facts.offer.currency
        return self._wrong_money(kind, role)

    def _wrong_money(self, kind: str, role: Role) -> tuple[str, str]:
        product = self.facts.product
        if role in (Role.OFF, Role.OVER):
            return "number", self.offered()
        if role == Role.MINIMUM:
            return "number", shown(self.facts.offer.minimum)
        if kind == "plain" and role == Role.NONE:
            return "number", self.offered()
        return "price", shown(product.was if role == Role.WAS else product.price)

    def _known(self) -> set[Decimal]:
        """Return every amount of money among the facts."""
        product, offer = self.facts.product, self.facts.offer
        told = {product.price, product.was, offer.value, offer.minimum}
        return {one for one in told if one is not None} | self.savings | self.finals

    def offered(self) -> str:
        """Say what the offer takes off."""
        offer = self.facts.offer
        if offer.percent is not None:
            return f"{shown(offer.percent)}%"
        if offer.amount is not None:
            return f"{shown(offer.amount)} {offer.currency or self.facts.product.currency}".strip()
        return shown(max(self.savings)) if self.savings else ""


def _rounded(value: Decimal) -> set[Decimal]:
    """Return an amount to the cent, and to the whole where it is written so."""
    whole = value.quantize(WHOLE, ROUND_HALF_UP)
    near = {whole} if abs(whole - value) <= CENT else set()
    return near | {
        value,
        value.quantize(CENT, ROUND_HALF_UP),
        value.quantize(CENT, ROUND_FLOOR),
        value.quantize(CENT, ROUND_CEILING),
    }


def _whole(value: Decimal) -> set[Decimal]:
    """Return a percentage as people round it."""
    return {
        value.quantize(WHOLE, ROUND_HALF_UP),
        value.quantize(WHOLE, ROUND_FLOOR),
        value.quantize(Decimal("0.1"), ROUND_HALF_UP),
    }


def _just_under(price: Decimal, values: Values) -> bool:
    return any(0 < bound - price <= bound / 4 for bound in values)
