"""A shop to walk through, a real server that shows it, and a marketer who signs in with
her password.
"""

import time
import urllib.request
from collections.abc import Callable
from pathlib import Path

import pytest
from django.db import connection

from retention_site.lib.processes.programs import web
from tests.conftest import free_port
from tests.factories import PASSWORD, make_marketer
from tests.small_shop import Shop, fill_sinks, small_shop

START_S = 60.0


@pytest.fixture
def shop(transactional_db) -> Shop:
    return small_shop()


@pytest.fixture
def sinks(tmp_path) -> Path:
    """The folder with what the local sinks took."""
    fill_sinks(tmp_path / "shop" / "sinks")
    return tmp_path / "shop" / "sinks"


@pytest.fixture
def address(shop, sinks, launch) -> str:
    """A server of its own folder, so that its inbox holds only what this test put
    there.
    """
    port = free_port()
    there = f"http://127.0.0.1:{port}"
    running = launch(
        web(port, workers=1),
        {"PORT": str(port), "BASE_URL": there, "DATA_DIR": str(sinks.parent)},
    )
    until = time.monotonic() + START_S
    while not _answers(f"{there}/health/live"):
        assert time.monotonic() < until, running.said()
        assert not running.has_ended, running.said()
        time.sleep(0.1)
    return there


@pytest.fixture
def complaints(page) -> list[str]:
    """What the browser complained about: errors of scripts, refused by the policy,
    files not found.
    """
    said: list[str] = []
    page.on(
        "console",
        lambda message: said.append(message.text) if message.type == "error" else None,
    )
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on(
        "response",
        lambda answer: (
            said.append(f"{answer.status} {answer.url}")
            if answer.status >= 400
            else None
        ),
    )
    return said


@pytest.fixture
def signed_in(page, address, complaints):
    """The browser, at home in the admin."""
    person = make_marketer("marketer")
    page.goto(f"{address}/admin/")
    page.fill("#id_username", person.get_username())
    page.fill("#id_password", PASSWORD)
    page.click("#login-form button[type=submit]")
    page.wait_for_selector("#next")
    return page


@pytest.fixture
def sql(transactional_db) -> Callable[..., int]:
    """Ask the database one number."""

    def ask(question: str, *values: object) -> int:
        with connection.cursor() as cursor:
            cursor.execute(question, values)
            return int(cursor.fetchone()[0])

    return ask


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2) as answer:
            return answer.status == 200
    except OSError:
        return False
