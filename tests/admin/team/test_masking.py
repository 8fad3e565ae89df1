"""Who may not read addresses and numbers reads none: on no page, in no list, file,
search, filter, preview or error, wherever one was written down.
"""

import re
from itertools import count

import pytest
from django.contrib.auth.models import Group
from django.test import Client
from django.urls import NoReverseMatch, URLPattern, URLResolver, get_resolver, reverse

from campaigns.models import (
    Hook,
    InboundWebhook,
    Message,
)
from profiles.admin import response_masking
from profiles.models import (
    Customer,
    Device,
    Identity,
    Item,
    Job,
    JobLine,
    QuarantinedRow,
    Segment,
)
from retention_site.lib.admin.masking import masked_value
from tests import factories as make
from tests.small_shop import fill_sinks

pytestmark = pytest.mark.django_db
BLIND = ("marketer", "approver", "analyst")
MOST_PAGES = 250
N_PLANTED = 500
LINK = re.compile(r'(?:href|hx-get|src|action)="(/admin/[^"#]*|\?[^"#]*)"')
NOT_FOLLOWED = ("logout", "jsi18n", "/i18n/", "password_change")
_numbers = count(1)


def in_role(name: str) -> Client:
    person = make.make_colleague()
    person.groups.add(Group.objects.get(name=name))
    client = Client(raise_request_exception=False)
    client.force_login(person)
    return client


@pytest.fixture
def planted(shop, settings, tmp_path) -> set[str]:
    """Write 500 addresses and numbers down wherever the shop keeps something."""
    words: list[str] = []

    def mail() -> str:
        words.append(f"planted{next(_numbers):04}@people.example")
        return words[-1]

    def phone() -> str:
        words.append(f"+4930{next(_numbers):08}")
        return words[-1]

    def street() -> str:
        words.append(f"Plantedstreet {next(_numbers):04}")
        return words[-1]

    for person in shop.customers:
        Customer.objects.filter(pk=person.pk).update(
            email=mail(),
            phone=phone(),
            traits={"street": street(), "income": "50-74K"},
        )
        Identity.objects.create(customer=person, kind="email", value=mail())
        Device.objects.create(customer=person, kind="fcm", token=mail())
        make.make_event(
            person, "custom", text=f"asked by {mail()}", properties={"phone": phone()}
        )
    for message in Message.objects.all():
        message.subject = f"For {mail()}"
        message.body = f"Hello {mail()}, we call {phone()}"
        message.why = f"wrote from {mail()}"
        message.reason = f"550 <{mail()}> unknown" if message.reason else ""
        message.context = {"customer": {"email": mail(), "phone": phone()}}
        message.save()
        for attempt in message.attempts.all():
            attempt.detail = f"refused {mail()}"
            attempt.save()
        for touch in message.touchpoints.filter(kind="reply"):
            touch.evidence = {
                "text": f"Write to {mail()} or {phone()}",
                "meant": "talk",
            }
            touch.save()
    for kind in ("customers", "orders"):
        for _ in range(10):
            row = {
                "email": mail(),
                "phone": phone(),
                "address1": street(),
                "note": f"call {phone()}",
            }
            make.make_quarantined(
                f"wrong mail {kind}", column="email", row=row, kind=kind
            )
    hook = Hook.objects.create(campaign=shop.campaign, slug="thanks", secrets=[])
    for number in range(10):
        InboundWebhook.objects.create(
            source=hook.slug,
            event_id=f"e{number}",
            payload={"to": {"email": mail(), "street": street()}, "phone": phone()},
            detail=f"no customer {mail()}",
        )
    job = Job.objects.first()
    Job.objects.update(error=f"line 3: {mail()}")
    for _ in range(10):
        JobLine.objects.create(job=job, text=f"row of {mail()} refused: {phone()}")
    Segment.objects.update(title=f"without {mail()}")
    Item.objects.update(description=f"Ask {mail()}")
    settings.DATA_DIR = tmp_path
    fill_sinks(tmp_path / "sinks")
    words += [f"c{number}@customers.example" for number in range(5)]
    while len(words) < N_PLANTED:
        person = make.make_customer(email=mail(), phone=phone(), first_name="Ada")
        make.make_event(person, "search", text=f"for {mail()}")
    return set(words)


def seen(page: str, planted: set[str]) -> set[str]:
    low = page.lower().replace("%40", "@").replace("&#43;", "+").replace("%2b", "+")
    return {word for word in planted if word.lower() in low}


