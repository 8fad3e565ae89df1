"""Every word of the program is translated; the compiled file is that of the readable one and loses no placeholder."""

import ast
import gettext
import io
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.checkers import checkers
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from django.utils import translation
from django.utils.translation.template import templatize

from retention_site.unfold import NAVIGATION

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "locale" / "zh_Hans" / "LC_MESSAGES"
PROGRAM = ("retention_site", "profiles", "recommender", "campaigns")
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|\{\w+\}")
SAID = re.compile(r"\b(?:n?gettext|_)\(u?('(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\")")
KEYWORDS = {"_", "gettext", "gettext_lazy", "ngettext", "ngettext_lazy"}


def said_in_python(path: Path) -> Iterator[str]:
    """What a module says to a person; of a plural its singular, as the catalogue's key."""
    source = path.read_text()
    for call in ast.walk(ast.parse(source)) if "gettext" in source else ():
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id in KEYWORDS:
            yield ast.literal_eval(call.args[0]) if isinstance(call.args[0], ast.Constant) else ""


def said_in_template(path: Path) -> Iterator[str]:
    return map(ast.literal_eval, SAID.findall(templatize(path.read_text(), origin=str(path))))


@pytest.fixture(scope="module")
def catalogue():
    return read_po((FOLDER / "django.po").open("rb"), locale="zh_Hans")


def test_the_compiled_file_is_made_from_the_readable_one(catalogue):
    """After a change: `pybabel compile -d locale -D django -l zh_Hans`."""
    compiled = io.BytesIO()
    write_mo(compiled, catalogue)
    fresh = gettext.GNUTranslations(io.BytesIO(compiled.getvalue()))
    kept = gettext.GNUTranslations((FOLDER / "django.mo").open("rb"))
    assert fresh._catalog == kept._catalog


def test_translations_keep_every_placeholder(catalogue):
    for message in catalogue:
        words = message.string if isinstance(message.string, str) else message.string[0]
        asked = message.id if isinstance(message.id, str) else message.id[-1]
        if message.id and words:
            assert set(PLACEHOLDER.findall(words)) == set(PLACEHOLDER.findall(asked)), asked


def test_every_word_of_the_program_is_translated(catalogue):
    """What is missing is written into the readable file, which is then compiled as above."""
    known = {message.id if isinstance(message.id, str) else message.id[0] for message in catalogue if _is_done(message)}
    modules = [path for folder in PROGRAM for path in (ROOT / folder).rglob("*.py") if "migrations" not in path.parts]
    pages = [*(ROOT / "templates").rglob("*.html")]
    said = {words: path for path in modules for words in said_in_python(path)}
    said |= {words: path for path in pages for words in said_in_template(path)}
    assert len(said) > 1000
    assert {words: str(path.relative_to(ROOT)) for words, path in said.items() if words and words not in known} == {}


def test_formats_agree_as_compilers_ask(catalogue):
    for message in catalogue:
        for check in checkers:
            check(catalogue, message)


def _is_done(message) -> bool:
    words = message.string if isinstance(message.string, str) else (message.string or ("",))[0]
    return bool(words) and not message.fuzzy


def test_the_whole_sidebar_is_translated():
    titles = [group["title"] for group in NAVIGATION if "title" in group]
    titles += [page["title"] for group in NAVIGATION for page in group["items"]]
    with translation.override("zh-hans"):
        assert all(re.search("[\u4e00-\u9fff]", str(title)) for title in titles)
