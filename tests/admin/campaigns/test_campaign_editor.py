"""The editor's form and the document are one: what is drawn is written back the same."""

import json

import pytest
import yaml
from django.urls import reverse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from campaigns.admin.editor.drawn import names
from campaigns.admin.editor.form import filled, shown
from campaigns.admin.editor.rail import rail_of
from campaigns.admin.editor.sections import sections
from campaigns.content.model import hash_of
from campaigns.lifecycle.documents import as_yaml, content_of, in_order
from campaigns.lifecycle.drafts import start_draft
from campaigns.models import Campaign, CampaignVersion
from tests import factories as make

pytestmark = pytest.mark.django_db
MANY = settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
WORDS = {"email": {"subject": "Hello", "html": "<p>Hello</p>", "text": "Hello"}}
words = st.text("abcxyz äß中,.{}%", min_size=1, max_size=12).map(str.strip).filter(bool)
money = st.integers(1, 500)
policies = st.one_of(
    st.fixed_dictionaries({"policy": st.just("fixed"), "amount": money}),
    st.fixed_dictionaries(
        {
            "policy": st.just("by_price_sensitivity"),
            "smallest": st.integers(1, 5),
            "largest": st.integers(6, 50),
        }
    ),
)
offers = st.fixed_dictionaries(
    {"pool": words, "cap": st.integers(1, 9999), "budget": money, "value": policies},
    optional={
        "valid_days": st.integers(1, 90),
        "stackable": st.just(True),
        "when_exhausted": st.sampled_from(["hold", "send"]),
    },
)
arms = st.lists(
    st.fixed_dictionaries(
        {"name": st.sampled_from(["a", "b", "c", "d"])},
        optional={
            "weight": st.integers(1, 9),
            "offer": st.just(False),
            "messages": st.just({"email": {"subject": "Of its own"}}),
        },
    ),
    min_size=1,
    max_size=3,
    unique_by=lambda arm: arm["name"],
)
schedules = st.fixed_dictionaries(
    {"starts": st.just("2030-05-06T09:30")},
    optional={
        "time_zone": st.sampled_from(["customer", "Europe/Berlin"]),
        "repeat": st.sampled_from(
            ["FREQ=DAILY", "FREQ=WEEKLY;BYDAY=TU,FR", "FREQ=MONTHLY", "FREQ=YEARLY"]
        ),
        "grace_minutes": st.integers(1, 90),
    },
)
documents = st.fixed_dictionaries(
    {"name": words, "segment": st.just("regulars"), "messages": st.just(WORDS)},
    optional={
        "goal": words
        | st.fixed_dictionaries(
            {"words": words, "window_days": st.integers(1, 90)},
            optional={"metrics": st.just(["revenue"]), "winsorise": st.just(0.99)},
        ),
        "holdout": st.integers(0, 180).map(lambda n: n / 200),
        "offer": offers,
        "arms": arms,
        "channels": st.just(["email"]),
        "schedule": schedules,
        "send_time": st.fixed_dictionaries({"at": st.just("10:00")}),
        "quiet_hours": st.just({"start": "21:00", "end": "08:00"}),
        "limits": st.fixed_dictionaries({"per_week": st.integers(1, 9)}),
        "recommendations": st.fixed_dictionaries({"k": st.integers(1, 9)}),
        "topic": words,
        "priority": st.integers(1, 99),
        "must_arrive": st.just(True),
        "global_holdout": st.just(False),
        "layer": st.just({"name": "spring", "share": 0.5}),
    },
)
TRIGGERS = (
    {"kind": "event", "events": ["cart"], "key": "cart_id", "delay": "1 hour"},
    {"kind": "segment", "segment": "regulars", "move": "left"},
    {"kind": "anniversary", "of": "birth_date", "days_before": 3, "at": "10:00"},
    {"kind": "back_in_stock", "interest_days": 14},
    {"kind": "price_drop", "least_drop": 0.25, "cancel_if": ["purchase"]},
    {"kind": "webhook"},
)


@pytest.fixture
def regulars(db):
    return make.make_segment("regulars", title="Regulars", rule={"all": []})


def typed(document: dict) -> tuple[dict, list[str]]:
    """What a browser posts of the page that shows this document."""
    fields = list(names(sections(document)))
    return {one: shown(document, one) for one in fields}, fields