def named_pages() -> list[str]:
    """Return every address of the admin that takes no argument."""
    found = []

    def walk(patterns, prefix="", space=""):
        for one in patterns:
            if isinstance(one, URLResolver):
                below = f"{space}{one.namespace}:" if one.namespace else space
                walk(one.url_patterns, prefix + str(one.pattern), below)
            elif (
                isinstance(one, URLPattern)
                and one.name
                and prefix.startswith("admin/")
                and "<" not in str(one.pattern)
            ):
                found.append(space + one.name)

    walk(get_resolver().url_patterns)
    addresses = set()
    for name in found:
        try:
            addresses.add(reverse(name))
        except NoReverseMatch:
            continue
    return sorted(
        one for one in addresses if not any(word in one for word in NOT_FOLLOWED)
    )


def crawl(client: Client) -> dict[str, str]:
    """Return every page that can be reached, by link or by typing an address."""
    waiting, pages = ["/admin/", *named_pages()], {}
    shapes: dict[str, int] = {}
    while waiting and len(pages) < MOST_PAGES:
        address = waiting.pop(0)
        shape = re.sub(r"\d+", "N", address.partition("?")[0])
        shapes[shape] = shapes.get(shape, 0) + 1
        if address in pages or shapes[shape] > 6:
            continue
        answer = client.get(address)
        kind = answer.get("Content-Type", "")
        if not kind.startswith(("text/", "application/json")):
            continue
        page = b"".join(answer) if answer.streaming else answer.content
        pages[address] = page.decode("utf-8", "replace")
        if answer.status_code == 200 and kind.startswith("text/html"):
            base = address.partition("?")[0]
            for link in LINK.findall(pages[address]):
                link = (base + link if link.startswith("?") else link).replace(
                    "&amp;", "&"
                )
                if not any(word in link for word in NOT_FOLLOWED):
                    waiting.append(link)
    return pages


@pytest.mark.parametrize("role", BLIND)
def test_no_page_shows_a_planted_address_or_number(role, planted):
    assert len(planted) >= N_PLANTED
    pages = crawl(in_role(role))
    assert len(pages) > 60
    found = {
        address: sorted(words)[:4]
        for address, page in pages.items()
        if (words := seen(page, planted))
    }
    assert found == {}


def test_who_may_read_them_does(planted):
    """The crawl meets what it looks for."""
    pages = crawl(in_role("support"))
    met = set().union(*(seen(page, planted) for page in pages.values()))
    assert len(met) > 150
    for start in (
        "/admin/profiles/customer/",
        "/admin/profiles/quarantinedrow/",
        "/admin/campaigns/message/",
        "/admin/campaigns/inboundwebhook/",
        "/admin/inbox/",
    ):
        assert [
            address
            for address, page in pages.items()
            if address.startswith(start) and seen(page, planted)
        ], start


SEARCHES = (
    "/admin/profiles/customer/?q={}",
    "/admin/campaigns/message/?q={}",
    "/admin/campaigns/answer/?q={}",
    "/admin/search/?s={}",
)


def test_nobody_is_found_by_what_may_not_be_read(planted, shop):
    person = Customer.objects.get(pk=shop.customers[0].pk)
    client, seeing = in_role("analyst"), in_role("support")
    links = rf"/(?:customer|message)/{person.pk}/change/|{person.external_id}\b"
    for address in SEARCHES:
        for word in (person.email, person.phone, person.email[:8], person.last_name):
            asked = address.format(word.replace("+", "%2B"))
            page = client.get(asked).content.decode().replace(word, "")
            assert not re.search(links, page), asked
    page = seeing.get(SEARCHES[0].format(person.email)).content.decode()
    assert re.search(links, page)


LOOKUPS = (
    "profiles/customer/?email__startswith=planted",
    "profiles/customer/?email=planted0001@people.example",
    "profiles/customer/?phone__gt=%2B49",
    "profiles/customer/?phone__isnull=False",
    "profiles/customer/?last_name__startswith=M",
    "profiles/customer/?traits__street__startswith=P",
    "profiles/customer/?identities__value__startswith=p",
    "profiles/customer/?identity__value__startswith=p",
    "campaigns/message/?subject__icontains=planted",
    "campaigns/message/?body__icontains=planted",
    "campaigns/message/?context__customer__email__startswith=p",
    "campaigns/message/?customer__email__startswith=p",
    "campaigns/message/?customer__phone__startswith=p",
    "profiles/quarantinedrow/?row__email__startswith=p",
    "profiles/quarantinedrow/?row__icontains=planted",
    "campaigns/inboundwebhook/?payload__icontains=planted",
    "campaigns/coupon/?customer__email__startswith=p",
)


