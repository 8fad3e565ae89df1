"""How fast a provider may be used: GCRA, decided and told by one UPDATE.

ITU-T I.371 (generic cell rate algorithm), virtual scheduling: a request for k conforms when the theoretical arrival
time stays within ``burst`` of now. Real time: the provider's limit does not follow the shop's clock.
"""

from campaigns.delivery import sql

SHARE = "greatest(tat, statement_timestamp())"
FREE = f"floor(burst - extract(epoch FROM {SHARE} - statement_timestamp()) * per_second + 1e-6)"
GRANT = f"greatest(0, least(%(wanted)s, {FREE}))::int"
TAKE = f"""
    UPDATE campaigns_providerrate
    SET n_granted = {GRANT}, tat = {SHARE} + {GRANT} / per_second * interval '1 second'
    WHERE provider = %(provider)s
    RETURNING n_granted,
        greatest(0, extract(epoch FROM tat - statement_timestamp()) - (burst - 1) / per_second)::float
"""  # noqa: S608  no value is put together here


def take(provider: str, wanted: int) -> tuple[int, float]:
    """Return how many messages may leave now, and after how many seconds the next one; no row means no limit."""
    found = sql.rows(TAKE, {"provider": provider, "wanted": wanted})
    return found[0] if found else (wanted, 0.0)
