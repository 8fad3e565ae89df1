"""Files of finished campaigns and of whom they reached: taken in for analysis, never
sent.
"""

from typing import ClassVar

from django.db.backends.utils import CursorWrapper

from profiles.intake.cleaners import (
    any_moment,
    identifier,
    moment,
    name,
    number,
    person,
)
from profiles.intake.kinds.base import Column, StagedKind, Stored, make_bare_customers

BARE_CAMPAIGNS = """
    INSERT INTO campaigns_campaign (name, external_id, origin, state, kind, goal)
    SELECT id, id, 'imported', 'stopped', '', '' FROM (SELECT DISTINCT campaign_id AS id FROM incoming) AS given
    WHERE NOT EXISTS (SELECT FROM campaigns_campaign WHERE external_id = given.id)
        AND NOT EXISTS (SELECT FROM campaigns_campaign WHERE name = given.id)
    ORDER BY id ON CONFLICT DO NOTHING
"""


GIVEN = """
    CREATE TEMPORARY TABLE given ON COMMIT DROP AS
    SELECT external_id, starts_at, ends_at, kind, budget,
        CASE WHEN first_of_name <> external_id OR EXISTS (
            SELECT FROM campaigns_campaign other
            WHERE other.name = said.name AND other.external_id IS DISTINCT FROM said.external_id
        ) THEN said.name || ' (' || external_id || ')' ELSE said.name END AS name
    FROM (
        SELECT *, min(external_id) OVER (PARTITION BY name) AS first_of_name FROM (
            SELECT DISTINCT ON (campaign_id) campaign_id AS external_id, name, starts_at, ends_at,
                {kind} AS kind, {budget} AS budget
            FROM incoming ORDER BY campaign_id, line DESC
        ) AS newest
    ) AS said
"""
NEW_CAMPAIGNS = """
    INSERT INTO campaigns_campaign (external_id, name, starts_at, ends_at, kind, budget, origin, state, goal)
    SELECT external_id, name, starts_at, ends_at, kind, budget, 'imported', 'stopped', '' FROM given
    ORDER BY external_id ON CONFLICT DO NOTHING
"""
LATER_FACTS = """
    UPDATE campaigns_campaign target SET name = given.name, starts_at = given.starts_at, ends_at = given.ends_at,
        kind = coalesce(nullif(given.kind, ''), target.kind), budget = coalesce(given.budget, target.budget)
    FROM given WHERE given.external_id = target.external_id AND target.origin = 'imported' AND (
        (target.name, target.starts_at, target.ends_at) IS DISTINCT FROM (given.name, given.starts_at, given.ends_at)
        OR target.kind <> coalesce(nullif(given.kind, ''), target.kind)
        OR target.budget IS DISTINCT FROM coalesce(given.budget, target.budget)
    )
"""


class Campaigns(StagedKind):
    """One row per finished campaign; a name that another campaign has already gets the
    id behind it.
    """

    columns: ClassVar = (
        Column("campaign_id", identifier, is_required=True),
        Column("name", name, is_required=True),
        Column("starts_at", any_moment, is_required=True),
        Column("ends_at", any_moment, is_required=True),
        Column("kind", name),
        Column("budget", number(14, 2)),
    )

    def merge(
        self, cursor: CursorWrapper, present: frozenset[str], source: str
    ) -> Stored:
        kind = "coalesce(kind, '')" if "kind" in present else "''::text"
        budget = "budget" if "budget" in present else "NULL::numeric"
        cursor.execute(GIVEN.format(kind=kind, budget=budget))
        cursor.execute(NEW_CAMPAIGNS)
        n_stored = cursor.rowcount
        cursor.execute(LATER_FACTS)
        return Stored(n_stored, cursor.rowcount)


class Recipients(StagedKind):
    """Whom a finished campaign reached; a campaign or customer that nobody described
    yet gets a bare row.
    """

    columns: ClassVar = (
        Column("campaign_id", identifier, is_required=True),
        Column("customer_id", person, is_required=True),
        Column("arm", identifier),
        Column("assigned_at", moment),
        Column("coupon_code", identifier),
    )

    def merge(
        self, cursor: CursorWrapper, present: frozenset[str], source: str
    ) -> Stored:
        make_bare_customers(cursor)
        cursor.execute(BARE_CAMPAIGNS)
        given = {
            "arm": "coalesce(arm, '')" if "arm" in present else "''",
            "assigned_at": (
                "assigned_at" if "assigned_at" in present else "NULL::timestamptz"
            ),
            "coupon_code": (
                "coalesce(coupon_code, '')" if "coupon_code" in present else "''"
            ),
        }
        cursor.execute(
            "INSERT INTO campaigns_recipient (campaign_id, customer_id, arm, assigned_at, coupon_code) "  # noqa: S608
            "SELECT DISTINCT ON (campaign.id, customer.id) campaign.id, customer.id, "
            f"{', '.join(given.values())} FROM incoming "
            "JOIN campaigns_campaign campaign ON campaign.external_id ="
            " incoming.campaign_id "
            "JOIN profiles_customer customer ON customer.external_id ="
            " incoming.customer_id "
            "WHERE customer.erased_at IS NULL ORDER BY campaign.id, customer.id, line"
            " ON CONFLICT DO NOTHING"
        )
        return Stored(cursor.rowcount)
