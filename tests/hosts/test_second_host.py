"""A second host of the shop is other processes with another folder: it reads and honours
what the first one made, and forgets what the first one forgot.
"""

from __future__ import annotations

import json
import subprocess
import sys
import textwrap
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings

from campaigns.rendering import links
from profiles import history, segments
from profiles.history import manifest
from profiles.models import Consent, Customer, Event
from retention_site.lib.clock import now
from retention_site.lib.processes.identity import wait_until
from retention_site.lib.processes.programs import ROOT
from retention_site.lib.processes.running import Running
from tests.conftest import shops_environment
from tests.factories import (
    make_campaign,
    make_customer,
    make_event,
    make_message,
    make_run,
    make_segment,
)
from tests.hosts.conftest import on_host

pytestmark = pytest.mark.django_db(transaction=True)
LOOK = """
    import json, sys
    from urllib.parse import urlsplit
    import django
    django.setup()
    from django.test import Client
    from profiles import history, segments
    from profiles.models import Segment
    link = urlsplit(sys.argv[1])
    gone = Client(HTTP_HOST="127.0.0.1").post(link.path, {"List-Unsubscribe": "One-Click"})
    tables = history.tables()
    print(json.dumps({
        "members": sorted(segments.select(Segment.objects.get().rule).customer_ids),
        "events": tables.run("SELECT count(*) AS n FROM events")["n"][0].as_py(),
        "unsubscribed": gone.status_code,
    }))
"""


@pytest.fixture
def second(tmp_path: Path, transactional_db: None) -> dict[str, str]:
    """The environment of the other host: the same database, store and key."""
    (tmp_path / "b").mkdir()
    return {
        **shops_environment(),
        "DATA_DIR": str(tmp_path / "b"),
        "MODEL_DIR": str(tmp_path / "b" / "models"),
        "STORE_URL": str(tmp_path / "store"),
        "REDIS_URL": settings.REDIS_URL,
    }


def shop() -> list[Customer]:
    customers = [make_customer() for _n in range(3)]
    for customer in customers[:2]:
        for days in (1, 2):
            make_event(customer, at=now() - timedelta(days=days))
    make_event(customers[2], at=now() - timedelta(days=1))
    return customers


def test_another_host_counts_the_same_people_and_honours_links_of_the_first(
    second: dict[str, str], tmp_path: Path
) -> None:
    customers = shop()
    segment = make_segment()
    message = make_message(make_run(make_campaign()), customers[0], state="delivered")
    with on_host(tmp_path / "a", second["STORE_URL"]):
        history.refresh()
        here = sorted(segments.select(segment.rule).customer_ids)
        files = set(manifest.load().digests())
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            textwrap.dedent(LOOK),
            links.unsubscribe_url(message.pk),
        ],
        cwd=ROOT,
        env=second,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout.splitlines()[-1])
    assert said["members"] == here
    assert len(here) == 2
    assert said["unsubscribed"] == 200
    assert Consent.objects.filter(customer=customers[0], status="withdrawn").exists()
    # the other made nothing anew: the same parts, and what it wrote itself
    parts = {part.sha256 for part in manifest.load().parts}
    assert files & parts


def test_a_worker_of_the_other_host_drops_its_copies_of_who_was_forgotten(
    second: dict[str, str],
    tmp_path: Path,
    celery_workers: Callable[..., list[Running]],
) -> None:
    gone = shop()[0]
    for name in ("a", "b"):
        with on_host(tmp_path / name, second["STORE_URL"]):
            history.refresh()
            history.tables()
            here = manifest.folder()
    with on_host(tmp_path / "a", second["STORE_URL"]):
        Event.objects.filter(customer=gone).delete()
        Customer.objects.filter(pk=gone.pk).update(email="", erased_at=now())
        history.forget([gone.pk])
    assert str(gone.email).encode() in bytes_of(here)
    its = {name: second[name] for name in ("DATA_DIR", "MODEL_DIR", "STORE_URL")}
    celery_workers("sweep", **its)
    wait_until(lambda: str(gone.email).encode() not in bytes_of(here), 20, every=0.2)
    assert str(gone.email).encode() not in bytes_of(here)


def bytes_of(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.rglob("*.parquet"))
