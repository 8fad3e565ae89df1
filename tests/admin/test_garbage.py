"""Whatever stands behind an address's question mark, a page opens or says what it misses."""

from html.parser import HTMLParser

import pytest
from django.contrib import admin
from django.urls import reverse

from campaigns.models import CampaignVersion
from retention_site.lib.admin.pages import ReadingAdmin

pytestmark = pytest.mark.django_db
NAMES = (
    "after",
    "arm",
    "as",
    "before",
    "channel",
    "column",
    "customer",
    "day",
    "days",
    "group",
    "id",
    "kind",
    "language",
    "lifecycle",
    "month",
    "o",
    "open",
    "p",
    "page",
    "q",
    "reason",
    "rfm",
    "row",
    "run",
    "run__id__exact",
    "segment",
    "show",
    "source",
    "stage",
    "state",
    "state__exact",
    "stranger",
    "version",
    "with",
    "x__y__z",
)
GARBAGE = ("", "-1", "999999999999999999999", "'\"><script>", "2024-13-45")
GAPS = ("( )", "()", "“”", "“ ”")
PAGES = (
    "admin:index",
    "inbox",
    "health",
    "overview",
    "overview-cards",
    "alerts",
    "recipes",
    "quality",
    "sales",
    "quarantine-together",
    "quarantine-trial",
    "source-new",
    "programme",
    "reach",
    "channels",
    "templates",
    "images",
    "brand",
    "admin:campaigns_template_changelist",
    "admin:campaigns_template_add",
    "key-new",
    "cohorts",
    "cohorts-card",
    "rfm",
    "rfm-card",
    "admin:reviews",
    "find",
    "merge-join",
    "privacy-periods",
)


class Reader(HTMLParser):
    """Gather what a person reads of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.unread = 0
        self.words: list[str] = []

    def handle_starttag(self, tag, _attrs) -> None:
        self.unread += tag in ("script", "style")

    def handle_endtag(self, tag) -> None:
        self.unread -= tag in ("script", "style")

    def handle_data(self, data) -> None:
        if not self.unread:
            self.words.append(data)


def read(html: str) -> str:
    reader = Reader()
    reader.feed(html)
    return " ".join(" ".join(reader.words).split())


def addresses(shop) -> list[str]:
    version = CampaignVersion.objects.filter(
        state=CampaignVersion.State.APPROVED
    ).first()
    customer = shop.customers[0]
    ours = [
        model
        for model, site in admin.site._registry.items()
        if isinstance(site, ReadingAdmin)
    ]
    named = [f"{model._meta.app_label}_{model._meta.model_name}" for model in ours]
    first = [
        (name, model.objects.order_by("pk").first())
        for name, model in zip(named, ours, strict=True)
    ]
    return [
        *map(reverse, PAGES),
        *(reverse(f"admin:{name}_changelist") for name in named),
        *(reverse(f"admin:{name}_change", args=[row.pk]) for name, row in first if row),
        reverse("words", args=[version.pk]),
        reverse("preview", args=[version.pk]),
        reverse("rehearsal", args=[shop.campaign.pk]),
        reverse("timeline", args=[customer.pk]),
        reverse("inbox-channel", args=["email"]),
        reverse("inbox-channel", args=["nonsense"]),
        reverse("template-new", args=["email"]),
    ]


@pytest.mark.parametrize("value", GARBAGE)
def test_garbage_breaks_no_page_and_leaves_no_gap_in_a_sentence(signed_in, shop, value):
    broken = {}
    for address in addresses(shop):
        answer = signed_in.get(address, dict.fromkeys(NAMES, value))
        words = read(answer.content.decode())
        if answer.status_code >= 500 or any(gap in words for gap in GAPS):
            broken[address] = answer.status_code
    assert broken == {}
