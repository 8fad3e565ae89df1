"""Campaigns ready to use: a file each in campaigns/recipes/, started as one's own and
approved like any other.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from django.conf import settings
from django.contrib.auth.models import User
from django.utils.functional import Promise
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from campaigns.content.journey_outline import walk
from campaigns.lifecycle import drafts
from campaigns.lifecycle.submit import submit
from campaigns.models import Campaign, CampaignVersion
from profiles import segments
from profiles.models import Segment

FOLDER = Path(settings.BASE_DIR) / "campaigns" / "recipes"
DEFAULT = "en"  # the language that the recipes are written in


@dataclass(frozen=True)
class Recipe:
    """One campaign to begin with, in the marketer's words."""

    key: str
    icon: str
    title: str | Promise
    about: str | Promise
    is_journey: bool = False  # of several steps


RECIPES = {
    recipe.key: recipe
    for recipe in (
        Recipe(
            "welcome",
            "waving_hand",
            _("Welcome"),
            _("Somebody agreed to get your mail: a welcome, once a year at most."),
        ),
        Recipe(
            "confirm_sign_up",
            "mark_email_read",
            _("Confirm the sign-up"),
            _(
                "Somebody signed up and has to confirm it: the link, at once, and"
                " nothing else before they pressed."
            ),
        ),
        Recipe(
            "abandoned_cart",
            "shopping_cart",
            _("Abandoned cart"),
            _(
                "One reminder an hour after the last thing was put into a cart; none"
                " once it was bought."
            ),
        ),
        Recipe(
            "cart_in_steps",
            "route",
            _("Abandoned cart in steps"),
            _(
                "Mail an hour after the cart was left, a text after a day; none once"
                " it was bought."
            ),
            is_journey=True,
        ),
        Recipe(
            "welcome_in_steps",
            "route",
            _("Welcome in steps"),
            _(
                "A welcome, and three days later what to begin with; not once they"
                " ordered."
            ),
            is_journey=True,
        ),
        Recipe(
            "win_back_in_steps",
            "route",
            _("Win back with an offer"),
            _(
                "A first mail; after a week of silence one with a coupon, a fifth held"
                " out."
            ),
            is_journey=True,
        ),
        Recipe(
            "browse_abandonment",
            "visibility",
            _("Looked and left"),
            _(
                "Two hours later what they looked at, once a week at most; not when"
                " they ordered."
            ),
        ),
        Recipe(
            "post_purchase",
            "package_2",
            _("After a purchase"),
            _(
                "Five days after an order: thanks, and what goes with it; not when it"
                " came back."
            ),
        ),
        Recipe(
            "replenishment",
            "autorenew",
            _("Time for more"),
            _(
                "A customer usually buys about now: what is likely on the list; not"
                " when they came by themselves."
            ),
        ),
        Recipe(
            "win_back",
            "undo",
            _("Win back"),
            _(
                "Somebody who came often stays away: one message in a quarter, a fifth"
                " held out to see if it helps."
            ),
        ),
        Recipe(
            "back_in_stock",
            "inventory",
            _("Back in stock"),
            _(
                "An item that somebody looked at can be had again; not when it is gone"
                " again or was bought."
            ),
        ),
        Recipe(
            "price_drop",
            "sell",
            _("Price drop"),
            _(
                "An item that somebody looked at costs at least a tenth less; not when"
                " the price is up again."
            ),
        ),
        Recipe(
            "birthday",
            "cake",
            _("Birthday"),
            _("In the morning of the day, by the customer's own clock."),
        ),
    )
}


def start_draft(key: str, *, by: User, name: str = "") -> Campaign:
    """Begin a draft with a recipe, with the segment that it waits for."""
    raw = _written(key)
    if name:
        raw["name"] = name
    if named := raw.get("trigger", {}).get("segment"):
        _segment(named, by)
    return drafts.start_draft(raw, by)


def start(key: str, *, by: User) -> CampaignVersion:
    """Begin a draft with a recipe and put it up for review as it is."""
    return submit(start_draft(key, by=by), by).version


def _written(key: str) -> dict[str, Any]:
    """Return a recipe's document, which names its words' files and not their text."""
    path = FOLDER / f"{RECIPES[key].key}.yaml"
    found: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return _in_page_s_language(found, key)


def _in_page_s_language(raw: dict[str, Any], key: str) -> dict[str, Any]:
    """Put a recipe's words of the page's language first: whoever begins it in Chinese
    writes a Chinese draft, and its English words stay beside them.
    """
    language = get_language() or DEFAULT
    if language == DEFAULT or not (names := _names(language)):
        return raw
    raw |= names.get(key, {})
    _put_first(raw, language)
    for _place, step in walk(raw):
        if isinstance(step.get("message"), dict):
            _put_first(step["message"], language)
    return raw


def _put_first(holder: dict[str, Any], language: str) -> None:
    """Let a language's own words stand first, and the common ones beside them."""
    for channel, words in (holder.get("messages") or {}).items():
        own = (words.get("languages") or {}).get(language)
        if own:
            common = {part: it for part, it in words.items() if part != "languages"}
            holder["messages"][channel] = {**own, "languages": {DEFAULT: common}}


def _names(language: str) -> dict[str, Any]:
    path = FOLDER / "languages" / f"{language}.yaml"
    if not path.exists():
        return {}
    found: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return found


def _segment(name: str, by: User) -> None:
    """Save the recipe's segment and fill it, unless the shop has one of that name
    already.
    """
    if Segment.objects.filter(name=name).exists():
        return
    said = yaml.safe_load(
        (FOLDER / "segments" / f"{name}.yaml").read_text(encoding="utf-8")
    )
    titles = _names(get_language() or DEFAULT).get("segments", {})
    title = titles.get(name, said["title"])
    segments.refresh(segments.save(name, said["rule"], title=title, by=by))
