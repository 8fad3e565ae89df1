"""Reasons in the customer's words: made of a kind and its facts, translated when they
are read.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext, ngettext

from recommender.engines.base import Reason
from retention_site.lib import registry


def facts(
    reason: Reason, titles: Mapping[int, str] | tuple[str, ...]
) -> dict[str, Any]:
    """Return what a stored list keeps of a reason, the item by its title."""
    kept: dict[str, Any] = {"kind": reason.kind}
    if reason.n:
        kept["n"] = reason.n
    if reason.kind == "again":
        kept["days"] = reason.days
    if reason.item >= 0:
        kept["title"] = titles[reason.item]
    return kept


def words(why: Mapping[str, Any]) -> str:
    """Put a reason into one phrase of the active language."""
    said = _again(why) if why["kind"] == "again" else _others(why)
    return said or gettext("popular in the shop these days")


def _again(why: Mapping[str, Any]) -> str:
    n, days = int(why.get("n", 1)), why.get("days")
    if days is None:
        return ngettext("bought once before", "bought %(n)d times", n) % {"n": n}
    said = {"n": n, "days": int(days)}
    if n == 1 and said["days"] == 0:
        return gettext("bought today")
    if n == 1:
        return (
            ngettext(
                "bought %(days)d day ago", "bought %(days)d days ago", said["days"]
            )
            % said
        )
    if said["days"] == 0:
        return gettext("bought %(n)d times, last today") % said
    return (
        ngettext(
            "bought %(n)d times, last %(days)d day ago",
            "bought %(n)d times, last %(days)d days ago",
            said["days"],
        )
        % said
    )


def _others(why: Mapping[str, Any]) -> str:
    title = why.get("title")
    match why["kind"]:
        case "often_after" if title:
            return gettext("often bought after %(title)s") % {"title": title}
        case "often_with" if title:
            return gettext("often bought with %(title)s") % {"title": title}
        case "similar" if title:
            return gettext("similar to %(title)s") % {"title": title}
        case "like_you":
            n = int(why.get("n", 1))
            said = ngettext(
                "%(n)d customer with similar habits buys it",
                "%(n)d customers with similar habits buy it",
                n,
            )
            return said % {"n": n}
        case "searched" if why.get("text"):
            return gettext("because of the search for “%(text)s”") % {
                "text": why["text"]
            }
        case "trending":
            facts = {"n": int(why.get("n", 0)), "days": int(why.get("days", 0))}
            return gettext("rising: %(n)d buyers in the last %(days)d days") % facts
        case "looked":
            return gettext("looked at lately")
        case "fresh":
            return gettext("new in the shop")
    return _of_an_engine(why)


def _of_an_engine(why: Mapping[str, Any]) -> str:
    """Say a kind of reason that only its engine knows; nothing where none does."""
    facts = {"n": 1, "days": 0, "title": "", **why}
    said = (
        one.said.get(why["kind"]) for one in registry.everything("engines").values()
    )
    return next((str(words) % facts for words in said if words), "")
