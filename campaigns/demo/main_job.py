"""The main job on the demo shop: from raw data to a measured campaign, through the same
doors as everybody's shop.
"""

from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from datetime import timedelta
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import yaml
from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group, User

from campaigns.lifecycle.apply import apply
from campaigns.lifecycle.approve import approve
from campaigns.lifecycle.campaign_files import load
from campaigns.models import Campaign, CampaignVersion, Run
from campaigns.planning.launch import job_of, launch
from profiles import segments
from profiles.models import Customer
from retention_site.lib import clock
from retention_site.lib.commands import Failed

from . import arrivals, proof, story, webhook
from .contacts import SOURCE, mark_simulated
from .shop import ShopFile, write_files
from .stage import Stage

HERE = Path(__file__).resolve().parent
# what happened after the cut is outcomes, never input; two hours for sending
HIDDEN = timedelta(weeks=4, hours=2)
FILES = "demo"  # under DATA_DIR
LEARNING = {
    "portraits": "Draw portraits",
    "groups": "Group customers",
    "vectors": "Encode item texts",
    "recommender": "Learn what each customer wants next",
    "lists": "Make everybody's lists",
    "scores": "Learn who is likely to buy",
}


def play(out: Callable[[str], None]) -> dict[str, Any]:
    """Run every step that was not run before, and return the report. Running it again
    sends nothing twice.
    """
    _refuse_another_shop()
    stage = Stage(out)
    shop_cut = _cut()
    _import(stage, shop_cut)
    _segments(stage)
    thank_you = _campaign(stage, "thank_you")
    first = webhook.post(stage, thank_you)
    _learn(stage, shop_cut)
    runs = {
        "win_back": _send(stage, _campaign(stage, "win_back")),
        "weekly": _on_schedule(stage),
    }
    report = {
        "webhook": first,
        **proof.show(stage, runs["win_back"], until=shop_cut + HIDDEN),
        "arrivals": arrivals.check(stage, [*runs.values()]),
        "story": story.tell(stage, runs["win_back"]),
    }
    return {"seconds": stage.seconds, "steps": stage.steps, **report}


def _refuse_another_shop() -> None:
    if not settings.SHOP_CLOCK:
        raise Failed(
            "This is no demo shop: `make demo` sets one up in a DATA_DIR of its own."
        )
    if Customer.objects.filter(contacts_are_simulated=False).exclude(email="").exists():
        raise Failed(
            "This shop has customers of its own; give the demo another DATA_DIR."
        )


def _cut() -> Any:
    """The moment at which the shop's clock started."""
    return clock.start()


def _import(stage: Stage, cut: Any) -> None:
    with stage.step("Write The Complete Journey as a shop's files") as facts:
        # the whole shop in memory goes when it is done
        with ProcessPoolExecutor(1, get_context("spawn")) as apart:
            files = apart.submit(
                write_files, Path(settings.DATA_DIR) / FILES, cut=cut.isoformat()
            ).result()
        facts["words"] = (
            f"{sum(file.n_rows for file in files):,} rows in {len(files)} files"
        )
    for file in files:
        result = stage.job(
            "import", _import_of(file, cut), title=f"Import {file.path.stem}"
        )
        kept = {
            name: result[name]
            for name in ("read", "stored", "updated", "duplicates", "quarantined")
        }
        stage.say("  " + ", ".join(f"{name} {n:,}" for name, n in kept.items()))
        if _is_simulated(file):
            # addresses lie in the database only: who is erased there is erased
            file.path.unlink(missing_ok=True)
    with stage.step("Mark simulated contacts as such") as facts:
        facts["words"] = f"{mark_simulated():,} simulated devices"


def _import_of(file: ShopFile, cut: Any) -> dict[str, Any]:
    """What the import job is told; the hidden weeks lie ahead of the shop's clock and
    are let in.
    """
    return {
        "kind": file.kind,
        "path": str(file.path),
        "source": SOURCE if _is_simulated(file) else file.path.name,
        "latest": (cut + timedelta(days=120)).isoformat(),
    }


def _is_simulated(file: ShopFile) -> bool:
    return file.path.stem in ("contacts", "consents")


def _segments(stage: Stage) -> None:
    for path in sorted((HERE / "segments").glob("*.yaml")):
        written = yaml.safe_load(path.read_text())
        segments.save(
            written["name"],
            written["rule"],
            title=written["title"],
            by=_person("marketer"),
        )
    stage.job("history", {}, title="Copy the facts into the columnar history")
    stage.job("segments", {}, title="Find the members of five segments")


def _learn(stage: Stage, cut: Any) -> None:
    as_of = {"as_of": cut.isoformat()}
    for kind, title in LEARNING.items():
        if kind == "vectors":
            # they need nothing of the steps between
            stage.begin("scores", as_of, title=LEARNING["scores"])
        result = stage.job(kind, as_of, title=title)
        for line in story.learned(kind, result):
            stage.say(f"  {line}")


def _campaign(stage: Stage, name: str) -> Campaign:
    """Apply a campaign file as one person, approve it as another."""
    with stage.step(f"Write and approve {name}.yaml") as facts:
        applied = apply(load(HERE / f"{name}.yaml"), by=_person("marketer"))
        version = applied.version
        if version.state == CampaignVersion.State.IN_REVIEW:
            version = approve(version, by=_person("approver"))
        facts["words"] = (
            f"“{version.campaign}”, version {version.number}, {version.hash[:12]}"
        )
    return version.campaign


def _send(stage: Stage, campaign: Campaign) -> Run:
    version = campaign.approved_version
    assert version is not None  # noqa: S101  it was approved a moment ago
    with stage.step(f"Launch “{campaign}”") as facts:
        run = launch(version, key="demo:win-back", started_by="demo")
        job = job_of(run)
        facts.update(stage.follow(job) if job else {})
        run.refresh_from_db()
        facts["words"] = f"audience of {run.n_audience:,}"
    arrivals.wait_until_sent(stage, run)
    return run


def _on_schedule(stage: Stage) -> Run:
    """Apply the weekly campaign: its Monday morning is due, and the beat fires it,
    once.
    """
    campaign = _campaign(stage, "weekly")
    with stage.step(f"Wait for the beat to fire “{campaign}”") as facts:
        run = arrivals.wait_for_run(campaign)
        facts["words"] = f"fired once, started by {run.started_by}"
    arrivals.wait_until_sent(stage, run)
    return run


def _person(name: str) -> User:
    """A colleague of the demo shop with the role of that name; nobody can sign in as
    one.
    """
    user, is_new = get_user_model().objects.get_or_create(
        username=name, defaults={"is_staff": True}
    )
    if is_new:
        user.set_unusable_password()
        user.save(update_fields=["password"])
    if not user.has_usable_password():  # never a person of a real shop
        user.groups.add(*Group.objects.filter(name=name))
    return user
