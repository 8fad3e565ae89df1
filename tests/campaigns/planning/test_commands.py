"""Campaigns from the shell: JSON as the last line, exit codes as the contracts say."""

import json
from pathlib import Path

import pytest
import yaml
from django.contrib.auth.models import Group, Permission, User
from django.core.management import CommandError, call_command

from campaigns.models import CampaignVersion, CouponPool, Message, Run, SendingPause

from .conftest import campaign_of, someone

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def campaign_file(tmp_path) -> Path:
    path = tmp_path / "come_back.yaml"
    path.write_text(yaml.safe_dump(campaign_of()))
    return path


@pytest.fixture
def say(capsys):
    """Run a command and return its JSON."""

    def say(*words: str) -> dict:
        call_command(*words, "--json")
        return json.loads(capsys.readouterr().out.strip().splitlines()[-1])

    return say


def refused(*words: str) -> tuple[int, str]:
    with pytest.raises(CommandError) as caught:
        call_command(*words)
    return caught.value.returncode, str(caught.value)


def test_from_file_to_planned_messages(shoppers, campaign_file, say):
    someone("approver")
    applied = say("campaign", "apply", str(campaign_file))
    assert (applied["version"], applied["state"], applied["changed"]) == (
        1,
        "in_review",
        True,
    )
    assert say("campaign", "apply", str(campaign_file))["changed"] is False
    approved = say("campaign", "approve", "Come back", "--by", "approver")
    assert (approved["state"], approved["version_hash"]) == (
        "approved",
        applied["version_hash"],
    )
    dry = say("campaign", "run", "Come back", "--dry-run")
    assert not Message.objects.exists()
    run = say("campaign", "run", "Come back", "--key", "first")
    assert run["state"] == "planning"
    from campaigns.planning.launch import job_of
    from profiles import jobs

    jobs.work("a test", only=job_of(Run.objects.get()))
    again = say("campaign", "run", "Come back", "--key", "first")
    assert (again["run"], again["audience"]) == (run["run"], dry["audience"])
    assert again["decisions"] == dry["decisions"]
    assert sum(again["states"].values()) == again["audience"]["n"] == 60
    assert say("reconcile")["differences"] == []


def test_pause_resume_stop(make_approved, say):
    make_approved()
    assert say("campaign", "pause", "Come back") == {
        "campaign": "Come back",
        "state": "paused",
    }
    assert refused("campaign", "run", "Come back") == (
        1,
        "Come back is paused; resume it first.",
    )
    assert say("campaign", "resume", "Come back")["state"] == "active"
    assert say("campaign", "stop", "Come back") == {
        "campaign": "Come back",
        "state": "stopped",
        "cancelled": 0,
    }
    assert refused("campaign", "pause", "Come back") == (
        1,
        "Come back is stopped for good; apply its file under another name.",
    )


def test_who_writes_does_not_approve(campaign_file, say):
    someone("author")
    say("campaign", "apply", str(campaign_file), "--by", "author")
    code, words = refused("campaign", "approve", "Come back", "--by", "author")
    assert (code, words) == (
        1,
        "author wrote Come back v1; a second person approves it.",
    )
    assert CampaignVersion.objects.get().state == CampaignVersion.State.IN_REVIEW


@pytest.mark.parametrize("role", ["", "marketer", "support"])
def test_who_lacks_the_right_does_not_approve(campaign_file, say, role):
    person = User.objects.create(username="reader")
    person.groups.set(Group.objects.filter(name=role))
    say("campaign", "apply", str(campaign_file))
    code, words = refused("campaign", "approve", "Come back", "--by", "reader")
    assert (code, words) == (
        1,
        "reader may not approve campaigns; that takes the right"
        " campaigns.approve_campaign, as the role approver has it.",
    )
    version = CampaignVersion.objects.get()
    assert (version.state, version.approver) == (version.State.IN_REVIEW, None)
    person.user_permissions.add(Permission.objects.get(codename="approve_campaign"))
    say("campaign", "approve", "Come back", "--by", "reader")


@pytest.mark.parametrize(
    ("words", "code", "sentence"),
    [
        (
            ("apply", "nowhere.yaml"),
            2,
            "nowhere.yaml can't be read: No such file or directory.",
        ),
        (("approve", "Ghost", "--by", "x"), 2, "There is no campaign named 'Ghost'."),
        (("run", "Ghost"), 2, "There is no campaign named 'Ghost'."),
        (
            ("rehearse", "Ghost", "--as-of", "2024-05-01"),
            2,
            "There is no campaign named 'Ghost'.",
        ),
        (("apply", "x.yaml", "--by"), 1, "Error: argument --by: expected one argument"),
    ],
)
def test_what_is_wrong_is_one_sentence(words, code, sentence):
    found, said = refused("campaign", *words)
    assert said.startswith(sentence)
    assert found == code


def test_a_bad_file_names_its_key(tmp_path):
    path = tmp_path / "bad.yaml"
    path.write_text("name: x\nsegmnt: {}\n")
    assert refused("campaign", "apply", str(path))[0] == 2


def test_unapproved_is_not_run(campaign_file, say):
    say("campaign", "apply", str(campaign_file))
    code, words = refused("campaign", "run", "Come back")
    assert (code, words) == (
        1,
        "Come back has no approved version; `campaign approve` comes first.",
    )


def test_reconcile_names_the_difference_and_exits_1(shoppers, written, capsys):
    written()
    CouponPool.objects.update(n_issued=1)
    code, words = refused("reconcile")
    assert code == 1
    assert "coupons issued in Come back: 1 said" in words
    Message.objects.filter(state="queued").first().delete()
    refused("reconcile")
    said = json.loads(capsys.readouterr().out.strip().splitlines()[-1])
    checks = {one["check"] for one in said["differences"]}
    assert checks >= {
        "coupons issued",
        "messages of a run",
        "coupons that no message offers",
    }


def test_waiting_for_a_run_ends_with_a_clear_answer_while_everything_is_paused(
    shoppers, campaign_file, say
):
    someone("approver")
    say("campaign", "apply", str(campaign_file))
    say("campaign", "approve", "Come back", "--by", "approver")
    pause = SendingPause.objects.create(reason="the provider is down")
    run = say("campaign", "run", "Come back", "--wait")
    assert run["paused"] == "All sending is paused: messages wait. the provider is down"
    assert (run["state"], run["due"] > 0) == ("sending", True)
    pause.delete()
    assert say("campaign", "run", "Come back", "--key", "later")["paused"] == ""
    say("campaign", "pause", "Come back")
    code, why = refused("campaign", "run", "Come back", "--wait")
    assert (code, "is paused; resume it first" in why) == (1, True)


def test_stop_is_the_end(shoppers, campaign_file, say):
    someone("approver")
    say("campaign", "apply", str(campaign_file))
    say("campaign", "approve", "Come back", "--by", "approver")
    say("campaign", "stop", "Come back")
    for verb in (("resume", "Come back"), ("run", "Come back"), ("pause", "Come back")):
        code, why = refused("campaign", *verb)
        assert (code, "stopped for good" in why) == (1, True)
    campaign_file.write_text(
        campaign_file.read_text().replace("priority: 100", "") + "priority: 7\n"
    )
    say("campaign", "apply", str(campaign_file))
    assert (
        "stopped for good"
        in refused("campaign", "approve", "Come back", "--by", "approver")[1]
    )
