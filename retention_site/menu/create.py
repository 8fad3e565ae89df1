"""What the Create button makes."""

from django.utils.translation import gettext_lazy as _

from retention_site.lib.admin.places import Creation, place_page

CAMPAIGNS = "campaigns.view_campaign"

CREATIONS = (
    Creation(
        _("Campaign"),
        "campaign",
        place_page("", "", "admin:campaigns_campaign_add", CAMPAIGNS),
        "campaigns.campaign",
    ),
    Creation(
        _("Journey"),
        "route",
        place_page("", "", "admin:campaigns_journey_add", "campaigns.change_campaign"),
    ),
    Creation(
        _("Campaign from a recipe"),
        "menu_book",
        place_page("", "", "recipes", CAMPAIGNS, "campaigns.add_campaign"),
    ),
    Creation(
        _("Segment"),
        "filter_alt",
        place_page("", "", "admin:profiles_segment_add", "profiles.view_segment"),
        "profiles.segment",
    ),
    Creation(
        _("Template"),
        "draft",
        place_page(
            "",
            "",
            "admin:campaigns_template_add",
            "campaigns.change_template",
            same="templates",
        ),
    ),
    Creation(
        _("Coupon pool"),
        "confirmation_number",
        place_page("", "", "admin:campaigns_couponpool_add"),
        "campaigns.couponpool",
    ),
    Creation(
        _("Upload a file"),
        "upload_file",
        place_page("", "", "admin:import", "profiles.add_importfile"),
    ),
)
