"""The look of the admin: its sidebar follows the marketer's path."""

from typing import Any

from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy as _


def _page(
    title: Any, icon: str, address: str, *permissions: str, **more: Any
) -> dict[str, Any]:
    """One line of the sidebar; seen by those who may view what it leads to."""
    page = {
        "title": title,
        "icon": icon,
        "link": reverse_lazy(f"admin:{address}"),
        **more,
    }
    if permissions:
        page["permission"] = lambda request: request.user.has_perms(permissions)
    return page


def _of(
    title: Any, icon: str, app: str, model: str, *needs: str, **more: Any
) -> dict[str, Any]:
    return _page(
        title, icon, f"{app}_{model}_changelist", f"{app}.view_{model}", *needs, **more
    )


def shop_clock(_request: HttpRequest) -> list[str] | None:
    """Say the shop's time at the top of every page where it is not the real one."""
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


def has_inbox(request: HttpRequest) -> bool:
    """The inbox shows what the local sinks received: it is there while a channel has no
    provider of its own.
    """
    from django.conf import settings

    local = not (settings.EMAIL_URL and settings.SMS_URL and settings.PUSH_URL)
    return local and request.user.has_perms(
        ("campaigns.view_message", "profiles.view_customer")
    )


CUSTOMERS = "profiles.view_customer"
NAVIGATION = [
    {"items": [_page(_("Home"), "home", "index")]},
    {
        "title": _("Who"),
        "items": [
            {
                "title": _("Overview"),
                "icon": "grid_view",
                "link": reverse_lazy("overview"),
                "permission": lambda request: request.user.has_perm(
                    "profiles.view_customer"
                ),
            },
            _of(_("Customers"), "groups", "profiles", "customer"),
            _of(_("Segments"), "filter_alt", "profiles", "segment"),
            _of(_("Customer groups"), "bubble_chart", "profiles", "customergroup"),
            {
                "title": _("RFM grid"),
                "icon": "grid_on",
                "link": reverse_lazy("rfm"),
                "permission": lambda request: request.user.has_perm(
                    "profiles.view_customer"
                ),
            },
            {
                "title": _("Retention"),
                "icon": "stacked_line_chart",
                "link": reverse_lazy("cohorts"),
                "permission": lambda request: request.user.has_perm(
                    "profiles.view_customer"
                ),
            },
            _of(_("Joined customers"), "join", "profiles", "merge", CUSTOMERS),
        ],
    },
    {
        "title": _("What we say"),
        "items": [
            _of(
                _("Campaigns"),
                "campaign",
                "campaigns",
                "campaign",
                badge="campaigns.admin.badges.in_review",
                badge_variant="primary",
            ),
            {
                "title": _("Recipes"),
                "icon": "menu_book",
                "link": reverse_lazy("recipes"),
                "permission": lambda request: request.user.has_perm(
                    "campaigns.view_campaign"
                ),
            },
            {
                "title": _("Templates"),
                "icon": "draft",
                "link": reverse_lazy("templates"),
                "permission": lambda request: request.user.has_perm(
                    "campaigns.view_template"
                ),
            },
            _of(_("Messages"), "mail", "campaigns", "message", CUSTOMERS),
            _of(
                _("Answers"),
                "reply",
                "campaigns",
                "answer",
                CUSTOMERS,
                badge="campaigns.admin.badges.waiting_answers",
                badge_variant="primary",
            ),
            _of(_("Coupons"), "confirmation_number", "campaigns", "couponpool"),
            {
                "title": _("Inbox"),
                "icon": "inbox",
                "link": reverse_lazy("inbox"),
                "permission": has_inbox,
            },
        ],
    },
    {
        "title": _("What it changed"),
        "items": [
            _of(_("Results"), "monitoring", "campaigns", "effectreport"),
            {
                "title": _("Programme"),
                "icon": "account_balance",
                "link": reverse_lazy("programme"),
                "permission": lambda request: request.user.has_perm(
                    "campaigns.view_effectreport"
                ),
            },
            {
                "title": _("Reach"),
                "icon": "filter_list",
                "link": reverse_lazy("reach"),
                "permission": lambda request: request.user.has_perm(
                    "campaigns.view_effectreport"
                ),
            },
        ],
    },
    {
        "title": _("What we sell and expect"),
        "items": [
            _of(_("Items"), "inventory_2", "profiles", "item"),
            {
                "title": _("Try a query"),
                "icon": "search",
                "link": reverse_lazy("find"),
                "permission": lambda request: request.user.has_perm(
                    "profiles.view_item"
                ),
            },
            _of(_("What may be recommended"), "rule", "recommender", "listrules"),
            {
                "title": _("Never recommend?"),
                "icon": "fact_check",
                "link": reverse_lazy("goods"),
                "permission": lambda request: request.user.has_perm(
                    "profiles.view_item"
                ),
            },
            _of(_("Models"), "model_training", "recommender", "modelversion"),
            {
                "title": _("Learning"),
                "icon": "school",
                "link": reverse_lazy("learning"),
                "permission": lambda request: request.user.has_perm(
                    "recommender.view_modelversion"
                ),
            },
        ],
    },
    {
        "title": _("Behind the scenes"),
        "items": [
            {
                "title": _("Channels"),
                "icon": "hub",
                "link": reverse_lazy("channels"),
                "permission": lambda request: request.user.has_perm(
                    "campaigns.view_channelsettings"
                ),
            },
            _of(_("Test recipients"), "science", "campaigns", "seedaddress"),
            _of(_("Test messages"), "outgoing_mail", "campaigns", "trialsend"),
            _of(
                _("Jobs"),
                "manufacturing",
                "profiles",
                "job",
                badge="profiles.admin.badges.running_jobs",
                badge_variant="info",
            ),
            {
                "title": _("Alerts"),
                "icon": "notifications",
                "link": reverse_lazy("alerts"),
                "permission": lambda request: request.user.has_perm(
                    "campaigns.view_message"
                ),
                "badge": "campaigns.admin.badges.open_alerts",
                "badge_variant": "danger",
            },
            {
                "title": _("Health"),
                "icon": "vital_signs",
                "link": reverse_lazy("health"),
                "permission": lambda request: request.user.has_perm(
                    "profiles.view_job"
                ),
            },
            {
                "title": _("Data quality"),
                "icon": "fact_check",
                "link": reverse_lazy("quality"),
                "permission": lambda request: request.user.has_perm(
                    "profiles.view_quarantinedrow"
                ),
            },
            {
                "title": _("Privacy"),
                "icon": "shield_person",
                "link": reverse_lazy("privacy-periods"),
                "permission": lambda request: request.user.has_perm(
                    "profiles.view_retentionperiod"
                ),
            },
            _of(_("Quarantine"), "report", "profiles", "quarantinedrow", CUSTOMERS),
            _of(_("Sources"), "alt_route", "profiles", "inboundsource"),
            _of(_("Rates of currencies"), "currency_exchange", "profiles", "rate"),
            _of(_("Contact limits"), "front_hand", "campaigns", "contactlimit"),
            _of(_("Provider rates"), "speed", "campaigns", "providerrate"),
            _of(_("API keys"), "key", "profiles", "apikey"),
            _of(_("People"), "badge", "auth", "user"),
            _of(_("Roles"), "groups_2", "auth", "group"),
            _of(_("Audit"), "history", "profiles", "auditentry"),
        ],
    },
]

