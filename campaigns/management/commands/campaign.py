"""Campaigns from the shell: apply, approve, rehearse, run, pause, resume, stop, report."""

from __future__ import annotations

import time
from argparse import SUPPRESS
from pathlib import Path
from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.auth.models import User
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
from campaigns.models import Campaign, Run
from campaigns.planning import launch as launching
from campaigns.planning import launch_guard
from campaigns.planning.dry_run import dry_run as dry_run_of
from campaigns.planning.launch import CannotLaunch, job_of, launch
from campaigns.planning.launch_warnings import outlook
from campaigns.planning.progress import held_back_by, progress_of
from profiles import jobs
from retention_site.lib.clock import now
from retention_site.lib.commands import BadInput, Failed, RapportCommand, moment
from retention_site.lib.states import InvalidTransition

SHELL = "shell"  # the account that writes what nobody else signs
LOOK_SECONDS = 0.5
PATIENCE_SECONDS = 3.0


class Command(RapportCommand):
    help = "Apply, approve, rehearse, run, pause, resume, stop or report a campaign."
    audited = ("apply", "approve", "run", "pause", "resume", "stop")

    def arguments(self, parser: CommandParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
        applying = self._verb(
            verbs, "apply", "store a campaign file as a version to be reviewed", "file"
        )
        applying.add_argument(
            "--by",
            metavar="USER",
            help="who wrote it (default: the account of the shell)",
        )
        approving = self._verb(
            verbs, "approve", "let a second person approve the version in review"
        )
        approving.add_argument(
            "--by",
            metavar="USER",
            required=True,
            help="who approves it; never the author",
        )
        self._seen(approving)
        running = self._verb(verbs, "run", "fire the approved version")
        self._seen(running)
        running.add_argument(
            "--wait",
            action="store_true",
            help="until every message that may go now has gone",
        )
        running.add_argument(
            "--dry-run",
            action="store_true",
            help="say what would happen; write and send nothing",
        )
        running.add_argument(
            "--guarded",
            action="store_true",
            help="refuse what the admin asks to confirm: the same people again,"
            " too few coupons, missing consent",
        )
        running.add_argument(
            "--key", help="the same key fires once (default: a new one)"
        )
        running.add_argument(
            "--as-of",
            type=moment,
            metavar="T",
            help="choose the audience by what happened before T",
        )
        for verb, words in (
            ("pause", "hold back what is not sent yet"),
            ("resume", "let it go on"),
            ("stop", "end it for good; what waits is cancelled"),
        ):
            self._verb(verbs, verb, words)
        replaying = self._verb(
            verbs,
            "replay",
            "try again the webhooks and occasions that were refused or too late",
        )
        replaying.add_argument(
            "--since",
            type=moment,
            metavar="T",
            help="those of since then (default: all)",
        )
        rehearsing = self._verb(
            verbs,
            "rehearse",
            "try it on the history: audience, volume, cost, sample messages, forecast",
        )
        rehearsing.add_argument(
            "--as-of", type=moment, metavar="T", help="any past moment (default: now)"
        )
        looking = self._verb(
            verbs,
            "audience",
            "say whom the newest version means, with the hash of their ids",
        )
        looking.add_argument(
            "--as-of",
            type=moment,
            metavar="T",
            help="by what had happened before T (default: now)",
        )
        looking.add_argument(
            "--known-at",
            type=moment,
            metavar="K",
            help="and was known by K (default: now)",
        )
        looking.add_argument(
            "--against", type=moment, metavar="T", help="say who came and went since T"
        )
        looking.add_argument(
            "--out", metavar="FILE", help="write customer_id, arm, change"
        )
        reporting = self._verb(
            verbs, "report", "say who got it, who did not and why, and what it changed"
        )
        reporting.add_argument(
            "--run", type=int, help="number of the run (default: the newest)"
        )
        reporting.add_argument(
            "--until",
            type=moment,
            metavar="T",
            help="count what happened before T (default: now)",
        )

    def _seen(self, verb: CommandParser) -> None:
        """Let the caller say which version was looked at; another is refused."""
        verb.add_argument(
            "--version",
            type=int,
            metavar="N",
            dest="number",
            help="refuse any other version",
        )
        verb.add_argument(
            "--hash",
            default="",
            metavar="H",
            help="refuse any other content (its first letters do)",
        )

    def _verb(self, verbs: Any, name: str, words: str, what: str = "name") -> Any:
        verb = verbs.add_parser(name, help=words)
        verb.add_argument(what, metavar=what.upper())
        verb.add_argument(
            "--json",
            action="store_true",
            default=SUPPRESS,
            help="print one JSON object as the last line of stdout",
        )
        return verb

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
        applied = apply(load(Path(file)), by=_user(by) if by else _shell())
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
        version = approve(seen_version(campaign, number, options["hash"]), by=_user(by))
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
        version = launching.seen_version(_campaign(name), number, options["hash"])
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
    return found


def _user(name: str) -> User:
    users = get_user_model().objects
    found = users.filter(
        **{get_user_model().USERNAME_FIELD: name}, is_active=True
    ).first()
    if found is None:
        raise BadInput(f"There is no user named {name!r}.")
    return found


def _shell() -> User:
    """The account that stands for whoever works in the shell; nobody can sign in with
    it.
    """
    user, is_new = get_user_model().objects.get_or_create(username=SHELL)
    if is_new:
        user.set_unusable_password()
        user.save(update_fields=["password"])
    return user


def _state(campaign: Campaign) -> dict[str, Any]:
    return {"campaign": campaign.name, "state": campaign.state}
