"""Coupon pools: made by a campaign's approval, or by hand on a page of their own."""

from __future__ import annotations

from dataclasses import asdict
from decimal import Decimal
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import F

from campaigns.content.pool_terms import SHARED
from campaigns.content.pool_terms import PoolTerms as Terms
from campaigns.models import Campaign, Coupon, CouponPool
from campaigns.models.coupon import STOCK
from campaigns.offers.codes import as_stored
from profiles.models import Item
from retention_site.lib.clock import now

# what codes that are out were promised: it can't be another thing afterwards
FIXED_ONCE_OUT = ("kind", "percent", "points", "gift_item", "value")


class PoolError(ValueError):
    """A pool can't be as asked: one sentence, the key first."""


def settle(terms: Terms, campaign: Campaign) -> CouponPool:
    """Make the pool of a campaign, or change its limits; raise `PoolError` where
    coupons are out beyond them.

    A pool made by hand keeps its own limits, whichever campaigns give its coupons.
    """
    pool = CouponPool.objects.filter(name=terms.name).first()
    if pool is None:
        return _make(terms, "offer.", campaign)
    if pool.currency != terms.currency:
        raise PoolError(
            f"offer.currency: the pool's coupons are in {pool.currency}; name a new"
            " pool."
        )
    if pool.campaign_id is None:
        return _of_its_own(pool, terms)
    if pool.campaign_id != campaign.pk:
        raise PoolError(
            f"offer.pool: {terms.name!r} belongs to another campaign; choose another"
            " name."
        )
    return _change(pool, terms, "offer.", with_value=False)


def save(terms: Terms) -> CouponPool:
    """Make a pool by hand, or change one that is no campaign's; raise `PoolError`."""
    with transaction.atomic():
        pool = (
            CouponPool.objects.select_for_update(of=("self",))
            .filter(name=terms.name)
            .first()
        )
        if pool is None:
            return _make(terms, "")
        return change(pool, terms)


def change(pool: CouponPool, terms: Terms) -> CouponPool:
    """Change a pool's terms; raise `PoolError` where coupons that are out forbid it."""
    if pool.currency != terms.currency and pool.n_issued:
        raise PoolError(
            f"currency: coupons are out in {pool.currency}; make a new pool."
        )
    if pool.codes != terms.codes and pool.n_issued:
        raise PoolError("codes: some are out already; make a new pool.")
    return _change(pool, terms, "", with_value=True)


def stop(pool: CouponPool) -> None:
    """Give no more coupons of a pool; those that are out stay valid, but for a shared
    code, which nobody holds.
    """
    CouponPool.objects.filter(pk=pool.pk, stopped_at=None).update(stopped_at=now())


def start_again(pool: CouponPool) -> None:
    CouponPool.objects.filter(pk=pool.pk).update(stopped_at=None)


def _make(terms: Terms, prefix: str, campaign: Campaign | None = None) -> CouponPool:
    _check(terms, prefix)
    try:
        with transaction.atomic():
            return CouponPool.objects.create(
                name=terms.name,
                campaign=campaign,
                currency=terms.currency,
                codes=terms.codes,
                **_facts(terms),
            )
    except IntegrityError:
        raise _taken(terms, prefix) from None


def _of_its_own(pool: CouponPool, terms: Terms) -> CouponPool:
    said, held = (terms.cap, terms.budget), (pool.cap, pool.budget)
    if said != held:
        raise PoolError(
            f"offer.cap: the pool {pool.name!r} is kept on its own page: {pool.cap}"
            f" coupons and {pool.budget} {pool.currency}. Write those, or name a new"
            " pool."
        )
    return pool


