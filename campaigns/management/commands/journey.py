"""Journeys from the shell: apply, approve, publish, pause, resume, drain, stop, remove."""

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
from retention_site.lib.commands import BadInput, Failed, RapportCommand
from retention_site.lib.states import InvalidTransition


class Command(RapportCommand):
    help = "Apply, approve, publish, pause, resume, drain or stop a journey."
    audited = (
        "apply",
        "approve",
        "publish",
        "pause",
        "resume",
        "drain",
        "stop",
        "remove",
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
        found = Customer.objects.filter(external_id=customer).first()
        if found is None:
            raise BadInput(f"There is no customer {customer!r}.")
        journey = _journey(name)
        n = exits.remove(journey, found)
        return {**_state(journey), "customer": customer, "left": n}

    def _show(self, *, name: str, **_rest: Any) -> dict[str, Any]:
        journey = _journey(name)
        steps = [
            {"version": one.version.number, "step": one.step, "customers": one.n}
            for one in standing(journey)
        ]
        return {**_state(journey), "steps": steps}


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
