"""Learn what is shown and sent by, all of it or one step: `manage.py learn --only vectors`."""

from __future__ import annotations

from datetime import datetime, timedelta
from time import monotonic
from typing import Any

from django.core.management.base import CommandParser
from django.utils.translation import gettext as _

from profiles import history, jobs
from profiles.jobs import JobFailed
from recommender.steps import STEPS, start
from retention_site.lib.clock import now
from retention_site.lib.commands import BadInput, Failed, RapportCommand, moment

# a moment that a script read from a clock is not the past
JUST_NOW = timedelta(minutes=1)


class Command(RapportCommand):
    help = (
        "Draw portraits, find groups, encode texts, train the recommender and the"
        " scores; workers do the work."
    )

    def arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--as-of",
            type=moment,
            metavar="T",
            help="learn only from before; nothing that is live changes; default: now",
        )
        parser.add_argument(
            "--only",
            default=",".join(STEPS),
            metavar="A,B",
            help=f"some of {','.join(STEPS)}",
        )

        parser.add_argument(
            "--text",
            action="store_true",
            help="also fine-tune the text classifier: takes minutes",
        )

    def work(
        self, as_of: datetime | None, only: str, text: bool, **_options: Any
    ) -> dict[str, Any]:
        began = monotonic()
        is_now = as_of is None or as_of >= now() - JUST_NOW
        as_of = as_of or now()
        wanted = _wanted(only)
        if text and "scores" not in wanted:
            raise BadInput(_("--text belongs to the step scores: add it to --only."))
        history.refresh()
        cards: list[dict[str, Any]] = []
        for step in wanted:
            cards += self._step(step, as_of, is_now=is_now, by_words=text)
        return {
            "as_of": as_of,
            "seconds": round(monotonic() - began, 1),
            "cards": cards,
        }

    def _step(
        self, step: str, as_of: datetime, *, is_now: bool, by_words: bool
    ) -> list[dict[str, Any]]:
        """Start the jobs of one step, one after the other, and gather the cards that
        they wrote.
        """
        cards: list[dict[str, Any]] = []
        for begin in start(step, as_of, is_now=is_now, by_words=by_words):
            job = begin()
            try:
                done = jobs.wait(
                    job, on_progress=self.progress(str(job.title)), works_itself=True
                )
            except JobFailed as error:
                raise Failed(f"{job.title}: {error}") from error
            cards += (done.result or {}).get("cards", [])
        return cards

    def say(self, answer: dict[str, Any]) -> str:
        lines = [_line(card) for card in answer["cards"]]
        return "\n".join(
            [
                *lines,
                (
                    f"learned as of {answer['as_of']:%Y-%m-%d %H:%M} in"
                    f" {answer['seconds']} s"
                ),
            ]
        )


def _wanted(only: str) -> list[str]:
    named = [word.strip() for word in only.split(",") if word.strip()]
    unknown = sorted(set(named) - set(STEPS))
    if unknown or not named:
        raise BadInput(
            _("--only takes some of %(steps)s.") % {"steps": ", ".join(STEPS)}
        )
    return [step for step in STEPS if step in named]


def _line(card: dict[str, Any]) -> str:
    measured = ", ".join(
        f"{name} {one['value']:.3f}"
        for name, one in list(card["metrics"].items())[:2]
        if one["value"]
    )
    state = "in use" if card["promoted"] else "not in use"
    return (
        f"{card['model']} {card['version']}: {measured or 'not measured'} ({state}:"
        f" {card['why']})"
    )
