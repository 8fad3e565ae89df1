"""The pages of docs/contract/ say what the product takes and answers, no more, no less."""

import argparse
import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from django.core.management import get_commands, load_command_class
from django.urls import URLPattern, URLResolver, get_resolver

from profiles.api.app import make_api
from retention_site.lib import environment, registry
from retention_site.lib.processes.programs import ROOT

PAGES = ROOT / "docs" / "contract"
NOT_YET = "Not yet"
APPS = ("profiles", "recommender", "campaigns", "retention_site")
COMMON = {"--json", "--help"}
DJANGO = {
    "--version",
    "--verbosity",
    "--settings",
    "--pythonpath",
    "--traceback",
    "--no-color",
    "--force-color",
    "--skip-checks",
}
# read by the test machinery and by programs that we start, not by a shop
NOT_OURS = {"RAPPORT_SOAK"}


@cache
def sections(page: str) -> dict[str, str]:
    """Return a page's text by its headings of either level."""
    parts = re.split(r"^#{1,2} (.+)$", (PAGES / page).read_text(), flags=re.M)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def promised(page: str) -> str:
    """Return what a page says is there today."""
    return "\n".join(text for name, text in sections(page).items() if name != NOT_YET)


def codes(text: str) -> list[str]:
    return re.findall(r"`([^`\n]+)`", text)


def own_commands() -> dict[str, str]:
    return {name: app for name, app in get_commands().items() if app in APPS}


def parser_of(name: str) -> argparse.ArgumentParser:
    command = load_command_class(own_commands()[name], name)
    return command.create_parser("manage.py", name)


def options_of(parser: argparse.ArgumentParser) -> set[str]:
    """Return a command's long options, those of its verbs too, without Django's own."""
    found = set(parser._option_string_actions) - DJANGO
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for verb in action.choices.values():
                found |= set(verb._option_string_actions)
    return {option for option in found if option.startswith("--")} - COMMON


def verbs(parser: argparse.ArgumentParser) -> set[str]:
    """Return the words that may stand first: verbs, actions, kinds."""
    found: set[str] = set()
    for action in parser._actions:
        if not action.option_strings and action.choices:
            found |= set(action.choices)
    return found


def test_every_command_has_its_section_and_every_section_its_command():
    headings = {
        name for name in sections("commands.md") if re.fullmatch("[a-z_]+", name)
    }
    assert headings == set(own_commands())


@pytest.mark.parametrize("name", sorted(own_commands()))
def test_a_command_takes_what_its_section_says(name):
    text = sections("commands.md")[name]
    parser = parser_of(name)
    said = set(re.findall(r"(?<![\w-])--[a-z][a-z-]*", text))
    assert said == options_of(parser)
    for verb in verbs(parser):
        assert re.search(rf"\b{verb}\b", text), f"{name} {verb} is not on the page"


def test_what_is_not_yet_a_command_is_none():
    planned = {
        word for word in codes(sections("commands.md")[NOT_YET]) if word != "effect"
    }  # none any more: each command that was promised is there
    assert not planned & set(get_commands())


def test_every_kind_of_file_and_its_columns_are_on_the_page():
    rows = re.findall(
        r"^\| `(\w+)` \| `([^`]+)` \| (?:`([^`]+)`)? ?\| (\w+) \|$",
        sections("files.md")["Files in"],
        re.M,
    )
    said = {
        kind: (set(required.split(", ")), set(filter(None, optional.split(", "))), goes)
        for kind, required, optional, goes in rows
    }
    declared = {
        key: (
            {one.name for one in kind.columns if one.is_required},
            {one.name for one in kind.columns if not one.is_required},
            kind.extra or "nothing",
        )
        for key, kind in registry.everything("imports").items()
    }
    assert said == declared