def _change(
    pool: CouponPool, terms: Terms, prefix: str, *, with_value: bool
) -> CouponPool:
    _check(terms, prefix, pool)
    facts = _facts(terms)
    if not with_value:
        facts.pop("value")
    if pool.n_issued:
        for name in FIXED_ONCE_OUT:
            if name in facts and facts[name] != getattr(pool, name):
                raise PoolError(
                    f"{prefix}{name}: {pool.n_issued} coupons are out as they are;"
                    " make a new pool."
                )
    if with_value:
        facts |= {"currency": terms.currency, "codes": terms.codes}
    try:
        with transaction.atomic():
            CouponPool.objects.filter(pk=pool.pk).update(**facts)
    except IntegrityError as error:
        if "code_key" in str(error):
            raise _taken(terms, prefix) from None
        pool.refresh_from_db()
        raise PoolError(
            f"{prefix.removesuffix('.') or 'budget'}: {pool.n_issued} coupons worth"
            f" {pool.committed} {pool.currency} are out already; cap and budget can't"
            " be below that."
        ) from None
    pool.refresh_from_db()
    return pool


def _facts(terms: Terms) -> dict[str, Any]:
    facts = asdict(terms)
    facts |= facts.pop("conditions")
    for name in ("name", "currency", "codes"):
        facts.pop(name)
    for name in ("categories", "items"):
        facts[name] = list(facts[name])
    key = as_stored(terms.shared_code) if terms.codes == SHARED else ""
    return {**facts, "code_key": key or None}


def _check(terms: Terms, prefix: str, pool: CouponPool | None = None) -> None:
    """Refuse a shared code that can't be typed or is somebody's coupon, and items that
    nobody sells.
    """
    if terms.codes == SHARED:
        key = as_stored(terms.shared_code)
        if len(key) < 3:
            raise PoolError(f"{prefix}code: at least three letters or digits.")
        if Coupon.objects.filter(code=key).exists():
            raise PoolError(
                f"{prefix}code: {terms.shared_code!r} is a customer's coupon."
            )
        others = CouponPool.objects.filter(code_key=key)
        if (others.exclude(pk=pool.pk) if pool else others).exists():
            raise _taken(terms, prefix)
    gift = terms.conditions.gift_item
    named = [*terms.conditions.items, *([gift] if gift else [])]
    known = Item.objects.filter(external_id__in=named).values_list(
        "external_id", flat=True
    )
    if unknown := sorted(set(named) - set(known)):
        key = "gift_item" if gift in unknown else "items"
        raise PoolError(f"{prefix}{key}: the shop has no item {unknown[0]!r}.")


def _taken(terms: Terms, prefix: str) -> PoolError:
    other = CouponPool.objects.filter(code_key=as_stored(terms.shared_code)).first()
    if other is not None and terms.codes == SHARED:
        return PoolError(
            f"{prefix}code: the pool {other.name!r} has {terms.shared_code!r} already."
        )
    return PoolError(f"{prefix}name: a pool {terms.name!r} was made meanwhile.")


def room(pool: CouponPool) -> tuple[int, Decimal]:
    """Lock a pool until the transaction ends; return how many coupons and how much
    money it still has.
    """
    locked = (
        CouponPool.objects.select_for_update()
        .only("cap", "n_issued", "budget", "committed")
        .get(pk=pool.pk)
    )
    return locked.cap - locked.n_issued, locked.budget - locked.committed


def in_stock(pool: CouponPool) -> int:
    """Count the codes of a file that nobody has yet."""
    return Coupon.objects.filter(
        pool=pool, grant_key__startswith=STOCK, customer=None
    ).count()


def take(pool: CouponPool, n: int, money: Decimal) -> None:
    """Count coupons as issued; the database refuses what a limit forbids, whoever asks."""
    changed = CouponPool.objects.filter(
        pk=pool.pk, cap__gte=F("n_issued") + n, budget__gte=F("committed") + money
    ).update(n_issued=F("n_issued") + n, committed=F("committed") + money)
    if changed != 1:
        raise PoolError(
            f"The pool {pool.name} has no room for {n} coupons worth {money}."
        )
