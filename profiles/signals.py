"""What profiles announces to whoever listens; receivers run after the commit, and an
error in one stops nobody.
"""

from django.dispatch import Signal

events_recorded = Signal()
"""New events are stored. ``events``: list of `profiles.intake.ingest.Recorded`; duplicates are not announced again."""

consent_pending = Signal()
"""Someone agreed and has yet to confirm it; the ledger says who. Statements of files are not announced."""

segment_changed = Signal()
"""Customers entered or left a saved segment. ``segment``; ``joined`` and ``left``: tuples of primary keys."""

shop_restored = Signal()
"""The database came from a backup: what it says of the world outside is as old as that."""