def test_every_call_of_the_api_is_on_the_page_and_every_call_there_exists():
    document = make_api().get_openapi_schema()
    served = {
        f"{method.upper()} {path}"
        for path, operations in document["paths"].items()
        for method in operations
    }
    said = {
        word
        for word in codes(sections("http.md")["The API"])
        if re.match(r"(GET|POST|PUT|PATCH|DELETE) /", word)
    }
    assert said == served


def test_the_page_names_the_scope_that_each_call_asks_for():
    asked = dict(scopes_asked())
    lines = [
        (codes(calls), scope)
        for calls, scope in re.findall(
            r"^\| (.+?) \| (write|read|till|send) \|",
            sections("http.md")["The API"],
            re.M,
        )
    ]
    said = {call: {scope} for calls, scope in lines for call in calls}
    assert said == {call: scopes for call, scopes in asked.items() if scopes}


def scopes_asked() -> Iterator[tuple[str, set[str]]]:
    for _prefix, router in make_api()._routers:
        for path, view in router.path_operations.items():
            for operation in view.operations:
                # None: the operation is open, whatever its router asks for
                asked = operation.auth_callbacks or (
                    [] if operation.auth_param is None else router.auth or []
                )
                scopes = {scope for one in asked for scope in one.scopes}
                for method in operation.methods:
                    yield f"{method} /v1{path}", set(map(str, scopes))


def test_every_other_address_is_on_the_page():
    said = {
        re.sub(r"\{\w+\}", "{}", word)
        for word in codes(promised("http.md"))
        if word.startswith("/") and not word.startswith("/v1/")
    }
    probes = {"/health/live", "/health/ready", "/metrics", "/"}
    assert said == set(addresses(get_resolver())) | probes | {"/admin/"}


def addresses(resolver: URLResolver, before: str = "/") -> Iterator[str]:
    for entry in resolver.url_patterns:
        place = before + re.sub(r"<[^>]+>", "{}", str(entry.pattern))
        if isinstance(entry, URLPattern):
            yield place
        elif not place.startswith(("/admin/", "/v1/")):
            yield from addresses(entry, place)


def test_what_is_not_yet_served_is_refused():
    served = set(make_api().get_openapi_schema()["paths"])
    planned = set(codes(sections("http.md")[NOT_YET]))
    assert planned
    assert not planned & {re.sub(r"\{\w+\}", "{id}", path) for path in served}


def test_every_setting_that_the_code_reads_is_on_the_page_and_the_other_way_round():
    said = {
        word
        for line in re.findall(r"^\| (`[A-Z].*?) \|", promised("settings.md"), re.M)
        for word in codes(line)
    }
    read = set().union(*(names_read(path) for path in sources())) - NOT_OURS
    assert said == read - set(environment.NOT_BUILT)


def test_settings_that_nobody_honours_yet_are_named_as_such():
    assert set(codes(sections("settings.md")[NOT_YET])) == set(environment.NOT_BUILT)


def sources() -> list[Path]:
    apps = [path for app in APPS for path in (ROOT / app).rglob("*.py")]
    return [ROOT / "bootstrap.py", *apps]


def names_read(path: Path) -> set[str]:
    """Return the variables of the environment that a module asks for by name."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        match node:
            case ast.Call(
                func=ast.Attribute(value=asked, attr=how),
                args=[ast.Constant(value=str(name)), *_],
            ) if how != "setdefault" and _is_environment(asked):
                found.add(name)
            case ast.Call(
                func=ast.Name(id="words"), args=[ast.Constant(value=str(name)), *_]
            ) if path.name == "settings.py":
                found.add(name)
            case ast.Subscript(
                value=asked, slice=ast.Constant(value=str(name)), ctx=ast.Load()
            ) if _is_environment(asked):
                found.add(name)
    return {name for name in found if re.fullmatch("[A-Z][A-Z_]+", name)}


def _is_environment(node: ast.expr) -> bool:
    match node:
        case ast.Name(id="env" | "environment"):
            return True
        case ast.Attribute(value=ast.Name(id="os"), attr="environ"):
            return True
    return False
