"""A wall time is shown as it was written, whatever zone the shop, the schedule and the
page are in.
"""

from datetime import UTC, datetime

import pytest
from django.urls import reverse
from django.utils import timezone

from campaigns.admin.campaign.plan import plan_lines
from campaigns.delivery.alerting.alarms import missed_times
from campaigns.models import CampaignVersion, Schedule, ScheduleTick
from retention_site.lib.clock import now
from tests import factories as make

pytestmark = pytest.mark.django_db
# as it is stored: written as if it were UTC
NINE = datetime(2017, 12, 4, 9, 0, tzinfo=UTC)


@pytest.fixture(params=["America/New_York", "Asia/Shanghai", "UTC"])
def shop_zone(request):
    with timezone.override(request.param):
        yield request.param


@pytest.fixture(params=["America/New_York", "customer"])
def schedule(request):
    campaign = make.make_campaign()
    timetable = {
        "starts": "2017-12-04T09:00",
        "time_zone": request.param,
        "repeat": "FREQ=WEEKLY",
    }
    content = {
        "channels": ["email"],
        "segment": {"name": None, "rule": {"all": []}},
        "schedule": timetable,
    }
    make.make_version(campaign, CampaignVersion.State.APPROVED, content=content)
    return Schedule.objects.create(
        campaign=campaign,
        starts_local=NINE,
        time_zone=request.param,
        repeat="FREQ=WEEKLY",
    )


def test_pages_show_the_stored_wall_time(signed_in, schedule, shop_zone):
    tick = ScheduleTick.objects.create(
        schedule=schedule, due_local=NINE, due_at=now(), state="missed"
    )
    pages = [
        reverse("admin:campaigns_campaign_change", args=[schedule.campaign_id]),
        reverse("admin:campaigns_schedule_change", args=[schedule.pk]),
        reverse("admin:campaigns_schedule_changelist"),
    ]
    with timezone.override(shop_zone):
        for address in pages:
            html = signed_in.get(address).content.decode()
            assert "Dec 4, 2017 09:00" in html, address
            assert not any(
                wrong in html
                for wrong in ("04:00", "17:00", "4 a.m.", "5 p.m.", "T09:00")
            ), address
    assert str(schedule).endswith(f"2017-12-04 09:00 {schedule.time_zone}")
    assert str(tick).endswith("2017-12-04 09:00")


def test_the_plan_and_the_alarm_name_the_same_time(schedule, shop_zone):
    version = schedule.campaign.approved_version
    assert ("Starts", f"Dec 4, 2017 09:00 ({schedule.time_zone}) · FREQ=WEEKLY") in [
        (str(name), words) for name, words in plan_lines(version.content)
    ]
    ScheduleTick.objects.create(
        schedule=schedule, due_local=NINE, due_at=now(), state="missed"
    )
    (alarm,) = missed_times()
    assert f"2017-12-04 09:00 ({schedule.time_zone})" in alarm.words
