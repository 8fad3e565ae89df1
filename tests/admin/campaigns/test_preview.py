"""Before launch the page says how many, who is held out, and what could be seen."""

import pytest
from django.urls import reverse

from campaigns.lifecycle.apply import apply
from campaigns.models import CampaignVersion
from profiles import history
from tests import factories as make

pytestmark = pytest.mark.django_db(transaction=True)

FILE = {
    "name": "Bread for regulars",
    "goal": {
        "words": "Regulars buy again",
        "metrics": ["revenue", "conversion"],
        "window_days": 14,
    },
    "segment": "regulars",
    "holdout": 0.25,
    "channels": ["email"],
    "messages": {
        "email": {"subject": "Bread", "html": "<p>Hello</p>", "text": "Hello"}
    },
}


@pytest.fixture
def own_history(settings, tmp_path):
    settings.HISTORY_DIR = tmp_path / "history"


def card(client, **changes) -> str:
    version = apply(FILE | changes, by=make.make_colleague()).version
    history.refresh()
    return client.get(reverse("preview", args=[version.pk])).content.decode()


def test_a_launch_is_looked_at_before_it_happens(own_history, signed_in, shop):
    said = card(signed_in)
    n = len(shop.customers)
    assert f'<dd id="n-preview">{n}</dd>' in said
    assert f"<dd>{n // 4} <span" in said
    assert "revenue per customer" in said
    assert "Found four times in five" in said


def test_without_a_control_group_it_says_so(own_history, signed_in, shop):
    assert "no effect can be measured" in card(signed_in, holdout=0)


def test_without_a_history_there_is_nothing_to_look_at(own_history, signed_in, shop):
    version = CampaignVersion.objects.first()
    assert (
        "not made yet"
        in signed_in.get(reverse("preview", args=[version.pk])).content.decode()
    )
