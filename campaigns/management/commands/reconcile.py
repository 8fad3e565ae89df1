"""Compare the coupon and message ledgers with their counters."""

from __future__ import annotations

from typing import Any

from campaigns.planning.reconcile import reconcile
from retention_site.lib.commands import Failed, RapportCommand, json_line


class Command(RapportCommand):
    help = (
        "Compare the coupon and message ledgers with their counters; exit 1 on any"
        " difference."
    )

    def work(self, **_options: Any) -> dict[str, Any]:
        answer = reconcile()
        if answer["differences"]:
            self.stdout.write(json_line(answer))
            first = answer["differences"][0]
            raise Failed(
                f"{len(answer['differences'])} differences; the first: {first['check']}"
                f" in {first['where']}: {first['said']} said, {first['found']} found."
            )
        return answer

    def say(self, answer: dict[str, Any]) -> str:
        return (
            f"{answer['coupons']} coupons, {answer['messages']} messages of"
            f" {answer['runs']} runs: every ledger agrees with its counters."
        )
