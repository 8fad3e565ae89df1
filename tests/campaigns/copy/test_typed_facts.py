"""Facts typed by hand are warned of under the editor, with the word and its block."""

from __future__ import annotations

import json

import pytest
from django.urls import reverse
from django.utils import translation

from campaigns.admin.message_text import editor_forms
from campaigns.copy.typed_facts import MOST_NAMED, typed_facts
from campaigns.rendering.design.reading import read
from campaigns.rendering.message_checks.checked import Checked, Level
from campaigns.rendering.rendered import Rendered

SHOP = {"shop": {"name": "Maple"}}


def found(*runs, language="", lines=None):
    text = {"kind": "text", "id": "b1", "text": [list(runs)]}
    design = read({"lines": lines or {}, "blocks": [text] if runs else []})
    return list(typed_facts(Checked("email", Rendered(), design, SHOP, language)))


@pytest.mark.parametrize(
    ("typed", "word"),
    [
        ("It is 50% off.", "50%"),
        ("Now only €19.", "€19"),
        ("Hi Anna, welcome.", "Anna"),
        ("Use SAVE20 at checkout.", "SAVE20"),
        ("Until 5 December.", "5 December"),
        ("Hurry, only a few left!", "a few left"),
        ("全场五折。", "五折"),
        ("手慢无", "手慢无"),
    ],
)
def test_what_is_typed_by_hand_is_warned_of(typed, word):
    (one, *_rest) = found({"text": typed})
    assert word in one.sentence
    assert (one.level, one.block) == (Level.WARNING, "b1")


@pytest.mark.parametrize(
    ("typed", "language"),
    [
        ("Welcome to Maple. Have a look around.", "en"),
        ("欢迎来看看。", "zh-hans"),
        ("See https://maple.example/new", ""),
        ("Kostenlose Lieferung ab heute, nur für kurze Zeit bei uns", ""),
        ("Bis Montag 20 % auf alles", "de"),
        ("Hello {{ customer.first_name }}", ""),
    ],
)
def test_what_is_fine_or_not_read_is_left_alone(typed, language):
    assert found({"text": typed}, language=language) == []


def test_a_chip_is_true_whatever_it_says():
    assert (
        found({"fact": "amount"}, {"text": " off until "}, {"fact": "valid_until"})
        == []
    )


def test_the_subject_is_read_and_an_address_is_not():
    assert len(found(lines={"subject": [{"text": "50% off"}]})) == 1
    assert found(lines={"url": [{"text": "https://maple.example/50-off"}]}) == []


def test_a_text_full_of_them_names_the_first_few():
    assert len(found({"text": "Save €5. " * 40})) <= MOST_NAMED


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_what_a_letter_begins_with_is_fine(language):
    with translation.override(language):
        for blocks in editor_forms.starters().values():
            design = read({"lines": {}, "blocks": blocks})
            checked = Checked("email", Rendered(), design, SHOP, language)
            assert list(typed_facts(checked)) == []


def test_it_is_shown_under_the_editor(admin_client):
    text = {"kind": "text", "id": "b1", "text": [[{"text": "All is 50% off"}]]}
    document = json.dumps({"lines": {"subject": [{"text": "Hi"}]}, "blocks": [text]})
    page = admin_client.post(
        reverse("template-panel"), {"parts": document, "channel": "email"}
    ).content.decode()
    assert "“50%” is typed by hand (a number)" in page
    assert 'data-go="b1"' in page
