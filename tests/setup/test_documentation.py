"""What the pages and the code cite is in the repository."""

import ast
import re
import subprocess
import tomllib
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from retention_site.lib.processes.programs import ROOT

CODE = ("retention_site", "profiles", "recommender", "campaigns", "tests", "benchmarks")
# a path with a folder and a known ending, or the name of a page alone
ENDINGS = r"py|md|yaml|html|toml|txt|png|js|css|env"
PATH = re.compile(
    rf"(?<![\w/.:…*<-])((?:[\w.-]+/)+[\w.-]+\.(?:{ENDINGS})|[\w-]+\.md)\b"
)
LINK = re.compile(r"\]\(([^)#\s]+)[^)]*\)")
# named on purpose: what a shop has, or what is only an example
NOT_HERE = re.compile(r"^(DATA_DIR|MODEL_DIR|https?:)|/(card\.json|shop\.env)$")
PAGES = [
    path
    for path in [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]
    if path.name != "CHANGELOG.md"
]


@cache
def tracked() -> frozenset[str]:
    """Return the repository's files; where git is not at hand, those that lie here."""
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if listed.returncode == 0:
        return frozenset(listed.stdout.splitlines())
    return frozenset(
        str(path.relative_to(ROOT)) for path in ROOT.rglob("*") if path.is_file()
    )


def exists(name: str, beside: Path) -> bool:
    """Say whether a path leads somewhere from the root, from beside, or from tests."""
    if NOT_HERE.search(name):
        return True
    places = (ROOT, beside, ROOT / "tests")
    return any((place / name).resolve().is_file() for place in places)


def code_files() -> list[Path]:
    return [
        ROOT / name
        for name in sorted(tracked())
        if name.endswith(".py") and name.partition("/")[0] in CODE
    ]


def spoken(path: Path) -> Iterator[str]:
    """Go through the docstrings and comments of a module."""
    source = path.read_text()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef):
            yield ast.get_docstring(node) or ""
    yield from re.findall(r"(?m)(?:^|\s)#\s(.*)$", source)


def missing_of(text: str, beside: Path) -> list[str]:
    return [name for name in PATH.findall(text) if not exists(name, beside)]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_a_page_names_no_file_that_is_not_there(page):
    text = page.read_text()
    dead_links = [
        link
        for link in LINK.findall(text)
        if not re.match(r"[a-z]+:", link) and not (page.parent / link).exists()
    ]
    assert dead_links == []
    assert missing_of(text, page.parent) == []


def test_the_code_cites_no_page_and_no_file_that_is_not_in_the_repository():
    dead = {
        str(path.relative_to(ROOT)): missing
        for path in code_files()
        if (
            missing := [n for one in spoken(path) for n in missing_of(one, path.parent)]
        )
    }
    assert len(code_files()) > 500
    assert dead == {}


def test_every_test_that_a_page_names_exists():
    named = {
        (page.name, path, test)
        for page in PAGES
        for path, test in re.findall(r"([\w/]+\.py)::(test_\w+)", page.read_text())
    }
    assert named
    for page, path, test in named:
        path = path.removeprefix("tests/")
        assert f"def {test}" in (ROOT / "tests" / path).read_text(), (page, test)


def test_every_decision_has_a_number_of_its_own():
    decisions = sorted((ROOT / "docs" / "decisions").glob("*.md"))
    numbers = Counter(path.name[:4] for path in decisions)
    assert [number for number, n in numbers.items() if n > 1] == []
    for path in decisions:
        number = re.match(r"# (?:(\d+)\. )?", path.read_text()).group(1)
        assert number in (None, str(int(path.name[:4]))), path.name


def test_the_map_shows_the_stages_as_import_contracts_hold_them():
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]
    layers = next(
        contract["layers"]
        for contract in contracts["importlinter"]["contracts"]
        if contract.get("containers") == ["campaigns"]
    )
    page = (ROOT / "docs" / "architecture.md").read_text()
    table = page.partition("## Stages of campaigns")[2].partition("\n## ")[0]
    assert re.findall(r"^\| `(\w+)` \|", table, re.M) == layers[::-1]


def test_the_map_names_every_room():
    page = (ROOT / "docs" / "architecture.md").read_text()
    for app in ("profiles", "recommender", "campaigns"):
        rooms = {
            name.split("/")[1]
            for name in tracked()
            if name.startswith(f"{app}/") and name.endswith("/__init__.py")
        } - {"__init__.py", "migrations", "management", "models"}
        missing = [
            room
            for room in rooms
            if f"`{room}/`" not in page and f"`{room}`" not in page
        ]
        assert missing == [], app
