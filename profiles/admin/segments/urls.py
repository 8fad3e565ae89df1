"""Addresses of the segment builder beside Django's own; ``which`` is a segment's key, or ``new``."""

from collections.abc import Callable

from django.contrib import admin
from django.http import HttpResponse
from django.urls import URLPattern, path

from retention_site.lib.admin.pages import staff_page

from ..rights import CUSTOMERS
from . import builder, figures, suggestions
from .desk import VIEW

ROOM = "profiles/segment/"


def _page(
    address: str,
    view: Callable[..., HttpResponse],
    name: str,
    *rights: str,
    is_trial: bool = False,
) -> URLPattern:
    guarded = staff_page(admin.site, view, VIEW, *rights, is_trial=is_trial)
    return path(ROOM + address, guarded, name=name)


urlpatterns = [
    _page("choices/<slug:source>/", suggestions.choose, "segment-choices"),
    # keeping a draft is writing, not yet an act: saving it is told to the audit trail
    _page("<slug:which>/draft/", builder.look, "segment-draft", is_trial=True),
    _page("<slug:which>/say/", suggestions.say, "segment-say", is_trial=True),
    _page("<slug:which>/save/", builder.save, "segment-save"),
    _page("<slug:which>/discard/", builder.discard, "segment-discard"),
    _page("<slug:which>/size/", figures.size, "segment-size"),
    _page("<slug:which>/reach/", figures.reach, "segment-reach"),
    _page("<slug:which>/growth/", figures.growth, "segment-growth"),
    _page("<slug:which>/overlap/", figures.overlap, "segment-overlap"),
    _page("<slug:which>/people/", figures.people, "segment-people", CUSTOMERS),
    _page("<slug:which>/fits/<int:customer>/", figures.why, "segment-why", CUSTOMERS),
]
