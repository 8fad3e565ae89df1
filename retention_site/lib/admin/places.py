"""Places of the admin: what its menu, tabs, index pages and Create button are drawn
from, each by the viewer's rights.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from urllib.parse import parse_qsl

from django.contrib import admin
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise
from django.utils.module_loading import import_string

Words = str | Promise
May = Callable[[HttpRequest], bool]


@dataclass(frozen=True)
class Page:
    """One page that may be led to: a tab, or a card of an index page."""

    title: Words
    icon: str
    name: str  # of its address
    needs: tuple[str, ...] = ()
    sentence: Words = ""
    args: tuple[str, ...] = ()
    query: str = ""
    badge: str = ""  # the function that counts what waits there
    may: May | None = None
    also: tuple[str, ...] = ()  # names of addresses where its tab is lit too
    same: str = ""  # the name of the same page's older address, drawn where this isn't

    def address(self) -> str:
        """Return where it is; nothing where no app of this shop has it."""
        for name in (self.name, self.same):
            try:
                where = reverse(name, args=self.args if name == self.name else ())
            except NoReverseMatch:
                continue
            return f"{where}?{self.query}" if self.query else where
        return ""

    def path(self) -> str:
        return self.address().partition("?")[0]

    def is_open_to(self, request: HttpRequest) -> bool:
        """Say whether the viewer may open it, and whether it is there at all."""
        may = request.user.has_perms(self.needs) and bool(self.address())
        return may and (self.may is None or self.may(request))

    def fits(self, request: HttpRequest) -> bool:
        """Say whether exactly this page is looked at, saved view and all."""
        if request.path not in (self.path(), *_addresses(self.also)):
            return False
        asked = request.GET.dict()
        return all(asked.get(key) == value for key, value in parse_qsl(self.query))


@dataclass(frozen=True)
class Entry:
    """One line of the menu: a page with its tabs, or the index of several."""

    title: Words
    icon: str
    pages: tuple[Page, ...]
    key: str = ""  # of its index page; without one the first open page is led to


@dataclass(frozen=True)
class Place:
    """One of the five places."""

    title: Words
    entries: tuple[Entry, ...]


@dataclass(frozen=True)
class Creation:
    """Something new that the Create button leads to."""

    title: Words
    icon: str
    page: Page
    model: str = ""  # whose admin must allow to add it


def place_page(title: Words, icon: str, name: str, *needs: str, **more: Any) -> Page:
    """Return a page by the name of its address."""
    return Page(title, icon, name, needs, **more)


def list_page(title: Words, icon: str, model: str, *needs: str, **more: Any) -> Page:
    """Return the list of ``app.model``; seen by those who may view it."""
    app, _dot, name = model.partition(".")
    view = f"{app}.view_{name}"
    return Page(title, icon, f"admin:{app}_{name}_changelist", (view, *needs), **more)


def may_add(request: HttpRequest, model: str) -> bool:
    """Say whether the admin lets this viewer add ``app.model``."""
    for known, its_admin in admin.site._registry.items():
        if known._meta.label_lower == model:
            return its_admin.has_add_permission(request)
    return False


@dataclass(frozen=True)
class Tab:
    """A page as one viewer sees it."""

    page: Page
    address: str
    is_here: bool
    badge: int


@dataclass(frozen=True)
class MenuLine:
    """A line of the menu as one viewer sees it."""

    entry: Entry
    address: str
    tabs: tuple[Tab, ...]
    is_here: bool

    @property
    def badge(self) -> int:
        return sum(tab.badge for tab in self.tabs)


class Menu:
    """The places as the viewer of one request sees them; templates call it ``menu``."""

    def __init__(
        self,
        request: HttpRequest,
        places: Sequence[Place],
        creations: Sequence[Creation],
    ) -> None:
        self.request, self._places, self._creations = request, places, creations

    @cached_property
    def places(self) -> list[tuple[Place, list[MenuLine]]]:
        """Return each place with the lines that are open to the viewer."""
        drawn = [
            (place, [line for entry in place.entries if (line := self._line(entry))])
            for place in self._places
        ]
        return [(place, lines) for place, lines in drawn if lines]

    @cached_property
    def here(self) -> MenuLine | None:
        """Return the line of the page that is looked at."""
        return next((line for line in self._lines() if line.is_here), None)

    @cached_property
    def tabs(self) -> tuple[Tab, ...]:
        """Return the tabs above this page, where it is one of several views."""
        if self.here is None or self.here.entry.key or len(self.here.tabs) < 2:
            return ()
        if self.request.path in self._tab_paths(self.here.tabs):
            return self.here.tabs
        return ()

    @cached_property
    def above(self) -> tuple[Words, str] | None:
        """Return title and address of the index page that leads here, if one does."""
        if self.here is None or not self.here.entry.key or self._is_index(self.here):
            return None
        return self.here.entry.title, self.here.address

    @cached_property
    def creations(self) -> list[tuple[Creation, str]]:
        """Return what this viewer may make, with its address."""
        return [
            (one, one.page.address())
            for one in self._creations
            if (not one.model or may_add(self.request, one.model))
            and one.page.is_open_to(self.request)
        ]

    def _lines(self) -> Iterator[MenuLine]:
        return (line for _place, lines in self.places for line in lines)

    def _line(self, entry: Entry) -> MenuLine | None:
        opened = [page for page in entry.pages if page.is_open_to(self.request)]
        fitting = [page for page in opened if page.fits(self.request)]
        # a saved view fits better than the whole list
        here = max(fitting, key=lambda page: len(page.query), default=None)
        tabs = tuple(
            Tab(page, page.address(), page is here, self._waiting(page))
            for page in opened
        )
        if not tabs:
            return None
        index = reverse("settings-index", args=[entry.key]) if entry.key else ""
        is_here = entry is self._entry_here
        return MenuLine(entry, index or tabs[0].address, tabs, is_here)

    @cached_property
    def _entry_here(self) -> Entry | None:
        """Return the entry whose page's address is the longest beginning of this one."""
        lengths = [
            (len(path), -at, entry)
            for at, entry in enumerate(
                entry for place in self._places for entry in place.entries
            )
            for path in self._paths(entry)
            if path and self._is_under(path)
        ]
        return max(lengths, key=lambda one: one[:2])[2] if lengths else None

    def _is_under(self, path: str) -> bool:
        home = reverse("admin:index")
        here = self.request.path
        return here == path if path == home else here.startswith(path)

    def _is_index(self, line: MenuLine) -> bool:
        return self.request.path == line.address

    def _waiting(self, page: Page) -> int:
        return int(import_string(page.badge)(self.request) or 0) if page.badge else 0

    @staticmethod
    def _paths(entry: Entry) -> Iterator[str]:
        if entry.key:
            yield reverse("settings-index", args=[entry.key])
        for page in entry.pages:
            yield page.path()
            yield from _addresses(page.also)

    @staticmethod
    def _tab_paths(tabs: Sequence[Tab]) -> set[str]:
        return {
            path
            for tab in tabs
            for path in (tab.page.path(), *_addresses(tab.page.also))
        }


def _addresses(names: Sequence[str]) -> Iterator[str]:
    for name in names:
        try:
            yield name if name.startswith("/") else reverse(name)
        except NoReverseMatch:
            continue
