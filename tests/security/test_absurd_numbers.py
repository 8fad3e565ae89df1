"""A number beyond every row is somebody's typing error: not found, never an error of
ours.
"""

import pytest
from django.urls import URLPattern, URLResolver, get_resolver

import retention_site.urls  # noqa: F401
from campaigns.delivery.sinks import ports
from campaigns.rendering import links
from tests.small_shop import small_shop

ABSURD = [
    "99999999999999999999",
    "9223372036854775808",
    "9223372036854775807",
    "0" * 400 + "1",
]
QUERIES = [
    "before",
    "open",
    "version",
    "item",
    "customer",
    "run",
    "page",
    "p",
    "days",
    "row",
    "id",
    "k",
    "limit",
]


def addresses(number: str, patterns=None, prefix: str = "/"):
    """Yield every address of the site with the number in the place of each of its
    parts.
    """
    for one in patterns if patterns is not None else get_resolver().url_patterns:
        parts = str(one.pattern)
        route = prefix
        if not parts.startswith("^"):
            for part in parts.split("/"):
                name = part.partition(":")[2] or part
                is_key = part.startswith("<")
                route += (_filled(part, name, number) if is_key else part) + "/"
            route = (
                route.removesuffix("/")
                if not parts.endswith("/")
                else route.removesuffix("//") + "/"
            )
        if isinstance(one, URLResolver):
            yield from addresses(number, one.url_patterns, route)
        elif isinstance(one, URLPattern) and "<" not in route and "(" not in route:
            yield route.replace("//", "/")


def _filled(part: str, name: str, number: str) -> str:
    if name.startswith("channel"):
        return "email"
    return "x" if part.startswith("<slug") and name.startswith("key") else number


@pytest.mark.django_db
@pytest.mark.parametrize("number", ABSURD, ids=len)
def test_no_address_breaks_on_an_absurd_number(signed_in, number):
    small_shop()
    tried, broken = 0, []
    signed_in.raise_request_exception = False
    for address in addresses(number):
        if number not in address or "logout" in address:
            continue
        for said in (
            address,
            address + "?" + "&".join(f"{name}={number}" for name in QUERIES),
        ):
            tried += 1
            if (status := signed_in.get(said).status_code) >= 500:
                broken.append((said[:120], status))
    assert not broken
    assert tried > 60


@pytest.mark.django_db
@pytest.mark.parametrize("number", ABSURD, ids=len)
@pytest.mark.parametrize("channel", ["email", "sms", "push", "webhook"])
def test_the_inbox_finds_nothing_there(signed_in, settings, tmp_path, number, channel):
    settings.DATA_DIR = tmp_path
    ports.folder().mkdir(parents=True, exist_ok=True)
    (ports.folder() / f"{channel}.jsonl").write_text("")
    for query in ("before", "open"):
        assert signed_in.get(
            f"/admin/inbox/{channel}/?{query}={number}"
        ).status_code in (200, 404)
    assert signed_in.get(f"/admin/inbox/email/{number}/").status_code == 404


@pytest.mark.django_db
@pytest.mark.parametrize("number", [2**63 - 1, 2**63, 10**30])
def test_our_own_links_with_an_absurd_number_lead_nowhere(client, number):
    """Signed by our key, as after a restore of an older database."""
    client.raise_request_exception = False
    for url in (
        links.unsubscribe_url(number),
        links.preferences_url(number),
        links.open_url(number),
        links.click_url(number, number),
    ):
        assert client.get("/" + url.split("/", 3)[3]).status_code < 500
