"""The calendar: what goes when, to about how many, who gets two on a day, and a clash
moved through approval as usual.
"""

from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.auth.models import Group
from django.urls import reverse

from campaigns.content.mapping_reader import BadCampaign
from campaigns.lifecycle import drafts
from campaigns.lifecycle.apply import apply
from campaigns.lifecycle.approve import approve
from campaigns.lifecycle.calendar import audiences, moving, times
from campaigns.lifecycle.campaign_files import settle_words
from campaigns.models import Campaign, CampaignVersion, Schedule, StoredReport
from profiles.models import AuditEntry
from retention_site.lib.clock import now, shop_zone
from tests import factories
from tests.campaigns.planning.conftest import EMAIL, RULE
from tests.sending import make_approved_for

pytestmark = pytest.mark.django_db


def soon(days: int, hour: int = 10) -> datetime:
    """A wall time of the shop so many days from now."""
    at = now().astimezone(shop_zone()).replace(tzinfo=None) + timedelta(days=days)
    return at.replace(hour=hour, minute=0, second=0, microsecond=0)


def scheduled(name: str, starts: datetime, repeat: str = "") -> Campaign:
    author = factories.make_colleague(is_superuser=True)
    raw = {
        "name": name,
        "segment": RULE,
        "holdout": 0.1,
        "channels": ["email"],
        "messages": {"email": EMAIL},
        "schedule": {"starts": f"{starts:%Y-%m-%dT%H:%M}", "repeat": repeat},
    }
    version = apply(settle_words(raw), by=author).version
    approve(version, by=factories.make_colleague(is_superuser=True))
    return version.campaign


def wrote(campaign: Campaign, people, *, held=()) -> None:
    run = factories.make_run(
        campaign,
        campaign.approved_version,
        n_audience=len(people) + len(held),
        as_of=now() - timedelta(days=40),
    )
    for one in people:
        factories.make_message(run, one, state="sent")
    for one in held:
        factories.make_message(run, one, state="held", reason="control group")


def in_weeks(n: int):
    return times.entries(now(), now() + timedelta(weeks=n))


def test_once_repeating_in_review_paused_and_sent_stand_at_their_times():
    once = scheduled("Once", soon(2))
    weekly = scheduled("Weekly", soon(1), "FREQ=WEEKLY")
    Campaign.objects.filter(pk=weekly.pk).update(state="paused")
    wrote(once, [factories.make_customer()])
    waiting = factories.make_campaign("Waiting")
    factories.make_version(
        waiting,
        CampaignVersion.State.IN_REVIEW,
        content={
            "schedule": {
                "starts": f"{soon(3):%Y-%m-%dT%H:%M}",
                "time_zone": "UTC",
                "repeat": "",
            }
        },
    )
    found = [(one.name, one.kind, one.state) for one in in_weeks(2)]
    assert found == [
        ("Weekly", "repeat", "paused"),
        ("Once", "once", "planned"),
        ("Waiting", "once", "in_review"),
        ("Weekly", "repeat", "paused"),
    ]
    past = times.entries(now() - timedelta(days=50), now())
    assert [(one.name, one.state, one.n) for one in past] == [("Once", "sent", 1)]


def test_a_time_is_the_wall_time_of_its_zone():
    campaign = scheduled("Early", soon(2, 9))
    Schedule.objects.filter(campaign=campaign).update(time_zone="Asia/Tokyo")
    [one] = in_weeks(1)
    assert one.at == (soon(2, 9) - timedelta(hours=9)).replace(tzinfo=UTC)


def test_about_how_many_is_the_last_run_then_the_rehearsal_then_the_segment():
    ran, rehearsed, unknown = (
        scheduled(name, soon(2)) for name in ("Ran", "Rehearsed", "New")
    )
    people = [factories.make_customer() for _ in range(3)]
    wrote(ran, people[:2], held=people[2:])
    StoredReport.objects.create(
        kind="rehearsal",
        campaign=rehearsed,
        as_of=now(),
        result={"decisions": {"send": 41}},
    )
    n = {one.name: one.n for one in in_weeks(1)}
    assert n == {"Ran": 2, "Rehearsed": 41, "New": None}
    assert audiences.audiences([unknown.pk])[unknown.pk].n is None


