"""The colour of every state, in one place: good, busy, wait, warn, bad or quiet."""

from django.utils.html import format_html
from django.utils.safestring import SafeString

from retention_site.lib.admin.words import said

QUIET = "quiet"

TONES = {
    "good": (
        "active paid armed approved result accepted started delivered done finished"
        " fired granted processed sent better A/A-passed ready ok"
    ),
    "busy": "running leased sending planning intent",
    "wait": (
        "queued planned scheduled measuring pending draft in_review received due placed"
        " waiting undecided"
    ),
    "warn": (
        "part_refunded refunded paused uncertain unknown capped deferred expired missed"
        " refused simulated away"
    ),
    "bad": "failed bounced complained worse stopped",
    QUIET: "held cancelled suppressed erased superseded withdrawn rapport imported",
}
_TONE_OF = {state: tone for tone, states in TONES.items() for state in states.split()}


def tone(state: str) -> str:
    """Return the tone of a state; an unknown state is quiet."""
    return _TONE_OF.get(state, QUIET)


def pill(state: str, words: str = "", *, look: str = "") -> SafeString:
    """Draw a state as a small coloured word."""
    return format_html(
        '<span class="r-pill r-{}">{}</span>', look or tone(state), words or said(state)
    )
