"""Admin pages of customers and facts that belong to no model."""

from django.contrib import admin
from django.urls import path

from profiles.admin import backups, keys
from profiles.admin.data import mapping, merges, quality, quarantine_groups, sources
from profiles.admin.imports import pages as imports
from profiles.admin.overview import cohorts, reviews, rfm
from profiles.admin.panels import timeline
from profiles.admin.rights import CUSTOMERS, PERSONAL
from profiles.admin.segments import urls as segment_urls
from profiles.second_factor import pages
from retention_site.lib.admin import named_pages
from retention_site.lib.admin.pages import staff_page

QUARANTINE = "profiles.view_quarantinedrow"
SOURCES = "profiles.view_inboundsource"
IMPORT = "profiles.add_importfile"

named_pages.add(
    path(
        "import/",
        staff_page(admin.site, imports.upload, IMPORT, CUSTOMERS),
        name="import",
    ),
    path(
        "import/<uuid:key>/",
        staff_page(admin.site, imports.file_page, IMPORT, CUSTOMERS),
        name="import-file",
    ),
    path(
        "reviews/",
        staff_page(admin.site, reviews.page, CUSTOMERS),
        name="reviews",
    ),
)

urlpatterns = [
    *segment_urls.urlpatterns,
    path("second-factor/", admin.site.admin_view(pages.own), name="second-factor"),
    path(
        "second-factor/check/",
        admin.site.admin_view(pages.check),
        name="second-factor-check",
    ),
    path(
        "timeline/<int:customer>/",
        staff_page(admin.site, timeline.older, CUSTOMERS),
        name="timeline",
    ),
    path(
        "merges/join/",
        staff_page(admin.site, merges.join, "profiles.view_merge", CUSTOMERS),
        name="merge-join",
    ),
    path("rfm/", staff_page(admin.site, rfm.page, CUSTOMERS), name="rfm"),
    path("rfm/card/", staff_page(admin.site, rfm.card, CUSTOMERS), name="rfm-card"),
    path("cohorts/", staff_page(admin.site, cohorts.page, CUSTOMERS), name="cohorts"),
    path(
        "cohorts/card/",
        staff_page(admin.site, cohorts.card, CUSTOMERS),
        name="cohorts-card",
    ),
    path(
        "backups/make/",
        admin.site.admin_view(backups.make),
        name="backup-make",
    ),
    path(
        "backups/<int:pk>/download/",
        admin.site.admin_view(backups.download),
        name="backup-download",
    ),
    path(
        "keys/new/",
        staff_page(admin.site, keys.new, "profiles.view_apikey"),
        name="key-new",
    ),
    path(
        "sources/new/", staff_page(admin.site, sources.new, SOURCES), name="source-new"
    ),
    path(
        "sources/<int:source>/trial/",
        staff_page(admin.site, mapping.view, SOURCES, CUSTOMERS, is_trial=True),
        name="source-trial",
    ),
    path("quality/", staff_page(admin.site, quality.page, QUARANTINE), name="quality"),
    path(
        "quarantine/",
        staff_page(admin.site, quarantine_groups.together, QUARANTINE, CUSTOMERS),
        name="quarantine-together",
    ),
    path(
        "quarantine/trial/",
        staff_page(
            admin.site,
            quarantine_groups.trial,
            QUARANTINE,
            CUSTOMERS,
            PERSONAL,
            is_trial=True,
        ),
        name="quarantine-trial",
    ),
]
