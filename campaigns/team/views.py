"""The public page on which an invited colleague makes an account."""

from __future__ import annotations

from django.contrib.auth import login
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from campaigns.roles import WORDS
from campaigns.team import invitations
from retention_site.lib.admin.pages import address_of

BACKEND = "django.contrib.auth.backends.ModelBackend"


@never_cache
@sensitive_post_parameters("password", "again")
@require_http_methods(["GET", "HEAD", "POST"])
def join(request: HttpRequest, token: str) -> HttpResponse:
    """Ask for a name and a password; POST makes the account and signs it in. Programs
    that only look at links use nothing up.
    """
    try:
        invitation = invitations.opened(token)
        errors = _try(request, token) if request.method == "POST" else {}
    except invitations.Gone:
        return render(request, "public/join_gone.html", status=410)
    if errors is None:
        return redirect("admin:index")
    label, words = WORDS.get(invitation.role.name, (invitation.role.name, ""))
    told = {
        "invitation": invitation,
        "role": label,
        "role_words": words,
        "username": request.POST.get("username", invitation.email),
        "full_name": request.POST.get("full_name", ""),
        "errors": errors,
    }
    return render(request, "public/join.html", told, status=422 if errors else 200)


def _try(request: HttpRequest, token: str) -> dict[str, list[str]] | None:
    """Make the account; return what was wrong by field, None where it was made."""
    password = request.POST.get("password", "")
    if password != request.POST.get("again", ""):
        return {"again": [_("The two passwords are not the same.")]}
    try:
        account = invitations.accept(
            token,
            username=request.POST.get("username", ""),
            password=password,
            full_name=request.POST.get("full_name", ""),
            address=address_of(request),
        )
    except ValidationError as error:
        if hasattr(error, "error_dict"):
            return {field: list(said) for field, said in error.message_dict.items()}
        return {"password": error.messages}
    login(request, account, backend=BACKEND)
    return None
