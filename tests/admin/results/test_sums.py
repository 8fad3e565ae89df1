"""The tables of a campaign's page add up to each other and to the database; who is held
out is counted once.
"""

import re

import pytest
from django.urls import reverse

from campaigns.models import CampaignVersion, Message
from tests import factories as make

pytestmark = pytest.mark.django_db
ROW = re.compile(r"<tr>(.*?)</tr>", re.S)
CELL = re.compile(r'<td class="r-number">([\d,]+)</td>')
HELD_OUT = {"state": "held", "reason": "global holdout", "is_held_out": True}


@pytest.fixture
def run():
    """A run in which chance drew a holdout that reaches into the control group and both
    arms.
    """
    campaign = make.make_campaign()
    make.make_version(
        campaign,
        content={
            "channels": ["email", "sms"],
            "segment": {"name": None, "rule": {"all": []}},
        },
    )
    run = make.make_run(campaign, n_audience=40)
    for arm, n, facts in (
        ("control", 6, HELD_OUT),
        ("coupon", 5, HELD_OUT),
        ("message", 4, HELD_OUT),
        ("control", 7, {"state": "held", "reason": "control group"}),
        ("coupon", 3, {"state": "held", "reason": "no consent"}),
        ("coupon", 5, {"state": "sent"}),
        ("coupon", 1, {"state": "queued"}),
        ("message", 4, {"state": "sent", "channel": "sms"}),
        ("message", 2, {"state": "bounced"}),
        ("", 2, {"state": "held", "reason": "in another test of the layer"}),
        ("message", 1, {"state": "failed"}),
    ):
        for _ in range(n):
            make.make_message(run, arm=arm, **facts)
    return run


@pytest.fixture
def page(signed_in, run):
    return signed_in.get(
        reverse("admin:campaigns_campaign_change", args=[run.campaign_id])
    ).content.decode()


def table(page: str, title: str) -> dict[str, list[int]]:
    """Read a card's table: its rows' first words, and the numbers beside them."""
    body = page.split(f"<h2>{title}</h2>")[1].split("</table>")[0].split("<tbody>")[1]
    rows, _, foot = body.partition("</tbody>")
    read = {}
    for row in ROW.findall(rows):
        name = re.sub(r"<[^>]+>", " ", row.split("</td>")[0]).strip()
        read[" ".join(name.split())] = [
            int(n.replace(",", "")) for n in CELL.findall(row)
        ]
    if foot:
        read["total"] = [int(n.replace(",", "")) for n in CELL.findall(foot)]
    return read


def figure(page: str, name: str) -> int:
    return int(re.search(rf'id="n-{name}">([\d,]+)<', page)[1].replace(",", ""))


def counted(run, **facts) -> int:
    return Message.objects.filter(run=run, **facts).count()


def test_decisions_add_up_to_the_audience_and_held_out_people_stand_in_one_row(
    page, run
):
    decisions = table(page, "Decisions")
    total = decisions.pop("total")
    assert (
        sum(n for n, *_rest in decisions.values())
        == total[0]
        == 40
        == figure(page, "audience")
    )
    assert decisions["hold: global holdout"][0] == counted(run, is_held_out=True) == 15
    assert (
        decisions["hold: control group"][0]
        == counted(run, arm="control", is_held_out=False)
        == 7
    )
    assert (
        decisions["send"][0] == 40 - counted(run, state="held") == figure(page, "send")
    )


def test_arms_add_up_to_the_audience_and_to_the_decisions(page, run):
    arms, decisions = table(page, "Arms"), table(page, "Decisions")
    total = arms.pop("total")
    assert (
        [sum(column) for column in zip(*arms.values(), strict=True)]
        == total
        == [40, figure(page, "reached")]
    )
    assert arms["global holdout"] == [decisions["hold: global holdout"][0], 0]
    assert arms["control"] == [decisions["hold: control group"][0], 0]
    for arm in ("coupon", "message"):
        assert arms[arm][0] == counted(run, arm=arm, is_held_out=False)


def test_channels_and_states_add_up_too(page, run):
    channels = table(page, "Channels")
    assert sum(n for n, _reached in channels.values()) == figure(page, "send")
    assert (
        sum(reached for _n, reached in channels.values())
        == figure(page, "reached")
        == 11
    )
    legend = page.split('class="r-legend"')[1].split("</div>")[0]
    assert (
        sum(int(n.replace(",", "")) for n in re.findall(r"<b>([\d,]+)</b>", legend))
        == 40
    )


def test_progress_counts_messages_that_were_to_be_sent(signed_in, run):
    run.messages.exclude(state="held").update(state="queued", sent_at=None)
    page = signed_in.get(
        reverse("admin:campaigns_campaign_change", args=[run.campaign_id])
    ).content.decode()
    assert '<b class="r-strong r-number">0%</b>' in page
    listed = signed_in.get(
        reverse("admin:campaigns_campaign_changelist")
    ).content.decode()
    assert '<span class="r-number">0%</span>' in listed


def test_what_a_launch_would_do_adds_up_with_its_holdout(settings):
    from campaigns.admin.campaign.launch_preview import _shared_out
    from campaigns.content.parse import read

    settings.GLOBAL_HOLDOUT = 0.05
    words = {"email": {"subject": "a", "text": "a", "html": "<p>a</p>"}}
    content = read({"name": "x", "segment": {"all": []}, "messages": words})
    for n in (0, 1, 7, 317, 999):
        arms, held_out = _shared_out(content, {"control": 0.2, "a": 0.4, "b": 0.4}, n)
        assert sum(size for _arm, size, _share in arms) + held_out == n
    assert CampaignVersion.objects.count() == 0
