"""Addresses of the API."""

from django.urls import path

from profiles.api.app import make_api
from profiles.api.problems import nowhere

urlpatterns = [
    path("", make_api().urls),
    path("<path:rest>", nowhere),
]
