"""A message is written in blocks, saved by itself, kept in versions and taken over by
campaigns; what is wrong is said in a sentence, and nothing is lost.
"""

import json
from html.parser import HTMLParser

import pytest
from django.contrib.auth.models import Permission
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from campaigns.delivery.sinks import server
from campaigns.lifecycle.apply import apply
from campaigns.lifecycle.campaign_files import settle_words
from campaigns.lifecycle.preview import content_of, look
from campaigns.models import (
    Brand,
    Image,
    SeedAddress,
    Template,
    TemplateDraft,
    TrialSend,
)
from campaigns.rendering.design import images
from campaigns.rendering.design.drafts import current
from tests import factories as make
from tests.campaigns.design.test_images import drawn
from tests.sending import taken

pytestmark = pytest.mark.django_db
HEAD = {"kind": "heading", "id": "b1", "text": [{"text": "Coats are here"}]}
DEAR = {
    "kind": "text",
    "id": "b2",
    "text": [[{"text": "Dear "}, {"fact": "name", "otherwise": "friend"}]],
}
FOOT = {"kind": "footer", "id": "b9"}
HI = {"subject": [{"text": "Hi "}, {"fact": "name", "otherwise": "you"}]}


@pytest.fixture(autouse=True)
def folder(settings, tmp_path):
    settings.DATA_DIR = tmp_path


def begin(client, name="Coats", channel="email", starter="letter") -> Template:
    told = {"name": name, "channel": channel, "starter": starter}
    answer = client.post(reverse("admin:campaigns_template_add"), told)
    template = Template.objects.get(name=name)
    assert answer["Location"] == reverse(
        "admin:campaigns_template_change", args=[template.pk]
    )
    return template


def parts(*blocks, lines=HI, **languages) -> str:
    whole = {"design": {"lines": lines, "blocks": list(blocks)}}
    if languages:
        whole["languages"] = languages
    return json.dumps(whole)


def send(client, name, template=None, **told):
    address = reverse(name, args=[template.pk] if template else [])
    return client.post(address, told)


def shown(client, *blocks, name="template-panel", lines=HI, channel="email", **told):
    document = json.dumps({"lines": lines, "blocks": list(blocks)})
    told = {"parts": document, "channel": channel, **told}
    return send(client, name, **told).content.decode()


def tags_of(page: str) -> set[str]:
    """Return the tags that a browser would see."""
    seen = set()
    reader = HTMLParser()
    reader.handle_starttag = lambda tag, _attrs: seen.add(tag)
    reader.feed(page)
    return seen


def test_a_new_template_begins_as_a_draft_and_opens_in_the_editor(signed_in):
    template = begin(signed_in)
    page = signed_in.get(reverse("admin:campaigns_template_change", args=[template.pk]))
    assert 'id="editor"' in page.content.decode()
    assert template.newest is None
    listed = signed_in.get(reverse("admin:campaigns_template_changelist"))
    assert "Coats" in listed.content.decode()


@pytest.mark.parametrize(
    "told",
    [
        {"name": "", "channel": "email"},
        {"name": "x" * 101, "channel": "email"},
        {"name": "x\x01", "channel": "email"},
        {"name": "x", "channel": "pigeon"},
        {"name": "x"},
    ],
)
def test_a_template_without_name_or_channel_is_not_begun(signed_in, told):
    page = signed_in.post(reverse("admin:campaigns_template_add"), told)
    assert 'role="alert"' in page.content.decode()
    assert not Template.objects.exists()


def test_a_name_is_taken_once(signed_in):
    begin(signed_in)
    told = {"name": "Coats", "channel": "sms"}
    page = signed_in.post(reverse("admin:campaigns_template_add"), told)
    assert "“Coats” already" in page.content.decode()


