"""The supervisor keeps programs running and ends them with all their children; it never
touches a stranger.
"""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from retention_site.lib.processes.identity import (
    Identity,
    identify,
    is_alive,
    send,
    session_of,
    wait_until,
)
from retention_site.lib.processes.leftovers import end_leftovers
from retention_site.lib.processes.programs import Program
from retention_site.lib.processes.records import Records
from retention_site.lib.processes.running import start
from retention_site.lib.processes.supervisor import GaveUpError, Supervisor

SLEEPER = [sys.executable, "-c", "import time; time.sleep(600)"]
PARENT = [
    sys.executable,
    "-c",
    (
        "import subprocess, sys, time\nsubprocess.Popen([sys.executable, '-c', 'import"
        " signal, time; signal.signal(15, 1); time.sleep(600)'])\ntime.sleep(600)"
    ),
]


@pytest.fixture
def records(tmp_path):
    return Records(tmp_path)


@pytest.fixture
def supervisor(records, tmp_path):
    kept = {
        number: signal.getsignal(number)
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    }
    with Supervisor(records, tmp_path / "logs") as supervisor:
        yield supervisor
    for number, handler in kept.items():
        signal.signal(number, handler)


def test_program_that_dies_is_started_again(supervisor):
    supervisor.start([Program("sleeper", SLEEPER)])
    first = supervisor.running[0].identity
    send(first, signal.SIGKILL)
    supervisor.watch(until=lambda: supervisor.running[0].identity != first)
    assert is_alive(supervisor.running[0].identity)
    assert supervisor.records.living("sleeper") == supervisor.running[0].identity


def test_program_that_can_not_run_is_given_up_with_its_last_words(
    supervisor, monkeypatch
):
    monkeypatch.setattr("retention_site.lib.processes.supervisor.REST_S", 0.0)
    supervisor.start(
        [
            Program(
                "broken", [sys.executable, "-c", "raise SystemExit('no such setting')"]
            )
        ]
    )
    with pytest.raises(
        GaveUpError, match="The broken process ends again and again: no such setting"
    ):
        supervisor.watch()


def test_records_that_were_cleaned_away_are_written_again(supervisor, records):
    supervisor.start([Program("sleeper", SLEEPER)])
    for path in records.folder.glob("*.pid.json"):
        path.unlink()
    supervisor.watch(until=lambda: records.living("sleeper") is not None)
    assert records.living("supervisor") == identify(os.getpid())


def test_signal_ends_the_watch(supervisor):
    supervisor.start([Program("sleeper", SLEEPER)])
    os.kill(os.getpid(), signal.SIGTERM)
    supervisor.watch()
    sleeper = supervisor.running[0].identity
    supervisor.stop()
    assert not is_alive(sleeper)


def test_children_that_ignore_the_signal_end_too(supervisor):
    supervisor.start([Program("parent", PARENT, grace_s=1.0)])
    leader = supervisor.running[0].identity
    wait_until(lambda: len(session_of(leader)) == 2, 10)
    family = session_of(leader)
    supervisor.stop()
    assert [member for member in family if is_alive(member)] == []


def test_children_of_a_killed_program_are_found_by_the_next_stop(records, tmp_path):
    running = start(Program("parent", PARENT), records, tmp_path / "logs")
    wait_until(lambda: len(session_of(running.identity)) == 2, 10)
    (child,) = [
        member for member in session_of(running.identity) if member != running.identity
    ]
    send(running.identity, signal.SIGKILL)
    running.process.wait()
    assert is_alive(child)

    assert end_leftovers(records) == ["parent"]

    assert not is_alive(child)
    assert end_leftovers(records) == []


def test_a_program_that_lets_others_go_first_does_so_with_its_whole_session(
    records, tmp_path
):
    running = start(Program("slow", SLEEPER, niceness=7), records, tmp_path / "logs")
    session = Path(f"/proc/{running.process.pid}/autogroup")
    try:
        assert os.getpriority(os.PRIO_PROCESS, running.process.pid) == 7
        assert not session.exists() or session.read_text().endswith("nice 7\n")
    finally:
        running.stop(records)


def test_process_that_got_a_used_id_is_not_signalled(records):
    stranger = subprocess.Popen(SLEEPER, start_new_session=True)
    try:
        old = Identity(stranger.pid, "another boot:1")
        records._store("web", old)
        assert not is_alive(old)
        assert not send(old, signal.SIGKILL)
        assert session_of(old) == []
        assert end_leftovers(records) == []
        assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()


def test_process_in_somebody_elses_session_is_found_by_its_record(records):
    child = subprocess.Popen(SLEEPER)
    try:
        identity = records.write("supervisor", child.pid)
        assert session_of(identity) == [identity]
        assert list(records.all()) == [("supervisor", identity)]
    finally:
        child.kill()
        child.wait()


def test_zombie_is_not_alive():
    child = subprocess.Popen([sys.executable, "-c", ""])
    identity = identify(child.pid)
    wait_until(lambda: not is_alive(identity), 10)
    assert not is_alive(identity)
    assert child.returncode is None, "nobody has waited for it yet"
    child.wait()


def test_broken_record_is_forgotten(records):
    (records.folder / "web.pid.json").write_text("{half a rec")
    assert list(records.all()) == []
    assert not (records.folder / "web.pid.json").exists()


def test_waiting_gives_up_in_time():
    began = time.monotonic()
    assert not wait_until(lambda: False, 0.1)
    assert time.monotonic() - began < 5


def test_a_log_that_grows_large_is_put_aside_while_its_writer_goes_on(
    supervisor, monkeypatch
):
    monkeypatch.setattr("retention_site.lib.processes.running.LOG_BYTES", 50_000)
    monkeypatch.setattr("retention_site.lib.processes.supervisor.LOGS_EVERY_S", 0.1)
    talker = (
        "import time\nfor n in range(10**9): print(f'line {n:09}', flush=True);"
        " time.sleep(0.0001)"
    )
    supervisor.start([Program("talker", [sys.executable, "-c", talker])])
    one = supervisor.running[0]
    aside = one.log.with_suffix(".log.1")
    supervisor.watch(until=aside.exists)
    size = aside.stat().st_size
    assert size > 50_000
    supervisor.watch(until=lambda: one.log.stat().st_size > 1_000)
    lines = one.log.read_text().splitlines()
    assert lines[-2].startswith("line "), "it goes on at the beginning, without a hole"
    assert is_alive(one.identity)
    assert "line " in one.said()
