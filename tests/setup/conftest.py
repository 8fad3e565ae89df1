"""Shops of their own, side by side, each in a folder that is thrown away."""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest

from retention_site.lib.embedded import Place, postgres, valkey
from retention_site.lib.processes.identity import HAS_PROC
from retention_site.lib.processes.leftovers import end_leftovers
from retention_site.lib.processes.programs import ROOT
from tests.surroundings import STRANGE


@dataclass(frozen=True)
class Shop:
    """One DATA_DIR and what a test does with it."""

    folder: Path

    @property
    def place(self) -> Place:
        return Place(self.folder)

    def start(self) -> None:
        """Bring its PostgreSQL up without waiting for the disk: these shops need not
        survive a power cut.
        """
        postgres.start(self.place, is_throwaway=True)

    def sql(self, statement: str) -> list[tuple]:
        with psycopg.connect(postgres.url(self.place), autocommit=True) as connection:
            cursor = connection.execute(statement)
            return cursor.fetchall() if cursor.description else []

    def environment(self, **extra: str) -> dict[str, str]:
        kept = {
            name: value for name, value in os.environ.items() if name not in STRANGE
        }
        return {**kept, "DATA_DIR": str(self.folder), **extra}

    def call(self, *words: str, **extra: str) -> subprocess.CompletedProcess[str]:
        """Run Python with these words in this shop's environment."""
        return subprocess.run(
            [sys.executable, *words],
            cwd=ROOT,
            env=self.environment(**extra),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    def processes(self) -> list[str]:
        """Return the command line of every process, ours or inherited, that works for
        this shop.
        """
        mark = f"DATA_DIR={self.folder}".encode()
        found = []
        for entry in Path("/proc").glob("[0-9]*"):
            try:
                words = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode()
                belongs = (
                    mark in (entry / "environ").read_bytes().split(b"\0")
                    or str(self.folder) in words
                    or str(self.place.run) in words
                )
            except OSError:
                continue
            if belongs and words:
                found.append(words)
        return found


@pytest.fixture
def make_shop() -> Iterator[Callable[..., Shop]]:
    """Make empty shops; `is_private` puts one below a folder that only its owner may
    enter.
    """
    shops: list[Shop] = []

    def make(*, is_private: bool = False) -> Shop:
        folder = Path(tempfile.mkdtemp(prefix="rapport-shop-")).resolve()
        if not is_private:
            folder.chmod(0o711)
        shops.append(Shop(folder / "data" if is_private else folder))
        return shops[-1]

    yield make
    for shop in shops:
        end_leftovers(shop.place.records)
        valkey.stop(shop.place)
        postgres.stop(shop.place)
        _remove(shop)


@pytest.fixture
def shop(make_shop: Callable[..., Shop]) -> Shop:
    """One empty shop."""
    return make_shop()


@pytest.fixture
def needs_proc() -> None:
    if not HAS_PROC:
        pytest.skip("looks for processes in /proc, which this system has not")


def _remove(shop: Shop) -> None:
    outside = (shop.folder / "postgres").resolve()
    for folder in (shop.place.run, shop.folder, outside):
        shutil.rmtree(folder, ignore_errors=True)
    if shop.folder.name == "data":
        shutil.rmtree(shop.folder.parent, ignore_errors=True)
