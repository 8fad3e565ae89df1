"""Pages in the admin's own namespace that belong to no model, such as `admin:team`."""

from __future__ import annotations

from django.contrib import admin
from django.urls import URLPattern

_patterns: list[URLPattern] = []


def add(*patterns: URLPattern) -> None:
    """Let the admin site hold these addresses; called where its urls are put together."""
    _patterns.extend(patterns)
    # Unfold asks its site for more of them
    admin.site.extra_urls = lambda: _patterns  # type: ignore[attr-defined]