@MANY
@given(document=documents)
def test_a_form_that_nobody_touched_changes_nothing(regulars, document):
    assert filled(document, *typed(document)) == document


@MANY
@given(document=documents)
def test_form_and_yaml_of_one_document_have_one_hash(regulars, document):
    """Typed into an empty form field by field, it is the same version as its file."""
    from_file = content_of(yaml.safe_load(as_yaml(document)))
    built = {key: document[key] for key in ("layer", "messages") if key in document}
    if len(document.get("arms", ())) > 1:  # each comes of a press on its button
        built["arms"] = [{"name": f"n{n}"} for n in range(len(document["arms"]))]
    for _each in range(4):  # fields come as what they follow from is set
        fields = list(names(sections(built)))
        posted = {one: shown(document, one) for one in fields}
        built = filled(built, posted, fields)
    built |= _without_a_field(document)
    assert hash_of(content_of(built)) == hash_of(from_file)


def _without_a_field(document: dict) -> dict:
    """What is written in YAML alone: fewer than two arms, arms' coupons where there are
    none, rules of other rhythms, tuning of the goal.
    """
    has_fields = len(document.get("arms", ())) > 1 and "offer" in document
    keys = {"schedule"} | (set() if has_fields else {"arms"})
    if isinstance(document.get("goal"), dict):
        keys.add("goal")
    return {key: document[key] for key in keys if key in document}


@pytest.mark.parametrize("trigger", TRIGGERS, ids=lambda one: one["kind"])
def test_every_kind_of_trigger_is_drawn_and_written_back(regulars, trigger):
    document = {"name": "x", "trigger": trigger, "messages": WORDS}
    assert filled(document, *typed(document)) == document
    built: dict = {"name": "x", "messages": WORDS, "trigger": {"kind": trigger["kind"]}}
    for _each in range(2):
        fields = list(names(sections(built)))
        built = filled(built, {one: shown(document, one) for one in fields}, fields)
    assert hash_of(content_of(built)) == hash_of(content_of(document))


def test_what_is_typed_wrongly_is_kept_and_said_at_its_field(regulars):
    document = {"name": "x", "segment": "regulars"}
    after = filled(document, {"holdout": "a fifth"}, ["holdout"])
    assert after["holdout"] == "a fifth"
    assert shown(after, "holdout") == "a fifth"


def test_a_document_keeps_every_key_whatever_its_order():
    document = {
        "zebra": 1,
        "holdout": 0.1,
        "name": "x",
        "goal": {"odd": 1, "words": "y"},
    }
    assert in_order(document) == document
    assert list(in_order(document)) == ["name", "goal", "holdout", "zebra"]


ARMS = {"name": "x", "segment": "regulars", "arms": [{"name": "a"}, {"name": "b"}]}


@pytest.mark.parametrize(
    ("channel", "key", "typed_in"),
    [
        ("email", "subject", "Of its own"),
        ("email", "preheader", "Below the subject"),
        ("sms", "text", "Short and its own"),
        ("push", "title", "Look"),
        ("push", "text", "All of its body"),
        ("push", "url", "https://shop.example"),
    ],
)
def test_every_part_of_a_variants_words_is_written_and_taken_back(
    regulars, channel, key, typed_in
):
    document = {**ARMS, "channels": [channel]}
    field = f"arms.2.messages.{channel}.{key}"
    assert field in set(names(sections(document)))
    after = filled(document, {field: typed_in}, [field])
    assert after["arms"][1]["messages"] == {channel: {key: typed_in}}
    assert filled(after, {field: ""}, [field])["arms"][1] == {"name": "b"}


def test_a_variant_takes_its_letter_from_a_template_or_as_above(regulars):
    field = "arms.2.messages.email.from"
    document = {**ARMS, "messages": WORDS}
    drawn = {one.name: one for group in _groups(document) for one in group.fields}
    assert drawn[field].options[0] == ("", "as above")
    after = filled(document, {field: "file:win_back"}, [field])
    assert after["arms"][1]["messages"]["email"]["mjml"] == {"file": "win_back.mjml"}
    assert after["messages"] == WORDS, "the others' stays"
    assert shown(after, field) == "file:win_back"
    assert filled(after, {field: ""}, [field])["arms"][1] == {"name": "b"}


