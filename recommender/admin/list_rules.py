"""The form of what may be recommended."""

from typing import Any

from django.contrib import admin
from django.db import models
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminTextareaWidget, UnfoldAdminTextInputWidget

from recommender.models import ListRules
from retention_site.lib.admin.missing import FoundOrMissing


@admin.register(ListRules)
class ListRulesAdmin(FoundOrMissing):
    """One row: the list leads straight to its form."""

    formfield_overrides = {
        models.TextField: {"widget": UnfoldAdminTextareaWidget(attrs={"rows": 3})}
    }

    fieldsets = (
        (
            _("What may stand in a list"),
            {
                "fields": (
                    "blocked_items",
                    "blocked_categories",
                    "blocked_titles",
                    "price_from",
                    "price_to",
                )
            },
        ),
        (_("What people have"), {"fields": ("keeps_lasting",)}),
        (
            _("How a list is arranged"),
            {
                "fields": (
                    "most_of_a_category",
                    "margin_share",
                    "margin_attribute",
                    "explores",
                )
            },
        ),
    )

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, object] | None = None
    ) -> HttpResponse:
        rules, _made = ListRules.objects.get_or_create(is_only=True)
        return redirect(reverse("admin:recommender_listrules_change", args=[rules.pk]))

    def formfield_for_dbfield(
        self, db_field: models.Field, request: HttpRequest, **kwargs: Any
    ) -> Any:
        if db_field.name == "margin_attribute":
            kwargs["widget"] = UnfoldAdminTextInputWidget()
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(
        self, request: HttpRequest, obj: ListRules | None = None
    ) -> bool:
        return False
