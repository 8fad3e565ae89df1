"""One colleague: role, rights beside it, sign-ins, and what they did last."""

from __future__ import annotations

from collections.abc import Callable

from django.contrib import admin, messages
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from campaigns.roles import GRANTS
from campaigns.team import members
from profiles.models import AuditEntry
from profiles.second_factor import devices
from retention_site.lib.admin.pages import address_of, person, show
from retention_site.lib.admin.sessions import sign_ins

from .team_page import crumbs, role_choices

N_ACTS = 10


def page(request: HttpRequest, member: int) -> HttpResponse:
    """Show a colleague; POST changes the role, or does what a button says."""
    found = get_object_or_404(User, pk=member, is_staff=True)
    if request.method == "POST":
        if not members.may_change(person(request), found):
            raise PermissionDenied
        DOES.get(request.POST.get("verb", ""), _save)(request, found)
        return redirect("admin:team-member", member)
    by = person(request)
    may_change = members.may_change(by, found)
    own, of_role = members.granted(found), found.get_group_permissions()
    context = {
        "title": found.get_full_name() or found.get_username(),
        "crumbs": crumbs(),
        "member": found,
        "role": members.role_of(found),
        "roles": role_choices(by),
        "grants": [
            {
                "key": key,
                "words": words,
                "is_on": key in own or key in of_role or found.is_superuser,
                "by_role": key in of_role or found.is_superuser,
                "may": by.has_perm(key),
            }
            for key, words in GRANTS.items()
        ],
        "may_change": may_change,
        "is_oneself": found.pk == by.pk,
        "sign_ins": sign_ins.of(found) if may_change else [],
        "has_second_factor": devices.has_one(found),
        "needs_second_factor": devices.is_required(found),
        "acts": AuditEntry.objects.filter(account=found).order_by("-id")[:N_ACTS]
        if by.has_perm("profiles.view_auditentry")
        else [],
    }
    return show(request, admin.site, "admin/team/member.html", context)


def _save(request: HttpRequest, member: User) -> None:
    try:
        is_changed = members.change(
            member,
            role=request.POST.get("role", ""),
            grants=request.POST.getlist("grant"),
            by=person(request),
            address=address_of(request),
        )
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
        return
    if is_changed:
        messages.success(request, _("Saved; it holds from now on."))


def _deactivate(request: HttpRequest, member: User) -> None:
    members.deactivate(member, by=person(request), address=address_of(request))
    messages.success(request, _("The account is closed and signed out everywhere."))


def _activate(request: HttpRequest, member: User) -> None:
    members.activate(member, by=person(request), address=address_of(request))
    messages.success(request, _("The account is open again."))


def _sign_out(request: HttpRequest, member: User) -> None:
    n = members.sign_out(member, by=person(request), address=address_of(request))
    words = ngettext("%(n)d sign-in ended.", "%(n)d sign-ins ended.", n)
    messages.success(request, words % {"n": n})


def _reset(request: HttpRequest, member: User) -> None:
    members.reset_second_factor(member, by=person(request), address=address_of(request))
    messages.success(request, _("The second factor is forgotten; a new one is set up."))


DOES: dict[str, Callable[[HttpRequest, User], None]] = {
    "save": _save,
    "deactivate": _deactivate,
    "activate": _activate,
    "sign_out": _sign_out,
    "reset_second_factor": _reset,
}
