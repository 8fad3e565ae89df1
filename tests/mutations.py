"""Mutation check of delivery: `python -m tests.mutations [NAME …]`. Not part of the
suite: it takes a quarter of an hour.

Each mutant takes one guard away, in a copy of the code; at least one test must fail.
Constraints of the database are dropped together: each has a test of its own
(test_promises.py), and every one of them must fail.
"""

# ruff: noqa: E501  one mutant, one line
from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LEFT_OUT = shutil.ignore_patterns(
    ".venv", ".git", ".data", "__pycache__", "*.pyc", "node_modules", ".mypy_cache"
)
DELIVERY, OCCASIONS = "campaigns/delivery", "campaigns/triggers"
TESTS = [
    "tests/campaigns/delivery/test_states.py",
    "tests/campaigns/delivery/test_send.py",
    "tests/campaigns/delivery/test_limits.py",
    "tests/faults/test_races.py",
    "tests/faults/test_boundaries.py",
]
INBOUND, TRACK = (
    ["tests/campaigns/inbound/test_hooks.py"],
    ["tests/campaigns/delivery/test_track.py"],
)
VERSIONS = ["tests/campaigns/planning/test_versions.py"]
STARTING = [
    "tests/campaigns/planning/triggers/test_occasions.py",
    "tests/campaigns/planning/triggers/test_triggers.py",
]
PROMISES = "tests/campaigns/delivery/test_promises.py"
CONSTRAINTS = "constraints of the database"
DROP = """

from django.db.models.signals import post_migrate  # noqa: E402


def _drop(using, **_):
    from django.db import connections
    from tests.campaigns.delivery import test_promises

    with connections[using].cursor() as cursor:
        for name in (*test_promises.TWICE, *test_promises.WRONG):
            cursor.execute("SELECT conrelid::regclass::text, conname FROM pg_constraint WHERE conname LIKE %s", [name + "%"])
            for table, constraint in cursor.fetchall():
                cursor.execute(f'ALTER TABLE {table} DROP CONSTRAINT "{constraint}"')
            cursor.execute(f'DROP INDEX IF EXISTS "{name}"')


post_migrate.connect(_drop, dispatch_uid="mutation")
"""


@dataclass(frozen=True)
class Mutant:
    """One guard taken away."""

    name: str
    file: str
    old: str
    new: str
    tests: tuple[str, ...] = tuple(TESTS)


def guard(
    name: str, file: str, old: str, new: str = "", tests: list[str] = TESTS
) -> Mutant:
    return Mutant(name, file, old, new, tuple(tests))


