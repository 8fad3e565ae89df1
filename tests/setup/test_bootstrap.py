"""The bootstrap installs once, says what is missing, and takes the same words as make."""

import importlib.util
import shutil
import subprocess
import sys
from collections import namedtuple

import pytest

from retention_site.lib.processes.programs import ROOT

Version = namedtuple("Version", "major minor")


@pytest.fixture
def bootstrap(tmp_path, monkeypatch):
    """The bootstrap in a folder of its own, where making an environment and installing
    are only counted.
    """
    spec = importlib.util.spec_from_file_location(
        "bootstrap_under_test", ROOT / "bootstrap.py"
    )
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    (tmp_path / "requirements").mkdir()
    for name in ("run", "demo", "test", "torch"):
        (tmp_path / "requirements" / f"{name}.txt").write_text("Django==5.2\n")
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "oracles.txt").write_text("gbstats==0.8.0\n")
    monkeypatch.setattr(module, "ROOT", tmp_path)
    monkeypatch.setattr(module, "VENV", tmp_path / ".venv")
    monkeypatch.setattr(module, "PYTHON", tmp_path / ".venv" / "bin" / "python")
    monkeypatch.setattr(module, "STAMP", tmp_path / ".venv" / "installed")
    monkeypatch.setattr(module, "LOCKS", tmp_path / "requirements")
    monkeypatch.setattr(module, "ORACLES", tmp_path / "tests" / "oracles.txt")
    module.done = []
    monkeypatch.setattr(
        module, "make_environment", lambda python: _make_fake(module, python)
    )
    monkeypatch.setattr(
        module, "install", lambda sets: module.done.append(" ".join(sets))
    )
    return module


def _make_fake(module, python):
    module.done.append("environment")
    module.PYTHON.parent.mkdir(parents=True, exist_ok=True)
    module.PYTHON.unlink(missing_ok=True)
    module.PYTHON.symlink_to(python)


def test_second_set_up_does_nothing(bootstrap):
    bootstrap.set_up(bootstrap.SHOP)
    bootstrap.set_up(bootstrap.SHOP)
    assert bootstrap.done == ["environment", "run"]


@pytest.mark.parametrize(
    "name",
    [
        "requirements/run.txt",
        "requirements/test.txt",
        "requirements/torch.txt",
        "tests/oracles.txt",
    ],
)
def test_changed_locks_are_installed_into_the_same_environment(bootstrap, name):
    bootstrap.set_up(bootstrap.TESTS)
    (bootstrap.ROOT / name).write_text("Django==5.3\n")
    bootstrap.set_up(bootstrap.TESTS)
    assert bootstrap.done == ["environment", "run demo test", "run demo test"]


def test_a_word_installs_only_what_it_needs(bootstrap):
    """A shop on a production machine gets neither test tools nor the demo shop; who has
    more needs nothing.
    """
    bootstrap.set_up(bootstrap.SHOP)
    (bootstrap.ROOT / "requirements" / "test.txt").write_text("pytest==10\n")
    bootstrap.set_up(bootstrap.SHOP)
    assert bootstrap.done == ["environment", "run"]
    bootstrap.set_up(bootstrap.TESTS)
    bootstrap.set_up(bootstrap.DEMO)
    bootstrap.set_up(bootstrap.SHOP)
    assert bootstrap.done == ["environment", "run", "run demo test"]


def test_a_stamp_of_an_older_release_installs_again(bootstrap):
    bootstrap.set_up(bootstrap.SHOP)
    bootstrap.STAMP.write_text("0123abcd")
    bootstrap.set_up(bootstrap.SHOP)
    assert bootstrap.done == ["environment", "run", "run"]


def test_failed_install_is_tried_again(bootstrap, monkeypatch):
    monkeypatch.setattr(bootstrap, "install", lambda sets: sys.exit("no network"))
    with pytest.raises(SystemExit):
        bootstrap.set_up(bootstrap.SHOP)
    monkeypatch.setattr(
        bootstrap, "install", lambda sets: bootstrap.done.append("install")
    )
    bootstrap.set_up(bootstrap.SHOP)
    assert bootstrap.done == ["environment", "install"]


def test_environment_whose_python_is_gone_is_made_anew(bootstrap):
    bootstrap.set_up(bootstrap.SHOP)
    bootstrap.PYTHON.unlink()
    bootstrap.PYTHON.symlink_to("/nowhere/python3")
    bootstrap.set_up(bootstrap.SHOP)
    assert bootstrap.done == ["environment", "run"] * 2


@pytest.mark.parametrize(
    ("sets", "n_steps"), [(["run"], 2), (["run", "demo", "test"], 3)]
)
def test_all_but_torch_is_installed_by_hash(bootstrap, monkeypatch, sets, n_steps):
    real = importlib.util.module_from_spec(bootstrap.__spec__)
    bootstrap.__spec__.loader.exec_module(real)
    asked = []
    monkeypatch.setattr(real, "in_venv", lambda *words: asked.append(words) or 0)
    real.install(sets)
    without_hashes = [words for words in asked if "--require-hashes" not in words]
    assert len(asked) == n_steps
    assert [words[-1] for words in without_hashes] == [str(real.LOCKS / "torch.txt")]


@pytest.mark.parametrize("version", [Version(3, 10), Version(3, 14)])
def test_other_python_is_refused_in_one_sentence(bootstrap, monkeypatch, version):
    monkeypatch.setattr(sys, "version_info", version)
    monkeypatch.setattr(shutil, "which", lambda name: None)
    with pytest.raises(
        SystemExit,
        match=rf"needs Python 3.11, 3.12 or 3.13, and this is 3\.{version.minor};",
    ):
        bootstrap.set_up(bootstrap.SHOP)


def test_other_python_hands_over_to_a_fitting_one(bootstrap, monkeypatch):
    monkeypatch.setattr(sys, "version_info", Version(3, 10))
    monkeypatch.setattr(
        shutil,
        "which",
        lambda name: "/opt/python3.12" if name == "python3.12" else None,
    )
    assert bootstrap.supported_python() == "/opt/python3.12"


def test_missing_venv_says_what_to_install(bootstrap, tmp_path):
    real = importlib.util.module_from_spec(bootstrap.__spec__)
    bootstrap.__spec__.loader.exec_module(real)
    without_venv = tmp_path / "python3"
    without_venv.write_text("#!/bin/sh\nexit 1\n")
    without_venv.chmod(0o755)
    with pytest.raises(SystemExit, match="apt-get install python3-venv"):
        real.make_environment(str(without_venv))


@pytest.mark.parametrize(
    "command", [["make"], ["make", "help"], [sys.executable, "bootstrap.py"]]
)
def test_help_is_printed_without_any_set_up(command, tmp_path):
    if shutil.which(command[0]) is None:
        pytest.skip("make is not installed")
    for name in ("Makefile", "bootstrap.py"):
        shutil.copy(ROOT / name, tmp_path)
    done = subprocess.run(
        command, cwd=tmp_path, capture_output=True, text=True, check=True
    )
    for word in ("demo", "run", "stop", "test", "check", "bench", "soak"):
        assert f"make {word} " in done.stdout
    assert sorted(
        path.name for path in tmp_path.iterdir() if path.name != "__pycache__"
    ) == [
        "Makefile",
        "bootstrap.py",
    ]


def test_unknown_word_is_wrong_input():
    done = subprocess.run(
        [sys.executable, "bootstrap.py", "dmeo"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert done.stderr.startswith("There is no word 'dmeo'.")
