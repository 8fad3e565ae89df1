"""Pages run nothing and style nothing that doesn't come from a file of ours."""

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.urls import reverse

from tests.small_shop import small_shop

TEMPLATES = Path(settings.BASE_DIR) / "templates"
PAGES = sorted(
    path
    for path in TEMPLATES.rglob("*.html")
    if "messages" not in path.relative_to(TEMPLATES).parts
)
INLINE = re.compile(
    r"""\sstyle=["']|<style\b|<script(?![^>]*\bsrc=)|\son[a-z]+=["']|\shx-on|\sx-[a-z]+[:=]"""
    r"""|\s@[a-z]+=|javascript:|\ssrcdoc=""",
    re.IGNORECASE,
)


def policy(answer) -> dict[str, str]:
    parts = (
        part.split(maxsplit=1) for part in answer["Content-Security-Policy"].split(";")
    )
    return {name: rest[0] if rest else "" for name, *rest in parts}


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["admin:index", "admin:login", "overview", "inbox"])
def test_no_page_admits_what_is_written_into_it(admin_client, name):
    told = policy(admin_client.get(reverse(name), follow=True))
    assert told["default-src"] == "'self'"
    assert not any("unsafe" in sources for sources in told.values())
    # what is not named falls back to default-src
    assert "script-src" not in told
    assert "style-src" not in told


@pytest.mark.parametrize(
    "path", PAGES, ids=lambda path: str(path.relative_to(TEMPLATES))
)
def test_no_template_writes_scripts_or_styles_into_the_page(path):
    found = INLINE.findall(path.read_text())
    assert found == []


@pytest.mark.django_db
def test_only_a_letter_brings_its_own_styles_and_only_into_its_frame(admin_client):
    small_shop(8)
    told = policy(
        admin_client.post(reverse("letter"), {"html": "<p style='color:red'>Hello</p>"})
    )
    assert told["default-src"] == "'none'"
    assert told["style-src"] == "'unsafe-inline'"
    assert "sandbox" in told
    assert "script-src" not in told


def test_a_letter_is_shown_to_staff_only(client, db):
    assert client.post(reverse("letter"), {"html": "x"}).status_code == 302
    assert client.get(reverse("letter")).status_code == 302