def _groups(document: dict) -> list:
    return [group for section in sections(document) for group in section.groups]


# --- the pages ---------------------------------------------------------------------


@pytest.fixture
def draft(person, regulars):
    return start_draft({"name": "Come back", "segment": "regulars"}, person).draft


def edit(draft, what: str = "", *args: str) -> str:
    name = f"campaign-editor{what}"
    return reverse(name, args=[draft.campaign_id, *args])


GARBAGE = (
    {},
    {"fields": "holdout", "holdout": "1e999"},
    {"fields": "holdout,holdout", "holdout": ["1", "2"]},
    {"fields": "arms.99999999999999999999.name", "arms.99999999999999999999.name": "x"},
    {"fields": "arms.0.name,arms.-1.name", "arms.0.name": "x", "arms.-1.name": "x"},
    {"fields": "segment.in.x.y.z", "segment.in.x.y.z": "q"},
    {"fields": "name", "name": "a\x00b"},
    {"fields": "name", "name": "x" * 5000},
    {"fields": "__class__,goal.__proto__", "__class__": "x", "goal.__proto__": "y"},
    {"fields": "offer.kind", "offer.kind": "golden"},
    {"fields": "start", "start": "never"},
    {"fields": "messages.pigeon.from", "messages.pigeon.from": "file:../../etc/passwd"},
    {
        "fields": "messages.email.from",
        "messages.email.from": "file:../../../etc/passwd",
    },
    {"fields": "schedule.every,schedule.days", "schedule.days": ["XX"]},
    {"fields": "trigger.kind", "trigger.kind": "pigeon"},
    {"seen": "999999999999999999999", "fields": "holdout", "holdout": "2"},
    {"seen": "-1", "fields": "holdout", "holdout": "2"},
    {"part": "remove_arm:99", "fields": ""},
    {"part": "remove_arm:x", "fields": ""},
    {"yaml": "a: [b"},
    {"yaml": "- 1"},
    {"yaml": "a: &x [1]\nb: *x"},
    {"yaml": "!!python/object/apply:os.system ['true']"},
    {"yaml": "a: .nan"},
    {"yaml": "\x00"},
    {"yaml": "name: x\nname: y"},
    {"fields": ",".join(f"limits.x{n}" for n in range(3000))},
)


@pytest.mark.parametrize("posted", GARBAGE)
def test_whatever_is_posted_is_kept_or_refused_in_a_sentence(signed_in, draft, posted):
    answer = signed_in.post(edit(draft, "-save"), posted)
    assert answer.status_code in (200, 400, 409, 422), answer.content[:300]
    if answer.status_code == 400:
        return  # a character that can't be kept is refused before any page
    assert "passwd" not in json.dumps(answer.json().get("form", ""))
    for page in ("", "-rail", "-people"):
        assert signed_in.get(edit(draft, page)).status_code == 200
    submitted = signed_in.post(edit(draft, "-act", "submit"))
    assert submitted.status_code == 302


@pytest.mark.parametrize("verb", ["undo", "bring-back", "copy", "archive", "submit"])
def test_a_verb_is_never_done_by_looking(signed_in, draft, verb):
    assert signed_in.get(edit(draft, "-act", verb)).status_code == 405


ROLES = {
    "admin": True,
    "marketer": True,
    "approver": False,
    "analyst": False,
    "support": False,
}


@pytest.mark.parametrize(("role", "may"), ROLES.items())
def test_who_may_write_campaigns_writes_them_and_nobody_else(client, draft, role, may):
    from django.contrib.auth.models import Group

    someone = make.make_colleague()
    someone.groups.add(Group.objects.get(name=role))
    client.force_login(someone)
    add = reverse("admin:campaigns_campaign_add")
    assert client.get(add).status_code == (200 if may else 403)
    client.post(add, {"name": "Mine", "begin": "blank"})
    assert Campaign.objects.filter(name="Mine").exists() == may
    opened = client.get(edit(draft))
    assert opened.status_code == (200 if may else 302)
    for what, args, method in (
        ("-save", (), "post"),
        ("-rail", (), "get"),
        ("-people", (), "get"),
        ("-act", ("submit",), "post"),
    ):
        answer = getattr(client, method)(edit(draft, what, *args), {"fields": ""})
        assert (answer.status_code != 403) == may, what


