"""Points are earned by rules that a marketer makes by clicking."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import Group
from django.urls import reverse

from campaigns.models import PointsProgramme
from campaigns.offers.points import programme
from campaigns.offers.points.ledger import Award, award
from retention_site.lib.clock import now
from tests.factories import make_colleague, make_customer

PAGE, RULE, TIER = (
    reverse(f"admin:{name}") for name in ("points", "points-rule", "points-tier")
)


def rule(client, edited="", **typed):
    return client.post(f"{RULE}?name={edited}" if edited else RULE, typed)


def test_rules_and_tiers_are_made_changed_and_removed(signed_in):
    assert "No points are earned yet" in signed_in.get(PAGE).content.decode()
    made = {"name": "Every unit", "kind": "spend", "points": "1", "per": "0,50"}
    # of another kind: not asked for
    rule(signed_in, **made, most="500", event="review", times="")
    rule(signed_in, name=" ", kind="event", event="review", points="5", times="1")
    assert len(programme.current().earn) == 1  # a rule without a name is none
    rule(signed_in, "Every unit", **made | {"points": "2", "categories": "A > B, C"})
    (one,) = programme.current().earn
    assert (one.points, str(one.per), one.most) == (2, "0.50", None)
    assert one.categories == ("A > B", "C")
    for name, start in (("Gold", "900"), ("Silver", "100")):
        signed_in.post(TIER, {"name": name, "from": start, "multiplier": "1.5"})
    assert [step.name for step in programme.current().tiers.steps] == ["Silver", "Gold"]
    shown = signed_in.get(PAGE).content.decode()
    assert "2 points for each" in shown
    assert "on A &gt; B, C" in shown
    form = signed_in.get(f"{RULE}?name=Every+unit").content.decode()
    assert 'value="A &gt; B, C"' in form
    assert "dict" not in form + signed_in.get(RULE).content.decode()
    signed_in.post(PAGE, {"value": "0.05", "pending_days": "7", "expires_days": "0",
                          "by": "spend", "within_days": "90", "active": "1"})  # fmt: skip
    terms = programme.current()
    assert (str(terms.value), terms.pending_days, terms.expires_days) == (
        "0.05",
        7,
        None,
    )
    assert (terms.tiers.by, terms.tiers.within_days) == ("spend", 90)
    signed_in.post(f"{TIER}?name=Gold", {"verb": "remove"})
    rule(signed_in, "Every unit", verb="remove")
    assert [step.name for step in programme.current().tiers.steps] == ["Silver"]
    assert not programme.current().earn


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"points": "many"}, "points: a number"),
        ({"points": "0"}, "points: 0 is outside"),
        ({"per": "0"}, "per: must be above 0"),
        ({"name": "x" * 81}, "name: 1 to 80"),
        ({"kind": "luck"}, "kind: "),
    ],
)
def test_what_can_t_be_is_said_and_what_was_typed_stays(signed_in, typed, sentence):
    answer = rule(signed_in, **{"name": "R", "kind": "spend", "points": "1"} | typed)
    assert answer.status_code == 200
    assert sentence in answer.content.decode()
    assert not PointsProgramme.objects.exists()


def test_the_page_shows_what_is_open_and_who_may_not_changes_nothing(client, signed_in):
    at = now() - timedelta(minutes=1)
    ann = make_customer(external_id="ann", first_name="Ann")
    award(Award(ann, 1200, "a"), at=at)
    award(Award(ann, 300, "b", opens_at=at + timedelta(days=9)), at=at)
    signed_in.post(PAGE, {"active": "1", "within_days": "365"})
    page = signed_in.get(PAGE).content.decode()
    assert "1,500 points are open" in page
    assert "300 more are pending" in page
    assert "Ann" in page
    analyst = make_colleague()
    analyst.groups.set([Group.objects.get(name="analyst")])
    client.force_login(analyst)
    shown = client.get(PAGE)
    assert shown.status_code == 200
    assert b"Add rule" not in shown.content
    assert client.post(PAGE, {"within_days": "9"}).status_code == 403
    assert client.post(RULE, {"name": "R"}).status_code == 403
