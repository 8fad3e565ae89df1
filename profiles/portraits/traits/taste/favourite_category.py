"""What a customer spends most on."""

import ibis
import ibis.expr.types as ir
from django.utils.translation import gettext_lazy as _

from profiles.portraits.purchase_facts import Facts

from ..contract import Trait

MINIMUM_LINES = 3


def favourites(facts: Facts, column: str) -> ir.Table:
    """The value of a column with the most decayed spend: ``customer``, ``name``,
    ``share``, ``evidence``.
    """
    return facts.kept(f"favourite_{column}", lambda facts: _favourites(facts, column))


def _favourites(facts: Facts, column: str) -> ir.Table:
    tastes = facts.tastes.filter(
        facts.tastes[column].notnull() & (facts.tastes[column] != "")
    )
    spent = tastes.group_by("customer", name=tastes[column]).aggregate(
        weight=tastes.weight.sum(), n_lines=tastes.n_lines.sum()
    )
    mine = ibis.window(group_by="customer")
    ranked = spent.mutate(
        share=spent.weight / spent.weight.sum().over(mine).nullif(0),
        evidence=spent.n_lines.sum().over(mine),
        place=ibis.row_number().over(
            ibis.window(
                group_by="customer", order_by=[ibis.desc(spent.weight), spent.name]
            )
        ),
    )
    return ranked.filter(
        (ranked.place == 0) & (ranked.evidence >= MINIMUM_LINES) & (ranked.weight > 0)
    )


class FavouriteCategory(Trait):
    key = "favourite_category"
    title = _("Favourite category")
    definition = _(
        "Category with the largest share of spend; spend counts half after 90 days."
    )

    def values(self, facts: Facts) -> ir.Table:
        return favourites(facts, "category").select(
            "customer", value="name", evidence="evidence"
        )