def test_a_draft_is_saved_and_never_over_what_somebody_else_saved(signed_in):
    template = begin(signed_in)
    first = send(signed_in, "template-draft", template, parts=parts(HEAD, FOOT), seen=1)
    assert first.json() == {"number": 2}
    late = send(signed_in, "template-draft", template, parts=parts(FOOT), seen=1)
    assert (late.status_code, late.json()["number"]) == (409, 2)
    draft = TemplateDraft.objects.get()
    assert len(draft.content["design"]["blocks"]) == 2
    assert len(draft.at(late.json()["aside"])["design"]["blocks"]) == 1, "kept aside"
    mine = send(signed_in, "template-draft", template, parts=parts(FOOT), seen=2)
    assert mine.status_code == 200
    assert len(current(template)["design"]["blocks"]) == 1


def test_changes_of_two_blocks_are_both_kept_but_never_of_two_that_changed_places(
    signed_in,
):
    template = begin(signed_in)
    send(signed_in, "template-draft", template, parts=parts(HEAD, DEAR, FOOT), seen=1)
    hats = {**HEAD, "text": [{"text": "Hats are here"}]}
    send(signed_in, "template-draft", template, parts=parts(hats, DEAR, FOOT), seen=2)
    small = {**DEAR, "is_small": True}
    both = send(
        signed_in, "template-draft", template, parts=parts(HEAD, small, FOOT), seen=2
    ).json()
    blocks = both["parts"]["design"]["blocks"]
    assert blocks[0]["text"][0]["text"] == "Hats are here"
    assert blocks[1]["is_small"]
    assert both["others"]
    swapped = send(
        signed_in, "template-draft", template, parts=parts(DEAR, HEAD, FOOT), seen=2
    )
    assert swapped.status_code == 409


def test_a_draft_goes_on_after_a_version_was_saved_and_its_number_never_comes_again(
    signed_in,
):
    template = begin(signed_in)
    told = send(signed_in, "template-save", template, parts=parts(HEAD, FOOT)).json()
    listed = signed_in.get(reverse("admin:campaigns_template_changelist"))
    assert 'r-faint">draft</span>' not in listed.content.decode(), "nothing waits"
    late = send(signed_in, "template-draft", template, parts=parts(DEAR), seen=1)
    assert late.status_code == 409
    assert told["number"] == late.json()["number"] == 2


@pytest.mark.parametrize(
    ("sent", "why"),
    [
        ("", "no message"),
        ("[", "no message"),
        ("[]", "no message"),
        ('{"design": 7}', "valid dictionary"),
        (
            parts({"kind": "button", "id": "a", "link": "javascript:alert(1)"}),
            "Block 1",
        ),
        (json.dumps({"design": {"blocks": [FOOT] * 10_000}}), "at most 200 blocks"),
        (parts(FOOT, **{"../de": {"design": {}}}), "no language"),
        (parts(FOOT, de=7), "valid dictionary"),
        (
            '{"design": {"blocks": ' + "[" * 5_000 + "]" * 5_000 + "}}",
            "message|Block|list",
        ),
        ("x" * 1_000_001, "larger than 1 MB"),
    ],
)
def test_what_is_no_message_is_refused_and_the_draft_stays(signed_in, sent, why):
    template = begin(signed_in)
    answer = send(signed_in, "template-draft", template, parts=sent, seen=1)
    assert answer.status_code == 422
    assert any(one in answer.json()["problem"] for one in why.split("|"))
    assert TemplateDraft.objects.get().number == 1