LEASED = "AND message.state = 'leased' AND message.lease_token = %(token)s"
MUTANTS = [
    guard(
        "claim any state",
        f"{DELIVERY}/claim.py",
        "message.state = 'queued' AND message.lane",
        "message.lane",
    ),
    guard(
        "claim paused",
        f"{DELIVERY}/claim.py",
        "AND campaign.state = 'paused'",
        "AND false",
    ),
    guard(
        "claim while all stands still",
        f"{DELIVERY}/claim.py",
        "AND NOT EXISTS (SELECT FROM campaigns_sendingpause)",
    ),
    guard(
        "settle others' rows",
        f"{DELIVERY}/leased.py",
        LEASED,
        "AND message.state = 'leased'",
    ),
    guard(
        "settle any state",
        f"{DELIVERY}/leased.py",
        LEASED,
        "AND message.lease_token = %(token)s",
    ),
    guard(
        "intend others' rows",
        f"{DELIVERY}/intent.py",
        LEASED,
        "AND message.state = 'leased'",
    ),
    guard(
        "intend after the lease",
        f"{DELIVERY}/intent.py",
        "AND message.lease_until > clock_timestamp()",
    ),
    guard(
        "intend for a paused campaign",
        f"{DELIVERY}/intent.py",
        "AND campaign.state = 'active'",
    ),
    guard(
        "intend to a suppressed address",
        f"{DELIVERY}/intent.py",
        "suppression.channel = message.channel AND",
        "false AND",
    ),
    guard(
        "intend to the erased",
        f"{DELIVERY}/intent.py",
        "AND customer.erased_at IS NOT NULL",
        "AND false",
    ),
    guard(
        "intend without consent",
        f"{DELIVERY}/intent.py",
        "= 'granted')",
        "IS NOT NULL)",
    ),
    guard(
        "intend while all stands still",
        f"{DELIVERY}/intent.py",
        "AND NOT EXISTS (SELECT FROM campaigns_sendingpause)",
    ),
    guard(
        "record others' results",
        f"{DELIVERY}/result.py",
        "AND message.lease_token = %(token)s ",
    ),
    guard(
        "record an earlier try",
        f"{DELIVERY}/result.py",
        "AND message.n_attempts = result.n",
    ),
    guard(
        "record in any state",
        f"{DELIVERY}/result.py",
        "AND (message.state = 'sending' OR (message.state = 'uncertain' AND"
        " result.state IN ('sent', 'queued')))",
    ),
    guard(
        "return what may have left",
        f"{DELIVERY}/sweep.py",
        "WHERE state = 'leased' AND lease_until",
        "WHERE state IN ('leased', 'sending') AND lease_until",
    ),
    guard(
        "doubt before the lease ends",
        f"{DELIVERY}/sweep.py",
        "WHERE state = 'sending' AND lease_until < clock_timestamp()",
        "WHERE state = 'sending'",
    ),
    guard(
        "settle what is not in doubt",
        f"{DELIVERY}/sweep.py",
        "AND message.state = 'uncertain' AND message.lease_token",
        "AND message.lease_token",
    ),
    guard(
        "expire what has left",
        f"{DELIVERY}/sweep.py",
        "WHERE state = 'queued' AND expires_at",
        "WHERE expires_at",
    ),
    guard(
        "cancel what has left",
        f"{DELIVERY}/sweep.py",
        "AND campaign.state = 'stopped' AND message.state = 'queued'",
        "AND campaign.state = 'stopped'",
    ),
    guard(
        "limits of others only",
        f"{DELIVERY}/limits/caps.py",
        "AND slot.n = place.n",
        "AND false",
    ),
    guard(
        "ignore what was kept free",
        f"{DELIVERY}/limits/caps.py",
        "return self.limit.most - kept_free",
        "return self.limit.most",
    ),
    guard(
        "bought meanwhile",
        f"{DELIVERY}/gating/cancel_conditions.py",
        "AND event.happened_at > occasion.happened_at",
        "AND false",
    ),
    guard(
        "start any state",
        f"{OCCASIONS}/start.py",
        "WHERE occasion.state = 'waiting' AND occasion.due_at <= %(now)s",
        "WHERE occasion.due_at <= %(now)s",
        STARTING,
    ),
    guard(
        "start too early",
        f"{OCCASIONS}/start.py",
        "AND occasion.due_at <= %(now)s\n",
        "\n",
        STARTING,
    ),
    guard(
        "start for a paused campaign",
        f"{OCCASIONS}/start.py",
        "AND campaign.state = 'active'",
        "",
        STARTING,
    ),
    guard(
        "start too late",
        f"{OCCASIONS}/start.py",
        "AND occasion.due_at + (trigger.plan ->> 'expires_after_hours')::float *"
        " interval '1 hour' > %(now)s\n",
        "\n",
        STARTING,
    ),
    guard(
        "move what was started",
        f"{OCCASIONS}/occasion_rows.py",
        "WHERE occasion.state = 'waiting' AND excluded.happened_at",
        "WHERE excluded.happened_at",
        STARTING,
    ),
    guard(
        "move back",
        f"{OCCASIONS}/occasion_rows.py",
        "AND excluded.happened_at > occasion.happened_at",
        "",
        STARTING,
    ),
    guard(
        "notice what lies before",
        f"{OCCASIONS}/occasion_rows.py",
        "AND sighted.happened_at >= trigger.since",
        "",
        STARTING,
    ),
    guard(
        "plan a key twice",
        "campaigns/triggers/triggered_launch.py",
        "SELECT count(pg_advisory_xact_lock(hashtextextended(k, 0))) AS n FROM unnest",
        "SELECT count(k) AS n FROM unnest",
        STARTING,
    ),
    guard(
        "take a closed hook's calls",
        "campaigns/inbound/webhook_receipt.py",
        "slug=slug, is_active=True",
        "slug=slug",
        INBOUND,
    ),
    guard(
        "act on channels by looking",
        "campaigns/admin/urls.py",
        "channels.act, channels.CHANGE",
        "channels.act, channels.VIEW",
        ["tests/admin/campaigns/test_channels.py"],
    ),
    guard(
        "unsubscribe by looking",
        f"{DELIVERY}/track/views.py",
        '"""Show what ends; POST ends it."""\n    if request.method == "POST":',
        "if True:",
        TRACK,
    ),
    guard(
        "approve what was not seen",
        "campaigns/lifecycle/approve.py",
        "if number in (None, version.number) and version.hash.startswith(hashed):",
        "if True:",
        VERSIONS,
    ),
    guard(
        "approve without the right to",
        "campaigns/lifecycle/approve.py",
        "if not by.has_perm(MAY_APPROVE):",
        "if False:",
        ["tests/campaigns/planning/test_commands.py"],
    ),
    guard(
        "give back a right that was taken",
        "campaigns/roles.py",
        "rights.keys() - set(given.rights)",
        "rights.keys()",
        ["tests/admin/team/test_new_rights.py"],
    ),
    guard(
        "run what was superseded",
        "campaigns/planning/launch.py",
        "        _hold_approved(version)\n",
        "",
        VERSIONS,
    ),
    guard(
        "resend what was not asked about",
        "campaigns/lifecycle/resend.py",
        "pk__in=request.message_ids, state",
        "campaign=campaign, state",
        ["tests/admin/campaigns/test_campaign_verbs.py"],
    ),
    guard(
        "give rights one lacks",
        "profiles/delegation.py",
        "changed - own",
        "set()",
        ["tests/admin/test_roles.py"],
    ),
    guard(
        "open the shop with another key",
        "retention_site/lib/security/keyring.py",
        "        raise WrongKey(OTHER_KEY)\n\n\ndef settle",
        "        pass\n\n\ndef settle",
        ["tests/security/test_keys.py"],
    ),
    guard(
        "connect inside",
        "retention_site/lib/security/ssrf_guard.py",
        "if any(not is_public(",
        "if False and any(not is_public(",
        ["tests/security/test_outgoing.py"],
    ),
    guard(
        "give nobody way",
        f"{DELIVERY}/backpressure.py",
        "and sql.rows(WAITS",
        "and not sql.rows(WAITS",
    ),
]


