"""The whole shop as processes: up, found again, killed, cleaned up."""

import re
import signal
import socket
import subprocess
import sys
import urllib.request
from http.cookiejar import CookieJar
from urllib.parse import urlencode

import pytest

from retention_site.lib.processes import programs
from retention_site.lib.processes.identity import identify, is_alive, send, wait_until
from retention_site.lib.processes.programs import ROOT
from retention_site.lib.processes.serving import _take_demo_settings
from tests.conftest import free_port

PROGRAMS = {program.name for program in programs.shop(0)}
EVERYTHING = PROGRAMS | {"postgres", "supervisor", "valkey"}
COMMAND = [sys.executable, "-m", "retention_site.lib.processes"]


@pytest.fixture
def run(shop, tmp_path):
    """Start `make run` for a shop and wait until everything is up; what it printed is
    in `said`.
    """
    started = []

    def run_once(port):
        log = tmp_path / f"run{len(started)}.txt"
        with log.open("w") as out:
            process = subprocess.Popen(
                [*COMMAND, "run"],
                cwd=ROOT,
                env=shop.environment(PORT=str(port)),
                stdout=out,
                stderr=out,
            )
        started.append(process)
        is_up = wait_until(
            lambda: names(shop) == EVERYTHING or process.poll() is not None,
            60,
            every=0.1,
        )
        assert is_up, log.read_text()
        assert process.poll() is None, log.read_text()
        return process, log.read_text()

    yield run_once
    for process in started:
        process.kill()
        process.wait()


def names(shop):
    """Return the names of what runs."""
    return {name for name, identity in shop.place.records.all() if is_alive(identity)}


def stop(shop):
    return subprocess.run(
        [*COMMAND, "stop"],
        cwd=ROOT,
        env=shop.environment(),
        capture_output=True,
        text=True,
        check=True,
    )


def answers(url):
    try:
        return urllib.request.urlopen(url, timeout=5).status == 200
    except OSError:
        return False


def log_in(address, password):
    opener = urllib.request.build_opener(
        urllib.request.HTTPCookieProcessor(CookieJar())
    )
    form = opener.open(address, timeout=20).read().decode()
    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', form).group(1)
    words = urlencode(
        {
            "csrfmiddlewaretoken": token,
            "username": "admin",
            "password": password,
            "next": "/admin/",
        }
    )
    login = f"{address}login/?next=/admin/"
    return opener.open(
        urllib.request.Request(login, words.encode(), {"Referer": login}), timeout=20
    )


def test_shop_comes_up_lets_its_owner_in_and_leaves_nothing_behind(
    shop, run, needs_proc
):
    port = free_port()
    process, said = run(port)
    password = re.search(r"password +(\S+)", said).group(1)
    assert (shop.folder / "admin_password").read_text() == password
    assert (shop.folder / "admin_password").stat().st_mode & 0o777 == 0o600
    page = log_in(f"http://127.0.0.1:{port}/admin/", password)
    assert page.url == f"http://127.0.0.1:{port}/admin/"

    for name in ("postgres", "valkey", "web", "beat"):
        killed = shop.place.records.read(name)
        send(killed, signal.SIGKILL)
        wait_until(lambda: not is_alive(killed), 5)  # noqa: B023
        assert wait_until(lambda: names(shop) == EVERYTHING, 30, every=0.1), name
    assert wait_until(
        lambda: answers(f"http://127.0.0.1:{port}/health/ready"), 30, every=0.2
    )

    again = shop.call("-m", "retention_site.lib.processes", "run", PORT=str(port))
    assert again.returncode == 0
    assert again.stdout.startswith(
        f"Rapport already runs for {shop.folder}: http://127.0.0.1:{port}/admin/"
    )

    process.send_signal(signal.SIGINT)
    assert process.wait(30) == 0
    assert shop.processes() == []


def test_killed_supervisor_is_cleaned_up_by_the_next_start_and_by_stop(
    shop, run, needs_proc
):
    port = free_port()
    process, _said = run(port)
    left = [identity for name, identity in shop.place.records.all() if name in PROGRAMS]
    process.kill()
    process.wait()
    assert [one for one in left if not is_alive(one)] == [], (
        "they outlive a killed supervisor"
    )

    process, said = run(port)

    assert [one for one in left if is_alive(one)] == []
    assert "password" in said
    send(identify(process.pid), signal.SIGKILL)
    process.wait()
    assert set(
        stop(shop).stdout.removeprefix("ended: ").strip().split(", ")
    ) == EVERYTHING - {"supervisor"}
    assert shop.processes() == []


def test_used_port_is_one_sentence(shop):
    with socket.create_server(("127.0.0.1", 0)) as stranger:
        port = stranger.getsockname()[1]
        done = shop.call("-m", "retention_site.lib.processes", "run", PORT=str(port))
    assert done.returncode == 1
    assert (
        done.stderr
        == f"Port {port} is in use; choose a free one with PORT={port + 1}.\n"
    )
    assert names(shop) == set()


def test_port_that_is_none_is_wrong_input(shop):
    done = shop.call("-m", "retention_site.lib.processes", "run", PORT="http")
    assert done.returncode == 2
    assert done.stderr == "PORT=http: a whole number from 1 to 65535 is expected.\n"


def test_demo_takes_its_own_settings_once(shop):
    for _ in range(2):
        _take_demo_settings(shop.place)
        shop.start()
    assert "SHOP_CLOCK=" in (shop.folder / "shop.env").read_text()


def test_demo_does_not_take_over_another_shop(shop):
    shop.start()
    done = shop.call(
        "-m", "retention_site.lib.processes", "demo", PORT=str(free_port())
    )
    assert done.returncode == 1
    assert (
        done.stderr
        == f"{shop.folder} holds a shop already; give the demo a folder of its own:"
        " DATA_DIR=.demo.\n"
    )
    assert not (shop.folder / "shop.env").exists()
