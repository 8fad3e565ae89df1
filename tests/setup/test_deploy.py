"""What deploy/ promises: the image's steps on an empty folder, roles that exist, no root;
and each role alone, as a process of an account without rights.

No container is built here: there is no base image to build one from.
"""

import configparser
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from contextlib import suppress
from pathlib import Path
from urllib.request import urlopen

import pytest
import yaml

from retention_site.lib.processes import machine
from retention_site.lib.processes.identity import wait_until
from retention_site.lib.processes.programs import ROOT
from retention_site.lib.processes.roles import ROLES
from tests.conftest import _answers, free_port
from tests.surroundings import STRANGE

DEPLOY = ROOT / "deploy"
NOBODY = 65534
COMMAND = [sys.executable, "-m", "retention_site.lib.processes", "start"]
PAGE = (ROOT / "docs" / "contract" / "settings.md").read_text()


def steps() -> list[tuple[str, str]]:
    """Return each instruction of the Dockerfile's last stage."""
    text = re.sub(r"\\\n\s*", "", (DEPLOY / "Dockerfile").read_text())
    lines = [one for one in text.splitlines() if one and not one.startswith("#")]
    start = max(n for n, line in enumerate(lines) if line.startswith("FROM"))
    return [
        (word, rest) for word, _, rest in (one.partition(" ") for one in lines[start:])
    ]


def kept_out() -> set[str]:
    return set((ROOT / ".dockerignore").read_text().split())