def test_the_page_asks_the_database_a_fixed_number_of_times(
    signed_in, draft, django_assert_max_num_queries
):
    for number in range(30):
        make.make_segment(f"segment-{number}", rule={"all": []})
    with django_assert_max_num_queries(40):
        assert signed_in.get(edit(draft)).status_code == 200


# the recipe is started by a trigger, which names its customers itself
@pytest.mark.parametrize(("begin", "is_taken"), [("blank", True), ("win_back", False)])
def test_use_in_a_campaign_begins_with_that_segment(
    signed_in, regulars, begin, is_taken
):
    address = f"{reverse('admin:campaigns_campaign_add')}?segment=regulars"
    assert "Regulars" in signed_in.get(address).content.decode()
    signed_in.post(address, {"name": "For them", "begin": begin})
    content = Campaign.objects.get(name="For them").draft.content
    assert (content.get("segment") == "regulars") is is_taken
    gone = signed_in.get(address.replace("regulars", "no-such"))
    assert gone.status_code == 200


@pytest.mark.django_db(transaction=True)  # the history reads what is committed
def test_ten_of_them_are_previewed_each_with_why(
    signed_in, person, regulars, settings, tmp_path
):
    settings.HISTORY_DIR = tmp_path / "history"
    customer = make.make_customer(first_name="Ada", region="east")
    someone = make.make_customer(first_name="Ben", region="west")
    rule = {"is": "trait", "key": "region", "in": ["east"]}
    hello = {"subject": "Dear {{ customer.first_name }}", "html": "<p>Hi</p>"}
    texts = {**hello, "text": "Hi"}
    own = {"email": {"subject": "Another for {{ customer.first_name }}"}}
    document = {
        "name": "Ten",
        "segment": {"rule": rule},
        "messages": {"email": texts},
        "arms": [{"name": "a"}, {"name": "b", "messages": own}],
    }
    draft = start_draft(document, person).draft
    listed = signed_in.get(edit(draft, "-people")).content.decode()
    assert f"#e-person-{customer.pk}" in listed
    assert f"#e-person-{someone.pk}" not in listed, "the west is not meant"
    first = signed_in.get(edit(draft, "-person", customer.pk)).content.decode()
    assert "Dear Ada" in first
    assert f'name="words-desktop{customer.pk}"' in first, "several are open at once"
    other = signed_in.get(edit(draft, "-person", customer.pk), {"arm": "b"})
    assert "Another for Ada" in other.content.decode()
    why = signed_in.get(edit(draft, "-why", customer.pk)).content.decode()
    assert "fits this rule now" in why
    for what in ("-person", "-why"):
        assert signed_in.get(edit(draft, what, 10**9)).status_code == 404


def test_use_it_on_a_recipe_opens_a_draft_that_can_be_changed(signed_in, db):
    answer = signed_in.post(reverse("recipe-start", args=["win_back"]))
    campaign = Campaign.objects.get()
    assert answer.url == reverse("campaign-editor", args=[campaign.pk])
    assert not CampaignVersion.objects.exists()
    assert signed_in.get(answer.url).status_code == 200


def test_a_campaign_that_was_put_away_leaves_the_list_and_comes_back(signed_in, draft):
    lists = reverse("admin:campaigns_campaign_changelist")
    signed_in.post(edit(draft, "-act", "archive"))
    assert "Come back" not in signed_in.get(lists).content.decode()
    assert "Come back" in signed_in.get(lists + "?stage=archived").content.decode()
    signed_in.post(edit(draft, "-act", "unarchive"))
    assert "Come back" in signed_in.get(lists).content.decode()


def test_the_rail_names_the_field_that_is_short_of_something():
    draft = start_draft({"name": "Coats"}, make.make_colleague()).draft
    draft.content.pop("name")
    draft.content["quiet_hours"] = {"since": "21:00"}
    draft.save()
    said = [one.words for one in rail_of(draft).said if one.is_blocking]
    assert "Name of the campaign: This is needed." in said
    assert any(one.startswith("quiet_hours.since: ") for one in said)
    assert "This is needed." not in said
