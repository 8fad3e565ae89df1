"""What a marketer opens every day: home, people, campaigns, results."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from retention_site.lib.admin.places import Entry, Place, list_page, place_page

CUSTOMERS = "profiles.view_customer"
CAMPAIGNS = "campaigns.view_campaign"
RESULTS = "campaigns.view_effectreport"
BADGES = "campaigns.admin.badges"


def has_inbox(_request: HttpRequest) -> bool:
    """Say whether the local sinks take any channel: where each has a provider of its
    own, nothing is in the inbox.
    """
    return not (settings.EMAIL_URL and settings.SMS_URL and settings.PUSH_URL)


HOME = Place("", (Entry(_("Home"), "home", (place_page("", "", "admin:index"),)),))

PEOPLE = Place(
    _("People"),
    (
        Entry(
            _("Customers"),
            "groups",
            (list_page(_("Customers"), "groups", "profiles.customer"),),
        ),
        Entry(
            _("Segments"),
            "filter_alt",
            (list_page(_("Segments"), "filter_alt", "profiles.segment"),),
        ),
        Entry(
            _("Map"),
            "map",
            (
                place_page(_("Overview"), "grid_view", "overview", CUSTOMERS),
                place_page(_("RFM grid"), "grid_on", "rfm", CUSTOMERS),
                list_page(_("Groups"), "bubble_chart", "profiles.customergroup"),
                place_page(_("Retention"), "stacked_line_chart", "cohorts", CUSTOMERS),
            ),
        ),
    ),
)

CAMPAIGN_VIEWS = ((_("Live"), "live"), (_("Drafts"), "drafts"), (_("Finished"), "done"))

CAMPAIGN_PLACE = Place(
    _("Campaigns"),
    (
        Entry(
            _("All campaigns"),
            "campaign",
            (
                list_page(_("All"), "campaign", "campaigns.campaign"),
                *(
                    list_page(
                        title,
                        "campaign",
                        "campaigns.campaign",
                        query=f"stage={view}",
                        also=("/admin/campaigns/version/",),
                        badge=f"{BADGES}.in_review" if view == "drafts" else "",
                    )
                    for title, view in CAMPAIGN_VIEWS
                ),
            ),
        ),
        Entry(
            _("Journeys"),
            "route",
            (
                place_page(
                    _("Journeys"),
                    "route",
                    "admin:campaigns_journey_changelist",
                    CAMPAIGNS,
                ),
            ),
        ),
        Entry(
            _("Library"),
            "menu_book",
            (
                place_page(_("Recipes"), "menu_book", "recipes", CAMPAIGNS),
                list_page(_("Templates"), "draft", "campaigns.template"),
                place_page(
                    _("Images"), "photo_library", "images", "campaigns.view_template"
                ),
                list_page(_("Copy lines"), "edit_note", "campaigns.copyline"),
                place_page(_("Brand"), "palette", "brand", "campaigns.view_template"),
                list_page(_("Coupons"), "confirmation_number", "campaigns.couponpool"),
                place_page(
                    _("Points"),
                    "loyalty",
                    "admin:points",
                    "campaigns.view_pointsprogramme",
                ),
                list_page(_("Items"), "inventory_2", "profiles.item"),
                list_page(_("Documents"), "article", "campaigns.document"),
                place_page(
                    _("Try answers"),
                    "forum",
                    "admin:answers_try",
                    "campaigns.view_document",
                ),
            ),
        ),
        Entry(
            _("Sent"),
            "mail",
            (
                list_page(_("Messages"), "mail", "campaigns.message", CUSTOMERS),
                list_page(
                    _("Answers"),
                    "reply",
                    "campaigns.answer",
                    CUSTOMERS,
                    badge=f"{BADGES}.waiting_answers",
                ),
                list_page(
                    _("Questions"),
                    "forum",
                    "campaigns.conversation",
                    CUSTOMERS,
                    "profiles.view_personal_data",
                ),
                place_page(
                    _("Inbox"),
                    "inbox",
                    "inbox",
                    "campaigns.view_message",
                    CUSTOMERS,
                    may=has_inbox,
                ),
                list_page(_("Test messages"), "outgoing_mail", "campaigns.trialsend"),
            ),
        ),
        Entry(
            _("Calendar"),
            "calendar_month",
            (place_page(_("Calendar"), "", "admin:calendar", CAMPAIGNS),),
        ),
    ),
)

RESULT_PLACE = Place(
    _("Results"),
    (
        Entry(
            _("Results"),
            "monitoring",
            (
                place_page(_("Programme"), "account_balance", "programme", RESULTS),
                list_page(_("Campaigns"), "monitoring", "campaigns.effectreport"),
                place_page(_("Reach"), "filter_list", "reach", RESULTS),
                place_page(_("Reviews"), "rate_review", "admin:reviews", CUSTOMERS),
            ),
        ),
    ),
)