# Teal for what one may press, greys with a breath of it.
COLORS = {
    "base": {
        "50": "oklch(98.6% .002 190)",
        "100": "oklch(96.6% .004 190)",
        "200": "oklch(92.6% .006 190)",
        "300": "oklch(87% .008 190)",
        "400": "oklch(71% .012 190)",
        "500": "oklch(55% .014 190)",
        "600": "oklch(44.5% .014 190)",
        "700": "oklch(37% .014 190)",
        "800": "oklch(28% .013 190)",
        "900": "oklch(20.5% .012 190)",
        "950": "oklch(14.5% .01 190)",
    },
    "primary": {
        "50": "oklch(98% .014 187)",
        "100": "oklch(95% .035 187)",
        "200": "oklch(90% .06 187)",
        "300": "oklch(84% .09 187)",
        "400": "oklch(76% .11 187)",
        "500": "oklch(65% .11 187)",
        "600": "oklch(52% .092 189)",
        "700": "oklch(45% .08 191)",
        "800": "oklch(39% .067 193)",
        "900": "oklch(33% .053 195)",
        "950": "oklch(25% .042 197)",
    },
}

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
            {"title": _("Second factor"), "link": reverse_lazy("second-factor")}
        ]
    },
    "SHOW_LANGUAGES": True,
    "ENVIRONMENT": "retention_site.unfold.shop_clock",
    "DASHBOARD_CALLBACK": "campaigns.admin.dashboard.show",
    "STYLES": [
        lambda _request: static("rapport/admin.css"),
        lambda _request: static("rapport/print.css"),
    ],
    "SCRIPTS": [
        lambda _request: static("rapport/charts.js"),
        lambda _request: static("rapport/admin.js"),
    ],
    "COLORS": COLORS,
    "BORDER_RADIUS": "8px",
    "COMMAND": {
        "search_models": [
            "profiles.customer",
            "profiles.segment",
            "profiles.item",
            "campaigns.campaign",
        ],
    },
    "SIDEBAR": {"show_search": True, "command_search": True, "navigation": NAVIGATION},
}
