"""Addresses of journeys: the list and a new one, the editor, who is inside."""

from django.contrib import admin
from django.urls import path

from campaigns.admin.journeys import (
    journey_verbs,
    list_page,
    pages,
    people,
    rule_rows,
    saving,
)
from profiles.admin.rights import CUSTOMERS
from retention_site.lib.admin import named_pages
from retention_site.lib.admin.pages import staff_page

VIEW, CHANGE = "campaigns.view_campaign", "campaigns.change_campaign"
ROOM = "campaigns/journey/"
ONE = f"{ROOM}<int:journey>/"

named_pages.add(
    path(
        ROOM,
        staff_page(admin.site, list_page.page, VIEW),
        name="campaigns_journey_changelist",
    ),
    path(
        f"{ROOM}add/",
        staff_page(admin.site, pages.add, CHANGE),
        name="campaigns_journey_add",
    ),
)

urlpatterns = [
    path(
        f"{ROOM}rule/",
        staff_page(admin.site, rule_rows.rows, CHANGE, is_trial=True),
        name="journey-rule-rows",
    ),
    path(
        f"{ONE}edit/",
        staff_page(admin.site, pages.editor, VIEW),
        name="journey-editor",
    ),
    path(
        f"{ONE}edit/save/",
        # a trial to the audit trail: the draft itself keeps who saved what and when
        staff_page(admin.site, saving.save, CHANGE, is_trial=True),
        name="journey-editor-save",
    ),
    path(
        f"{ONE}edit/panel/",
        staff_page(admin.site, pages.panel, CHANGE),
        name="journey-editor-panel",
    ),
    path(
        f"{ONE}edit/do/<slug:verb>/",
        staff_page(admin.site, saving.act, CHANGE),
        name="journey-editor-act",
    ),
    path(
        f"{ONE}publish/",
        staff_page(admin.site, journey_verbs.ask_to_publish, CHANGE),
        name="journey-publish",
    ),
    path(
        f"{ONE}people/",
        staff_page(admin.site, people.people, VIEW, CUSTOMERS),
        name="journey-people",
    ),
    path(
        f"{ONE}people/<int:enrolment>/",
        staff_page(admin.site, people.diary, VIEW, CUSTOMERS),
        name="journey-diary",
    ),
    path(
        f"{ONE}people/<int:enrolment>/do/<slug:verb>/",
        staff_page(admin.site, people.act, CHANGE, CUSTOMERS),
        name="journey-enrolment-act",
    ),
]
