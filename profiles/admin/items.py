"""Items: what the shop sells."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import FieldTextFilter
from unfold.decorators import display

from profiles.models import Item
from retention_site.lib.admin.pages import Nothing, ReadingAdmin
from retention_site.lib.admin.panels import panels
from retention_site.lib.admin.words import money


@admin.register(Item)
class ItemAdmin(ReadingAdmin):
    list_display = ("what", "category_path", "brand", "costs", "available")
    list_filter = (
        "available",
        ("category", FieldTextFilter),
        ("brand", FieldTextFilter),
    )
    list_filter_submit = True
    search_fields = ("external_id__startswith", "title__icontains")
    search_help_text = _("Item id or words of the title.")
    ordering = ("id",)
    page_template = "admin/profiles/item/page.html"
    nothing = Nothing(
        "inventory_2",
        _("No items yet"),
        _("The catalogue comes with an import or from your shop."),
    )

    @display(description=_("item"), ordering="title")
    def what(self, item: Item) -> SafeString:
        return format_html('{}<span class="r-sub">{}</span>', item, item.external_id)

    @display(description=_("category"), ordering="category")
    def category_path(self, item: Item) -> str:
        return " › ".join(levels(item)) or "–"

    @display(description=_("price"), ordering="price")
    def costs(self, item: Item) -> str:
        return money(item.price, item.currency)

    def page(self, request: HttpRequest, obj: Any) -> dict[str, Any]:
        return {
            "levels": levels(obj),
            "sales_address": f"{reverse('sales')}?item={obj.pk}",
            "panels": panels("item_panels", obj),
        }


def levels(item: Item) -> list[str]:
    """The category's levels, widest first."""
    return [level.strip() for level in item.category.split(">") if level.strip()]
