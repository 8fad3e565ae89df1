"""Addresses of the team's pages, in the admin's own namespace."""

from django.contrib import admin
from django.urls import path
from django.views.decorators.http import require_POST

from retention_site.lib.admin import named_pages
from retention_site.lib.admin.pages import staff_page

from . import member_page, own_sign_ins, team_page
from .team_page import ADD, CHANGE, VIEW

# each tells the audit trail itself, with what changed
named_pages.add(
    path(
        "team/",
        staff_page(admin.site, team_page.page, VIEW, is_trial=True),
        name="team",
    ),
    path(
        "team/invite/",
        staff_page(admin.site, team_page.invite, VIEW, ADD, is_trial=True),
        name="team-invite",
    ),
    path(
        "team/invitation/<int:invitation>/withdraw/",
        require_POST(
            staff_page(admin.site, team_page.withdraw, VIEW, ADD, is_trial=True)
        ),
        name="team-withdraw",
    ),
    path(
        "team/second-factor/",
        require_POST(
            staff_page(admin.site, team_page.second_factor, CHANGE, is_trial=True)
        ),
        name="team-second-factor",
    ),
    path(
        "team/<int:member>/",
        staff_page(admin.site, member_page.page, VIEW, is_trial=True),
        name="team-member",
    ),
    path("sign-ins/", admin.site.admin_view(own_sign_ins.page), name="sign-ins"),
)
