"""What the shop's reviews say: aspects by sentiment with quotes, and what changed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db.models import Count, F, Q, QuerySet, Window
from django.db.models.functions import RowNumber

from profiles.models import Event, Item, ReviewOpinion, ReviewReading
from profiles.stats.proportions import false_discovery, two_shares

from .quotes import Quote, quote

PERIOD_DAYS = 90
LEAST = 20  # opinions of an aspect in each of two periods that are compared
FALSE = 0.05  # share of the changes told that may be none
QUOTES = 3  # of each aspect and sentiment
TRIED = 8  # a quote with an address or a number in it is not shown
ITEMS = 20
Sentiment = ReviewOpinion.Sentiment


@dataclass(frozen=True)
class Counts:
    """Opinions of one aspect in one period."""

    positive: int = 0
    negative: int = 0
    mixed: int = 0

    @property
    def n(self) -> int:
        return self.positive + self.negative + self.mixed

    @property
    def share(self) -> float | None:
        """Share that complain; None without opinions."""
        return self.negative / self.n if self.n else None


@dataclass
class Aspect:
    """One aspect now and in the period before."""

    aspect: str
    now: Counts
    before: Counts
    p: float | None = None  # None where there is too little to compare
    q: float | None = None  # the same, held against all comparisons of the table
    quotes: dict[str, list[Quote]] = field(default_factory=dict)

    @property
    def change(self) -> float | None:
        """How much more complain than before, as a share."""
        if self.now.share is None or self.before.share is None:
            return None
        return self.now.share - self.before.share

    @property
    def has_changed(self) -> bool:
        return self.q is not None and self.q <= FALSE


@dataclass(frozen=True)
class ItemOpinions:
    """How many opinions of an item there are, and how many complain."""

    item_id: str
    title: str
    pk: int | None  # None where the catalogue doesn't know it
    n: int
    n_negative: int


@dataclass(frozen=True)
class Insights:
    """All that is told of some reviews."""

    since: datetime
    until: datetime
    n_reviews: int
    n_copies: int
    aspects: list[Aspect]
    items: list[ItemOpinions]

    @property
    def changed(self) -> list[Aspect]:
        return [one for one in self.aspects if one.has_changed]


def insights(
    until: datetime,
    *,
    item: str = "",
    category: str = "",
    days: int = PERIOD_DAYS,
    with_quotes: bool = True,
) -> Insights:
    """Return what reviews of the ``days`` before ``until`` say, beside those before."""
    since = until - timedelta(days=days)
    scope = _scope(item, category)
    now = Q(at__gte=since, at__lt=until)
    before = Q(at__gte=since - timedelta(days=days), at__lt=since)
    aspects = _aspects(ReviewOpinion.objects.filter(scope), now, before)
    compare(aspects)
    if with_quotes:
        _add_quotes(aspects, ReviewOpinion.objects.filter(scope, now))
    reviews = ReviewReading.objects.filter(scope, now)
    counted = reviews.aggregate(n=Count("pk"), copies=Count("pk", Q(is_copy=True)))
    return Insights(
        since,
        until,
        counted["n"] - counted["copies"],
        counted["copies"],
        aspects,
        _items(ReviewOpinion.objects.filter(scope, now)),
    )


def compare(aspects: Sequence[Aspect]) -> None:
    """Say of each aspect how surely fewer or more complain than before; of all that are
    compared at once only a share of `FALSE` may be chance.
    """
    told = [one for one in aspects if min(one.now.n, one.before.n) >= LEAST]
    for one in told:
        one.p = two_shares(
            one.now.negative, one.now.n, one.before.negative, one.before.n
        )
    adjusted = false_discovery([one.p for one in told if one.p is not None])
    for one, q in zip(told, adjusted, strict=True):
        one.q = q


def _scope(item: str, category: str) -> Q:
    scope = Q(item_id=item) if item else Q()
    if category:
        # deeper levels are part of it, however the separator is spaced
        under = Q(category=category)
        for separator in (">", " >"):
            under |= Q(category__startswith=f"{category}{separator}")
        scope &= Q(item_id__in=Item.objects.filter(under).values("external_id"))
    return scope


def _aspects(found: QuerySet[ReviewOpinion], now: Q, before: Q) -> list[Aspect]:
    rows = (
        found.filter(now | before)
        .values("aspect", "sentiment")
        .annotate(n_now=Count("pk", now), n_before=Count("pk", before))
    )
    counted: dict[str, dict[str, tuple[int, int]]] = {}
    for row in rows:
        counted.setdefault(row["aspect"], {})[row["sentiment"]] = (
            row["n_now"],
            row["n_before"],
        )
    made = [
        Aspect(
            aspect,
            Counts(**{name: numbers[0] for name, numbers in said.items()}),
            Counts(**{name: numbers[1] for name, numbers in said.items()}),
        )
        for aspect, said in counted.items()
    ]
    there = [one for one in made if one.now.n]
    return sorted(there, key=lambda one: (-one.now.n, one.aspect))


def _add_quotes(aspects: Iterable[Aspect], found: QuerySet[ReviewOpinion]) -> None:
    """Put the surest opinions beside their aspects, in their writers' words."""
    ranked = found.annotate(
        place=Window(
            RowNumber(),
            partition_by=[F("aspect"), F("sentiment")],
            order_by=[F("score").desc(), F("at").desc(), F("pk").desc()],
        )
    ).filter(place__lte=TRIED)
    chosen = list(ranked.select_related("reading"))
    texts = dict(
        Event.objects.filter(
            pk__in={one.reading.event_id for one in chosen}
        ).values_list("pk", "text")
    )
    by_aspect = {one.aspect: one.quotes for one in aspects}
    for one in chosen:
        held = by_aspect[one.aspect].setdefault(one.sentiment, [])
        if len(held) < QUOTES and (made := quote(one, texts)):
            held.append(made)


def _items(found: QuerySet[ReviewOpinion]) -> list[ItemOpinions]:
    rows = list(
        found.exclude(item_id="")
        .values("item_id")
        .annotate(n=Count("pk"), bad=Count("pk", Q(sentiment=Sentiment.NEGATIVE)))
        .order_by("-bad", "-n", "item_id")[:ITEMS]
    )
    known = {
        item.external_id: item
        for item in Item.objects.filter(
            external_id__in=[row["item_id"] for row in rows]
        ).only("external_id", "title")
    }
    return [
        ItemOpinions(
            row["item_id"],
            (item.title if item else "") or row["item_id"],
            item.pk if item else None,
            row["n"],
            row["bad"],
        )
        for row in rows
        for item in [known.get(row["item_id"])]
    ]
