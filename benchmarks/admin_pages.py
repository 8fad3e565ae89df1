"""Every page of the admin over 1,000,000 simulated customers: pages, and the parts that
they fetch by themselves, found by following links from the first page; one of each kind.

Server time from the request to the last byte, by Django's own client in one process; the
95th of a hundred of twelve, after one that fills what is remembered. Searches stand
apart, each for another word.
"""

import os
import re
import time
from collections.abc import Iterator
from typing import Any

import django

from benchmarks.figures import Figure
from retention_site.lib import embedded

N_CUSTOMERS, N_EVENTS, N_TIMES = 1_000_000, 20_000_000, 12
PAGE_MS, SEARCH_MS = 400, 200
MOST_PAGES = 400
LINK = re.compile(r'(?:href|hx-get)="(/admin/[^"#]*)')
LEFT_OUT = re.compile(r"logout|export|jsi18n|password|\.csv|/export/|/i18n/|theme")
KINDS = re.compile(r"\d+")
SEARCHES = {
    "customers by name": "/admin/profiles/customer/?q={}",
    "find anything": "/admin/search/?s={}",
    "palette": "/admin/palette/?q={}",
}
WORDS = ("moreau", "ada", "k12345", "k777@shop.example", "regulars", "simulated", "zz")


def measure() -> Iterator[Figure]:
    embedded.ensure()
    django.setup()
    from django.core.management import call_command

    from benchmarks.pages import signed_in
    from benchmarks.shops import simulated
    from profiles.models import Customer

    call_command("migrate", verbosity=0)
    if not Customer.objects.exists():  # a shop that is there already is taken as it is
        simulated.fill(N_CUSTOMERS, N_EVENTS, N_EVENTS // 10)
    client = signed_in()
    client.raise_request_exception = False  # the table says which page failed
    took = {address: _p95(client, [address]) for address in crawl(client)}
    for address, ms in sorted(took.items(), key=lambda one: -one[1]):
        yield Figure(address, ms, "ms", PAGE_MS, "wanted at most")
    slow = sum(ms > PAGE_MS for ms in took.values())
    yield Figure(f"pages above {PAGE_MS} ms of {len(took)}", slow, "")
    for name, address in SEARCHES.items():
        ms = _p95(client, [address.format(word) for word in WORDS])
        yield Figure(f"search: {name}", ms, "ms", SEARCH_MS, "wanted at most")


def crawl(client: Any) -> list[str]:
    """Return one address of each kind of page that links lead to."""
    found: dict[str, str] = {}
    waiting = ["/admin/"]
    while waiting and len(found) < MOST_PAGES:
        address = waiting.pop(0)
        kind = KINDS.sub("N", address.split("?")[0])
        if kind in found or LEFT_OUT.search(address):
            continue
        answer = client.get(address)
        is_page = "html" in answer.headers.get("Content-Type", "")
        assert answer.status_code < 500, (address, answer.status_code)
        if answer.status_code != 200 or not is_page:
            continue
        found[kind] = address
        waiting += [
            one.replace("&amp;", "&") for one in LINK.findall(answer.content.decode())
        ]
    return list(found.values())


def _p95(client: Any, addresses: list[str]) -> float:
    client.get(addresses[0])
    took = []
    for n in range(N_TIMES):
        began = time.perf_counter()
        client.get(addresses[n % len(addresses)])
        took.append(1000 * (time.perf_counter() - began))
        if os.environ.get("QUICK") and took[0] > 5_000:
            break
    return sorted(took)[max(round(0.95 * len(took)) - 1, 0)]
