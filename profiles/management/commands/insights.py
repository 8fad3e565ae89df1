"""`manage.py insights`: what the shop's reviews say of which aspect, and what changed."""

from datetime import datetime
from typing import Any

from django.core.management.base import CommandParser
from django.utils.translation import gettext as _

from profiles.models import Item, ReviewOpinion
from profiles.reviews.insights import PERIOD_DAYS, Aspect, Counts, insights
from profiles.reviews.read_events import looked_until, read_new
from retention_site.lib import clock
from retention_site.lib.commands import BadInput, RapportCommand, moment


class Command(RapportCommand):
    help = (
        "Read the shop's new reviews, then say what they praise and complain of, with"
        " quotes, and what has changed since the period before."
    )

    def arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--item", help="of one item only, by its id")
        parser.add_argument("--category", help="of a category and those below it")
        parser.add_argument(
            "--days", type=int, default=PERIOD_DAYS, help="length of a period"
        )
        parser.add_argument("--until", type=moment, help="the end of the period; now")

    def work(
        self,
        *,
        item: str | None,
        category: str | None,
        days: int,
        until: datetime | None,
        **_options: Any,
    ) -> dict[str, Any]:
        if not 1 <= days <= 3_650:
            raise BadInput("--days must be from 1 to 3650.")
        _require(item, category)
        read = read_new(self.progress(_("Reading reviews")), looked_until())
        found = insights(
            until or clock.now(), item=item or "", category=category or "", days=days
        )
        return {
            "since": found.since,
            "until": found.until,
            "read": read["read"],
            "reviews": found.n_reviews,
            "copies": found.n_copies,
            "aspects": [_aspect(one) for one in found.aspects],
            "changed": [one.aspect for one in found.changed],
            "items": [
                {
                    "item_id": one.item_id,
                    "title": one.title,
                    "opinions": one.n,
                    "negative": one.n_negative,
                }
                for one in found.items
            ],
        }

    def say(self, answer: dict[str, Any]) -> str:
        lines = [f"{answer['reviews']:,} reviews"]
        for one in answer["aspects"]:
            mark = "  CHANGED" if one["has_changed"] else ""
            lines.append(
                f"{one['aspect']:16} +{one['positive']:<6,} -{one['negative']:<6,}"
                f" ~{one['mixed']:<6,}{mark}"
            )
            lines += [
                f"    “{said['text']}”" for said in one["quotes"] if said["is_first"]
            ]
        return "\n".join(lines)


def _require(item: str | None, category: str | None) -> None:
    if item and not (
        Item.objects.filter(external_id=item).exists()
        or ReviewOpinion.objects.filter(item_id=item).exists()
    ):
        raise BadInput(f"There is no item {item!r}.")
    if category and not Item.objects.filter(category__startswith=category).exists():
        raise BadInput(f"There is no category {category!r}.")


def _aspect(one: Aspect) -> dict[str, Any]:
    return {
        "aspect": one.aspect,
        **_counts(one.now),
        "before": _counts(one.before),
        "change": one.change,
        "p": one.p,
        "q": one.q,
        "has_changed": one.has_changed,
        "quotes": [
            {
                "sentiment": sentiment,
                "text": said.text,
                "words": said.words,
                "event": said.event,
                "item_id": said.item_id,
                "at": said.at,
                "is_first": number == 0,
            }
            for sentiment, quotes in sorted(one.quotes.items())
            for number, said in enumerate(quotes)
        ],
    }


def _counts(counts: Counts) -> dict[str, Any]:
    return {
        "positive": counts.positive,
        "negative": counts.negative,
        "mixed": counts.mixed,
        "negative_share": counts.share,
    }
