"""What the editor's fields offer: segments, templates, pools, topics and events that are
there.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from campaigns.admin.reports.effect_words import metric_title
from campaigns.lifecycle.recipes import RECIPES
from campaigns.models import CampaignVersion, CouponPool, Template
from campaigns.rendering import blocks
from profiles.admin.segments.rule_words import in_words
from profiles.models import Segment
from retention_site.lib import registry

Choices = tuple[tuple[str, str | Promise], ...]
MOST = 200  # of one kind; a list that is longer is no choice
READY_MADE = {
    "win_back": gettext_lazy("Ready-made: win back, with coupon and products"),
    "weekly": gettext_lazy("Ready-made: the week's products"),
    "thank_you": gettext_lazy("Ready-made: thank you"),
}
EVENTS = tuple("cart checkout click open purchase return review search view".split())


def address(name: str) -> str:
    """Return a page's address; nothing while there is no such page."""
    try:
        return reverse(name)
    except NoReverseMatch:
        return ""


def segments() -> Choices:
    rows = Segment.objects.order_by("title", "name").values_list("name", "title")
    return tuple((name, title or name) for name, title in rows[:MOST])


def rule_words(found: Mapping[str, Any]) -> str:
    """Say a rule that stands in the document itself."""
    rule = found.get("rule", found)
    try:
        words = in_words(rule)
    except (ValueError, TypeError, AttributeError, KeyError):
        return ""
    return _("By a rule of its own: %(words)s.") % {"words": words}


def metrics() -> Choices:
    keys = [key for key in registry.keys("metrics") if key != "events"]
    return tuple((key, metric_title({"metric": key})) for key in keys)


def templates(channel: str) -> Choices:
    """Offer the library's templates, then those that come with the shop."""
    names = Template.objects.filter(channel=channel).order_by("name")
    ours = [(f"template:{name}", name) for name in names.values_list("name", flat=True)]
    return (*ours[:MOST], *(_ready_made() if channel == "email" else ()))


def _ready_made() -> Choices:
    folder: Path = blocks.ours()

    recipes = [
        (f"file:recipes/{one.key}", _("Ready-made: %(title)s") % {"title": one.title})
        for one in RECIPES.values()
        if (folder / "recipes" / f"{one.key}.mjml").is_file()
    ]
    plain = [
        (f"file:{key}", title)
        for key, title in READY_MADE.items()
        if (folder / f"{key}.mjml").is_file()
    ]
    return (*plain, *recipes)


def pools() -> tuple[str, ...]:
    return tuple(
        CouponPool.objects.order_by("name").values_list("name", flat=True)[:MOST]
    )


def topics() -> tuple[str, ...]:
    """Offer the topics that campaigns have by now."""
    return _said_before("topic")


def events() -> tuple[str, ...]:
    return EVENTS


def classes() -> tuple[str, ...]:
    """Offer the classes that campaigns have by now."""
    return _said_before("campaign_class")


def _said_before(key: str) -> tuple[str, ...]:
    place = f"content__{key}"
    found = CampaignVersion.objects.exclude(**{place: ""}).values_list(place, flat=True)
    return tuple(sorted({str(one) for one in found.distinct()[:20] if one}))
