"""What went wrong, said inside the admin's frame to staff and plainly to others."""

from __future__ import annotations

import logging

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views import defaults

from retention_site.lib.admin.missing import Missing
from retention_site.lib.admin.pages import show

log = logging.getLogger(__name__)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer 404 (Django's `handler404`)."""
    if not _is_staffs(request):
        return defaults.page_not_found(request, exception)
    if not isinstance(exception, Missing):
        nowhere = _("There is nothing at this address.")
        exception = Missing(nowhere, reverse("admin:index"), _("Home"))
    context = {
        "title": _("Not found"),
        "sentence": exception.sentence,
        "address": exception.address,
        "list_name": exception.list_name,
    }
    return _shown(request, 404, context)


def refused(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer 400 (Django's `handler400`)."""
    if not _is_staffs(request):
        return defaults.bad_request(request, exception)
    context = {
        "title": _("Not understood"),
        "icon": "error",
        "sentence": _("The address or the form can't be read."),
        "address": reverse("admin:index"),
        "list_name": _("Home"),
    }
    return _shown(request, 400, context)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer 403 (Django's `handler403`)."""
    if not _is_staffs(request):
        return defaults.permission_denied(request, exception)
    context = {
        "title": _("Not open to you"),
        "icon": "lock",
        "sentence": _(
            "Ask who looks after Rapport for the right that this page needs."
        ),
        "address": reverse("admin:index"),
        "list_name": _("Home"),
    }
    return _shown(request, 403, context)


def failed(request: HttpRequest) -> HttpResponse:
    """Answer 500 (Django's `handler500`); plainly where even the frame can't be drawn."""
    try:
        if not _is_staffs(request):
            return defaults.server_error(request)
        context = {
            "title": _("This page failed"),
            "icon": "error",
            "sentence": _(
                "Nothing was lost. What happened stands in the log; try again."
            ),
            "address": request.path,
            "list_name": _("Try again"),
        }
        return _shown(request, 500, context)
    except Exception:
        log.exception("The page that says so failed, too")
        return defaults.server_error(request)


def _is_staffs(request: HttpRequest) -> bool:
    user = getattr(request, "user", None)
    return bool(
        request.path_info.startswith("/admin/") and user is not None and user.is_staff
    )


def _shown(request: HttpRequest, status: int, context: dict[str, str]) -> HttpResponse:
    answer = show(request, admin.site, "admin/missing.html", context)
    answer.status_code = status
    return answer.render()
