"""Start a campaign from a recipe: one press makes it, a second person approves it."""

from __future__ import annotations

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from campaigns.admin.editor.pages import editor_of
from campaigns.content.mapping_reader import BadCampaign
from campaigns.lifecycle import recipes
from campaigns.lifecycle.recipes import RECIPES
from retention_site.lib.admin.pages import show

ADD = "campaigns.change_campaign"


def page(request: HttpRequest) -> HttpResponse:
    """Show every recipe in words."""
    context = {
        "title": _("Start from a recipe"),
        "recipes": RECIPES.values(),
        "may_add": request.user.has_perm(ADD),
    }
    return show(request, admin.site, "admin/campaigns/recipes.html", context)


@require_POST
def start(request: HttpRequest, key: str) -> HttpResponse:
    """Begin a draft with a recipe and open it in the editor."""
    if not request.user.has_perm(ADD):
        raise PermissionDenied
    if key not in recipes.RECIPES:
        raise Http404
    try:
        begun = recipes.start_draft(key, by=request.user)  # type: ignore[arg-type]
    except BadCampaign as error:
        messages.error(request, str(error))
        return redirect("recipes")
    return redirect(editor_of(begun))
