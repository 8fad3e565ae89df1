"""A shop comes back from one file: the same audiences, keys and ledgers; and what is no
whole backup is refused before anything is written.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import zipfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from random import Random
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection

from profiles import history, jobs
from profiles.backups import archive, contents, create, restore
from profiles.backups.archive import Unreadable
from profiles.backups.job import KEPT, folder
from profiles.history import transactions_of_another_server
from profiles.models import Backup, Event, HistoryState, Job
from retention_site.lib import embedded, half_restored
from retention_site.lib.commands import Failed
from retention_site.lib.embedded import postgres
from retention_site.lib.processes.identity import wait_until
from retention_site.lib.processes.programs import manage
from tests import factories as make
from tests.small_shop import small_shop

SHOP = ("DATA_DIR", "DATABASE_URL", "REDIS_URL", "SHOP_CLOCK", "SECRET_KEY")


@pytest.fixture
def shop(transactional_db: None) -> None:
    small_shop()
    history.refresh()


@pytest.fixture
def elsewhere(tmp_path: Path) -> Iterator[Path]:
    """An empty DATA_DIR with servers of its own, ended with the test."""
    tmp_path.chmod(0o711)
    home = tmp_path / "elsewhere"
    yield home
    place = embedded.place(home)
    postgres.stop(place)
    embedded.valkey.stop(place)


def call(home: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        manage(*words), env=of(home), text=True, capture_output=True, check=False
    )


def of(home: Path) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name not in SHOP}
    return {**kept, "DATA_DIR": str(home)}


def said(capsys: pytest.CaptureFixture[str], *words: str) -> Any:
    capsys.readouterr()
    with suppress(Failed):  # the small shop's ledgers differ: here as there
        call_command(*words, "--json")
    return json.loads(capsys.readouterr().out.splitlines()[-1])


def test_a_killed_restore_goes_on_and_gives_the_same_shop(
    shop, elsewhere, tmp_path, capsys
) -> None:
    file = tmp_path / "shop.backup"
    made = said(capsys, "backup", str(file))
    assert made["bytes"] == file.stat().st_size
    assert file.stat().st_mode & 0o777 == 0o600
    audience = said(capsys, "segment", "regulars", "--as-of", "2030-01-01")
    ledgers = said(capsys, "reconcile")

    restoring = subprocess.Popen(manage("restore", str(file)), env=of(elsewhere))
    mark = half_restored.mark(elsewhere)
    assert wait_until(mark.exists, 60.0)
    os.kill(restoring.pid, signal.SIGKILL)
    restoring.wait()
    refused = call(elsewhere, "reconcile")
    assert refused.returncode == 1
    assert refused.stderr.startswith("A restore into")

    again = call(elsewhere, "restore", str(file), "--json")
    assert again.returncode == 0, again.stderr
    answer = json.loads(again.stdout.splitlines()[-1])
    assert (answer["events"], answer["sending"]) == (Event.objects.count(), "paused")
    assert not mark.exists()
    there = call(elsewhere, "segment", "regulars", "--as-of", "2030-01-01", "--json")
    assert json.loads(there.stdout.splitlines()[-1])["hash"] == audience["hash"]
    books = call(elsewhere, "reconcile", "--json")
    assert json.loads(books.stdout.splitlines()[-1]) == ledgers
    full = call(elsewhere, "restore", str(file))
    assert (full.returncode, full.stderr.splitlines()[-1]) == (
        2,
        "The database holds tables already: restore into an empty one.",
    )


@pytest.fixture
def backup(db: None, tmp_path: Path) -> Path:
    path = tmp_path / "small.backup"
    with archive.written(path) as writer:
        writer.add_bytes("keys.json", b"{}")
        writer.add_bytes("database.dump", b"rows" + Random(7).randbytes(5000))
        writer.finish({**create._facts(create.real_now()), "version": "9.9"})
    return path


def refusal(path: Path) -> str:
    with pytest.raises(Unreadable) as refused:
        restore.verified(path, lambda _share: None)
    assert str(path) in str(refused.value)
    return str(refused.value)


def test_a_whole_file_is_read(backup) -> None:
    assert restore.verified(backup, lambda _share: None).facts["version"] == "9.9"


@pytest.mark.parametrize("share", [0.1, 0.5, 0.95, 0.999])
def test_a_file_that_was_cut_is_refused(backup, share) -> None:
    content = backup.read_bytes()
    backup.write_bytes(content[: int(len(content) * share)])
    assert "no whole backup" in refusal(backup)


def test_no_changed_byte_goes_unseen(backup) -> None:
    content = backup.read_bytes()
    start = content.index(b"database.dump") + 40
    for place in range(start, start + 4000, 500):
        broken = bytearray(content)
        broken[place] ^= 0x40
        backup.write_bytes(broken)
        refusal(backup)


def test_another_content_under_a_right_zip_is_refused(backup) -> None:
    with zipfile.ZipFile(backup) as old:
        members = {name: old.read(name) for name in old.namelist()}
    with zipfile.ZipFile(backup, "w") as new:
        for name, content in members.items():
            changed = content.replace(b"rows", b"ROWS", 1)
            new.writestr(name, changed if name == "database.dump" else content)
    assert "database.dump is not what was written" in refusal(backup)


@pytest.mark.parametrize("name", ["../outside", "/etc/outside", "data/../../outside"])
def test_nothing_is_unpacked_outside(backup, name) -> None:
    with archive.written(backup) as writer:
        writer.add_bytes(name, b"")
        writer.finish(create._facts(create.real_now()))
    refusal(backup)


def test_a_newer_release_is_named(backup) -> None:
    facts = create._facts(create.real_now())
    facts["migrations"].append("profiles.9999_of_tomorrow")
    with archive.written(backup) as writer:
        writer.finish(facts)
    assert "9999_of_tomorrow is unknown here" in refusal(backup)
    with archive.written(backup) as writer:
        writer.finish(facts)
    with zipfile.ZipFile(backup, "w") as other:
        other.writestr(
            archive.MANIFEST, '{"format": 2, "version": "7.0", "members": {}}'
        )
    assert "made by a newer release (7.0)" in refusal(backup)


@pytest.mark.parametrize("content", [b"", b"PK\x05\x06" + b"\0" * 18, b"words"])
def test_something_else_is_refused(tmp_path, content) -> None:
    (tmp_path / "other").write_bytes(content)
    refusal(tmp_path / "other")
    refusal(tmp_path / "missing")


def test_a_restored_copy_reaches_no_server_of_the_first(settings, tmp_path) -> None:
    settings.DATA_DIR = tmp_path
    (tmp_path / "shop.env").write_text(
        "# the first line\nSHOP_CURRENCY=EUR\n DATABASE_URL = postgresql://live/shop\n"
        "export EMAIL_URL=smtp://u:pw@mail\nSTORE_URL=s3://bucket\nSHOP_MARGIN=0.4\n"
    )
    environment = {"SHOP_TIME_ZONE": "Asia/Tokyo", "SHOP_CURRENCY": "USD"}
    assert contents.settings_lines(environment).splitlines() == [
        "# the first line",
        "SHOP_CURRENCY=EUR",
        "SHOP_MARGIN=0.4",
        "SHOP_TIME_ZONE=Asia/Tokyo",
    ]


def test_what_can_not_be_written_leaves_nothing(db, tmp_path, monkeypatch) -> None:
    def full(_writer: archive.Writer) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(create.contents, "EVERYTHING", (full,))
    (tmp_path / "old").write_text("the backup of before")
    with pytest.raises(OSError, match="No space"):
        create.create(tmp_path / "old")
    assert [one.read_text() for one in tmp_path.iterdir()] == ["the backup of before"]
    assert not Backup.objects.exists()


def test_events_of_another_servers_transactions_are_read_at_once(db) -> None:
    make.make_event(make.make_customer())
    Event.objects.update(transaction=2**60)
    HistoryState.objects.create(watermark=2**60)
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO profiles_history_change VALUES ('profiles_item', %s)",
            [2**60],
        )
        transactions_of_another_server.forget()
        cursor.execute("SELECT max(transaction) FROM profiles_history_change")
        assert (cursor.fetchone()[0] or 0) < 2**60
    assert Event.objects.get().transaction == 3
    assert not HistoryState.objects.exists()


def test_the_button_makes_a_file_that_an_admin_takes_away(
    client, transactional_db, settings, tmp_path
) -> None:
    settings.DATA_DIR = tmp_path
    signed_in = client
    signed_in.force_login(make.make_marketer())
    for n in range(KEPT):
        (folder().mkdir(exist_ok=True), (folder() / f"a{n}.backup").touch())
    assert signed_in.post("/admin/backups/make/").status_code == 302
    assert signed_in.post("/admin/backups/make/").status_code == 302
    job = Job.objects.get(kind="backup")  # one at a time
    assert b"hx-get" in signed_in.get("/admin/profiles/backup/").content
    jobs.work()
    job.refresh_from_db()
    assert job.state == Job.State.DONE, job.error
    assert len(list(folder().iterdir())) == KEPT
    row = Backup.objects.get()
    taken = signed_in.get(f"/admin/backups/{row.pk}/download/")
    assert len(b"".join(taken.streaming_content)) == row.size
    elsewhere = Backup.objects.create(
        made_at=row.made_at, path="/etc/passwd", size=1, host="h", version="1"
    )
    page = signed_in.get(f"/admin/backups/{elsewhere.pk}/download/")
    assert page.status_code == 404


def test_nobody_else_makes_or_takes_one(client, db, tmp_path) -> None:
    client.force_login(make.make_marketer(is_superuser=False))
    assert client.post("/admin/backups/make/").status_code == 403
    assert client.get("/admin/backups/1/download/").status_code == 403
