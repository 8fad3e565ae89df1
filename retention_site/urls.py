"""Every address of the product."""

from django.contrib import admin
from django.urls import path
from django.views.generic import RedirectView

from retention_site import health

urlpatterns = [
    path("", RedirectView.as_view(pattern_name="admin:index")),
    path("admin/", admin.site.urls),
    path("health/live", health.live),
    path("health/ready", health.ready),
    path("metrics", health.metrics),
]
