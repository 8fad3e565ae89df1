"""The team: who works here in which role, invitations, and who needs a second factor."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.contrib.auth.models import Group, User
from django.core.exceptions import ValidationError
from django.db.models import Exists, OuterRef
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.cache import add_never_cache_headers
from django.utils.translation import gettext as _

from campaigns.roles import ROLES, WORDS
from campaigns.team import invitations, members
from profiles.models import AuthenticatorDevice, Invitation
from profiles.second_factor import devices
from retention_site.lib.admin.pages import address_of, person, show
from retention_site.lib.clock import real_now

VIEW, ADD, CHANGE = "auth.view_user", "auth.add_user", "auth.change_user"


def page(request: HttpRequest) -> HttpResponse:
    """Show everybody who may sign in, and who is invited."""
    team = [_row(one) for one in _team()]
    needs_one = devices.roles_that_need_one()
    context = {
        "title": _("Team"),
        "team": team,
        "n_active": sum(one["user"].is_active for one in team),
        "invitations": Invitation.objects.open(real_now())
        .select_related("role", "invited_by")
        .order_by("-id"),
        "roles": [
            {"key": key, "label": label, "words": words, "needs": key in needs_one}
            for key, (label, words) in WORDS.items()
        ],
        "for_everybody": devices.EVERYBODY in needs_one,
        "may_invite": request.user.has_perm(ADD),
        "may_change": request.user.has_perm(CHANGE),
    }
    return show(request, admin.site, "admin/team/page.html", context)


def invite(request: HttpRequest) -> HttpResponse:
    """Ask for an address and a role, and mail the link; it stands on the answer once."""
    email, role = request.POST.get("email", ""), request.POST.get("role", "")
    problems: list[str] = []
    if request.method == "POST":
        try:
            made, link = invitations.invite(
                email, role, by=person(request), address=address_of(request)
            )
        except ValidationError as error:
            problems = error.messages
        else:
            return _invited(request, made, link)
    context = {
        "title": _("Invite a colleague"),
        "crumbs": crumbs(),
        "email": email,
        "role": role,
        "roles": role_choices(person(request)),
        "problems": problems,
        "days": invitations.VALID.days,
    }
    return show(request, admin.site, "admin/team/invite.html", context)


def withdraw(request: HttpRequest, invitation: int) -> HttpResponse:
    """Let an invitation open nothing any more."""
    found = get_object_or_404(Invitation, pk=invitation)
    if invitations.withdraw(found, by=person(request), address=address_of(request)):
        messages.success(request, _("The invitation is withdrawn."))
    return redirect("admin:team")


def second_factor(request: HttpRequest) -> HttpResponse:
    """Ask the people of the ticked roles for a second factor."""
    members.require_second_factor(
        request.POST.getlist("role"), by=person(request), address=address_of(request)
    )
    messages.success(request, _("Saved."))
    return redirect("admin:team")


def crumbs() -> list[tuple[str, str]]:
    """Return where the pages under the team's stand."""
    return [(_("Team"), reverse("admin:team"))]


def role_choices(giver: User) -> list[dict[str, Any]]:
    """Return each role with its words; what the giver can't give is said so."""
    held = giver.get_all_permissions()
    may = {name: rights <= held for name, rights in _rights_of_roles().items()}
    return [
        {"key": key, "label": label, "words": words, "may": may.get(key, False)}
        for key, (label, words) in WORDS.items()
    ]


def _rights_of_roles() -> dict[str, set[str]]:
    groups = Group.objects.filter(name__in=ROLES).prefetch_related(
        "permissions__content_type"
    )
    return {
        group.name: {
            f"{one.content_type.app_label}.{one.codename}"
            for one in group.permissions.all()
        }
        for group in groups
    }


def _team() -> Any:
    apps = AuthenticatorDevice.objects.filter(user=OuterRef("pk"), confirmed=True)
    return (
        User.objects.filter(is_staff=True)
        .prefetch_related("groups", "user_permissions")
        .annotate(has_second_factor=Exists(apps))
        .order_by("-is_active", "first_name", "last_name", "username")
    )


def _row(user: Any) -> dict[str, Any]:
    role = members.role_of(user)
    return {
        "user": user,
        "role": WORDS[role][0] if role else "",
        "has_more": bool(user.user_permissions.all()),
    }


def _invited(request: HttpRequest, made: Invitation, link: str) -> HttpResponse:
    context = {
        "title": _("Invited"),
        "crumbs": crumbs(),
        "invitation": made,
        "link": link,
        "is_mailed": invitations.mail(made, link),
    }
    answer = show(request, admin.site, "admin/team/invited.html", context)
    add_never_cache_headers(answer)
    return answer
