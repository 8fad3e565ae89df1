"""A shop to walk through, a real server that shows it, and a marketer who signs in with
her password.
"""

import shutil
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from django.db import connection

from retention_site.lib.processes.programs import web
from retention_site.lib.processes.records import Records
from retention_site.lib.processes.running import Running, start, stop_all
from tests import surroundings
from tests.conftest import free_port, shops_environment
from tests.factories import PASSWORD, make_marketer
from tests.small_shop import Shop, fill_sinks, small_shop

START_S = 60.0


@dataclass(frozen=True)
class Server:
    """A real web server of its own folder."""

    address: str
    folder: Path
    running: Running


@pytest.fixture
def shop(transactional_db) -> Shop:
    return small_shop()


@pytest.fixture(scope="module")
def server(
    django_db_setup: None, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    """One server for the tests of a file: what it knows of a shop is in the database,
    which each test finds empty.
    """
    port, folder = free_port(), tmp_path_factory.mktemp("shop")
    records = Records(surroundings.folder_for_records())
    there = f"http://127.0.0.1:{port}"
    own = {"PORT": str(port), "BASE_URL": there, "DATA_DIR": str(folder)}
    running = start(
        web(port, workers=1), records, folder / "logs", {**shops_environment(), **own}
    )
    yield Server(there, folder, running)
    stop_all([running], records)


@pytest.fixture
def sinks(server: Server) -> Path:
    """The folder with what the local sinks took: only what this test put there."""
    folder = server.folder / "sinks"
    shutil.rmtree(folder, ignore_errors=True)
    fill_sinks(folder)
    return folder


@pytest.fixture
def address(shop, sinks, server: Server) -> str:
    """Where the server answers."""
    running, until = server.running, time.monotonic() + START_S
    while not _answers(f"{server.address}/health/live"):
        assert time.monotonic() < until, running.said()
        assert not running.has_ended, running.said()
        time.sleep(0.1)
    return server.address


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
