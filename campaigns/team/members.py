"""Change what a colleague may do, and end what an account opens."""

from __future__ import annotations

from collections.abc import Collection

from django.contrib.auth.models import Group, Permission, User
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from campaigns.roles import GRANTS, ROLES
from profiles.delegation import check_groups, check_permissions, may_manage
from profiles.models import Invitation, SecondFactorRule
from profiles.second_factor import devices
from retention_site.lib.acts import Act, tell
from retention_site.lib.admin.sessions import sign_ins
from retention_site.lib.clock import real_now


def may_change(by: User, member: User) -> bool:
    """Say whether a person may change a colleague here: never themselves, so that
    somebody is left who may.
    """
    return (
        by.pk != member.pk
        and by.has_perm("auth.change_user")
        and may_manage(by, member)
    )


def role_of(member: User) -> str:
    """Return the shop's role that a person has; "" for none, or for several."""
    names = [one.name for one in member.groups.all() if one.name in ROLES]
    return names[0] if len(names) == 1 else ""


def granted(member: User) -> set[str]:
    """Return which of the rights that are given one by one a person has of their own."""
    codes = {one.codename for one in member.user_permissions.all()}
    return {code for code in GRANTS if code.partition(".")[2] in codes}


@transaction.atomic
def change(
    member: User,
    *,
    role: str,
    grants: Collection[str],
    by: User,
    address: str = "",
) -> bool:
    """Give a person one of the shop's roles and rights of their own; say whether
    anything changed. Raise `PermissionDenied` or `ValidationError`.
    """
    member = _locked(member, by)
    group = Group.objects.filter(name=role, name__in=ROLES).first()
    if group is None:
        raise ValidationError(_("Choose a role."))
    before = _facts(member)
    groups = [*member.groups.exclude(name__in=ROLES), group]
    check_groups(by, member.groups.all(), groups)
    own = [*member.user_permissions.exclude(_grants(GRANTS)), *_permissions(grants)]
    check_permissions(by, member.user_permissions.all(), own)
    member.groups.set(groups)
    member.user_permissions.set(own)
    after = _facts(member)
    if before != after:
        tell(Act("team.change", by, member, before, after, address=address))
    return before != after


@transaction.atomic
def deactivate(member: User, *, by: User, address: str = "") -> None:
    """Close an account: its sign-ins end at once, and so do links it sent out."""
    member = _locked(member, by)
    User.objects.filter(pk=member.pk).update(is_active=False)
    Invitation.objects.filter(
        invited_by=member, accepted_at=None, withdrawn_at=None
    ).update(withdrawn_at=real_now())
    ended = {"is_active": False, "sign_ins_ended": sign_ins.end(member)}
    tell(
        Act("team.deactivate", by, member, {"is_active": True}, ended, address=address)
    )


@transaction.atomic
def activate(member: User, *, by: User, address: str = "") -> None:
    """Open an account again; it signs in anew."""
    member = _locked(member, by)
    User.objects.filter(pk=member.pk).update(is_active=True)
    facts = {"is_active": False}, {"is_active": True}
    tell(Act("team.activate", by, member, *facts, address=address))


@transaction.atomic
def sign_out(member: User, *, by: User, address: str = "") -> int:
    """End all sign-ins of a colleague; return how many there were."""
    member = _locked(member, by)
    n = sign_ins.end(member)
    tell(Act("team.sign_out", by, member, after={"ended": n}, address=address))
    return n


@transaction.atomic
def reset_second_factor(member: User, *, by: User, address: str = "") -> None:
    """Forget a colleague's second factor, as when a phone is lost; their sign-ins end."""
    member = _locked(member, by)
    n = devices.reset(member)
    sign_ins.end(member)
    after = {"devices_removed": n}
    tell(Act("team.reset_second_factor", by, member, after=after, address=address))


@transaction.atomic
def require_second_factor(
    roles: Collection[str], *, by: User, address: str = ""
) -> None:
    """Ask the people of these roles, and of no others, for a second factor. Raise
    `PermissionDenied` where one holds more than whoever asks.
    """
    wanted = Group.objects.filter(name__in=set(roles) & set(ROLES))
    before = set(SecondFactorRule.objects.values_list("role_id", flat=True))
    changed = Group.objects.filter(pk__in=before ^ {one.pk for one in wanted})
    try:
        check_groups(by, (), changed)
    except ValidationError as error:
        raise PermissionDenied(error.message) from error
    said = sorted(Group.objects.filter(pk__in=before).values_list("name", flat=True))
    SecondFactorRule.objects.exclude(role__in=wanted).delete()
    SecondFactorRule.objects.bulk_create(
        [SecondFactorRule(role=one) for one in wanted], ignore_conflicts=True
    )
    facts = {"roles": said}, {"roles": sorted(one.name for one in wanted)}
    tell(Act("team.require_second_factor", by, "", *facts, address=address))


def _locked(member: User, by: User) -> User:
    locked = User.objects.select_for_update().get(pk=member.pk)
    if not may_change(by, locked):
        raise PermissionDenied
    return locked


def _permissions(codes: Collection[str]) -> list[Permission]:
    return list(Permission.objects.filter(_grants(set(codes) & set(GRANTS))))


def _grants(codes: Collection[str]) -> Q:
    return Q(
        content_type__app_label__in=[code.partition(".")[0] for code in codes],
        codename__in=[code.partition(".")[2] for code in codes],
    )


def _facts(member: User) -> dict[str, list[str]]:
    return {
        "groups": sorted(member.groups.values_list("name", flat=True)),
        "rights": sorted(member.user_permissions.values_list("codename", flat=True)),
    }