def main(names: list[str]) -> int:
    """Try the mutants named, without a name all of them, after the tests have passed
    without any.
    """
    with tempfile.TemporaryDirectory(prefix="mutants-") as folder:
        copy = Path(folder) / "code"
        shutil.copytree(ROOT, copy, ignore=LEFT_OUT, symlinks=True)
        if (
            not names
            and (said := _pytest(copy, *TESTS, *STARTING, PROMISES)).returncode
        ):
            print(f"The tests fail without any mutant:\n{said.stdout[-2000:]}")
            return 2
        alive = [
            one.name
            for one in MUTANTS
            if (not names or one.name in names) and not _is_killed(copy, one)
        ]
        if (not names or CONSTRAINTS in names) and not _promises_are_tested(copy):
            alive.append(CONSTRAINTS)
    print(f"{len(alive)} alive" + "".join(f"\n  {name}" for name in alive))
    return 1 if alive else 0


def _is_killed(copy: Path, mutant: Mutant) -> bool:
    path = copy / mutant.file
    right = path.read_text()
    if mutant.old not in right:
        print(
            f"STALE   {mutant.name}: its guard is not in {mutant.file} any more",
            flush=True,
        )
        return False
    path.write_text(right.replace(mutant.old, mutant.new))
    began = time.monotonic()
    try:
        said = _pytest(copy, "-x", *mutant.tests)
    finally:
        path.write_text(right)
    is_killed = said.returncode == 1
    by = re.findall(r"^(?:FAILED|ERROR) (\S+)", said.stdout, re.MULTILINE)
    print(
        f"{'killed' if is_killed else 'ALIVE':7} {mutant.name}: {', '.join(by)}"
        f" ({time.monotonic() - began:.0f} s)",
        flush=True,
    )
    return is_killed


def _promises_are_tested(copy: Path) -> bool:
    """Drop every constraint: each promise's own test must fail."""
    with (copy / "tests" / "conftest.py").open("a") as conftest:
        conftest.write(DROP)
    said = _pytest(copy, PROMISES)
    passed = int((re.search(r"(\d+) passed", said.stdout) or [0, "0"])[1])
    failed = int((re.search(r"(\d+) failed", said.stdout) or [0, "0"])[1])
    print(f"constraints dropped: {failed} of {failed + passed} tests fail", flush=True)
    return passed == 0 and failed > 0


def _pytest(copy: Path, *words: str) -> subprocess.CompletedProcess[str]:
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-p",
        "no:xdist",
        "-p",
        "no:cacheprovider",
        "-q",
        "-m",
        "not soak",
        *words,
    ]
    return subprocess.run(
        command,
        cwd=copy,
        env={**os.environ},
        text=True,
        capture_output=True,
        check=False,
        timeout=600,
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
