"""Words are looked at as any customer, tried, and kept in versions; what can't be said
is named.
"""

import time

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission

from campaigns.delivery import test_sends
from campaigns.delivery.channels import provider_settings
from campaigns.delivery.gating import suppression
from campaigns.delivery.gating.eligibility import channel_named
from campaigns.delivery.sinks import server
from campaigns.lifecycle.apply import apply
from campaigns.lifecycle.campaign_files import settle_words
from campaigns.models import SeedAddress, Template, TemplateVersion, TrialSend
from campaigns.rendering import template_library
from tests import factories as make
from tests.sending import taken

pytestmark = pytest.mark.django_db
LETTER = "<mjml><mj-body><mj-section><mj-column><mj-text>{}</mj-text></mj-column></mj-section></mj-body></mjml>"


@pytest.fixture(autouse=True)
def folder(settings, tmp_path):
    settings.DATA_DIR = tmp_path


@pytest.fixture
def version(person):
    raw = {
        "name": "Hello",
        "trigger": {"kind": "api", "sample": {}},
        "channels": ["email", "sms"],
        "arms": [
            {"name": "one"},
            {"name": "two", "messages": {"sms": {"text": "Short"}}},
        ],
        "messages": {
            "email": {
                "subject": "Hello {{ customer.first_name }}",
                "text": "Hello",
                "mjml": LETTER.format(
                    "Dear {{ customer.first_name }} <script>alert(1)</script>"
                ),
            },
            "sms": {"text": "Hello", "languages": {"zh-hans": {"text": "你好"}}},
        },
    }
    return apply(settle_words(raw), by=person).version


def look(client, version, **asked) -> str:
    return client.get(
        f"/admin/campaigns/version/{version.pk}/words/", asked
    ).content.decode()


def test_words_are_shown_as_a_customer_gets_them_wide_and_narrow_in_closed_frames(
    signed_in, version
):
    ada = make.make_customer(first_name="Ada & Co")
    page = look(signed_in, version, customer=ada.external_id)
    assert page.count('<iframe class="words-frame" sandbox name=') == 2
    assert "Dear Ada &amp;amp; Co" in page
    assert "<script>alert(1)" not in page
    assert (
        look(signed_in, version, customer=ada.email.upper()).count("Ada &amp; Co") > 2
    )


def test_what_is_missing_is_named_for_the_customer_and_before_launch(
    signed_in, version
):
    bob = make.make_customer(first_name="")
    assert "customer.first_name is missing" in look(
        signed_in, version, customer=bob.external_id
    )
    assert "customer.first_name is missing" in look(signed_in, version, stranger="1")
    card = signed_in.get(
        f"/admin/campaigns/version/{version.pk}/words/problems/"
    ).content.decode()
    assert "messages.email.subject: customer.first_name is missing" in card


def test_a_text_message_says_its_segments_and_its_cost(signed_in, version):
    make.make_customer(first_name="Ada")
    page = look(signed_in, version, channel="sms", language="zh-hans")
    assert "你好" in page
    assert "UCS-2" in page
    provider_settings.choose(
        "sms",
        "gateway",
        {"url": "https://x.example", "price": "0.075", "currency": "EUR"},
        by=None,
    )
    assert "€0.08" in look(signed_in, version, channel="sms")
    assert "Short" in look(signed_in, version, channel="sms", arm="two")


def test_what_is_asked_for_and_not_there_falls_back(signed_in, version):
    make.make_customer(first_name="Ada")
    for asked in (
        {"channel": "pigeon"},
        {"arm": "nobody"},
        {"language": "xx"},
        {"customer": "nobody"},
    ):
        assert (
            signed_in.get(
                f"/admin/campaigns/version/{version.pk}/words/", asked
            ).status_code
            == 200
        )
    assert signed_in.get("/admin/campaigns/version/999/words/").status_code == 404


def test_a_test_of_the_words_goes_to_the_address_that_was_typed(signed_in, version):
    ada = make.make_customer(first_name="Ada")
    SeedAddress.objects.create(channel="email", address="Me@shop.example")
    told = {"channel": "email", "customer": ada.external_id, "to": "me@shop.example"}
    with server.serving():
        answer = signed_in.post(
            f"/admin/campaigns/version/{version.pk}/words/send/", told, follow=True
        )
    assert "taken" in answer.content.decode()
    (line,) = taken("email")
    assert line["to"] == ["me@shop.example"]
    assert "Subject: [Test] Hello Ada" in line["raw"], (
        "nobody takes it for the real thing"
    )
    assert "List-Unsubscribe" not in line["raw"], "a test is nobody's subscription"
    row = TrialSend.objects.get()
    assert (row.about, row.by) == (ada, person_of(signed_in))
    assert row.key in line["raw"]


def person_of(client):
    return get_user_model().objects.get(pk=client.session["_auth_user_id"])


