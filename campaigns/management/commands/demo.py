"""`manage.py demo`: the main job on the demo shop, beside a running server and workers."""

from typing import Any

from campaigns.demo import main_job
from retention_site.lib.commands import RapportCommand


class Command(RapportCommand):
    help = (
        "Take the demo shop from raw data to a measured campaign; run by `make demo`,"
        " and safe to run again."
    )

    def work(self, **_options: Any) -> dict[str, Any]:
        return main_job.play(self._line)

    def say(self, answer: dict[str, Any]) -> str:
        return f"\nDone in {answer['seconds']:.0f} s."

    def _line(self, words: str) -> None:
        self.stdout.write(words)
        self.stdout.flush()
