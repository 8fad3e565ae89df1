"""The web server's way in."""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "retention_site.settings")

from django.core.wsgi import get_wsgi_application
from django.urls import get_resolver

import retention_site.celery  # noqa: F401  so that wake-ups know the broker

application = get_wsgi_application()
get_resolver().url_patterns  # noqa: B018  every view is loaded before the first request, which must not wait for it
