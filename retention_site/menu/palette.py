"""The palette: one field that finds pages, things to make, recipes and things by name,
in both languages, as far as the viewer may see them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import islice
from typing import Any

from django.apps import apps
from django.conf import settings
from django.contrib import admin
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.text import capfirst
from django.utils.translation import gettext, override

from campaigns.lifecycle.recipes import RECIPES
from campaigns.models import Template
from retention_site.lib.admin.pages import link

from .views import menu_of

LONGEST = 100  # characters of what is looked for
A_FEW = 5  # of each kind
THINGS = (
    ("profiles.customer", "person"),
    ("profiles.segment", "filter_alt"),
    ("campaigns.campaign", "campaign"),
    ("campaigns.couponpool", "confirmation_number"),
    ("profiles.item", "inventory_2"),
)


@dataclass(frozen=True)
class PaletteHit:
    """One line of the palette."""

    title: str
    icon: str
    address: str
    about: str = ""


def palette(request: HttpRequest) -> HttpResponse:
    """Answer with what fits the words, kind by kind; without words, what can be made."""
    words = request.GET.get("s", "").strip()[:LONGEST]
    kinds = [
        (name, list(islice(found, A_FEW))) for name, found in _kinds(request, words)
    ]
    shown = [(name, found) for name, found in kinds if found]
    context = {"kinds": shown, "words": words}
    return render(request, "admin/shell/palette_found.html", context)


def _kinds(
    request: HttpRequest, words: str
) -> Iterator[tuple[str, Iterator[PaletteHit]]]:
    """Yield the kinds that are looked through, each with what fits."""
    yield gettext("Create"), _creations(request, words)
    if not words:
        return
    yield gettext("Pages"), _pages(request, words)
    yield gettext("Recipes"), _recipes(request, words)
    if len(words) < 2 and words.isascii():
        return  # one letter fits nearly everything
    for label, icon in THINGS:
        model = apps.get_model(label)
        yield (
            capfirst(str(model._meta.verbose_name_plural)),
            _things(request, model, icon, words),
        )
    yield gettext("Templates"), _templates(request, words)


def _creations(request: HttpRequest, words: str) -> Iterator[PaletteHit]:
    make = gettext("Create")
    return (
        PaletteHit(str(one.title), one.icon, address, make)
        for one, address in menu_of(request).creations
        if not words or _fits(words, one.title)
    )


def _pages(request: HttpRequest, words: str) -> Iterator[PaletteHit]:
    """Pages whose titles begin with the words come first."""
    seen: dict[str, PaletteHit] = {}
    begins: list[str] = []
    for _place, lines in menu_of(request).places:
        for line in lines:
            above = str(line.entry.title)
            if _fits(words, line.entry.title):
                seen.setdefault(
                    line.address, PaletteHit(above, line.entry.icon, line.address)
                )
            for tab in line.tabs:
                page = tab.page
                title = page.title or line.entry.title
                if not _fits(words, title, page.sentence):
                    continue
                found = PaletteHit(
                    str(title), page.icon or line.entry.icon, tab.address, above
                )
                seen.setdefault(tab.address, found)
                if _begins(words, title):
                    begins.append(tab.address)
    return (seen[address] for address in dict.fromkeys([*begins, *seen]))


def _recipes(request: HttpRequest, words: str) -> Iterator[PaletteHit]:
    if not request.user.has_perm("campaigns.view_campaign"):
        return

    for one in RECIPES.values():
        if _fits(words, one.title, one.about):
            address = f"{reverse('recipes')}#{one.key}"
            yield PaletteHit(str(one.title), one.icon, address, str(one.about))


def _things(
    request: HttpRequest, model: type[Model], icon: str, words: str
) -> Iterator[PaletteHit]:
    """Search a model as its own list does, so that what is masked there isn't found."""
    its_admin = admin.site._registry.get(model)
    if its_admin is None or not its_admin.has_view_permission(request):
        return
    rows: QuerySet[Any] = model._default_manager.all()
    if model._meta.model_name == "customer":
        rows = rows.filter(merged_into=None, erased_at=None)
    found, _many = its_admin.get_search_results(request, rows, words)
    for row in found[:A_FEW]:
        yield PaletteHit(str(row), icon, link(row))


def _templates(request: HttpRequest, words: str) -> Iterator[PaletteHit]:
    if not request.user.has_perm("campaigns.view_template"):
        return
    for one in Template.objects.filter(name__icontains=words)[:A_FEW]:
        yield PaletteHit(one.name, "draft", reverse("template", args=[one.pk]))


def _fits(words: str, *titles: str | Promise) -> bool:
    """Say whether each of the words stands in what is said in any language."""
    said = " ".join(spoken for title in titles for spoken in _in_every_language(title))
    return all(word in said for word in words.casefold().split())


def _begins(words: str, title: str | Promise) -> bool:
    wanted = words.casefold()
    return any(spoken.startswith(wanted) for spoken in _in_every_language(title))


def _in_every_language(title: str | Promise) -> tuple[str, ...]:
    return _spoken(title) if title else ()


@cache
def _spoken(title: str | Promise) -> tuple[str, ...]:
    """Return a title in each language of the admin; titles are few and stay."""
    spoken = []
    for code, _name in settings.LANGUAGES:
        with override(code):
            spoken.append(str(title).casefold())
    return tuple(spoken)
