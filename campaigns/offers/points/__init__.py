"""Points: earned in lots, spent first-expiring-first, in a ledger whose sides agree."""
