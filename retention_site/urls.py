"""Every address of the product, but for those of probes (retention_site.health)."""

from django.contrib import admin
from django.urls import include, path
from django.views.generic import RedirectView

from retention_site.lib.admin import letters
from retention_site.lib.admin.pages import staff_page
from retention_site.menu.palette import palette
from retention_site.menu.views import settings_index

admin.autodiscover()
handler400 = "retention_site.lib.admin.error_pages.refused"
handler403 = "retention_site.lib.admin.error_pages.forbidden"
handler404 = "retention_site.lib.admin.error_pages.not_found"
handler500 = "retention_site.lib.admin.error_pages.failed"

urlpatterns = [
    path("", RedirectView.as_view(pattern_name="admin:index")),
    path("admin/", include("campaigns.admin.urls")),
    path("admin/", include("recommender.admin.urls")),
    path("admin/", include("profiles.admin.urls")),
    path(
        "admin/settings/<slug:key>/",
        staff_page(admin.site, settings_index),
        name="settings-index",
    ),
    path(
        "admin/letter/",
        staff_page(admin.site, letters.shown, is_trial=True),
        name="letter",
    ),
    path("admin/search/", staff_page(admin.site, palette), name="palette"),
    path("admin/", admin.site.urls),
    path("", include("campaigns.urls")),
    path("v1/", include("profiles.api.urls")),
    path("", include("profiles.urls")),
    path("i18n/", include("django.conf.urls.i18n")),
]
