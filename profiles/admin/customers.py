"""Customers: the list with the portrait's main lines, and the page of one."""

from collections import Counter
from typing import Any

from django.contrib import admin
from django.contrib.admin.utils import unquote
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from unfold.contrib.filters.admin import FieldTextFilter
from unfold.decorators import display

from profiles.customer_search import search
from profiles.models import Customer, Segment
from retention_site.lib.admin.masking import masked
from retention_site.lib.admin.pages import ReadingAdmin, link
from retention_site.lib.admin.panels import panels
from retention_site.lib.admin.verbs import Nothing
from retention_site.lib.admin.words import count, said

from .overview.overview_page import staged
from .rights import EXPORT, PERSONAL
from .trait_counts import trait_counts
from .traits import cell

LONGEST_ID = 200


class InSegment(admin.SimpleListFilter):
    """Customers who are in a segment now."""

    title = _("segment")
    parameter_name = "segment"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [
            (segment.name, str(segment)) for segment in Segment.objects.order_by("name")
        ]

    def queryset(
        self, request: HttpRequest, queryset: QuerySet[Customer]
    ) -> QuerySet[Customer]:
        if not self.value():
            return queryset
        return queryset.filter(
            memberships__segment__name=self.value(), memberships__left_at=None
        )


class ByTrait(admin.SimpleListFilter):
    """Customers with one value of a trait, each value offered with its count; the overview's cells lead here, too."""

    trait = ""

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        counted = self.counted()
        chosen = request.GET.get(str(self.parameter_name))
        if chosen and chosen not in counted:
            counted = {chosen: 0, **counted}
        return [
            (value, f"{self.named(value)} ({count(n)})") for value, n in counted.items()
        ]

    def counted(self) -> dict[str, int]:
        """Return each value with how many have it, in the order in which they are offered."""
        return trait_counts(self.trait)

    def named(self, value: str) -> str:
        return said(value)

    def has_output(self) -> bool:
        return True

    def queryset(
        self, request: HttpRequest, queryset: QuerySet[Customer]
    ) -> QuerySet[Customer]:
        if not self.value():
            return queryset
        return queryset.filter(
            **{f"portrait__traits__{self.trait}__value": self.value()}
        )


class InGroup(ByTrait):
    title = _("customer group")
    parameter_name = trait = "group"


class InLifecycle(ByTrait):
    title = _("lifecycle")
    parameter_name = trait = "lifecycle"

    def counted(self) -> dict[str, int]:
        """In the order in which a customer passes through them."""
        return dict(staged(Counter(super().counted())))


class InRfmCell(ByTrait):
    """By recency and frequency, such as 54; a third digit narrows by money."""

    title = _("RFM")
    parameter_name = trait = "rfm"

    def counted(self) -> dict[str, int]:
        cells: Counter[str] = Counter()
        for value, n in super().counted().items():
            cells[value[:2]] += n
        return dict(sorted(cells.items(), reverse=True))

    def named(self, value: str) -> str:
        digits = dict(
            zip((_("recency"), _("frequency"), _("money")), value, strict=False)
        )
        return ", ".join(f"{name} {digit}" for name, digit in digits.items())

    def queryset(
        self, request: HttpRequest, queryset: QuerySet[Customer]
    ) -> QuerySet[Customer]:
        cell = self.value()
        return (
            queryset.filter(portrait__traits__rfm__value__startswith=cell)
            if cell
            else queryset
        )


