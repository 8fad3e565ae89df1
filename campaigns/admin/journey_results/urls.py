"""The addresses of what one sees of a journey before and after."""

from django.contrib import admin
from django.urls import path

from campaigns.admin.journey_results import follow, rehearsal, report, test_messages
from campaigns.admin.journey_results.places import CHANGE, VIEW
from profiles.admin.rights import CUSTOMERS
from retention_site.lib.admin.pages import staff_page

AT = "campaigns/journey/<int:journey>"
PAGES = [
    path(
        f"{AT}/rehearse/",
        staff_page(admin.site, rehearsal.page, CHANGE, CUSTOMERS),
        name="campaigns_journey_rehearse",
    ),
    path(
        f"{AT}/follow/",
        staff_page(admin.site, follow.page, VIEW, CUSTOMERS),
        name="campaigns_journey_follow",
    ),
    path(
        f"{AT}/report/",
        staff_page(admin.site, report.page, VIEW),
        name="campaigns_journey_report",
    ),
    path(
        f"{AT}/test/",
        staff_page(admin.site, test_messages.page, CHANGE),
        name="campaigns_journey_test",
    ),
]
