"""The menu of a request, and the index pages of the settings."""

from __future__ import annotations

from functools import partial

from django.contrib import admin
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.functional import SimpleLazyObject

from profiles.models import Customer
from retention_site.lib.admin.pages import show
from retention_site.lib.admin.places import Menu
from retention_site.lib.versions import VERSION

from .create import CREATIONS
from .marketing import CAMPAIGN_PLACE, HOME, PEOPLE, RESULT_PLACE
from .settings import SETTINGS

PLACES = (HOME, PEOPLE, CAMPAIGN_PLACE, RESULT_PLACE, SETTINGS)


def menu_of(request: HttpRequest) -> Menu:
    """Return the menu as this request's viewer sees it."""
    return Menu(request, PLACES, CREATIONS)


def menu(request: HttpRequest) -> dict[str, object]:
    """Give the admin's templates their ``menu`` (a context processor)."""
    if not request.path_info.startswith("/admin/"):
        return {}
    return {
        "menu": SimpleLazyObject(partial(menu_of, request)),
        "release": VERSION,
        "has_simulated": partial(has_simulated, request),
    }


def has_simulated(request: HttpRequest) -> bool:
    """Say whether the viewer sees customers whose contact data were made up."""
    if not request.user.has_perm("profiles.view_customer"):
        return False
    return Customer.objects.filter(contacts_are_simulated=True).exists()


def settings_index(request: HttpRequest, key: str) -> HttpResponse:
    """Show one index page of the settings: a card for each page behind it."""
    lines = [line for _place, lines in menu_of(request).places for line in lines]
    line = next((line for line in lines if line.entry.key == key), None)
    if line is None:
        raise Http404
    context = {"title": line.entry.title, "line": line}
    return show(request, admin.site, "admin/settings_index.html", context)
