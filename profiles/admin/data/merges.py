"""Joined customers: who was found to be one person, by what, and taking it back
exactly.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from profiles.admin.rights import CUSTOMERS, EXPORT
from profiles.consents.merged_consents import JOINED
from profiles.identity import merge_customers
from profiles.identity.merged_profile import Member, is_named, own
from profiles.intake.attribute_names import OTHER
from profiles.models import Consent, Customer, Merge
from retention_site.lib.admin.pages import ReadingAdmin, link, person
from retention_site.lib.admin.tones import pill
from retention_site.lib.admin.verbs import Nothing, Verb
from retention_site.lib.admin.words import fact, moment, shop_moment

RIGHT = "profiles.change_merge"


@dataclass(frozen=True)
class MergedAttribute:
    """One attribute: what each side states itself, and what the person shows."""

    name: str
    one: str
    other: str
    shown: str
    one_at: str
    other_at: str


@admin.register(Merge)
class MergeAdmin(ReadingAdmin):
    needs = (CUSTOMERS,)
    export_right = EXPORT
    list_display = ("who", "because", "joined", "source", "state_now")
    list_filter = ("evidence", ("undone_at", admin.EmptyFieldListFilter))
    list_select_related = ("customer", "other", "undone_by")
    search_fields = (
        "customer__external_id__startswith",
        "other__external_id__startswith",
        "value",
    )
    search_help_text = _("Customer id, or the address that joined them.")
    ordering = ("-id",)
    list_before_template = "admin/profiles/merge/join.html"
    page_template = "admin/profiles/merge/page.html"
    called = _("Joined customers")
    nothing = Nothing(
        "join",
        _("Nobody was joined yet"),
        _(
            "When an address, a phone, a device or your shop says that two customers"
            " are one person, it is logged here."
        ),
    )

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        may_join = {"may_join": request.user.has_perm(RIGHT)}
        return super().changelist_view(request, {**may_join, **(extra_context or {})})

    @display(description=_("customers"))
    def who(self, merge: Merge) -> SafeString:
        return format_html(
            '{}<span class="r-sub">{}</span>',
            name_of(merge.customer),
            name_of(merge.other),
        )

    @display(description=_("because of"), ordering="evidence")
    def because(self, merge: Merge) -> SafeString:
        return format_html(
            '{}<span class="r-sub r-mono">{}</span>',
            merge.get_evidence_display(),
            merge.value,
        )

    @display(description=_("joined"), ordering="at")
    def joined(self, merge: Merge) -> str:
        return moment(merge.at)

    @display(description=_("state"), ordering="undone_at")
    def state_now(self, merge: Merge) -> SafeString:
        return standing(merge)

    def verbs(self, request: HttpRequest, obj: Merge) -> list[Verb]:
        if obj.undone_at:
            return []
        asks = gettext(
            "Take this apart? Each shows again what it stated itself, and the two are"
            " kept apart for good."
        )
        return [Verb("undo", gettext("Take apart"), "call_split", "danger", asks)]

    def do_undo(self, request: HttpRequest, obj: Merge) -> str:
        if merge_customers.undo(obj, by=person(request)):
            return gettext("Taken apart. Nothing but a person joins these two again.")
        return gettext("These were taken apart already.")

    def page(self, request: HttpRequest, obj: Any) -> dict[str, Any]:
        head = obj.customer.merged_into or obj.customer
        sides = [
            (customer, name_of(customer)) for customer in (obj.customer, obj.other)
        ]
        return {
            "standing": standing(obj),
            "sides": sides,
            "trail_title": " = ".join(name for _customer, name in sides),
            "head": head,
            "head_name": name_of(head),
            "lines": lines(obj.customer, obj.other, head),
            "consents": decided(obj),
            "events": _n_events(obj),
            "others": _others(obj),
            "undone": shop_moment(obj.undone_at) if obj.undone_at else "",
        }


def join(request: HttpRequest) -> HttpResponse:
    """Join two customers by hand: they are one person from now on, whatever was taken
    apart before.
    """
    if not request.user.has_perm(RIGHT) or request.method != "POST":
        raise PermissionDenied
    said = [request.POST.get(name, "").strip() for name in ("one", "other")]
    found = {
        customer.external_id: customer
        for customer in Customer.objects.filter(external_id__in=said)
    }
    missing = [one for one in said if one not in found]
    if missing:
        messages.error(
            request,
            gettext("There is no customer %(who)s.") % {"who": missing[0] or "–"},
        )
        return redirect("admin:profiles_merge_changelist")
    one, other = found[said[0]], found[said[1]]
    why = request.POST.get("why", "").strip()
    made = merge_customers.join(
        [
            merge_customers.Link(
                one.pk, other.pk, Merge.Evidence.PERSON, why, str(person(request))
            )
        ]
    )
    if not made:
        messages.error(
            request, gettext("These are one person already, or one of them was erased.")
        )
        return redirect("admin:profiles_merge_changelist")
    messages.success(request, gettext("Joined. Of their consents the stricter holds."))
    return redirect(link(made[0]))


def lines(one: Customer, other: Customer, head: Customer) -> list[MergedAttribute]:
    """Put what both sides state beside what the person shows; what neither says is left
    out.
    """
    left, right, shown = own(one), own(other), _shown(head)
    return [
        MergedAttribute(
            name.removeprefix(OTHER),
            fact(left.values.get(name, "")),
            fact(right.values.get(name, "")),
            fact(shown.get(name, "")),
            _stated(left, name),
            _stated(right, name),
        )
        for name in dict.fromkeys((*left.values, *right.values))
    ]


def decided(merge: Merge) -> QuerySet[Consent]:
    """Return what this merge made the stricter consent hold for."""
    return Consent.objects.filter(source=f"{JOINED}{merge.pk}").order_by(
        "channel", "topic"
    )


def standing(merge: Merge) -> SafeString:
    """Whether a merge holds."""
    if merge.undone_at:
        return pill("stopped", gettext("taken apart"), look="quiet")
    return pill("active", gettext("joined"))


def name_of(customer: Customer) -> str:
    """Name a customer by the shop's id, or as the visitor it was."""
    if is_named(customer.external_id):
        return (
            f"{customer.full_name} ({customer.external_id})"
            if customer.full_name
            else customer.external_id
        )
    kind, _colon, value = customer.external_id.partition(":")
    return gettext("%(kind)s visitor %(id)s") % {"kind": kind, "id": value[:24]}


def _shown(head: Customer) -> dict[str, Any]:
    columns = {
        name: getattr(head, name)
        for name in own(head).values
        if not name.startswith(OTHER)
    }
    borrowed = {
        name: getattr(head, name)
        for name in head.borrowed
        if not name.startswith(OTHER)
    }
    return (
        columns
        | borrowed
        | {OTHER + name: value for name, value in head.traits.items()}
    )


def _stated(side: Member, name: str) -> str:
    at = side.stated.get(name)
    return moment(datetime.fromisoformat(at)) if at else ""


def _n_events(merge: Merge) -> dict[int, int]:
    pks = (merge.customer_id, merge.other_id)
    counted = (
        Customer.objects.filter(pk__in=pks)
        .annotate(n=Count("events"))
        .values_list("pk", "n")
    )
    return dict(counted)


def _others(merge: Merge) -> QuerySet[Merge]:
    """Other merges of the same two customers' families, newest first."""
    pks = (merge.customer_id, merge.other_id)
    either = Merge.objects.filter(customer__in=pks) | Merge.objects.filter(
        other__in=pks
    )
    return (
        either.exclude(pk=merge.pk)
        .select_related("customer", "other")
        .order_by("-id")[:10]
    )
