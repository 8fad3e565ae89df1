"""How a channel does: what its provider answered lately, what waits, what it may carry
a second.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Max, Q, QuerySet, Subquery

from campaigns.delivery.channels.contract import Channel
from campaigns.models import Attempt, Message, ProviderRate, Suppression
from retention_site.lib.clock import real_now

LATELY = timedelta(hours=24)
NEWEST = 50_000  # attempts that are looked at: pages open at any size
SHOWN = 8
State = Attempt.State


@dataclass(frozen=True)
class Complaint:
    """One answer that was no yes, and how often it came."""

    state: str
    words: str  # of the state
    code: str
    detail: str
    n: int
    last_at: datetime


@dataclass(frozen=True)
class Health:
    """The last day of one channel."""

    n_accepted: int
    n_refused: int
    n_deferred: int
    n_uncertain: int
    last_accepted_at: datetime | None
    n_waiting: int
    n_suppressed: int
    complaints: tuple[Complaint, ...]
    rate: ProviderRate | None

    @property
    def n(self) -> int:
        return self.n_accepted + self.n_refused + self.n_deferred + self.n_uncertain

    @property
    def tone(self) -> str:
        """Say how it does in one word of the colours: no news is quiet."""
        if not self.n:
            return "quiet"
        bad = (self.n_refused + self.n_deferred + self.n_uncertain) / self.n
        return "bad" if bad > 0.5 else "warn" if bad > 0.05 else "good"


def health_of(channel: Channel, provider: str | None = None) -> Health:
    """Look at the newest attempts of a channel; ``provider`` names whose rate is shown."""
    newest = Subquery(Attempt.objects.order_by("-pk").values("pk")[:1])
    lately = Attempt.objects.filter(
        pk__gt=newest - NEWEST, channel=channel.key, started_at__gt=real_now() - LATELY
    ).exclude(state=State.INTENT)
    counts = lately.aggregate(
        **{
            f"n_{state}": Count("pk", filter=Q(state=state))
            for state in State
            if state != State.INTENT
        },
        last_accepted_at=Max("finished_at", filter=Q(state=State.ACCEPTED)),
    )
    return Health(
        **counts,
        n_waiting=Message.objects.queued().filter(channel=channel.key).count(),
        n_suppressed=Suppression.objects.filter(channel=channel.key).count(),
        complaints=_complaints(lately),
        rate=(
            ProviderRate.objects.filter(provider=provider).first() if provider else None
        ),
    )


def _complaints(lately: QuerySet[Attempt]) -> tuple[Complaint, ...]:
    told = lately.exclude(state=State.ACCEPTED).values("state", "code", "detail")
    rows = told.annotate(n=Count("pk"), at=Max("started_at"))
    return tuple(
        Complaint(
            row["state"],
            str(State(row["state"]).label),
            row["code"],
            row["detail"],
            row["n"],
            row["at"],
        )
        for row in rows.order_by("-at")[:SHOWN]
    )


def limit(provider: str, per_second: float | None, burst: int) -> None:
    """Set how many messages a provider takes a second; None lifts the limit. Raise
    `ValueError`.
    """
    if per_second is None:
        ProviderRate.objects.filter(provider=provider).delete()
        return
    if not 0 < per_second < 1e6 or not 0 < burst < 1_000_000:
        raise ValueError("a rate is above 0")
    ProviderRate.objects.update_or_create(
        provider=provider, defaults={"per_second": per_second, "burst": burst}
    )