@pytest.mark.parametrize("why", ["stranger", "suppressed", "opted out", "too many"])
def test_what_speaks_against_a_test_is_said_and_nothing_leaves(signed_in, version, why):
    """A test is no way past an opt-out, and no way to write to whom one likes."""
    email = channel_named("email")()
    ada = make.make_customer(first_name="Ada", email="me@shop.example")
    if why != "stranger":
        SeedAddress.objects.create(channel="email", address=ada.email)
    if why == "suppressed":
        suppression.suppress(email, ada.email, "answered STOP")
    if why == "opted out":
        make.make_consent(ada, "email", topic="", status="withdrawn")
    if why == "too many":
        for n in range(test_sends.MOST_AN_HOUR):
            TrialSend.objects.create(
                key=str(n), channel="email", by=person_of(signed_in)
            )
    before = TrialSend.objects.count()
    for to in (ada.email, ada.external_id):
        with server.serving():
            signed_in.post(
                f"/admin/campaigns/version/{version.pk}/words/send/",
                {"channel": "email", "to": to},
            )
    assert (taken("email"), TrialSend.objects.count()) == ([], before)


def test_who_may_not_see_customers_sends_no_test_with_their_data(client, version):
    colleague = make.make_colleague(email="colleague@shop.example")
    for right in ("change_campaign", "view_campaign"):
        colleague.user_permissions.add(Permission.objects.get(codename=right))
    client.force_login(colleague)
    ada = make.make_customer(first_name="Ada")
    words = version.content["messages"]["email"]
    with_default = "customer.first_name | default: 'friend'"
    for part, said in words.items():
        words[part] = said.replace("customer.first_name", with_default)
    version.save()
    for told in ({"customer": ada.external_id}, {}):
        with server.serving():
            client.post(
                f"/admin/campaigns/version/{version.pk}/words/send/",
                {"channel": "email", "to": colleague.email, **told},
            )
    letters = taken("email")
    assert letters, "a test of words for nobody in particular is sent"
    assert all("Ada" not in line["raw"] for line in letters)


# The library


def keep(client, address: str, **parts):
    told = {
        (
            key
            if key in ("name", "verb", "language", "to", "customer")
            else f"part-{key}"
        ): text
        for key, text in parts.items()
    }
    return client.post(address, {"verb": "keep", **told}, follow=True).content.decode()


def test_a_template_is_written_changed_and_kept_in_versions(signed_in, person):
    keep(
        signed_in,
        "/admin/templates/new/email/",
        name="Welcome",
        subject="Hi",
        mjml=LETTER.format("Hi"),
        text="Hi",
    )
    row = Template.objects.get()
    address = f"/admin/templates/{row.pk}/"
    keep(signed_in, address, subject="Hello", mjml=LETTER.format("Hi"), text="Hi")
    keep(signed_in, address, subject="Hello", mjml=LETTER.format("Hi"), text="Hi")
    keep(
        signed_in,
        address,
        language="de",
        subject="Hallo",
        mjml=LETTER.format("Hallo"),
        text="Hallo",
    )
    assert [(one.number, one.author) for one in row.versions.order_by("number")] == [
        (n, person) for n in (1, 2, 3)
    ]
    assert row.newest.parts["languages"]["de"]["subject"] == "Hallo"
    assert row.newest.parts["subject"] == "Hello"
    assert 'value="Hi"' in signed_in.get(address, {"version": 1}).content.decode()
    assert (
        'value="Hallo"' in signed_in.get(address, {"language": "de"}).content.decode()
    )
    assert "Welcome" in signed_in.get("/admin/templates/").content.decode()


def test_looking_keeps_nothing_and_what_was_typed_stays_on_the_page(signed_in):
    make.make_customer(first_name="Ada")
    page = keep(
        signed_in,
        "/admin/templates/new/sms/",
        name="x",
        verb="look",
        text="Dear {{ customer.first_name }}",
    )
    assert "Dear Ada" in page
    assert "Dear {{ customer.first_name }}" in page
    assert not Template.objects.exists()
    page = keep(
        signed_in,
        "/admin/templates/new/sms/",
        name="x",
        text="Dear {{ customer.first_name",
    )
    assert 'id="problem"' in page
    assert "Dear {{ customer.first_name" in page
    assert not TemplateVersion.objects.exists()


def test_a_template_is_tried_before_it_is_kept(signed_in):
    make.make_customer(first_name="Ada")
    SeedAddress.objects.create(channel="sms", address="+4930123456")
    with server.serving():
        keep(
            signed_in,
            "/admin/templates/new/sms/",
            name="x",
            verb="test",
            text="Dear {{ customer.first_name }}",
            to="+4930123456",
        )
    assert taken("sms")[0]["body"]["text"].endswith("Dear Ada")
    assert not Template.objects.exists()


