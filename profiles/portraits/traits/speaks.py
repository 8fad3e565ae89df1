"""Which language to write in."""

from typing import cast

import ibis
import ibis.expr.types as ir
from django.utils.translation import gettext_lazy as _

from ..purchase_facts import Facts
from .contract import Trait

MINIMUM_SAID = 10  # fewer of a country tell nothing about the others
CLEAR_SHARE = 0.8


class Speaks(Trait):
    key = "speaks"
    title = _("Language")
    definition = _(
        "Language that the customer or their browser named, else the one that at least"
        " four in five of the shop's customers in the same country named, at least ten"
        " of them; the evidence is how many named it."
    )

    def values(self, facts: Facts) -> ir.Table:
        people = facts.customers.select(
            "customer",
            country=facts.customers.country.nullif(""),
            said=_plain(facts.customers.language),
        )
        common = _common(people)
        known = people.left_join(common, "country").drop("country_right")
        language = ibis.coalesce(known.said, known.usual)
        evidence = ibis.ifelse(known.said.notnull(), 1, known.n)
        named = known.select("customer", value=language, evidence=evidence)
        return named.filter(named.value.notnull())


def _plain(language: ir.StringValue) -> ir.StringValue:
    """``en`` of en-US; unknown when empty."""
    return cast(
        ir.StringValue,
        language.fill_null("").lower().re_extract("^ *([a-z]+)", 1).nullif(""),
    )


def _common(people: ir.Table) -> ir.Table:
    """The language of each country where nearly all name the same one: ``country``,
    ``usual``, ``n``.
    """
    said = people.filter(people.said.notnull() & people.country.notnull())
    counts = said.group_by("country", usual="said").aggregate(n=said.count())
    mine = ibis.window(group_by="country")
    shares = counts.mutate(share=counts.n / counts.n.sum().over(mine))
    clear = shares.filter((shares.share >= CLEAR_SHARE) & (shares.n >= MINIMUM_SAID))
    return clear.select("country", "usual", "n")
