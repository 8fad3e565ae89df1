"""Who may sign in, and what for."""

from typing import Any

from django.contrib import admin
from django.contrib.auth import get_user_model
from django.contrib.auth.admin import GroupAdmin, UserAdmin
from django.contrib.auth.models import Group, Permission
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm

from profiles.delegation import AccountForm, RoleForm, may_manage
from retention_site.lib import acts
from retention_site.lib.admin.missing import FoundOrMissing
from retention_site.lib.admin.pages import address_of, person
from retention_site.lib.admin.words import said

DJANGO_VERBS = {
    "add": _("may add"),
    "change": _("may change"),
    "delete": _("may delete"),
    "view": _("may view"),
}

admin.site.unregister(get_user_model())
admin.site.unregister(Group)


class RightsInWords(admin.ModelAdmin):
    """Rights are named in the page's language; Django names them in English."""

    def formfield_for_manytomany(
        self, db_field: Any, request: Any = None, **options: Any
    ) -> Any:
        field: Any = super().formfield_for_manytomany(db_field, request, **options)
        if field is not None and db_field.related_model is Permission:
            field.label_from_instance = right_words
        return field


def right_words(right: Permission) -> str:
    """Say what a right lets do: "customer: may change"."""
    model = right.content_type.model_class()
    named = model._meta.verbose_name if model else right.content_type.model
    verb = DJANGO_VERBS.get(right.codename.partition("_")[0])
    is_djangos = right.codename.endswith(f"_{right.content_type.model}")
    return f"{said(str(named))}: {verb if verb and is_djangos else said(right.name)}"


@admin.register(get_user_model())
class PersonAdmin(RightsInWords, UserAdmin, FoundOrMissing):
    form = UserChangeForm
    add_form = UserCreationForm
    change_password_form = AdminPasswordChangeForm

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        allowed = super().has_change_permission(request, obj)
        return allowed and (obj is None or may_manage(person(request), obj))

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        allowed = super().has_delete_permission(request, obj)
        return allowed and (obj is None or may_manage(person(request), obj))

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Leave the superuser's tick to superusers."""
        fixed = list(super().get_readonly_fields(request, obj))
        return fixed if person(request).is_superuser else [*fixed, "is_superuser"]

    def save_related(
        self, request: HttpRequest, form: Any, formsets: Any, change: bool
    ) -> None:
        """Let the audit trail know which roles and rights were given and taken."""
        account = form.instance
        before = _rights_of(account)
        super().save_related(request, form, formsets, change)
        was, now = acts.changed(before, _rights_of(account))
        for name in now:
            told = {name: was[name]}, {name: now[name]}
            acts.tell(
                acts.Act(
                    f"user.{name}",
                    request.user,
                    account,
                    *told,
                    address=address_of(request),
                )
            )

    def get_form(
        self,
        request: HttpRequest,
        obj: Any = None,
        change: bool = False,
        **options: Any,
    ) -> Any:
        made = super().get_form(request, obj, change=change, **options)
        return type(made.__name__, (AccountForm, made), {"giver": request.user})


def _rights_of(account: Any) -> dict[str, list[str]]:
    return {
        "groups": sorted(account.groups.values_list("name", flat=True)),
        "user_permissions": sorted(
            account.user_permissions.values_list("codename", flat=True)
        ),
    }


@admin.register(Group)
class RoleAdmin(RightsInWords, GroupAdmin, FoundOrMissing):
    def get_form(
        self,
        request: HttpRequest,
        obj: Any = None,
        change: bool = False,
        **options: Any,
    ) -> Any:
        made = super().get_form(request, obj, change=change, **options)
        return type(made.__name__, (RoleForm, made), {"giver": request.user})

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Taking a role away takes its rights from others: only who holds them all may."""
        allowed = super().has_delete_permission(request, obj)
        return allowed and (obj is None or _holds_all(request, obj))


def _holds_all(request: HttpRequest, role: Group) -> bool:
    names = [
        f"{one.content_type.app_label}.{one.codename}"
        for one in role.permissions.select_related("content_type")
    ]
    return person(request).has_perms(names)