def test_filtering_by_a_masked_field_is_refused(planted):
    client = in_role("analyst")
    for lookup in LOOKUPS:
        answer = client.get(f"/admin/{lookup}")
        # Django leads a lookup that it doesn't know back to the list with ?e=1
        assert answer.status_code == 400 or (
            answer.status_code == 302 and answer["Location"].endswith("?e=1")
        ), lookup
        assert not seen(answer.content.decode(), planted)


def test_sorting_by_a_masked_field_is_refused(planted):
    """The order of a list would tell who comes before whom in the alphabet."""
    client = in_role("analyst")

    def listed(order: str) -> list[str]:
        page = client.get(f"/admin/profiles/customer/{order}").content.decode()
        return re.findall(r"/customer/(\d+)/change/", page)

    assert listed("")
    for order in ("2", "-2", "email", "-email", "phone"):
        assert listed(f"?o={order}") == listed(""), order
    assert listed("?o=1.2") == listed("?o=1")


def test_rows_are_not_put_right_by_who_may_not_read_them(planted):
    client = in_role("analyst")
    row = QuarantinedRow.objects.filter(kind="customers").first()
    page = client.get(reverse("admin:profiles_quarantinedrow_change", args=[row.pk]))
    assert page.status_code == 200
    assert "<textarea" not in page.content.decode()
    group = f"?source={row.source}&kind={row.kind}&column=email&reason={row.reason}"
    page = client.get(reverse("quarantine-together") + group)
    assert page.status_code == 200
    assert not seen(page.content.decode(), planted)
    assert client.post(reverse("quarantine-together") + group).status_code == 403
    assert client.get(reverse("quarantine-trial")).status_code == 403


def test_an_export_needs_the_right_to_read(planted, shop):
    from django.contrib.auth.models import Permission

    person = make.make_colleague()
    person.groups.add(Group.objects.get(name="analyst"))
    person.user_permissions.add(Permission.objects.get(codename="export_customer"))
    client = Client()
    client.force_login(person)
    address = reverse("export-person", args=[shop.customers[0].pk])
    assert client.post(address).status_code == 403
    page = client.get(
        reverse("admin:profiles_customer_change", args=[shop.customers[0].pk])
    )
    assert 'id="export-person"' not in page.content.decode()


def test_a_preview_finds_nobody_by_an_address(planted, shop):
    version = shop.campaign.versions.first()
    person = Customer.objects.get(pk=shop.customers[3].pk)
    page = in_role("marketer").get(
        f"/admin/campaigns/version/{version.pk}/words/", {"customer": person.email}
    )
    assert person.last_name not in page.content.decode()


def test_an_error_says_no_address(planted, monkeypatch):
    from profiles.admin import customers

    word = sorted(planted)[0]
    monkeypatch.setattr(
        customers, "initials", lambda _: (_ for _ in ()).throw(ValueError(word))
    )
    for address in ("profiles/customer/", f"profiles/customer/{word}/change/", word):
        answer = in_role("analyst").get(f"/admin/{address}")
        assert answer.status_code in (404, 500)
        assert not seen(answer.content.decode(), planted)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Write to ada@people.example!", "Write to a…@p….example!"),
        ("/x?q=ada%40people.example", "/x?q=a…@p….example"),
        ("call +49 30 1234567 now", "call …67 now"),
        ("&#43;4930123456", "…56"),
        ("we are hello@rapport.example", "we are hello@rapport.example"),
        ("4 of 5, 2024-05-01, 1,234.50", "4 of 5, 2024-05-01, 1,234.50"),
    ],
)
def test_the_last_gate_masks_what_it_finds(text, said, settings):
    settings.FROM_EMAIL = "Rapport <hello@rapport.example>"
    assert response_masking.hide(text) == said


def test_where_texts_are_written_only_customers_are_masked(db):
    make.make_customer(email="ada@people.example")
    text = "ada@people.example and partner@other.example"
    assert response_masking.hide(text, is_written=True) == (
        "a…@p….example and partner@other.example"
    )


def test_a_customer_at_the_shops_own_domain_is_masked_too(db, settings):
    settings.FROM_EMAIL = "hello@shop.example"
    make.make_customer(email="ada@shop.example")
    assert response_masking.hide("ada@shop.example hello@shop.example") == (
        "a…@s….example hello@shop.example"
    )


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("email", "ada@people.example", "a…@p….example"),
        ("Phone Number", "0170 1234567", "0…"),
        ("shipping_address.street", "Long Street 5", "L…"),
        ("note", "call 0170 1234567", "call …67"),
        ("amount", "1234.50", "1234.50"),
        ("status", "paid", "paid"),
    ],
)
def test_a_raw_value_is_masked_by_its_name(name, value, said):
    assert masked_value(name, value) == said
