"""Sentences that are kept in English are said in the page's language, with their values
written as tables write them.
"""

import re
from datetime import UTC, datetime

import numpy as np
import pytest
from django.urls import reverse
from django.utils import translation

from campaigns.planning import explain
from campaigns.rendering.template_context import Visits
from profiles.models import Job
from recommender import drift
from recommender.propensity.reason_words import SUBJECTS
from retention_site.lib.admin import sentences
from retention_site.lib.admin.words import outcome, said
from tests import factories as make

ENGLISH = re.compile(r"[A-Za-z]{3,}")
NAMES = re.compile(r"Win back|profiles\.tasks\.work_jobs|auc|US\$|MiniLM|Regulars|ada")
FACTS = {
    "recency": 4.0,
    "tenure": 90.0,
    "gap_median": 6.0,
    "gap_max": 30.0,
    "n_orders_90": 17.0,
    "spend_90": 1234.5,
    "basket": 32.1,
    "share_discount": 0.2,
    "weeks_active": 9.0,
}
EFFECT = (
    "revenue per customer, coupon against control: 152.96 USD against 51.64 USD,"
    " 101.32 USD more (+196 % of control); 95 % daily-look interval +70.14 USD to"
    " +132.50 USD. Allowing for what was known before: 90.00 USD more, interval"
    " +60.00 USD to +120.00 USD. Better. One may stop here."
)
KEPT = (
    EFFECT,
    "customers who complained, coupon against control: 0 % against 0 %; harm at most"
    " +1.14 points, 0.100 points may be borne. Undecided: more customers are needed to"
    " know.",
    "part 1 of 4: 9109 profiles.tasks.work_jobs, attempt 2",
    "part 2 failed: cancelled",
    "1055450 purchases of 2441 customers, 12500 items",
    "10 snapshots of up to 2455 customers",
    "2469 scores of churn",
    "learned buys within 30 days",
    "440 customers: 319 to write to",
    "looking at past windows",
    "portraits drawn",
    "the first that can be compared: auc 0.8750",
    "nothing could be measured yet: only one item was ever bought: there is nothing to"
    " choose between",
    "nothing could be measured yet: nobody who had bought before came again in a closed"
    " window, so lists follow what sells",
    "none of the lists held anything of what the 12 customers of the test window bought",
    "usual is 34.2 %, all else raises it by 2.1 points",
    "usual is 34.20 USD, all else lowers it by 1,002.10 USD",
    "On the test window it expected 0.087 on average and 0.135 came: what scores now was"
    " calibrated anew on that window.",
    "The history is too short to test 200 days: this is learned for 66 days, the longest"
    " that it can test, and levelled to 200 by how often customers come (BG/NBD).",
    "since 2017 Q1",
    "2–4 orders",
    "5 orders and more",
    "MiniLM (1,164 texts are English) reads 100% of the texts; in 8 bits, cosine 0.997"
    " to its floats",
    "Launch Win back",
    "Members of Regulars",
    "Erase customer ada for good",
    "Make everybody's lists",
)


def english_left(words: str) -> list[str]:
    return ENGLISH.findall(NAMES.sub("", words))


@pytest.fixture
def in_chinese():
    with translation.override("zh-hans"):
        yield


@pytest.mark.parametrize("kept", KEPT)
def test_what_is_kept_in_english_is_said_in_chinese(in_chinese, kept):
    words = said(kept)
    assert english_left(words) == [], words
    assert not re.search(r"\{\w+\}|%\(\w+\)", words)


def test_every_number_of_a_sentence_stays(in_chinese):
    figures = re.findall(r"\d[\d,.]*\d", EFFECT)
    words = said(EFFECT)
    assert [one for one in figures if one not in words] == []


def test_figures_are_written_as_in_tables():
    assert said("spent 1,234.50 USD in 90 days") == "spent $1,234.50 in 90 days"
    assert said("12.5 % against −3.00 EUR") == "12.5% against -€3.00"
    assert said("a code 12.00 ABC") == "a code 12.00 ABC"


@pytest.mark.parametrize("subject", SUBJECTS, ids=lambda one: one.key)
@pytest.mark.parametrize(
    "added",
    [
        "raises it: %s",
        "lowers it: %s",
        "raises it by 12.3 points: %s",
        "lowers it by 1,234.50 USD: %s",
    ],
)
def test_reasons_of_scores_are_said_in_chinese(subject, added, settings):
    settings.SHOP_CURRENCY = "USD"
    facts = dict(FACTS)
    kept = [added % subject.say(facts)]
    kept.append(added % subject.say(facts | {"gap_median": np.nan, "gap_max": np.nan}))
    with translation.override("zh-hans"):
        assert [one for one in map(said, kept) if english_left(one)] == []


@pytest.mark.parametrize("gap", [None, 1.0, 4.0])
@pytest.mark.parametrize("last", [None, 0, 1, 6])
def test_why_somebody_was_written_to_is_said_in_chinese(gap, last):
    channel = explain.channel_words("email", "first open channel")
    offer = explain.offer_words("$5.00", "price sensitivity is not known")
    kept = explain.sentence(Visits(gap, last), offer=offer, channel=channel)
    with translation.override("zh-hans"):
        assert english_left(said(kept)) == [], said(kept)


def test_a_shop_s_own_words_stay_as_they_are(in_chinese):
    for words in ("Bananas", "Anna, Berlin", "ready 2 go", "x" * 2000, "{name} (%s)"):
        assert said(words) == words
    assert outcome({"read": 3, "file": "a.csv"}) == "已读取 3, 文件 a.csv"


def test_no_message_with_gaps_is_read_as_a_shorter_one(in_chinese):
    """A sentence that is filled and read back is said as its translation is."""
    wrong = []
    for one in sentences._catalogue():
        values = [str(3 + n) for n in range(len(one.gaps))]
        kept = one.literals[0] + "".join(
            value + literal
            for value, literal in zip(values, one.literals[1:], strict=True)
        )
        found = sentences.translated(kept, str)
        if len(kept) <= sentences.LONGEST and found == kept != one.translation:
            wrong.append(kept)
    assert wrong == []


def test_jobs_are_kept_in_english_whoever_asks(db, in_chinese):
    make.make_model_card("purchase-30", "2024-05-01")
    job = drift.start(datetime(2024, 5, 1, tzinfo=UTC))
    assert job is not None
    assert job.title == "See whether the shop has moved"
    assert english_left(said(job.title)) == []


def test_a_job_that_answers_with_items_opens(signed_in):
    """A key of an answer may be named as a dictionary's own method is."""
    job = make.make_job("vectors", Job.State.DONE)
    Job.objects.filter(pk=job.pk).update(result={"items": 12500, "why": "on a GPU"})
    page = signed_in.get(
        reverse("admin:profiles_job_change", args=[job.pk]),
        headers={"Accept-Language": "zh-hans"},
    )
    assert page.status_code == 200
    assert "12,500" in page.content.decode()
