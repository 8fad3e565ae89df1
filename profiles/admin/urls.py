"""Admin pages of customers and facts that belong to no model."""

from django.contrib import admin
from django.urls import path

from profiles.admin import keys, mapping, quality, quarantine_groups, sources
from retention_site.lib.admin.pages import staff_page

QUARANTINE = "profiles.view_quarantinedrow"
SOURCES = "profiles.view_inboundsource"

urlpatterns = [
    path("keys/new/", staff_page(admin.site, keys.new, "profiles.view_apikey"), name="key-new"),
    path("sources/new/", staff_page(admin.site, sources.new, SOURCES), name="source-new"),
    path("sources/<int:source>/trial/", staff_page(admin.site, mapping.view, SOURCES), name="source-trial"),
    path("quality/", staff_page(admin.site, quality.page, QUARANTINE), name="quality"),
    path("quarantine/", staff_page(admin.site, quarantine_groups.together, QUARANTINE), name="quarantine-together"),
    path("quarantine/trial/", staff_page(admin.site, quarantine_groups.trial, QUARANTINE), name="quarantine-trial"),
]
