"""No two modules import each other, not even by a detour or inside a function; what is
imported inside a function says why.
"""

import ast
import re
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
APPS = ("campaigns", "profiles", "recommender", "retention_site")
MODULES = {
    ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(
        ".__init__"
    ): path
    for app in APPS
    for path in (ROOT / app).rglob("*.py")
    if "migrations" not in path.parts
}
REASON = re.compile(r"# (?!noqa|type:)")


def for_types_only(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)


def statements(tree: ast.AST) -> Iterator[ast.Import | ast.ImportFrom]:
    """Go through the imports that happen when a program runs."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.Import | ast.ImportFrom):
            yield node
        elif not for_types_only(node):
            yield from statements(node)


def imported(module: str, source: str, known: set[str]) -> set[str]:
    """Return the modules of ours that a module imports anywhere."""
    is_package = MODULES.get(module, Path()).name == "__init__.py"
    here = module if is_package else module.rpartition(".")[0]
    found = set()
    for node in statements(ast.parse(source)):
        if isinstance(node, ast.Import):
            found |= {name.name for name in node.names}
            continue
        above = here.split(".")[: len(here.split(".")) - node.level + 1]
        base = ".".join(
            [*(above if node.level else []), *([node.module] if node.module else [])]
        )
        for name in node.names:
            whole = f"{base}.{name.name}"
            found.add(whole if whole in known else base)
    return found & known - {module}


def without_reason(source: str) -> list[str]:
    """Return the imports inside functions that no comment stands beside or above."""
    lines, bare, covered_to = source.split("\n"), [], 0
    inside = sorted(
        {
            (node.lineno, node.end_lineno or node.lineno)
            for function in ast.walk(ast.parse(source))
            if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef)
            for node in ast.walk(function)
            if isinstance(node, ast.Import | ast.ImportFrom)
        }
    )
    for first, last in inside:
        # one reason holds for a whole block of imports
        goes_on = covered_to and not "".join(lines[covered_to : first - 1]).strip()
        said = "\n".join([lines[first - 2], *lines[first - 1 : last]])
        if REASON.search(said) or goes_on:
            covered_to = last
        else:
            bare.append(f"line {first}: {lines[first - 1].strip()}")
    return bare


def test_no_modules_import_each_other():
    graph = {
        module: imported(module, path.read_text(), set(MODULES))
        for module, path in MODULES.items()
    }
    assert len(graph) > 1000
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        pytest.fail(f"a circle: {' <- '.join(error.args[1])}")


def test_a_circle_inside_functions_is_found():
    one, other = "campaigns.tasks", "campaigns.receivers"
    lazily = "def f():\n    from campaigns import receivers\n"
    graph = {
        one: imported(one, lazily, {one, other}),
        other: imported(other, "from .tasks import send_due", {one, other}),
    }
    with pytest.raises(CycleError):
        TopologicalSorter(graph).prepare()


def test_an_import_inside_a_function_has_its_reason_beside_it():
    bare = {
        module: found
        for module, path in MODULES.items()
        if (found := without_reason(path.read_text()))
    }
    assert bare == {}


def test_an_import_without_a_reason_is_found():
    bare = "def f():\n    import torch\n\n    return torch\n"
    assert without_reason(bare) == ["line 2: import torch"]
    assert without_reason(bare.replace("torch\n\n", "torch  # noqa: F401\n\n"))
    assert without_reason(bare.replace("    import", "    # slow\n    import")) == []