def test_a_version_is_taken_over_by_a_campaign_and_stays_as_it_was(signed_in, person):
    ada = make.make_customer(first_name="Ada")
    template = begin(signed_in)
    german = [{"text": "Hallo"}]
    spoken = {"de": {"design": {"lines": {"subject": german}, "blocks": [HEAD, FOOT]}}}
    send(signed_in, "template-save", template, parts=parts(HEAD, DEAR, FOOT, **spoken))
    raw = {
        "name": "Autumn",
        "trigger": {"kind": "api", "sample": {}},
        "channels": ["email"],
        "messages": {"email": {"template": "Coats"}},
    }
    version = apply(settle_words(raw), by=person).version
    seen = look(content_of(version), "", "email", ada).said
    assert seen.subject == "Hi Ada"
    assert "Coats are here" in seen.html
    assert "Dear Ada" in seen.text
    assert look(content_of(version), "", "email", ada, "de").said.subject == "Hallo"
    # what the editor showed is what the campaign says
    letter = shown(
        signed_in, HEAD, DEAR, FOOT, name="template-letter", customer=ada.external_id
    )
    assert "Dear Ada" in letter
    Brand.objects.create(pk=1, name="Lamp & Co", accent="#ff0000")
    send(signed_in, "template-save", template, parts=parts(FOOT))
    version.refresh_from_db()
    assert look(content_of(version), "", "email", ada).said.html == seen.html
    raw["name"], raw["messages"] = "Later", {"email": {"template": "Coats v1"}}
    later = apply(settle_words(raw), by=person).version
    assert "Lamp &amp; Co" in look(content_of(later), "", "email", ada).said.html


def test_versions_say_what_changed_and_one_is_opened_again(signed_in):
    template = begin(signed_in)
    send(signed_in, "template-save", template, parts=parts(HEAD, FOOT))
    changed = {**HEAD, "text": [{"text": "Hats are here"}]}
    send(signed_in, "template-save", template, parts=parts(changed, DEAR, FOOT))
    again = send(signed_in, "template-save", template, parts=parts(changed, DEAR, FOOT))
    assert again.json()["sentence"] == "Nothing has changed."
    address = reverse("template-versions", args=[template.pk])
    page = signed_in.get(address).content.decode()
    assert "“Coats are here” → “Hats are here”" in page
    assert "Block 2 (text): added." in page
    signed_in.post(address, {"version": 1})
    (head, *_rest) = current(template)["design"]["blocks"]
    assert head["text"][0]["text"] == "Coats are here"
    assert signed_in.post(address, {"version": "9" * 30}).status_code == 302


def test_blocks_become_code_and_code_stays_where_experts_write_it(signed_in):
    template = begin(signed_in)
    send(signed_in, "template-save", template, parts=parts(HEAD, FOOT))
    address = reverse("template", args=[template.pk])
    assert signed_in.get(address).status_code == 302, "blocks are written in the editor"
    send(signed_in, "template-to-code", template)
    page = signed_in.get(address).content.decode()
    assert "&lt;mjml&gt;" in page
    change = reverse("admin:campaigns_template_change", args=[template.pk])
    assert signed_in.get(change)["Location"] == address


def test_a_message_is_shown_to_a_customer_to_a_stranger_and_in_the_dark(signed_in):
    ada = make.make_customer(first_name="Ada <b>")
    letter = shown(
        signed_in, DEAR, FOOT, name="template-letter", customer=ada.external_id
    )
    assert "Dear Ada &lt;b&gt;" in letter
    assert "Dear friend" in shown(
        signed_in, DEAR, FOOT, name="template-letter", customer="-"
    )
    assert "@media not all" in letter, "whatever the writer's screen prefers"
    dark = shown(signed_in, DEAR, FOOT, name="template-letter", look="dark")
    assert "@media all" in dark
    page = shown(signed_in, DEAR, FOOT, lines={**HI, "preheader": [{"text": "Psst"}]})
    assert 'data-preheader="Psst"' in page


