"""Files of what other currencies are worth."""

from typing import ClassVar

from django.db.backends.utils import CursorWrapper

from profiles.intake.cleaners import NOT_A_NUMBER, Raw, SqlCell, birthday, currency

from .base import Column, StagedKind, Stored

OWN_CURRENCY = "own currency of the shop"
NOT_ABOVE_ZERO = "not above 0"
NEWEST = """
    CREATE TEMPORARY TABLE newest ON COMMIT DROP AS
    SELECT DISTINCT ON (currency, date) currency, date, rate FROM incoming ORDER BY currency, date, line DESC
"""
INSERT = """
    INSERT INTO profiles_rate (currency, date, rate)
    SELECT currency, date, rate FROM newest ORDER BY currency, date ON CONFLICT DO NOTHING
"""
UPDATE = """
    UPDATE profiles_rate target SET rate = newest.rate FROM newest
    WHERE (target.currency, target.date) = (newest.currency, newest.date) AND target.rate <> newest.rate
"""


def _foreign(raw: str, row: Raw) -> SqlCell:
    """A currency that is not the shop's."""
    cell = currency(raw, row)
    wrong = (
        f"CASE WHEN $ = getvariable('currency') THEN '{OWN_CURRENCY}' ELSE"
        f" {cell.wrong} END"
    )
    return SqlCell(cell.value, wrong)


def _worth(raw: str, _row: Raw) -> SqlCell:
    """A number above 0."""
    wrong = (
        f"CASE WHEN $ IS NULL THEN '{NOT_A_NUMBER}' WHEN $ <= 0 THEN"
        f" '{NOT_ABOVE_ZERO}' END"
    )
    return SqlCell(f"try_cast({raw} AS DECIMAL(20, 10))", wrong, "numeric")


class Rates(StagedKind):
    """A row is one currency from one day on; of two rows of a day the later one counts."""

    columns: ClassVar = (
        Column("currency", _foreign, is_required=True),
        Column("date", birthday, is_required=True),  # any day that has come
        Column("rate", _worth, is_required=True),
    )

    def merge(
        self, cursor: CursorWrapper, present: frozenset[str], source: str
    ) -> Stored:
        cursor.execute("DROP TABLE IF EXISTS pg_temp.newest")
        cursor.execute(NEWEST)
        cursor.execute(UPDATE)
        n_updated = cursor.rowcount
        cursor.execute(INSERT)
        return Stored(cursor.rowcount, n_updated)
