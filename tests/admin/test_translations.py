"""Every word of the program is translated; the compiled file is that of the readable
one and loses no placeholder.
"""

import ast
import gettext
import io
import re
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import pytest
from babel.messages.checkers import checkers
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from django.utils import translation
from django.utils.translation.template import templatize

from campaigns.content import contact_windows
from campaigns.planning import decide
from campaigns.proof.analysis import Verdict
from campaigns.proof.reports.evaluate import AA_CHECK, SIMULATED_LIFT
from profiles.intake import cleaners
from profiles.portraits import groups as groups_of_customers
from retention_site.lib import registry
from retention_site.lib.admin.words import said
from retention_site.menu.create import CREATIONS
from retention_site.menu.views import PLACES

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "locale" / "zh_Hans" / "LC_MESSAGES"
PROGRAM = ("retention_site", "profiles", "recommender", "campaigns")
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|\{\w+\}")
SAID = re.compile(r"\b(?:n?gettext|_)\(u?('(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\")")
KEYWORDS = {
    "_",
    "gettext",
    "gettext_lazy",
    "gettext_noop",
    "ngettext",
    "ngettext_lazy",
}


def words_of_module(path: Path) -> Iterator[str]:
    """What a module says to a person; of a plural its singular, as the catalogue's key."""
    source = path.read_text()
    for call in ast.walk(ast.parse(source)) if "gettext" in source else ():
        if (
            isinstance(call, ast.Call)
            and isinstance(call.func, ast.Name)
            and call.func.id in KEYWORDS
        ):
            yield (
                ast.literal_eval(call.args[0])
                if isinstance(call.args[0], ast.Constant)
                else ""
            )


def words_of_template(path: Path) -> Iterator[str]:
    return map(
        ast.literal_eval, SAID.findall(templatize(path.read_text(), origin=str(path)))
    )


@pytest.fixture(scope="module")
def catalogue():
    return read_po((FOLDER / "django.po").open("rb"), locale="zh_Hans")


def test_the_compiled_file_is_made_from_the_readable_one(catalogue):
    """After a change: `pybabel compile -d locale -D django -l zh_Hans`."""
    compiled = io.BytesIO()
    write_mo(compiled, catalogue)
    fresh = gettext.GNUTranslations(io.BytesIO(compiled.getvalue()))
    kept = gettext.GNUTranslations((FOLDER / "django.mo").open("rb"))
    # the header names the version of the tool that wrote the file
    fresh._catalog.pop("")
    kept._catalog.pop("")
    assert fresh._catalog == kept._catalog


def test_translations_keep_every_placeholder(catalogue):
    assert any(PLACEHOLDER.search(str(message.id)) for message in catalogue)
    for message in catalogue:
        words = message.string if isinstance(message.string, str) else message.string[0]
        asked = message.id if isinstance(message.id, str) else message.id[-1]
        if message.id and words:
            assert set(PLACEHOLDER.findall(words)) == set(PLACEHOLDER.findall(asked)), (
                asked
            )


def test_every_word_of_the_program_is_translated(catalogue):
    """What is missing is written into the readable file, which is then compiled as
    above.
    """
    known = {
        message.id if isinstance(message.id, str) else message.id[0]
        for message in catalogue
        if _is_done(message)
    }
    modules = [
        path
        for folder in PROGRAM
        for path in (ROOT / folder).rglob("*.py")
        if "migrations" not in path.parts
    ]
    pages = [*(ROOT / "templates").rglob("*.html")]
    said = {words: path for path in modules for words in words_of_module(path)}
    said |= {words: path for path in pages for words in words_of_template(path)}
    assert len(said) > 1000
    assert {
        words: str(path.relative_to(ROOT))
        for words, path in said.items()
        if words and words not in known
    } == {}


def test_words_that_are_kept_as_keys_are_said_in_the_page_s_language():
    """Reasons, verdicts and names are stored in English; pages translate them as they
    show them.
    """
    holds = [
        words
        for name, words in vars(decide).items()
        if name.isupper() and isinstance(words, str)
    ]
    reasons = [
        words
        for name, words in vars(cleaners).items()
        if name.isupper() and isinstance(words, str) and re.fullmatch("[a-z -]+", words)
    ]
    groups = [
        words
        for feature in groups_of_customers.DESCRIBED_BY
        for words in (feature.low, feature.high)
    ]
    verdicts = [*get_args(Verdict), AA_CHECK, SIMULATED_LIFT]
    kept = [
        *holds,
        *contact_windows.REACHED.values(),
        *reasons,
        *groups,
        *verdicts,
        *registry.keys("channels"),
    ]
    with translation.override("zh-hans"):
        assert [one for one in kept if said(one) == one and one != "webhook"] == []
        assert said("Rare, low spend") == "少来, 消费低"
        assert said("a word of the shop") == "a word of the shop"
    assert said("web_push") == "web push"
    assert said("") == "–"


def test_formats_agree_as_compilers_ask(catalogue):
    for message in catalogue:
        for check in checkers:
            check(catalogue, message)


def _is_done(message) -> bool:
    words = (
        message.string
        if isinstance(message.string, str)
        else (message.string or ("",))[0]
    )
    return bool(words) and not message.fuzzy


def test_the_whole_sidebar_is_translated():
    entries = [entry for place in PLACES for entry in place.entries]
    pages = [page for entry in entries for page in entry.pages]
    titles = [one.title for one in (*PLACES, *entries, *pages, *CREATIONS)]
    titles = [one for one in (*titles, *(page.sentence for page in pages)) if one]
    assert len(titles) > 60
    with translation.override("zh-hans"):
        assert all(re.search("[\u4e00-\u9fff]", str(title)) for title in titles)
