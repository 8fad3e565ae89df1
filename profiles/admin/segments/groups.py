"""Customer groups: clusters of a frozen clustering, by name."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from profiles.models import CustomerGroup
from retention_site.lib.admin.pages import ReadingAdmin
from retention_site.lib.admin.verbs import Nothing
from retention_site.lib.admin.words import count, number, shop_moment

from ..traits import trait_title, value_words


@admin.register(CustomerGroup)
class CustomerGroupAdmin(ReadingAdmin):
    list_display = ("title", "customers", "how_stable", "is_current", "made")
    list_filter = ("is_current",)
    ordering = ("-is_current", "-id")
    page_template = "admin/profiles/customergroup/page.html"
    nothing = Nothing(
        "bubble_chart",
        _("No groups yet"),
        _(
            "Learning finds groups of customers who behave alike, names them, and keeps"
            " only a stable number of them."
        ),
    )

    @display(description=_("group"), ordering="name")
    def title(self, group: CustomerGroup) -> SafeString:
        return format_html('{}<span class="r-sub">{}</span>', group.name, group.version)

    @display(description=_("customers"), ordering="n_customers")
    def customers(self, group: CustomerGroup) -> str:
        return count(group.n_customers)

    @display(description=_("stability"), ordering="stability")
    def how_stable(self, group: CustomerGroup) -> str:
        return number(group.stability)

    @display(description=_("made"), ordering="created_at")
    def made(self, group: CustomerGroup) -> str:
        return shop_moment(group.created_at)

    def page(self, request: HttpRequest, obj: Any) -> dict[str, Any]:
        siblings = list(
            CustomerGroup.objects.filter(version=obj.version).order_by("number")
        )
        return {
            "siblings": siblings,
            "n_all": sum(group.n_customers for group in siblings),
            "medians": medians(siblings),
        }


def medians(
    groups: list[CustomerGroup],
) -> list[tuple[str, list[tuple[CustomerGroup, str]]]]:
    """Return, trait by trait, its median in every group of a version."""
    found = {
        group.pk: {one["trait"]: one["median"] for one in group.features}
        for group in groups
    }
    traits = dict.fromkeys(trait for of_group in found.values() for trait in of_group)
    return [
        (
            trait_title(trait),
            [
                (group, value_words(trait, found[group.pk].get(trait)))
                for group in groups
            ],
        )
        for trait in traits
    ]