@admin.register(Customer)
class CustomerAdmin(ReadingAdmin):
    list_display = (
        "who",
        "contact",
        "group",
        "last_order",
        "orders",
        "spent",
        "price_sensitivity",
        "likes",
    )
    list_filter = (
        InSegment,
        InGroup,
        InLifecycle,
        InRfmCell,
        "contacts_are_simulated",
        ("region", FieldTextFilter),
        ("country", FieldTextFilter),
        ("language", FieldTextFilter),
    )
    list_filter_submit = True
    export_right = EXPORT
    search_fields = (
        "external_id",
    )  # that there is a search; `get_search_results` says where
    search_help_text = _(
        "Customer id, e-mail address, phone or names; beginnings are enough."
    )
    ordering = ("id",)
    page_template = "admin/profiles/customer/page.html"
    nothing = Nothing(
        "groups",
        _("No customers yet"),
        _(
            "They come with an import, with a call from your shop, or with the first"
            " event that names them."
        ),
    )

    def get_list_display(self, request: HttpRequest) -> Any:
        """Show addresses and numbers as the viewer may read them."""
        kept = super().get_list_display(request)
        return (
            kept
            if request.user.has_perm(PERSONAL)
            else ["masked_contact" if one == "contact" else one for one in kept]
        )

    @display(description=_("contact"))
    def masked_contact(self, customer: Customer) -> SafeString:
        return format_html(
            '<span class="r-nowrap">{}</span>', masked(customer.email or customer.phone)
        )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Customer]:
        people = super().get_queryset(request).select_related("portrait", "merged_into")
        is_list = request.resolver_match is not None and str(
            request.resolver_match.url_name
        ).endswith("_changelist")
        # others are reached by links
        if is_list:
            return people.filter(merged_into=None, erased_at=None)
        return people.prefetch_related("devices")  # three cards read them

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Customer], search_term: str
    ) -> tuple[QuerySet[Customer], bool]:
        """Search by what may be read: else a number could be guessed from its beginning."""
        if not request.user.has_perm(PERSONAL):
            begins = search_term.strip()[:LONGEST_ID]
            return queryset.filter(external_id__startswith=begins), False
        return search(queryset, search_term), False

    @display(description=_("customer"), ordering="external_id")
    def who(self, customer: Customer) -> SafeString:
        return format_html(
            '<span class="r-who"><span class="r-avatar">{}</span><span>{}<span'
            ' class="r-sub">{}</span></span></span>',
            initials(customer),
            customer,
            customer.external_id if customer.full_name else customer.region,
        )

    @display(description=_("contact"))
    def contact(self, customer: Customer) -> SafeString:
        return format_html(
            '<span class="r-nowrap">{}</span>', customer.email or customer.phone
        )

    @display(description=_("group"))
    def group(self, customer: Customer) -> str:
        return cell(customer, "group")

    @display(description=_("last order"))
    def last_order(self, customer: Customer) -> str:
        return cell(customer, "recency_days")

    @display(description=_("orders"))
    def orders(self, customer: Customer) -> str:
        return cell(customer, "n_orders")

    @display(description=pgettext_lazy("customer", "spent"))
    def spent(self, customer: Customer) -> str:
        return cell(customer, "spend")

    @display(description=_("price sensitivity"))
    def price_sensitivity(self, customer: Customer) -> str:
        return cell(customer, "price_sensitivity")

    @display(description=_("likes"))
    def likes(self, customer: Customer) -> str:
        return cell(customer, "favourite_category")

    def get_object(
        self, request: HttpRequest, object_id: str, from_field: str | None = None
    ) -> Customer | None:
        """Look the customer up once a request."""
        known = vars(request).setdefault("customers_looked_up", {})
        if object_id not in known:
            known[object_id] = super().get_object(request, object_id, from_field)
        found: Customer | None = known[object_id]
        return found

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Show a person; who was joined to one leads there."""
        obj = self.get_object(request, unquote(object_id))
        if obj is not None and obj.merged_into:
            return redirect(link(obj.merged_into))
        return super().change_view(request, object_id, form_url, extra_context)

    def page(self, request: HttpRequest, obj: Any) -> dict[str, Any]:
        return {"initials": initials(obj), "panels": panels("customer_panels", obj)}


def initials(customer: Customer) -> str:
    """Two letters for the round picture."""
    names = [name for name in (customer.first_name, customer.last_name) if name]
    return (
        "".join(name[0] for name in names).upper() or customer.external_id[-2:].upper()
    )
