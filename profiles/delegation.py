"""Who may change whose account: nobody gives a right, or takes over an account, beyond
their own.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.contrib.auth.models import Group, Permission, User
from django.core.exceptions import ValidationError
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _


def may_give(giver: User) -> QuerySet[Permission]:
    """Return the permissions that a person holds, and so may give."""
    permissions = Permission.objects.select_related("content_type")
    if giver.is_superuser:
        return permissions
    held = Q(user=giver) | Q(group__user=giver)
    return (
        permissions.filter(held).distinct() if giver.is_active else permissions.none()
    )


def may_manage(manager: User, other: User) -> bool:
    """Say whether a person may change an account, its password too.

    Only one whose every right they hold themselves, and never their own: who could set
    the password of somebody mightier would soon be that person.
    """
    if manager.is_superuser:
        return True
    if other.is_superuser or other.pk == manager.pk:
        return False
    return other.get_all_permissions() <= manager.get_all_permissions()


def check_permissions(
    giver: User, before: Iterable[Permission], after: Iterable[Permission]
) -> None:
    """Raise `ValidationError` where rights are given or taken that the giver does not
    hold.
    """
    changed = {one.pk for one in before} ^ {one.pk for one in after}
    own = set(may_give(giver).values_list("pk", flat=True))
    if (
        missing := Permission.objects.filter(pk__in=changed - own)
        .order_by("codename")
        .first()
    ):
        said = _(
            "You don't have the right “%(right)s” yourself, so you can't give or"
            " take it."
        )
        raise ValidationError(said % {"right": missing.name})


def check_groups(giver: User, before: Iterable[Group], after: Iterable[Group]) -> None:
    """Raise `ValidationError` where a role is given or taken that holds more than the
    giver.
    """
    changed = {one.pk for one in before} ^ {one.pk for one in after}
    own = set(may_give(giver).values_list("pk", flat=True))
    for group in Group.objects.filter(pk__in=changed).prefetch_related("permissions"):
        if not {one.pk for one in group.permissions.all()} <= own:
            said = _("The role “%(role)s” holds rights that you don't have.")
            raise ValidationError(said % {"role": group.name})


class AccountForm:
    """Mixed into the form of an account: what is chosen must be the chooser's to give."""

    giver: User

    def clean(self) -> dict[str, Any]:
        told: dict[str, Any] = super().clean() or {}  # type: ignore[misc]
        account: User = self.instance  # type: ignore[attr-defined]
        kept = account.pk is not None
        if told.get("is_superuser") and not self.giver.is_superuser:
            raise ValidationError(_("Only a superuser makes a superuser."))
        if "user_permissions" in told:
            before = account.user_permissions.all() if kept else ()
            check_permissions(self.giver, before, told["user_permissions"])
        if "groups" in told:
            check_groups(
                self.giver, account.groups.all() if kept else (), told["groups"]
            )
        return told


class RoleForm:
    """Mixed into the form of a role."""

    giver: User

    def clean(self) -> dict[str, Any]:
        told: dict[str, Any] = super().clean() or {}  # type: ignore[misc]
        role: Group = self.instance  # type: ignore[attr-defined]
        before = role.permissions.all() if role.pk else ()
        check_permissions(self.giver, before, told.get("permissions") or ())
        return told
