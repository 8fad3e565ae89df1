"""Admin pages of customers and facts that belong to no model."""

from django.contrib import admin
from django.urls import path

from profiles.admin import quarantine_groups
from retention_site.lib.admin.pages import staff_page

QUARANTINE = "profiles.view_quarantinedrow"

urlpatterns = [
    path("quarantine/", staff_page(admin.site, quarantine_groups.together, QUARANTINE), name="quarantine-together"),
    path("quarantine/trial/", staff_page(admin.site, quarantine_groups.trial, QUARANTINE), name="quarantine-trial"),
]
