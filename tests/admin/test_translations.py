"""The compiled translations are those of the readable file, and lose no placeholder."""

import gettext
import io
import re
from pathlib import Path

import pytest
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from django.utils import translation

from retention_site.unfold import NAVIGATION

FOLDER = Path(__file__).parents[2] / "locale" / "zh_Hans" / "LC_MESSAGES"
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|\{\w+\}")


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


def test_the_whole_sidebar_is_translated():
    titles = [group["title"] for group in NAVIGATION if "title" in group]
    titles += [page["title"] for group in NAVIGATION for page in group["items"]]
    with translation.override("zh-hans"):
        assert all(re.search("[\u4e00-\u9fff]", str(title)) for title in titles)
