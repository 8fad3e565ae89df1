"""PostgreSQL comes up whatever the last start left behind, and loses nothing that was
committed.
"""

import multiprocessing
import os
import shutil
import signal
import subprocess
import sys

import pytest

from retention_site.lib.embedded import ServiceError, postgres
from retention_site.lib.embedded.account import server_account
from retention_site.lib.embedded.installations import find_postgres
from retention_site.lib.processes.identity import is_alive, send, wait_until
from retention_site.lib.processes.programs import ROOT


@pytest.fixture(params=["installed", "wheel"])
def either_server(request, monkeypatch):
    """Run the test on the machine's own PostgreSQL and on the one in the wheel."""
    monkeypatch.setenv("RAPPORT_SERVERS", request.param)
    if request.param == "installed":
        try:
            find_postgres(server_account())
        except ServiceError:
            pytest.skip("no PostgreSQL is installed on this machine")


def postmaster(shop):
    return shop.place.records.living(postgres.NAME)


def test_committed_rows_survive_the_kill_of_the_server(shop, either_server):
    shop.start()
    shop.sql("CREATE TABLE kept (n int)")
    shop.sql("INSERT INTO kept SELECT generate_series(1, 1000)")
    killed = postmaster(shop)
    send(killed, signal.SIGKILL)
    wait_until(lambda: not is_alive(killed), 5)

    shop.start()

    assert shop.sql("SELECT count(*) FROM kept") == [(1000,)]
    assert postmaster(shop) != killed


def test_stopped_server_comes_back_with_its_rows(shop, either_server):
    shop.start()
    shop.sql("CREATE TABLE kept AS SELECT 1 AS n")
    postgres.stop(shop.place)
    assert not postgres.is_ready(shop.place)
    shop.start()
    assert shop.sql("SELECT n FROM kept") == [(1,)]


def test_second_start_finds_the_first(shop):
    shop.start()
    first = postmaster(shop)
    shop.start()
    assert postmaster(shop) == first


def test_many_starts_at_once_make_one_server(shop):
    context = multiprocessing.get_context("fork")
    starts = [context.Process(target=shop.start) for _ in range(4)]
    for start in starts:
        start.start()
    for start in starts:
        start.join()
    assert [start.exitcode for start in starts] == [0] * 4
    assert shop.sql("SELECT 1") == [(1,)]


def test_two_folders_are_two_shops(make_shop):
    first, second = make_shop(), make_shop()
    for shop in (first, second):
        shop.start()
    first.sql("CREATE TABLE only_here (n int)")
    assert second.sql("SELECT to_regclass('only_here')") == [(None,)]
    postgres.stop(first.place)
    assert second.sql("SELECT 1") == [(1,)]


def test_pid_file_that_names_a_stranger_is_stale(shop):
    shop.start()
    postgres.stop(shop.place)
    stranger = subprocess.Popen(["sleep", "60"], **server_account().as_user())
    pid_file = shop.folder / "postgres" / "postmaster.pid"
    pid_file.write_text(
        f"{stranger.pid}\n{shop.folder / 'postgres'}\n1\n5432\n{shop.place.sockets}\n\n\nready\n"
    )
    try:
        shop.start()
        assert shop.sql("SELECT 1") == [(1,)]
        assert stranger.poll() is None, "a process that is not ours was signalled"
    finally:
        stranger.kill()
        stranger.wait()


def test_server_of_a_deleted_folder_is_ended_and_a_new_shop_begins(shop):
    shop.start()
    shop.sql("CREATE TABLE old (n int)")
    old = postmaster(shop)
    shutil.rmtree(shop.folder)
    shop.folder.mkdir()
    shop.folder.chmod(0o711)

    shop.start()

    assert shop.sql("SELECT to_regclass('old')") == [(None,)]
    assert not is_alive(old)


def test_server_whose_sockets_were_cleaned_away_is_started_again(shop):
    shop.start()
    shop.sql("CREATE TABLE kept AS SELECT 7 AS n")
    old = postmaster(shop)
    shutil.rmtree(shop.place.run)

    shop.start()

    assert shop.sql("SELECT n FROM kept") == [(7,)]
    assert not is_alive(old)


def test_data_of_a_missing_version_are_left_alone(shop):
    folder = shop.place.storage(postgres.NAME, server_account())
    (folder / "PG_VERSION").write_text("9\n")
    with pytest.raises(ServiceError, match="PostgreSQL 9, which wrote the data"):
        shop.start()
    assert [path.name for path in folder.iterdir()] == ["PG_VERSION"]


def test_folder_with_something_else_in_it_is_left_alone(shop):
    folder = shop.place.storage(postgres.NAME, server_account())
    (folder / "holiday.jpg").write_text("dear to somebody")
    with pytest.raises(ServiceError, match=r"holds holiday\.jpg but no database"):
        shop.start()
    assert (folder / "holiday.jpg").exists()


def test_nobody_else_may_enter_the_sockets(shop):
    postgres.start(shop.place)
    assert shop.place.sockets.stat().st_mode & 0o777 == 0o700
    assert shop.sql("SHOW listen_addresses") == [("",)]
    assert shop.sql("SHOW synchronous_commit") == [("on",)]
    assert len(os.fsencode(shop.place.sockets / ".s.PGSQL.5432")) <= 107


def test_nobody_else_may_read_the_shop(make_shop):
    shop = make_shop(is_private=True)
    shop.place.prepare()
    assert shop.folder.stat().st_mode & 0o044 == 0
    assert shop.place.logs.stat().st_mode & 0o077 == 0


def test_full_disk_is_one_sentence(shop):
    if os.geteuid() != 0:
        pytest.skip("a small disk is mounted by root")
    small = shop.folder / "small"
    small.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=4m,mode=711", "tmpfs", str(small)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("this system lets nobody mount a small disk")
    place = type(shop.place)(small)
    try:
        with pytest.raises(ServiceError, match=r"^The disk is full: .*\.$"):
            postgres.start(place)
    finally:
        shutil.rmtree(place.run, ignore_errors=True)
        subprocess.run(["umount", str(small)], check=True)


def test_a_start_that_was_killed_while_it_made_the_database_heals(shop, needs_proc):
    """The first start dies with SIGKILL in the midst of initdb, which goes on alone for
    a while.
    """
    folder = shop.place.data / postgres.NAME
    program = (
        "from retention_site.lib.embedded import place, postgres;"
        " postgres.start(place(), is_throwaway=True)"
    )
    dying = subprocess.Popen(
        [sys.executable, "-c", program], cwd=ROOT, env=shop.environment()
    )
    assert wait_until(lambda: (folder / "PG_VERSION").exists(), 30, every=0.001)
    dying.kill()
    dying.wait()
    assert (shop.place.data / "postgres.making").exists()

    shop.start()

    assert shop.sql("SELECT 1") == [(1,)]
    assert not (shop.place.data / "postgres.making").exists()


def test_a_folder_that_somebody_else_filled_is_left_alone(shop):
    folder = shop.place.data / postgres.NAME
    shop.place.prepare()
    server_account().own(folder)
    (folder / "thesis.txt").write_text("the work of years")
    with pytest.raises(ServiceError, match=r"holds thesis\.txt but no database"):
        shop.start()
    assert (folder / "thesis.txt").exists()