def test_a_letter_in_the_editor_runs_and_loads_nothing(signed_in):
    document = json.dumps({"lines": HI, "blocks": [HEAD]})
    answer = send(signed_in, "template-letter", parts=document, channel="email")
    policy = answer["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "sandbox allow-same-origin" in policy
    assert "allow-scripts" not in policy


def test_whoever_may_not_read_who_people_are_sees_no_name(client):
    make.make_customer(external_id="c77", first_name="Adamaris", email="a@x.example")
    analyst = make.make_colleague()
    for right in ("view_template", "view_customer"):
        analyst.user_permissions.add(Permission.objects.get(codename=right))
    client.force_login(analyst)
    for asked in ("c77", "a@x.example", ""):
        for name in ("template-letter", "template-panel"):
            said = shown(client, DEAR, FOOT, name=name, customer=asked)
            assert "Adamaris" not in said
    people = reverse("template-people")
    assert "Adamaris" not in client.get(people, {"q": "c77"}).content.decode()
    assert client.get(people, {"q": "adamaris"}).json()["people"] == []
    assert client.get(people, {"q": "a@x"}).json()["people"] == []


def test_the_checks_say_what_is_wrong_with_its_block(signed_in):
    blocks = [
        {"kind": "image", "id": "pic", "url": "https://x.example/a.png"},
        {"kind": "button", "id": "go", "text": []},
        {"kind": "heading", "id": "who", "text": [{"fact": "name"}]},
        {
            "kind": "text",
            "id": "code",
            "text": [
                [{"text": "{% if x %} Act now! http", "link": "http://example.com"}]
            ],
        },
    ]
    ada = make.make_customer(first_name="Ada")
    lines = {"subject": [{"text": "BUY COATS NOW!!"}]}
    page = shown(signed_in, *blocks, lines=lines, customer=ada.external_id)
    for words in (
        "no alt text",
        "A button has no words",
        "has no default",
        "Code in a text is shown as it stands",
        "no way to opt out",
        "act now",
        "The subject shouts",
        "made-up address",
    ):
        assert words in page, words
    for block in ("pic", "go", "who", "code"):
        assert f'data-go="{block}"' in page
    fine = shown(signed_in, HEAD, FOOT, lines={**HI, "preheader": [{"text": "Psst"}]})
    assert "are fine" in fine


def test_a_mail_that_gmail_would_cut_is_told(signed_in):
    text = [
        {"kind": "text", "id": f"t{n}", "text": [[{"text": "x " * 2_400}]]}
        for n in range(30)
    ]
    assert "Gmail cuts a mail off" in shown(signed_in, *text, FOOT)


def test_a_text_message_says_its_segments_and_a_notification_its_title(signed_in):
    lines = {"text": [{"text": "你好 "}, {"fact": "name", "otherwise": "朋友"}]}
    page = shown(signed_in, lines=lines, channel="sms", customer="-")
    assert "UCS-2" in page
    assert "你好 朋友" in page
    lines = {"title": [{"text": "New"}], "text": [{"text": "Coats"}]}
    page = shown(signed_in, lines=lines, channel="push")
    assert "ed-lock" in page
    template = begin(signed_in, "Short", "sms")
    saved = send(
        signed_in,
        "template-save",
        template,
        parts=parts(lines={"text": [{"text": "Hi"}]}),
    )
    assert saved.json()["version"] == 1


def test_a_test_goes_to_listed_recipients_only_and_is_marked(signed_in):
    SeedAddress.objects.create(channel="email", address="seed@shop.example")
    document = json.dumps({"lines": HI, "blocks": [HEAD, FOOT]})
    told = {"parts": document, "channel": "email", "customer": "-"}
    with server.serving():
        good = send(signed_in, "template-test", to="seed@shop.example", **told)
        bad = send(signed_in, "template-test", to="who@else.example", **told)
    assert good.json()["sentence"]
    assert (bad.status_code, TrialSend.objects.count()) == (422, 1)
    (line,) = taken("email")
    assert "Subject: [Test] Hi you" in line["raw"]


@pytest.mark.parametrize(
    ("name", "content", "why"),
    [
        ("x.svg", b"<svg><script>1</script></svg>", "SVG"),
        ("x.png", b"<html>", "no picture"),
        ("x.png", b"\0" * 50_000_000, "larger than 10 MB"),
    ],
)
def test_an_upload_that_is_no_picture_is_refused_in_words(
    signed_in, name, content, why
):
    sent = {"file": SimpleUploadedFile(name, content)}
    answer = signed_in.post(
        reverse("image-upload"), sent, HTTP_ACCEPT="application/json"
    )
    assert (answer.status_code, why in answer.json()["problem"]) == (422, True)
    assert not Image.objects.exists()
    assert signed_in.post(reverse("image-upload"), {}).status_code == 302


def test_pictures_are_described_listed_as_unused_and_erased(signed_in):
    evil = '"><script>alert(1)</script>'
    sent = {"file": SimpleUploadedFile(f"a{evil}.jpg", drawn()), "alt": evil}
    facts = signed_in.post(
        reverse("image-upload"), sent, HTTP_ACCEPT="application/json"
    ).json()
    assert facts["url"].endswith(".png"), "by content, not by name"
    page = signed_in.get(reverse("images")).content.decode()
    assert "<script>alert" not in page
    assert "unused" in page
    image = Image.objects.get()
    address = reverse("image-change", args=[image.pk])
    signed_in.post(address, {"alt": "A coat"})
    template = begin(signed_in)
    block = {"kind": "image", "id": "a", "image": image.digest, "alt": evil}
    send(signed_in, "template-draft", template, parts=parts(block, FOOT), seen=1)
    signed_in.post(address, {"verb": "erase"})
    assert Image.objects.get().alt == "A coat"
    letter = shown(signed_in, block, FOOT, name="template-letter")
    assert "script" not in tags_of(letter), "words in an attribute are no tag"
    assert images.address(image.digest, image.media_type) in letter
    send(signed_in, "template-draft", template, parts=parts(FOOT), seen=2)
    signed_in.post(address, {"verb": "erase"})
    assert not Image.objects.exists()


@pytest.mark.parametrize(
    ("told", "why"),
    [
        ({"accent": "red"}, "written like #0f766e"),
        ({"ink": "#eeeeee", "card": "#ffffff"}, "read on the letter"),
        ({"website": "javascript:alert(1)"}, "starts with https://"),
        ({"font": "comic"}, "comic"),
    ],
)
def test_a_brand_that_nobody_could_read_is_refused(signed_in, told, why):
    given = {
        "accent": "#0f766e",
        "ink": "#1f2937",
        "ground": "#eeeeee",
        "card": "#ffffff",
        "font": "serif",
        "name": "Lamp",
    }
    page = signed_in.post(reverse("brand"), {**given, **told}).content.decode()
    assert why in page
    assert not Brand.objects.exists()
    assert signed_in.post(reverse("brand"), given).status_code == 302
    assert "Lamp" in shown(signed_in, HEAD, FOOT, name="template-letter")
    assert "Georgia" in shown(signed_in, HEAD, FOOT, name="template-letter")


def test_who_may_only_look_changes_nothing(client: Client):
    writer = make.make_colleague(is_superuser=True)
    client.force_login(writer)
    template = begin(client)
    reader = make.make_colleague()
    reader.user_permissions.add(Permission.objects.get(codename="view_template"))
    client.force_login(reader)
    page = client.get(reverse("admin:campaigns_template_change", args=[template.pk]))
    assert 'id="ed-save"' not in page.content.decode()
    for name in ("template-draft", "template-save", "template-to-code"):
        assert send(client, name, template).status_code == 403
    for name in ("template-test", "image-upload", "brand"):
        assert send(client, name).status_code == 403
    assert client.get(reverse("admin:campaigns_template_add")).status_code == 403
    client.force_login(make.make_colleague())
    for name in ("images", "brand", "admin:campaigns_template_changelist"):
        assert client.get(reverse(name)).status_code == 403
    for name in ("template-letter", "template-panel"):
        assert send(client, name).status_code == 403


def test_a_preview_is_in_the_mail_s_language_not_in_the_page_s(signed_in):
    person, item = make.make_customer(), make.make_item(title="Tomatoes")
    make.make_recommendations(person, item)
    block = {"kind": "products", "id": "b3"}
    document = json.dumps({"lines": HI, "blocks": [block, FOOT]})
    told = {"parts": document, "channel": "email", "customer": person.external_id}
    page = signed_in.post(
        reverse("template-letter"), told, headers={"Accept-Language": "zh-hans"}
    ).content.decode()
    assert "Tomatoes" in page
    assert "bought 3 times" in page
