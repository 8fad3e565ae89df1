"""Coupon pools that run dry, and those whose budget does."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from django.db.models import F, Q
from django.utils.translation import gettext as _

from campaigns.delivery.alerting.alarm import Alarm
from campaigns.models import Campaign, CouponPool
from retention_site.lib.admin.words import money

# of codes or money: what is left may not last the next run
LOW_SHARE = Decimal("0.1")


def pools_run_dry() -> Iterator[Alarm]:
    """Pools of living campaigns with a tenth left, of codes or of money."""
    pools = CouponPool.objects.filter(
        Q(n_issued__gt=F("cap") * (1 - LOW_SHARE))
        | Q(committed__gt=F("budget") * (1 - LOW_SHARE)),
        n_issued__gt=0,
        campaign__state=Campaign.State.ACTIVE,
    )
    for pool in pools.order_by("name"):
        n, left = pool.cap - pool.n_issued, pool.budget - pool.committed
        said = {"pool": pool.name, "n": n, "money": money(left, pool.currency)}
        words = _("Pool %(pool)s: %(n)d codes and %(money)s left") % said
        yield Alarm("coupons", pool.name, words, n)