def test_a_block_is_included_by_name(signed_in):
    keep(
        signed_in,
        "/admin/templates/new/block/",
        name="hello.txt",
        source="Hello from a block",
    )
    page = keep(
        signed_in,
        "/admin/templates/new/sms/",
        name="x",
        verb="look",
        text="{% render 'hello.txt' %}",
    )
    assert "Hello from a block" in page
    assert "no block named" in keep(
        signed_in, "/admin/templates/new/sms/", name="x", text="{% render 'gone.txt' %}"
    )


def test_a_template_that_loops_for_ever_is_named_and_kept_by_nobody(signed_in):
    text = "{% for i in (1..9999) %}{% for j in (1..9999) %}x{% endfor %}{% endfor %}"
    page = keep(
        signed_in, "/admin/templates/new/sms/", name="x", verb="look", text=text
    )
    assert "loops or grows without end" in page


def test_who_may_only_look_writes_nothing(client):
    template_library.write("Welcome", "sms", {"text": "Hi"}, by=None)
    reader = make.make_colleague()
    reader.user_permissions.add(Permission.objects.get(codename="view_template"))
    client.force_login(reader)
    address = f"/admin/templates/{Template.objects.get().pk}/"
    assert client.get(address).status_code == 200
    assert client.post(address, {"verb": "keep", "part-text": "x"}).status_code == 403
    assert client.get("/admin/templates/new/sms/").status_code == 403
    client.force_login(make.make_colleague())
    assert client.get("/admin/templates/").status_code == 403


@pytest.mark.parametrize("mjml", ["", "   ", None])
def test_a_letter_of_html_alone_is_looked_at_and_kept(signed_in, mjml):
    parts = {
        "subject": "Hi",
        "html": "<p>Just HTML</p>",
        "text": "Hi",
        **({} if mjml is None else {"mjml": mjml}),
    }
    page = keep(
        signed_in, "/admin/templates/new/email/", name="Plain", verb="look", **parts
    )
    assert "Just HTML" in page.split("data-letter")[1]
    assert 'id="problem"' not in page
    keep(signed_in, "/admin/templates/new/email/", name="Plain", **parts)
    assert Template.objects.get().newest.parts["html"] == "<p>Just HTML</p>"


def test_each_preview_shows_the_preheader_else_the_first_words(signed_in, person):
    words = {"subject": "Hi", "html": "<p>Hi</p>", "text": "First words"}
    told = {
        "name": "Hello",
        "trigger": {"kind": "api", "sample": {}},
        "messages": {"email": words},
    }
    for preheader, shown in (
        ("Only until Sunday", "Only until Sunday"),
        ("", "First words"),
    ):
        page = keep(
            signed_in,
            "/admin/templates/new/email/",
            name="x",
            verb="look",
            preheader=preheader,
            **words,
        )
        version = apply(
            settle_words(
                {**told, "messages": {"email": {**words, "preheader": preheader}}}
            ),
            by=person,
        )
        for html in (page, look(signed_in, version.version)):
            assert html.count("words-preheader") == 2, "on the desk and on the phone"
            assert shown in html.split("words-preheader")[1].split("</span>")[0]


@pytest.mark.parametrize(
    "letter",
    [
        '<img src="https://cdn.example/a.png">',
        "<img src='http://cdn.example/a.png'>",
        '<img SRC = "//cdn.example/a.png">',
        '<table><td background="https://cdn.example/a.png"></table>',
        '<p style="background: url(https://cdn.example/a.png)">',
        "<p style=\"background: url('https://cdn.example/a.png')\">",
    ],
)
def test_pictures_of_other_hosts_are_grey_boxes_and_it_is_said_why(signed_in, letter):
    parts = {"subject": "Hi", "html": letter, "text": "Hi"}
    page = keep(
        signed_in, "/admin/templates/new/email/", name="x", verb="look", **parts
    )
    assert "cdn.example" not in page.split("data-letter")[1].split("</form>")[0]
    assert "1 picture of another host is a grey box here" in page


def test_twice_the_letter_is_about_twice_the_work():
    from retention_site.lib.admin.letters import without_remote

    def seconds(n: int) -> float:
        started = time.process_time()
        for hostile in (
            'src="//' * n,
            "src " * n,
            "url(" * n,
            'background="https://a ' * n,
            "<img " * n,
        ):
            without_remote(hostile)
        return time.process_time() - started

    seconds(1_000)
    assert seconds(40_000) < 8 * seconds(10_000) + 0.2


def test_a_fact_that_not_everybody_has_comes_with_what_to_write(signed_in, version):
    make.make_customer(first_name="")
    page = look(signed_in, version, stranger="1")
    assert (
        "Not every customer has it. Write {{ customer.first_name | default:"
        in page.replace("&quot;", '"')
    )
    assert "Show it to a stranger" in page
