"""Root lends the servers an account without rights, also where that account may not
enter.
"""

import os
import pwd
import shutil
import traceback
from pathlib import Path

import pytest

from retention_site.lib.embedded import postgres, valkey
from retention_site.lib.embedded.account import server_account
from retention_site.lib.embedded.installations import find_postgres, find_valkey
from retention_site.lib.embedded.places import OUTSIDE

only_root = pytest.mark.skipif(
    os.geteuid() != 0, reason="only root lends its servers another account"
)


def owner_of(identity) -> int:
    return Path(f"/proc/{identity.pid}").stat().st_uid


@only_root
def test_servers_of_root_run_without_its_rights(shop, needs_proc):
    shop.start()
    valkey.start(shop.place)
    started = list(shop.place.records.all())
    assert len(started) >= 2
    for name, identity in started:
        assert owner_of(identity) == server_account().uid != 0, name


@only_root
@pytest.mark.parametrize("servers", ["installed", "wheel"])
def test_folder_that_only_root_may_enter_keeps_its_data_outside(
    make_shop, monkeypatch, servers
):
    monkeypatch.setenv("RAPPORT_SERVERS", servers)
    shop = make_shop(is_private=True)
    assert not server_account().can("x", shop.folder.parent)

    if servers == "wheel":
        valkey.start(shop.place)
    shop.start()
    shop.sql("CREATE TABLE kept AS SELECT 1 AS n")
    home = (shop.folder / "postgres").resolve()
    postgres.stop(shop.place)
    shop.start()

    assert home.parent == OUTSIDE
    assert (shop.folder / "postgres").resolve() == home, "the place is remembered"
    assert shop.sql("SELECT n FROM kept") == [(1,)]
    assert shop.folder.parent.stat().st_mode & 0o777 == 0o700, (
        "nobody's folder was opened to others"
    )


@only_root
def test_programs_in_a_folder_that_only_root_may_enter_are_copied(
    tmp_path, monkeypatch
):
    from retention_site.lib.embedded import installations

    monkeypatch.setattr(installations, "OUTSIDE", Path(f"{OUTSIDE}-test"))
    source = tmp_path / "package"
    (source / "bin").mkdir(parents=True)
    program = source / "bin" / "server"
    program.write_text("#!/bin/sh\necho up\n")
    program.chmod(0o700)
    source.chmod(0o700)
    try:
        found = installations._enterable(source, "bin/server", server_account())
        assert found != source
        assert server_account().can("rx", found / "bin" / "server")
        assert installations._enterable(source, "bin/server", server_account()) == found
    finally:
        shutil.rmtree(f"{OUTSIDE}-test")


@only_root
def test_ordinary_user_runs_a_shop_of_his_own(shop, monkeypatch):
    user = pwd.getpwnam("nobody")
    # this clone may be closed to him
    programs = find_postgres(server_account()), find_valkey(server_account())
    monkeypatch.setattr(postgres, "find_postgres", lambda *_: programs[0])
    monkeypatch.setattr(valkey, "find_valkey", lambda *_: programs[1])
    os.chown(shop.folder, user.pw_uid, user.pw_gid)
    child = os.fork()
    if child == 0:
        os._exit(_start_as(user, shop))
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert (shop.folder / "postgres").stat().st_uid == user.pw_uid


def _start_as(user: pwd.struct_passwd, shop) -> int:
    try:
        os.setgroups([])
        os.setgid(user.pw_gid)
        os.setuid(user.pw_uid)
        server_account.cache_clear()
        shop.start()
        valkey.start(shop.place)
        assert shop.sql("SELECT current_setting('listen_addresses')") == [("",)]
        valkey.stop(shop.place)
        postgres.stop(shop.place)
        assert list(shop.place.records.all()) == []
        shutil.rmtree(shop.place.run)
    except BaseException:
        traceback.print_exc()
        return 1
    return 0
