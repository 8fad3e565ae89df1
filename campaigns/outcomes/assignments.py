"""Who was assigned to what, and when: read from the messages of a run, sent or not."""

import io
from collections.abc import Iterable

import pyarrow as pa
import pyarrow.csv
from django.db import connection

from campaigns.content.model import CONTROL
from campaigns.models import Campaign, Run

# A customer of several triggered messages counts from the first; one merged from two
# customers has their first moment. Who is held out of all marketing is neither treated
# nor this campaign's control, and another test's customers are not ours: both were
# drawn by chances of their own, so leaving them out tears no arm. What was held,
# suppressed, failed or erased stays in: chance chose these customers, and chance is
# what we compare.
ASSIGNED = """
    SELECT coalesce(customer.merged_into_id, customer.id) AS customer, message.arm,
        (1e6 * extract(epoch FROM min(min(message.planned_at)) OVER (
            PARTITION BY coalesce(customer.merged_into_id, customer.id))))::bigint AS assigned_at
    FROM campaigns_message message JOIN profiles_customer customer ON customer.id = message.customer_id
    WHERE message.run_id = {run:d} AND message.arm <> '' AND NOT message.is_held_out GROUP BY 1, 2
"""
RECEIVED = """
    SELECT coalesce(customer.merged_into_id, customer.id) AS customer, recipient.arm,
        (1e6 * extract(epoch FROM min(min(coalesce(recipient.assigned_at, campaign.starts_at))) OVER (
            PARTITION BY coalesce(customer.merged_into_id, customer.id))))::bigint AS assigned_at
    FROM campaigns_recipient recipient JOIN profiles_customer customer ON customer.id = recipient.customer_id
    JOIN campaigns_campaign campaign ON campaign.id = recipient.campaign_id
    WHERE recipient.campaign_id = {campaign:d} GROUP BY 1, 2
"""
# Whoever entered a journey counts from the first entry, however far she came: held
# customers enter and walk like the others. Chance decides at the entry.
ENROLLED = """
    SELECT coalesce(customer.merged_into_id, customer.id) AS customer, enrolment.arm,
        (1e6 * extract(epoch FROM min(min(enrolment.entered_at)) OVER (
            PARTITION BY coalesce(customer.merged_into_id, customer.id))))::bigint AS assigned_at
    FROM campaigns_journeyenrolment enrolment JOIN profiles_customer customer ON customer.id = enrolment.customer_id
    WHERE enrolment.journey_id = {journey:d} AND enrolment.arm <> '' AND NOT enrolment.is_held_out GROUP BY 1, 2
"""
# Whoever came to a step's test counts from there; held customers get no arm's message,
# so they would only thin it out.
TESTED = """
    SELECT coalesce(customer.merged_into_id, customer.id) AS customer, step.outcome AS arm,
        (1e6 * extract(epoch FROM min(min(step.at)) OVER (
            PARTITION BY coalesce(customer.merged_into_id, customer.id))))::bigint AS assigned_at
    FROM campaigns_journeyenrolment enrolment JOIN profiles_customer customer ON customer.id = enrolment.customer_id
    JOIN campaigns_journeystep step ON step.enrolment_id = enrolment.id
    WHERE enrolment.journey_id = {journey:d} AND enrolment.arm <> '{control}' AND NOT enrolment.is_held_out
        AND (step.version_id, step.place) IN ({places}) GROUP BY 1, 2
"""
TYPES = {"customer": pa.int64(), "arm": pa.string(), "assigned_at": pa.int64()}


def assignments_of(run: Run) -> pa.Table:
    """Return customer, arm and assigned_at (UTC); a customer merged from two arms has
    two rows.
    """
    return _copied(ASSIGNED.format(run=run.pk))


def recipients_of(campaign: Campaign) -> pa.Table:
    """Return the same of a finished campaign's recipients; who has no time of her own
    counts from the start.
    """
    return _copied(RECEIVED.format(campaign=campaign.pk))


def enrolled_in(journey: Campaign) -> pa.Table:
    """Return the same of a journey: everybody who entered, by the arm drawn then."""
    return _copied(ENROLLED.format(journey=journey.pk))


def tested_at(journey: Campaign, places: Iterable[tuple[int, int]]) -> pa.Table:
    """Return the same of a step that tests: who came to it by the arm drawn there.
    ``places`` are its places by version.
    """
    listed = ", ".join(f"({version:d}, {place:d})" for version, place in places)
    return _copied(
        TESTED.format(
            journey=journey.pk, control=CONTROL, places=listed or "(NULL, NULL)"
        )
    )


def _copied(sql: str) -> pa.Table:
    read = io.BytesIO()
    with (
        connection.cursor() as cursor,
        cursor.copy(f"COPY ({sql}) TO STDOUT (FORMAT csv, HEADER)") as copy,
    ):
        for block in copy:
            read.write(block)
    read.seek(0)
    options = pyarrow.csv.ConvertOptions(column_types=TYPES, strings_can_be_null=False)
    table = pyarrow.csv.read_csv(read, convert_options=options)
    at = table["assigned_at"].cast(pa.timestamp("us", "UTC"))
    return table.set_column(
        table.schema.get_field_index("assigned_at"), "assigned_at", at
    )
