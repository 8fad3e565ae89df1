"""Which job goes first, and which never takes all workers."""

# Somebody waits for these: they go before everything else.
FIRST = (
    "launch",
    "rehearse",
    "rehearse_journey",
    "import",
    "replay",
    "history",
    "segments",
)
# Long parts that nobody waits for: one at a time of all together, so that a worker is
# left for the others.
ONE_AT_A_TIME = (
    "erase",
    "erase_again",
    "retention",
    "portraits",
    "groups",
    "recommender",
    "scores",
    "drift",
)
# These go last.
LAST = (
    *ONE_AT_A_TIME,
    "vectors",
    "lists",
    "programme",
    "weekly",
    "reconcile",
    "backup",
)
