"""The look of the admin, as Unfold asks for it; its menu is retention_site.menu."""

from typing import Any

from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy as _


def shop_clock(_request: HttpRequest) -> list[str] | None:
    """Say the shop's time at the top of every page where it is not the real one."""
    # the settings read this module before they are whole
    from django.conf import settings
    from django.utils.translation import gettext

    from retention_site.lib import clock
    from retention_site.lib.admin.words import moment

    if not settings.SHOP_CLOCK:
        return None
    return [
        gettext("Shop clock: %(moment)s") % {"moment": moment(clock.now())},
        "warning",
    ]


UNFOLD: dict[str, Any] = {
    "SITE_TITLE": "Rapport",
    "SITE_HEADER": "Rapport",
    "SITE_SYMBOL": "handshake",
    "SITE_URL": None,
    "SITE_FAVICONS": [
        {
            "rel": "icon",
            "type": "image/svg+xml",
            "href": lambda _request: static("rapport/icon.svg"),
        },
    ],
    "SHOW_HISTORY": False,
    "SHOW_VIEW_ON_SITE": False,
    "ACCOUNT": {
        "navigation": [
            {"title": _("Second factor"), "link": reverse_lazy("second-factor")},
            {"title": _("Your sign-ins"), "link": reverse_lazy("admin:sign-ins")},
        ]
    },
    "SHOW_LANGUAGES": True,
    "ENVIRONMENT": "retention_site.unfold.shop_clock",
    "DASHBOARD_CALLBACK": "campaigns.admin.home.page.show",
    "STYLES": [
        lambda _request: static("rapport/admin.css"),
        lambda _request: static("rapport/team.css"),
        lambda _request: static("rapport/editor.css"),
        lambda _request: static("rapport/effect.css"),
        lambda _request: static("rapport/print.css"),
    ],
    "SCRIPTS": [
        lambda _request: static("rapport/charts.js"),
        lambda _request: static("rapport/admin.js"),
    ],
}
