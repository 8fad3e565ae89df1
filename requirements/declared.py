"""Hold what the code imports against what pyproject.toml declares: `make check` runs
this in the environment.

What is imported directly is declared, so that another package's update can't take it
away; what is declared is used.
"""

import ast
import re
import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PROGRAM = ("manage.py", "retention_site", "profiles", "recommender", "campaigns")
TESTS = ("tests", "benchmarks")
OWN = {
    "manage",
    "bootstrap",
    "retention_site",
    "profiles",
    "recommender",
    "campaigns",
    "tests",
    "benchmarks",
    "templates",
    "locale",
}
# Installed by a benchmark for itself, or beside the lock (tests/oracles.txt)
FETCHED = {"post_office", "gbstats"}
UNSEEN = {
    "flask": "moto's server of S3 is made with it",
    "flask-cors": "moto's server of S3 is made with it",
    "argon2-cffi": "Django's password hasher imports it",
    "pytest-xdist": "bootstrap.py asks for -n",
    "pytest-timeout": "pyproject.toml asks for a limit",
    "pytest-django": "pytest finds it by itself",
    "ruff": "make check",
    "mypy": "make check",
    "django-stubs": "mypy's plug-in",
    "django-stubs-ext": "only a type checker reads its import",
    "import-linter": "make check",
    "PyNaCl": "dkimpy checks Ed25519 with it",
}


def main() -> int:
    wrong = faults(ROOT)
    print(
        "\n".join(wrong)
        or "Everything imported is declared, everything declared is used."
    )
    return 1 if wrong else 0


def faults(root: Path) -> list[str]:
    """Return one sentence for each import that nothing declares and each declaration
    that nothing uses.
    """
    declared = declarations(root)
    shop = declared[""] | declared["learn"] | declared["embedded"] | declared["demo"]
    owners = packages_distributions()
    used: set[str] = set()
    wrong = []
    for folders, allowed in ((PROGRAM, shop), (TESTS, shop | declared["test"])):
        for path in python_files(root, folders):
            tree = ast.parse(path.read_text())
            for name in sorted(
                set(imports(tree)) - OWN - FETCHED - set(sys.stdlib_module_names)
            ):
                makers = {plain(maker) for maker in owners.get(name, [])}
                if not makers & allowed:
                    wrong.append(
                        f"{path.relative_to(root)} imports {name}, which pyproject.toml"
                        " does not declare."
                    )
            named = {
                maker
                for name in {*imports(tree), *mentions(tree)}
                for maker in owners.get(name, [])
            }
            used |= {plain(maker) for maker in named}
    idle = set().union(*declared.values()) - used - set(map(plain, UNSEEN))
    return wrong + [
        f"pyproject.toml declares {name}, and nothing uses it." for name in sorted(idle)
    ]


def declarations(root: Path) -> dict[str, set[str]]:
    """Return the names of the packages by extra; under "" those that every installation
    has.
    """
    project = tomllib.loads((root / "pyproject.toml").read_text())["project"]
    lists = {"": project["dependencies"], **project["optional-dependencies"]}
    return {
        extra: {plain(re.split(r"[\[=<>~! ]", one)[0]) for one in wanted}
        for extra, wanted in lists.items()
    }


def python_files(root: Path, folders: tuple[str, ...]) -> Iterator[Path]:
    for folder in folders:
        path = root / folder
        yield from [path] if path.suffix else sorted(path.rglob("*.py"))


def imports(tree: ast.AST) -> Iterator[str]:
    """Yield the top-level name of every absolute import, but for those that only a type
    checker reads.
    """
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            continue
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level:
            yield (node.module or "").partition(".")[0]
        else:
            yield from imports(node)


def mentions(tree: ast.AST) -> Iterator[str]:
    """Yield what strings begin with: settings and command lines name modules by words
    ("axes.middleware…").
    """
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value.partition(".")[0]


def plain(name: str) -> str:
    """Return the one spelling of a package's name (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()


if __name__ == "__main__":
    sys.exit(main())
