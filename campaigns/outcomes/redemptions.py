"""Who redeemed what she was sent: counted from the history, for finished campaigns."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from campaigns.models import Campaign, Recipient
from profiles import history
from profiles.history import Tables

REDEEMED = "coupon_redeemed"
USED = (
    "SELECT DISTINCT customer, campaign_id FROM events WHERE type = ? AND campaign_id"
    " IS NOT NULL"
)


@dataclass(frozen=True)
class Redemption:
    """How many customers got something, and how many of those redeemed it at least
    once.
    """

    n: int
    n_redeemed: int

    @property
    def share(self) -> float | None:
        return self.n_redeemed / self.n if self.n else None

    def __add__(self, other: "Redemption") -> "Redemption":
        return Redemption(self.n + other.n, self.n_redeemed + other.n_redeemed)


def by_campaign(until: datetime | None = None) -> dict[Campaign, Redemption]:
    """Count every imported campaign's recipients and who redeemed before `until` (now).
    One query for each side.
    """
    redeemed = _redeemed(until)
    campaigns = {
        campaign.pk: campaign
        for campaign in Campaign.objects.imported().order_by("external_id")
    }
    received: Counter[int] = Counter()
    used: Counter[int] = Counter()
    pairs = Recipient.objects.filter(campaign__in=campaigns).values_list(
        "campaign_id", "customer_id"
    )
    for campaign, customer in pairs.iterator(chunk_size=20_000):
        received[campaign] += 1
        used[campaign] += (customer, campaigns[campaign].external_id) in redeemed
    return {
        campaign: Redemption(received[pk], used[pk])
        for pk, campaign in campaigns.items()
    }


def by_kind(until: datetime | None = None) -> dict[str, Redemption]:
    """Sum the campaigns up by kind; a customer who got two of a kind counts twice."""
    found: dict[str, Redemption] = {}
    for campaign, redemption in by_campaign(until).items():
        found[campaign.kind] = found.get(campaign.kind, Redemption(0, 0)) + redemption
    return dict(sorted(found.items()))


def of_campaign(
    campaign: Campaign, until: datetime | None = None, tables: Tables | None = None
) -> Redemption:
    """Count one campaign."""
    customers = campaign.recipients.values_list("customer_id", flat=True)
    redeemed = {
        customer
        for customer, _campaign in _redeemed(until, campaign.external_id, tables)
    }
    return Redemption(
        len(customers), sum(customer in redeemed for customer in customers)
    )


def _redeemed(
    until: datetime | None, external_id: str | None = None, tables: Tables | None = None
) -> set[tuple[int, str]]:
    read = tables or history.tables(as_of=until)
    sql, values = USED, list[Any]([REDEEMED])
    for column, sign, limit in (
        ("happened_at", "<", until),
        ("campaign_id", "=", external_id),
    ):
        if limit is not None:
            sql, values = f"{sql} AND {column} {sign} ?", [*values, limit]
    pairs = read.connection.sql(sql, params=values).to_arrow_table()
    return set(
        zip(
            pairs["customer"].to_pylist(), pairs["campaign_id"].to_pylist(), strict=True
        )
    )