def test_who_gets_two_on_a_day_is_counted_once_however_many_meet(
    django_assert_num_queries,
):
    people = [factories.make_customer() for _ in range(6)]
    first, second, third = (
        scheduled(name, soon(2)) for name in ("First", "Second", "Third")
    )
    wrote(first, people[:4])
    wrote(second, people[2:5], held=people[:1])
    wrote(third, people[3:4])
    day, other = soon(2).date(), soon(3).date()
    known = audiences.audiences([first.pk, second.pk, third.pk])
    meets = {
        day: known,
        other: {first.pk: known[first.pk]},
        **{
            day + timedelta(n): {one.pk: known[one.pk] for one in (first, third)}
            for n in range(7, 27, 7)
        },
    }
    with django_assert_num_queries(1):
        found = audiences.twice(meets)
    assert found[day] == 2
    assert other not in found
    assert found[day + timedelta(7)] == 1


def test_moving_drafts_a_version_that_waits_for_approval(client):
    campaign = scheduled("Sale", soon(2))
    person = factories.make_colleague(is_superuser=True)
    client.force_login(person)
    answer = client.post(
        reverse("admin:calendar-move", args=[campaign.pk]),
        {"from": f"{soon(2):%Y-%m-%d}", "to": f"{soon(4):%Y-%m-%d}"},
    )
    assert answer.status_code == 302
    waiting = campaign.versions.get(state="in_review")
    assert waiting.author == person
    assert waiting.content["schedule"]["starts"] == f"{soon(4):%Y-%m-%dT%H:%M}"
    approved = campaign.approved_version
    assert approved.content["schedule"]["starts"] == f"{soon(2):%Y-%m-%dT%H:%M}"
    same = {**waiting.content, "schedule": approved.content["schedule"]}
    assert same == approved.content, "nothing but the day is another"
    entry = AuditEntry.objects.filter(verb="calendar-move").latest("pk")
    assert (entry.before["day"], entry.after["day"]) == (
        f"{soon(2):%Y-%m-%d}",
        f"{soon(4):%Y-%m-%d}",
    )
    approve(waiting, by=factories.make_colleague(is_superuser=True))
    assert [one.at.date() for one in in_weeks(1)] == [soon(4).date()]


def test_a_weekly_rhythm_moves_with_its_days_and_others_say_where_to():
    assert moving.shifted("FREQ=WEEKLY;BYDAY=MO,SU", 1) == "FREQ=WEEKLY;BYDAY=MO,TU"
    assert moving.shifted("FREQ=WEEKLY;BYDAY=MO,SU", -1) == "FREQ=WEEKLY;BYDAY=SA,SU"
    for other in ("FREQ=DAILY", "FREQ=MONTHLY;BYMONTHDAY=31", "FREQ=WEEKLY;COUNT=3"):
        assert not moving.can_shift(other)
        with pytest.raises(BadCampaign):
            moving.shifted(other, 1)


def test_nothing_unfinished_is_put_up_for_review_by_moving():
    campaign, person = scheduled("Sale", soon(2)), factories.make_colleague()
    document = dict(drafts.draft_of(campaign, person).content)
    drafts.save_draft(campaign, document | {"holdout": 0.3}, person)
    with pytest.raises(BadCampaign, match="other changes"):
        moving.move(campaign, soon(4).date(), person, instead_of=soon(2).date())
    assert campaign.versions.count() == 1


@pytest.mark.parametrize(
    ("source", "target"), [("x", "2030-01-01"), ("2030-01-01", ""), ("", "9999-99-99")]
)
def test_nonsense_moves_nothing(client, source, target):
    campaign = scheduled("Sale", soon(2))
    client.force_login(factories.make_colleague(is_superuser=True))
    address = reverse("admin:calendar-move", args=[campaign.pk])
    assert client.post(address, {"from": source, "to": target}).status_code == 302
    over = {"from": f"{soon(2):%Y-%m-%d}", "to": "2001-01-01"}
    assert client.post(address, over).status_code == 302
    assert campaign.versions.count() == 1
    for said in ("?on=nonsense", "?on=0001-01-01", "?view=year", "?on=2099-12-31"):
        assert client.get(reverse("admin:calendar") + said).status_code == 200


def test_triggers_stand_beside_with_what_they_send_a_day():
    version = make_approved_for("cart", {"kind": "event", "events": ["cart"]})
    run = factories.make_run(version.campaign, version)
    for _ in range(14):
        factories.make_message(run, state="sent")
    [one] = times.steady()
    assert (one.name, one.a_day) == (version.campaign.name, 2.0)


def test_who_only_reads_moves_nothing(client):
    campaign, reader = scheduled("Sale", soon(2)), factories.make_colleague()
    reader.groups.add(Group.objects.get(name="analyst"))
    client.force_login(reader)
    assert "Another day" not in client.get(reverse("admin:calendar")).content.decode()
    address = reverse("admin:calendar-move", args=[campaign.pk])
    assert client.post(address, {}).status_code == 403
