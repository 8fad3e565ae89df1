"""Every page of the admin is Chinese for who reads Chinese: a walk over all of them
finds no English but names and technical words.
"""

import re
from html.parser import HTMLParser

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group, Permission
from django.test import Client
from django.urls import reverse

from campaigns.models import Campaign, CouponPool, Message
from profiles.models import ApiKey, Customer, CustomerGroup, Item, Segment
from tests import factories as make
from tests.admin.team.test_masking import crawl
from tests.small_shop import fill_sinks

pytestmark = pytest.mark.django_db
WORD = re.compile(r"[A-Za-z][A-Za-z'’]+")
SHOWN = ("title", "placeholder", "alt", "aria-label", "data-asks", "label")
NOT_READ = {"script", "style", "code", "pre", "textarea"}
EMPTY = {"input", "img", "br", "hr", "meta", "link", "source", "wbr", "col"}
# names of products, standards, formats and measures, keys and codes: said so everywhere
NAMES = frozenset(
    """
    Rapport Shopify WooCommerce Mailchimp Klaviyo Segment Firebase Twilio Brevo Mailgun
    Mailjet Postmark Resend SparkPost Scaleway SendGrid Postal MailerSend Mailtrap
    Transactional Unisender Go Amazon SES Standard Webhooks Webhook webhook Chrome Edge
    Firefox Safari Excel Parquet Redis Valkey PostgreSQL Liquid MJML mjml HTML html JSON
    YAML CSV xlsx PNG JPEG GIF WebP SMS API URL SMTP HTTP HTTPS DNS SPF DKIM DMARC UTC
    UTM TOTP RFM Ctrl Esc Control Command Mac MiB GiB CPU GPU PDF SQL ID UTF RFC CSP USD
    EUR US Message Accept IP auc ndcg brier ece mae rmse logit ease Courier Georgia
    Helvetica Arial Verdana Roboto Menlo Times New Roman App app web push email sms
    TXT Markdown csv manage py LDAP PEM RSA STARTTLS TLS FCM VAPID HELP True False iOS Android
    App
    """.split()
)


class Text(HTMLParser):
    """What a page shows: its text and the attributes that are read out."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[tuple[str, bool]] = []
        self.found: list[str] = []

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        classes = given.get("class") or ""
        is_code = (
            tag in NOT_READ
            or "material-symbols" in classes
            or "r-mono" in classes
            or "r-letter" in classes
            or (bool(given.get("lang")) and tag != "html")
        )
        if not is_code and not self._is_code():
            self.found += [given[name] for name in SHOWN if given.get(name)]
        if tag not in EMPTY:
            self.open.append((tag, is_code))

    def handle_endtag(self, tag):
        while self.open and self.open.pop()[0] != tag:
            pass

    def handle_data(self, data):
        if data.strip() and not self._is_code():
            self.found.append(" ".join(data.split()))

    def _is_code(self) -> bool:
        return any(is_code for _tag, is_code in self.open)


def shown(page: str) -> list[str]:
    text = Text()
    text.feed(page)
    return text.found


def shop_s_own() -> set[str]:
    """Names and texts that the shop gave; its pages show them as they are."""
    fields = (
        (Item, ("title", "category", "brand", "description", "external_id")),
        (Customer, ("first_name", "last_name", "external_id", "email", "region")),
        (Campaign, ("name", "goal", "external_id")),
        (Segment, ("name", "title")),
        (CouponPool, ("name",)),
        (Message, ("subject", "body")),
        (ApiKey, ("name",)),
        (CustomerGroup, ("name",)),
        (Group, ("name",)),
        (get_user_model(), ("username",)),
    )
    return {
        str(value)
        for model, names in fields
        for row in model.objects.values_list(*names)
        for value in row
        if value and len(str(value)) > 2
    } | {
        part
        for path in Item.objects.values_list("category", flat=True)
        for part in path.split(" > ")
    }


def english(words: str, own: list[str]) -> list[str]:
    """Return what is left in English of one text: a run of words, or one that is not
    a name.
    """
    for name in own:
        if name in words:
            words = words.replace(name, " ")
    # addresses, codes and keys
    words = re.sub(r"`[^`]*`|(portraits|vectors) \d+", " ", words)
    words = re.sub(r"\S*[@/_<>{}\[\]=#\\]\S*|\S+\.[a-z]+\S*|\b\w*\d\w*\b", " ", words)
    return [one for one in WORD.findall(words) if one not in NAMES and len(one) > 2]


@pytest.fixture
def chinese(shop, settings, tmp_path) -> Client:
    settings.DATA_DIR = tmp_path
    fill_sinks(tmp_path / "sinks")
    person = make.make_colleague(is_superuser=True)
    client = Client(
        raise_request_exception=False, headers={"Accept-Language": "zh-hans"}
    )
    client.force_login(person)
    return client


LEAST_PAGES = 150
# what stands on pages as it came: texts of the test shop's letters, answers, providers
OWN = (
    "Regulars buy again",
    "Regulars",
    "regulars",
    "When does the sale stop?",
    "We kept your bread, number",
    "is yours until Sunday",
    "Fresh bread",
    "Your bread",
    "Your code:",
    "your code is",
    "Hello",
    "no consent for e-mail",
    "No consent for e-mail",
    "mailbox unknown",
    "The disk is full: item vectors need",
    "Corner Shop",
    "Access Log for",
    "make run",
    "manage.py erase",
    "export_person",
    # the column and the source of a row that was put aside
    "currency",
    "events",
)


def test_no_page_is_left_in_english(chinese):
    pages = crawl(chinese)
    own = sorted({*shop_s_own(), *OWN}, key=len, reverse=True)
    left: dict[str, str] = {}
    for address, page in pages.items():
        for words in shown(page) if page.lstrip().startswith("<") else ():
            if english(words, own):
                left.setdefault(words[:160], address)
    assert len(pages) > LEAST_PAGES
    assert left == {}, "\n".join(f"{at}: {words}" for words, at in left.items())


def test_refusals_are_in_chinese(chinese, shop):
    stranger = make.make_colleague()
    client = Client(
        raise_request_exception=False, headers={"Accept-Language": "zh-hans"}
    )
    client.force_login(stranger)
    answers = {
        "404": chinese.get("/admin/no/such/page/"),
        "missing": chinese.get("/admin/profiles/customer/987654321/change/"),
        "403": client.get("/admin/profiles/customer/"),
        "400": chinese.get("/admin/profiles/customer/?region__icontains=%00"),
        "form": chinese.post(reverse("key-new"), {"name": ""}),
        "palette": chinese.get(f"{reverse('palette')}?s=zzzz"),
    }
    own = [stranger.get_username(), "zzzz"]
    assert {
        name: left
        for name, answer in answers.items()
        if (
            left := [
                words for words in shown(answer.content.decode()) if english(words, own)
            ]
        )
    } == {}


def test_rights_are_named_in_chinese(chinese):
    role = Group.objects.get(name="analyst")
    page = chinese.get(reverse("admin:auth_group_change", args=[role.pk]))
    assert "Can add" not in page.content.decode()
    assert Permission.objects.exists()
