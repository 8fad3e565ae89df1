"""Journeys from the shell: apply, approve, publish, pause, resume, drain, stop, remove;
rehearse, follow, report and test.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser

from campaigns.content.mapping_reader import BadCampaign
from campaigns.journeys import exits
from campaigns.lifecycle import campaign_state
from campaigns.lifecycle.apply import apply
from campaigns.lifecycle.approve import CannotApprove, approve, waiting_version
from campaigns.lifecycle.campaign_files import load
from campaigns.lifecycle.journeys import journey_state, move_map
from campaigns.lifecycle.journeys.publish import CannotPublish, publish, standing
from campaigns.management.accounts import shell, user_named
from campaigns.management.journey_arguments import add_verbs
from campaigns.models import Campaign
from profiles.models import Customer
from retention_site.lib.clock import now
from retention_site.lib.commands import BadInput, Failed, RapportCommand
from retention_site.lib.states import InvalidTransition


class Command(RapportCommand):
    help = "Apply, approve, publish, rehearse, follow, report or end a journey."
    audited = (
        "apply",
        "approve",
        "publish",
        "pause",
        "resume",
        "drain",
        "stop",
        "remove",
        "test",
    )

    def arguments(self, parser: CommandParser) -> None:
        add_verbs(parser)

    def work(self, *, verb: str, **options: Any) -> dict[str, Any]:
        try:
            return getattr(self, f"_{verb}")(**options)
        except (BadCampaign, move_map.BadMap) as error:
            raise BadInput(str(error)) from error
        except (
            CannotApprove,
            CannotPublish,
            campaign_state.CannotChange,
            InvalidTransition,
        ) as error:
            raise Failed(str(error)) from error

    def say(self, answer: dict[str, Any]) -> str:
        """Say a way or a rehearsal in sentences, everything else by its names."""
        if "sentences" in answer:
            return "\n".join(answer["sentences"]) or "The customer never entered."
        if "approximations" not in answer:
            return super().say(answer)
        steps = [
            f"  {one['key']}: {one['arrived']:,} came, {one['passed']:,} passed,"
            f" {one['waiting']:,} wait"
            for one in answer["steps"]
        ]
        first = (
            f"{answer['entries']['entered']:,} entries,"
            f" {answer['messages']['send']:,} messages"
        )
        return "\n".join([first, *steps, *answer["approximations"]])

    def _apply(self, *, file: str, by: str | None, **_rest: Any) -> dict[str, Any]:
        raw = load(Path(file))
        if "steps" not in raw:
            raise BadInput("steps: is missing; `manage.py campaign` takes one message.")
        applied = apply(raw, by=user_named(by) if by else shell())
        version = applied.version
        return {
            "journey": version.campaign.name,
            "version": version.number,
            "version_hash": version.hash,
            "state": version.state,
            "changed": applied.is_new,
        }

    def _approve(self, *, name: str, by: str, **_rest: Any) -> dict[str, Any]:
        version = approve(waiting_version(_journey(name)), by=user_named(by))
        return {
            "journey": version.campaign.name,
            "version": version.number,
            "version_hash": version.hash,
            "state": version.state,
            "approved_by": by,
        }

    def _publish(self, *, name: str, **options: Any) -> dict[str, Any]:
        moves = move_map.parse(options["map"]) if options["map"] else None
        published = publish(
            _journey(name), finish_on_old=options["finish_on_old"], moves=moves
        )
        return {
            **_state(_journey(name)),
            "version": published.version.number,
            "changed": published.is_new,
            "moved": published.n_moved,
            "left": published.n_left,
        }

    def _pause(self, *, name: str, **_rest: Any) -> dict[str, Any]:
        return _state(journey_state.pause(_journey(name)))

    def _resume(self, *, name: str, **_rest: Any) -> dict[str, Any]:
        return _state(journey_state.resume(_journey(name)))

    def _drain(self, *, name: str, **_rest: Any) -> dict[str, Any]:
        return _state(journey_state.drain(_journey(name)))

    def _stop(self, *, name: str, **_rest: Any) -> dict[str, Any]:
        journey = _journey(name)
        n = journey_state.stop(journey)
        return {**_state(journey), "left": n}

    def _remove(self, *, name: str, customer: str, **_rest: Any) -> dict[str, Any]:
        journey, found = _journey(name), _customer(customer)
        n = exits.remove(journey, found)
        return {**_state(journey), "customer": customer, "left": n}

    def _show(self, *, name: str, **_rest: Any) -> dict[str, Any]:
        journey = _journey(name)
        steps = [
            {"version": one.version.number, "step": one.step, "customers": one.n}
            for one in standing(journey)
        ]
        return {**_state(journey), "steps": steps}

    def _rehearse(
        self, *, name: str, as_of: Any, days: int, **_rest: Any
    ) -> dict[str, Any]:
        # brings the history and the formulas: the other verbs start without
        from campaigns.journey_rehearsal.rehearse import CannotRehearse, stored

        bar = self.progress(f"Rehearsing {name}")

        def told(share: float, words: str = "") -> None:
            bar(share)

        try:
            return dict(stored(_journey(name), as_of or now(), days, told).result)
        except CannotRehearse as error:
            raise Failed(str(error)) from error

    def _follow(
        self, *, name: str, customer: str, as_of: Any, days: int, **_rest: Any
    ) -> dict[str, Any]:
        # brings the history: the other verbs start without
        from campaigns.journey_rehearsal.follow import followed
        from campaigns.journey_rehearsal.rehearse import CannotRehearse

        try:
            return followed(_journey(name), _customer(customer), as_of=as_of, days=days)
        except CannotRehearse as error:
            raise Failed(str(error)) from error

    def _report(self, *, name: str, until: Any, **_rest: Any) -> dict[str, Any]:
        # brings all formulas of proof: the other verbs start without
        from campaigns.proof.journeys.journey_report import journey_report

        return journey_report(_journey(name), until=until)

    def _test(self, *, name: str, to: str, **_rest: Any) -> dict[str, Any]:
        # brings rendering and the channels: the other verbs start without
        from campaigns.journey_rehearsal.rehearse import CannotRehearse
        from campaigns.journey_rehearsal.test_run import send_all

        try:
            return send_all(_journey(name), to, by=shell())
        except CannotRehearse as error:
            raise Failed(str(error)) from error


def _customer(name: str) -> Customer:
    found = Customer.objects.filter(external_id=name).first()
    if found is None:
        raise BadInput(f"There is no customer {name!r}.")
    return found


def _journey(name: str) -> Campaign:
    found = Campaign.objects.journeys().filter(name=name).first()
    if found is None:
        raise BadInput(f"There is no journey named {name!r}.")
    return found


def _state(journey: Campaign) -> dict[str, Any]:
    return {
        "journey": journey.name,
        "state": journey_state.state_of(journey),
        "inside": journey_state.n_inside(journey),
    }
