"""Campaigns from the shell: apply, approve, rehearse, run, pause, resume, stop, report."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser

from campaigns.content.changes import changes
from campaigns.content.mapping_reader import BadCampaign
from campaigns.delivery import send, sweep
from campaigns.delivery.claim import BULK
from campaigns.inbound.replay import replay
from campaigns.lifecycle import campaign_state
from campaigns.lifecycle.apply import apply
from campaigns.lifecycle.approve import CannotApprove, approve, seen_version
from campaigns.lifecycle.campaign_files import load
from campaigns.management.accounts import SHELL, shell, user_named
from campaigns.management.campaign_arguments import add_verbs
from campaigns.models import Campaign, Run
from campaigns.planning import launch as launching
from campaigns.planning import launch_guard
from campaigns.planning.dry_run import dry_run as dry_run_of
from campaigns.planning.launch import CannotLaunch, job_of, launch
from campaigns.planning.launch_warnings import outlook
from campaigns.planning.progress import held_back_by, progress_of
from profiles import jobs
from retention_site.lib.clock import now
from retention_site.lib.commands import BadInput, Failed, RapportCommand
from retention_site.lib.states import InvalidTransition

LOOK_SECONDS = 0.5
PATIENCE_SECONDS = 3.0


class Command(RapportCommand):
    help = "Apply, approve, rehearse, run, pause, resume, stop or report a campaign."
    audited = ("apply", "approve", "run", "pause", "resume", "stop")

    def arguments(self, parser: CommandParser) -> None:
        add_verbs(parser)

    def work(self, *, verb: str, **options: Any) -> dict[str, Any]:
        try:
            return getattr(self, f"_{verb}")(**options)
        except BadCampaign as error:
            raise BadInput(str(error)) from error
        except (
            CannotApprove,
            CannotLaunch,
            campaign_state.CannotChange,
            InvalidTransition,
            jobs.JobFailed,
        ) as error:
            raise Failed(str(error)) from error

    def say(self, answer: dict[str, Any]) -> str:
        """Say a rehearsal in sentences, everything else by its names."""
        if "forecast" not in answer:
            return super().say(answer)
        holds = [
            f"  {n:,} held: {reason}"
            for reason, n in answer["decisions"]["hold"].items()
        ]
        leaves = [
            f"  {one['messages']:,} by {one['channel']} on {one['day']}"
            for one in answer["volume"]
        ]
        coupons = answer["coupons"]
        cost = (
            [
                f"  {coupons['coupons']:,} coupons, {coupons['value']:,.2f}"
                f" {coupons['currency']}"
            ]
            if coupons
            else []
        )
        others = [
            f"  {one['customers']:,} hear from {one['name']}, too"
            for one in answer["overlaps"]
        ]
        first = (
            f"{answer['audience']['n']:,} customers, {answer['decisions']['send']:,} to"
            " be written to"
        )
        told = [(answer["forecast"] or {}).get("sentence", ""), *answer["notes"]]
        return "\n".join([first, *holds, *leaves, *cost, *others, *filter(None, told)])

    def _apply(self, *, file: str, by: str | None, **_rest: Any) -> dict[str, Any]:
        applied = apply(load(Path(file)), by=user_named(by) if by else shell())
        version = applied.version
        return {
            "campaign": version.campaign.name,
            "version": version.number,
            "version_hash": version.hash,
            "state": version.state,
            "changed": applied.is_new,
        }

    def _approve(
        self, *, name: str, by: str, number: int | None, **options: Any
    ) -> dict[str, Any]:
        campaign = _campaign(name)
        before = campaign.approved_version
        version = approve(
            seen_version(campaign, number, options["hash"]), by=user_named(by)
        )
        return {
            "campaign": version.campaign.name,
            "version": version.number,
            "version_hash": version.hash,
            "state": version.state,
            "approved_by": by,
            "changes": changes(before.content, version.content) if before else [],
        }

    def _run(
        self,
        *,
        name: str,
        wait: bool,
        dry_run: bool,
        key: str | None,
        as_of: Any,
        number: int | None,
        **options: Any,
    ) -> dict[str, Any]:
        version = launching.approved_as_seen(_campaign(name), number, options["hash"])
        if dry_run:
            return dry_run_of(version, as_of or now())
        if options["guarded"]:
            launch_guard.check(version)
        elif version.content.get("segment"):
            for one in outlook(version, as_of).warnings:
                self.stderr.write(f"Warning: {one.words}")
        chosen = key or f"shell:{version.pk}:{now().isoformat()}"
        run = launch(version, key=chosen, started_by=SHELL, as_of=as_of)
        if wait:
            self._wait(run)
        return progress_of(run)

    def _pause(self, *, name: str, **_rest: Any) -> dict[str, Any]:
        return _state(campaign_state.pause(_campaign(name)))

    def _resume(self, *, name: str, **_rest: Any) -> dict[str, Any]:
        return _state(campaign_state.resume(_campaign(name)))

    def _stop(self, *, name: str, **_rest: Any) -> dict[str, Any]:
        campaign = _campaign(name)
        n = campaign_state.stop(campaign)
        return {**_state(campaign), "cancelled": n}

    def _replay(self, *, name: str, since: Any, **_rest: Any) -> dict[str, Any]:
        campaign = _campaign(name)
        return {"campaign": campaign.name, "replayed": replay(campaign, since)}

    def _rehearse(self, *, name: str, as_of: Any, **_rest: Any) -> dict[str, Any]:
        # the rehearsal brings planning and its formulas: the other verbs start without
        from campaigns.rehearsal import CannotRehearse, stored

        try:
            return dict(stored(_campaign(name), as_of or now()).result)
        except CannotRehearse as error:
            raise Failed(str(error)) from error

    def _audience(
        self,
        *,
        name: str,
        as_of: Any,
        known_at: Any,
        against: Any,
        out: str | None,
        **_rest: Any,
    ) -> dict[str, Any]:
        # brings the history: the other verbs start without
        from campaigns.planning.audiences.audience_diff import audience_at

        try:
            where = Path(out) if out else None
            return audience_at(
                _campaign(name),
                as_of or now(),
                known_at=known_at,
                against=against,
                out=where,
            )
        except LookupError as error:
            raise Failed(str(error)) from error
        except OSError as error:
            raise BadInput(f"{out} can't be written: {error.strerror}.") from error

    def _report(
        self, *, name: str, run: int | None, until: Any, **_rest: Any
    ) -> dict[str, Any]:
        # brings all formulas of proof: the other verbs start without
        from campaigns.proof.reports.campaign_report import campaign_report

        campaign = _campaign(name)
        found = campaign.runs.filter(pk=run).first() if run else None
        if run and found is None:
            raise BadInput(f"{campaign} has no run {run}.")
        return campaign_report(campaign, found, until=until)

    def _wait(self, run: Run) -> None:
        """Follow the launch, then the sending, until nothing is left that may go now."""
        job = job_of(run)
        if job is not None:
            jobs.wait(
                job,
                on_progress=self.progress(f"Planning {run.campaign}"),
                works_itself=True,
            )
        shown = self.progress(f"Sending {run.campaign}")
        before, moved_at = -1, time.monotonic()
        while due := progress_of(run)["due"]:
            if why := held_back_by(run):
                self.stderr.write(why)
                break
            shown(1 - due / max(1, run.n_audience or 1))
            if due != before:
                before, moved_at = due, time.monotonic()
            elif time.monotonic() - moved_at > PATIENCE_SECONDS:
                # no worker takes them: this process does
                send.drain(BULK, PATIENCE_SECONDS)
            time.sleep(LOOK_SECONDS)
        else:
            shown(1.0)
        sweep.finish_runs()  # the state that is told is the true one


def _campaign(name: str) -> Campaign:
    found = Campaign.objects.filter(name=name).first()
    if found is None:
        raise BadInput(f"There is no campaign named {name!r}.")
    if found.origin in (Campaign.Origin.JOURNEY, Campaign.Origin.JOURNEY_STEP):
        raise BadInput(f"{name!r} is a journey: `manage.py journey` is about those.")
    return found


def _state(campaign: Campaign) -> dict[str, Any]:
    return {"campaign": campaign.name, "state": campaign.state}