def test_the_images_files_are_enough_to_start(tmp_path) -> None:
    for word, rest in steps():
        if word != "COPY" or rest.startswith("--from"):
            continue
        *sources, target = rest.split()
        for source in sources:
            assert source not in kept_out()
            if (ROOT / source).is_dir():
                shutil.copytree(
                    ROOT / source,
                    tmp_path / target,
                    ignore=shutil.ignore_patterns("__pycache__"),
                )
            else:
                shutil.copy(ROOT / source, tmp_path / target)
    environment = {
        name: value for name, value in os.environ.items() if name not in STRANGE
    }
    done = subprocess.run(
        [sys.executable, "manage.py", "check"],
        cwd=tmp_path,
        env={**environment, "DATA_DIR": str(tmp_path / "data")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert not (tmp_path / "tests").exists()


def test_the_image_runs_as_nobody_in_particular_and_says_its_health() -> None:
    words = dict(steps())
    assert words["USER"] == "10001"
    assert "/health/live" in words["HEALTHCHECK"]
    assert (
        words["ENTRYPOINT"]
        == '["python", "-m", "retention_site.lib.processes", "start"]'
    )
    assert words["STOPSIGNAL"] == "SIGTERM"
    base = re.search(r"python:3\.(\d+)-slim", words["FROM"])
    assert base
    assert 11 <= int(base[1]) <= 13


def test_compose_starts_each_role_once_and_none_with_rights() -> None:
    services = yaml.safe_load((DEPLOY / "compose.yaml").read_text())["services"]
    ours = {name: one for name, one in services.items() if "rapport" in one["image"]}
    assert set(ours) == set(ROLES)
    for name, one in ours.items():
        assert one["command"] == [name]
        assert one["cap_drop"] == ["ALL"]
        assert one["read_only"]
    assert services["web"]["ports"] == ["127.0.0.1:8000:8000"]
    named = re.findall(r"^([A-Z_]+)=", (DEPLOY / "example.env").read_text(), re.M)
    assert {name for name in named if f"`{name}`" not in PAGE} == {"POSTGRES_PASSWORD"}


@pytest.mark.parametrize("path", sorted((DEPLOY / "systemd").glob("*.service")))
def test_units_start_roles_that_exist_and_not_as_root(path: Path) -> None:
    unit = configparser.ConfigParser(strict=False, interpolation=None)
    unit.optionxform = str  # type: ignore[assignment]
    unit.read(path)
    service = unit["Service"]
    assert service["User"] == "rapport"
    role = re.search(r"processes start (\w+)$", service["ExecStart"])
    assert path.name == "rapport-backup.service" or (role and role[1] in ROLES)
    if service.get("Restart"):
        assert int(service["TimeoutStopSec"]) > 20  # a turn of sending


@pytest.mark.parametrize(
    ("cpus", "mib", "said"),
    [
        (2, 8_000, {"web": 2, "jobs": 2, "send": 2, "triggered": 1}),
        (1, 2_000, {"web": 2, "jobs": 1, "send": 2, "triggered": 1}),
        (16, 64_000, {"web": 8, "jobs": 4, "send": 8, "triggered": 4}),
        (64, 256_000, {"web": 8, "jobs": 4, "send": 8, "triggered": 4}),
    ],
)
def test_counts_follow_the_machine_and_the_environment(monkeypatch, cpus, mib, said):
    monkeypatch.setattr(machine, "processors", lambda: cpus)
    monkeypatch.setattr(machine, "memory_mib", lambda: mib)
    assert machine.counts({}) == said
    assert machine.counts({"SEND_PROCESSES": "5"})["send"] == 5


def test_a_container_counts_with_what_it_was_given(monkeypatch, tmp_path):
    monkeypatch.setattr(machine, "CGROUP", tmp_path)
    (tmp_path / "cpu.max").write_text("100000 100000\n")
    (tmp_path / "memory.max").write_text(str(512 * 1024**2))
    assert (machine.processors(), machine.memory_mib()) == (1, 512)
    (tmp_path / "cpu.max").write_text("max 100000\n")
    (tmp_path / "memory.max").write_text("max\n")
    assert machine.processors() >= 1
    assert machine.memory_mib() > 512


def test_an_unknown_role_is_one_sentence() -> None:
    done = subprocess.run(
        [*COMMAND, "cook"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert "invalid choice: 'cook'" in done.stderr


AS_NOBODY = ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups"]
CAN_START_ANOTHER = """
import subprocess, sys, redis.asyncio
subprocess.run([sys.executable, "-c", "import django, psycopg"], check=True)
"""
# the interpreter may lie in root's home: it may read there, and write nowhere
READING = ["--inh-caps=+dac_read_search", "--ambient-caps=+dac_read_search"]


@pytest.fixture(scope="module")
def python() -> list[str]:
    """Python as an account without rights: our own, where that is not root."""
    if os.geteuid() != 0:
        return [sys.executable]
    for words in (AS_NOBODY, [*AS_NOBODY, *READING]):
        command = [*words, sys.executable, "-c", CAN_START_ANOTHER]
        with suppress(OSError):
            if not subprocess.run(
                command, cwd=ROOT, capture_output=True, check=False
            ).returncode:
                return [*words, sys.executable]
    pytest.skip("needs setpriv, to lend an account without rights")


@pytest.fixture
def start(python):
    """Start words of Rapport's processes in a new DATA_DIR as that account: `start("stop")`."""
    home = Path(tempfile.mkdtemp(prefix="rapport-roles-"))
    logs = Path(tempfile.mkdtemp(prefix="rapport-roles-logs-"))
    if os.geteuid() == 0:
        os.chown(home, NOBODY, NOBODY)
    kept = {name: value for name, value in os.environ.items() if name not in STRANGE}
    started = []

    def start_one(*words: str, **more: str) -> tuple[subprocess.Popen[bytes], Path]:
        log = logs / f"{words[-1]}.log"
        with log.open("ab") as said:
            process = subprocess.Popen(
                [*python, "-m", "retention_site.lib.processes", *words],
                cwd=ROOT,
                env={**kept, **more, "DATA_DIR": str(home)},
                stdout=said,
                stderr=said,
            )
        started.append(process)
        return process, log

    yield start_one
    for process in started:
        process.kill()
        process.wait()
    start_one("stop")[0].wait(60)
    for folder in (home, logs):
        shutil.rmtree(folder, ignore_errors=True)


@pytest.mark.timeout(600)  # six processes start at once beside another test
def test_each_role_runs_alone_as_an_account_without_rights(start) -> None:
    setup, said = start("start", "setup")
    assert setup.wait(120) == 0, said.read_text()
    port = free_port()
    extra = {"PORT": str(port), "WEB_PROCESSES": "1", "SEND_PROCESSES": "1"}
    roles = {
        role: start("start", role, **extra)
        for role in ("web", "send", "triggered", "jobs", "beat")
    }
    address = f"http://127.0.0.1:{port}"
    assert wait_until(lambda: _answers(f"{address}/health/ready"), 150.0)
    for role in ("send", "triggered", "jobs"):
        log = roles[role][1]
        assert wait_until(lambda log=log: " ready." in log.read_text(), 150.0), role

    def heard() -> bool:
        """The beat fired, and a sender said in the database that it heard it."""
        with urlopen(f"{address}/metrics") as answer:
            return b"rapport_sweep_silent_seconds{" in answer.read()

    assert wait_until(heard, 60.0, every=0.5)
    for process, _log in roles.values():
        status = Path(f"/proc/{process.pid}/status").read_text()
        assert re.search(rf"^Uid:\t{os.geteuid() or NOBODY}\t", status, re.MULTILINE)
    for process, _log in roles.values():
        process.send_signal(signal.SIGTERM)
    codes = {role: process.wait(30) for role, (process, _log) in roles.items()}
    assert set(codes.values()) == {0}, codes
