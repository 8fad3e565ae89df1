"""What every test may ask for: the database, real worker processes, a real web server,
a real browser.
"""

import os
import shutil
import socket
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import django
import hypothesis
import pytest

from retention_site.lib import embedded
from retention_site.lib.processes.identity import wait_until
from retention_site.lib.processes.programs import Program, manage, web, worker
from retention_site.lib.processes.records import Records
from retention_site.lib.processes.running import Running, start, stop_all
from tests import emptying, surroundings

CLEARS_UP = surroundings.prepare()  # before Django reads its settings
django.setup()

# How long an example takes depends on who else uses the machine: benchmarks hold time.
hypothesis.settings.register_profile("rapport", deadline=None)
hypothesis.settings.load_profile("rapport")

CHROMIUM_FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
START_S = 40.0


def pytest_unconfigure() -> None:
    if CLEARS_UP:
        surroundings.clear_up(Path(os.environ[surroundings.VARIABLE]))


@pytest.fixture(scope="session")
def django_db_modify_db_settings(
    django_db_modify_db_settings_parallel_suffix: None,
) -> None:
    """Bring the servers up for the first test that wants the database; each xdist
    process gets its own database.
    """
    surroundings.start()


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker) -> None:
    with django_db_blocker.unblock():
        emptying.remember()
    emptying.install()


@pytest.fixture(autouse=True)
def no_wrong_keys_yet() -> None:
    """Wrong API keys are counted in memory; each test begins with none."""
    from campaigns.api import coupons
    from profiles.api import key_limits

    key_limits.forget()
    coupons.wrong_codes.forget()


@pytest.fixture(autouse=True)
def nothing_of_another_test() -> None:
    """A request leaves its language and zone with the thread, and what it read in the
    cache; another test must not read them.
    """
    from django.core.cache import cache
    from django.utils import timezone, translation

    cache.clear()
    translation.deactivate()
    timezone.deactivate()


@pytest.fixture
def shop_environment(transactional_db: None) -> dict[str, str]:
    """The environment in which another process works on this test's database and
    Valkey.
    """
    return shops_environment()


@pytest.fixture
def launch(
    shop_environment: dict[str, str], tmp_path: Path
) -> Iterator[Callable[..., Running]]:
    """Start a program on this test's database: `launch(Program("sinks",
    manage("sinks")), {"PORT": "8001"})`.

    What was started ends with the test, its children too. `running.said()` is what it
    has written so far.
    """
    records, started = Records(surroundings.folder_for_records()), []

    def launch_one(program: Program, extra: dict[str, str] | None = None) -> Running:
        started.append(
            start(
                program,
                records,
                tmp_path / "logs",
                {**shop_environment, **(extra or {})},
            )
        )
        return started[-1]

    yield launch_one
    stop_all(started, records)


@pytest.fixture
def celery_workers(launch: Callable[..., Running]) -> Callable[..., list[Running]]:
    """Start real Celery worker processes: `celery_workers("send,sweep", n=2)`; without
    a word, those of production.

    They take no task before the call returns. `kill(worker)` them by `worker.identity`.
    """
    from django.conf import settings
    from redis import Redis

    Redis.from_url(settings.REDIS_URL).flushdb()  # wake-ups of an earlier test

    def start_workers(
        queues: str = "", *, n: int = 1, processes: int = 1, **extra: str
    ) -> list[Running]:
        wanted = [worker(f"test{i}", queues, processes) for i in range(n)]
        if not queues:
            wanted = [
                worker("jobs", "jobs", 1),
                worker("send", "send,sweep", 2),
                worker("triggered", "triggered", 1),
            ]
        workers = [launch(program, extra) for program in wanted]
        for one in workers:
            _wait_for(one, lambda one=one: " ready." in one.said())
        return workers

    return start_workers


@pytest.fixture
def site(launch: Callable[..., Running]) -> str:
    """The address of a real granian that serves this test's database."""
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    running = launch(web(port, workers=1), {"PORT": str(port), "BASE_URL": address})
    _wait_for(running, lambda: _answers(f"{address}/health/live"))
    return address


@pytest.fixture
def sinks(launch: Callable[..., Running]) -> Running:
    """The local sinks that receive mail, text messages, push and webhooks."""
    return launch(Program("sinks", manage("sinks")))


@pytest.fixture(scope="session")
def browser():
    """Debian's Chromium, driven by Playwright."""
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    if path is None:
        pytest.skip("Chromium is not installed (apt-get install chromium)")
    from playwright.sync_api import sync_playwright

    # Playwright's loop runs in this thread; our queries are plain
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=CHROMIUM_FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture
def page(browser):
    """A fresh browser page that forgets everything afterwards."""
    context = browser.new_context(viewport={"width": 1400, "height": 900})
    yield context.new_page()
    context.close()


def shops_environment() -> dict[str, str]:
    """Return the environment of a process that works on the tests' database."""
    from django.conf import settings
    from django.db import connection

    name = connection.settings_dict["NAME"]
    url = embedded.database_url().replace(f"/{embedded.DATABASE}?", f"/{name}?")
    return {
        **os.environ,
        "DATABASE_URL": url,
        "MODEL_DIR": str(settings.MODEL_DIR),
        # one shop has one key, whatever folder its processes have
        "SECRET_KEY": settings.SECRET_KEY,
    }


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _wait_for(running: Running, condition: Callable[[], bool]) -> None:
    wait_until(lambda: running.has_ended or condition(), START_S, every=0.05)
    if running.has_ended or not condition():
        pytest.fail(f"{running.program.name} did not come up:\n{running.said()}")


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2) as response:
            return response.status == 200
    except OSError:
        return False
