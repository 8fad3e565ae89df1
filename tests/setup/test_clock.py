"""One shop, one clock: while it runs nobody works on it by another, and nobody moves
it.
"""

import json
import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta

import pytest
from django.core.exceptions import ImproperlyConfigured

from retention_site.lib import clock, embedded

THEN, OTHER = "2017-12-04T10:00+00:00", "2020-01-01T00:00+00:00"


@pytest.fixture
def at(settings, tmp_path):
    """Set the clock of a shop in a folder of this test's own and ask what time it is,
    as a new process would.
    """

    def ask(start):
        settings.SHOP_CLOCK, settings.DATA_DIR = start, tmp_path
        clock._offset.cache_clear()
        return clock.now()

    yield ask
    clock._offset.cache_clear()


@pytest.fixture
def running(at, tmp_path):
    """Start a shop by its clock: what `make run` does before it serves."""
    records = embedded.place(tmp_path).records

    def start(by):
        at(by)
        clock.begin()
        child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
        started.append(child)
        records.write("supervisor", child.pid)

    started = []
    yield start
    for child in started:
        child.kill()
        child.wait()
    records.forget("supervisor")


def kept(tmp_path):
    return json.loads((tmp_path / "clock.json").read_text())


def is_near(moment, other):
    return abs(moment - other) < timedelta(minutes=5)


def test_a_command_with_another_clock_is_refused_and_moves_nothing(
    at, running, tmp_path
):
    running(THEN)
    before = kept(tmp_path)
    with pytest.raises(
        ImproperlyConfigured, match=f"SHOP_CLOCK is {OTHER[:10]}.* began at {THEN[:10]}"
    ) as refused:
        at(OTHER)
    assert "\n" not in str(refused.value)
    assert kept(tmp_path) == before
    assert is_near(at(THEN), datetime.fromisoformat(THEN))


def test_a_command_without_a_clock_goes_by_the_running_shops(at, running):
    running(THEN)
    assert is_near(at(""), datetime.fromisoformat(THEN))


def test_a_shop_by_real_time_is_not_worked_on_by_another(at, running, tmp_path):
    running("")
    assert is_near(at(""), datetime.now(UTC))
    with pytest.raises(ImproperlyConfigured, match="began at real time"):
        at(OTHER)
    assert kept(tmp_path)["start"] == ""


def test_a_shop_that_does_not_run_may_begin_anew(at, running, tmp_path):
    at(THEN)
    assert is_near(at(OTHER), datetime.fromisoformat(OTHER))
    assert kept(tmp_path)["start"] == OTHER
    running("")
    assert is_near(at(""), datetime.now(UTC)), (
        "what an earlier start was set to counts no more"
    )


def test_a_moment_of_the_real_clock_is_told_by_the_shops(at):
    at(THEN)
    assert is_near(clock.as_of_shop(datetime.now(UTC)), datetime.fromisoformat(THEN))
    at("")
    moment = datetime.now(UTC)
    assert clock.as_of_shop(moment) == moment


def test_a_command_says_it_in_one_sentence(running, tmp_path):
    running(THEN)
    done = subprocess.run(
        [
            sys.executable,
            "manage.py",
            "shell",
            "-c",
            "from retention_site.lib import clock; print(clock.now())",
        ],
        env={
            **os.environ,
            "DATA_DIR": str(tmp_path),
            "SHOP_CLOCK": OTHER,
            "DATABASE_URL": embedded.database_url(),
        },
        capture_output=True,
        text=True,
        check=False,
        cwd=clock.Path(__file__).parents[2],
    )
    assert done.returncode == 1
    assert done.stderr.strip().splitlines()[-1].startswith(f"SHOP_CLOCK is {OTHER}")
