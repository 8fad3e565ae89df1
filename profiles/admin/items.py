"""Items: what the shop sells."""

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import FieldTextFilter
from unfold.decorators import action, display

from profiles.models import Item
from retention_site.lib.admin.pages import ReadingAdmin
from retention_site.lib.admin.panels import panels
from retention_site.lib.admin.verbs import Nothing, Verb
from retention_site.lib.admin.words import money


@admin.register(Item)
class ItemAdmin(ReadingAdmin):
    list_display = (
        "what",
        "category_path",
        "brand",
        "costs",
        "available",
        "is_never_recommended",
    )
    list_filter = (
        "available",
        "never_recommend",
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

    actions = ("never_recommend", "recommend_again")  # type: ignore[assignment]

    @action(description=_("Never recommend"))
    def never_recommend(self, request: HttpRequest, chosen: QuerySet[Item]) -> None:
        self._say(request, chosen, never=True)

    @action(description=_("May be recommended"))
    def recommend_again(self, request: HttpRequest, chosen: QuerySet[Item]) -> None:
        self._say(request, chosen, never=False)

    def _say(
        self, request: HttpRequest, chosen: QuerySet[Item], *, never: bool
    ) -> None:
        if not self.may_act(request):
            raise PermissionDenied
        n = chosen.update(never_recommend=never)
        self.message_user(
            request,
            ngettext("%(n)d item was changed.", "%(n)d items were changed.", n)
            % {"n": n},
        )

    def verbs(self, request: HttpRequest, obj: Item) -> list[Verb]:
        if obj.never_recommend:
            return [Verb("recommend_again", gettext("May be recommended"), "thumb_up")]
        return [Verb("never_recommend", gettext("Never recommend"), "block")]

    def do_never_recommend(self, request: HttpRequest, obj: Item) -> str:
        Item.objects.filter(pk=obj.pk).update(never_recommend=True)
        return gettext("It stands in no list, search or message any more.")

    def do_recommend_again(self, request: HttpRequest, obj: Item) -> str:
        Item.objects.filter(pk=obj.pk).update(never_recommend=False)
        return gettext("It may be recommended.")

    @display(description=_("never recommend"), ordering="never_recommend", boolean=True)
    def is_never_recommended(self, item: Item) -> bool | None:
        return item.never_recommend

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
