"""An English word of two meanings is said in Chinese by what stands beside it."""

import pytest
from django.urls import reverse
from django.utils import translation

from campaigns.admin.coupons import OPEN
from profiles.admin.traits import value_words
from retention_site.lib.admin.words import said
from retention_site.menu.views import PLACES


def test_days_have_a_singular_in_every_language():
    assert value_words("recency_days", 1) == "1 day ago"
    assert value_words("recency_days", 0) == "0 days ago"
    assert value_words("interval_days", 1.0) == "1 day"
    assert value_words("interval_days", 1.5) == "1.5 days"
    with translation.override("zh-hans"):
        assert value_words("recency_days", 1) == "1 天前"


def test_the_menu_s_system_is_not_the_theme_s():
    titles = [entry.title for place in PLACES for entry in place.entries]
    with translation.override("zh-hans"):
        assert "系统" in map(str, titles)
        assert translation.gettext("System") == "跟随系统"


def test_a_coupon_is_not_opened_like_a_letter():
    with translation.override("zh-hans"):
        assert str(OPEN) == "未使用"
        assert said("open") == "打开"


def test_a_result_that_may_not_be_read_yet_is_said_in_chinese():
    with translation.override("zh-hans"):
        assert said("too early") == "为时过早"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("page", "right", "wrong"),
    [
        ("admin:team", "未开启", "优惠"),
        ("admin:domain", "未开启", ">优惠<"),
        ("admin:rules", ">从<", "发件人<"),
    ],
)
def test_pages_say_their_own_meaning(signed_in, page, right, wrong):
    shown = signed_in.get(reverse(page), headers={"Accept-Language": "zh-hans"})
    assert right in shown.content.decode()
    assert wrong not in shown.content.decode().partition('class="r-page"')[2]


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["couponpool", "effectreport"])
def test_no_header_of_a_list_stays_english(signed_in, shop, name):
    page = signed_in.get(
        reverse(f"admin:campaigns_{name}_changelist"),
        headers={"Accept-Language": "zh-hans"},
    ).content.decode()
    head = page.partition("<thead")[2].partition("</thead>")[0]
    assert head
    assert "Campaign" not in head
