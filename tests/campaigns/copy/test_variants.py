"""Openings for a brief: they pass the check, and their order is the stated one."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import Permission
from django.urls import reverse

from campaigns.admin.message_text import copy_box
from campaigns.copy.bank.openings import GOALS, TONES, Opening, fitting, ours
from campaigns.copy.bank.variants import likeness, runs, variants


def line(text, language="en"):
    return Opening(language, "news", "plain", text)


def test_what_fails_the_check_is_left_out():
    lines = [line("Everything is half price."), line("Here is what is new.")]
    assert variants(lines, "") == lines[1:]


def test_the_least_like_the_text_come_first_and_of_equals_the_shorter():
    lines = [
        line("Here is what is new with us."),
        line("A quiet letter about our work."),
        line("A quiet hello."),
    ]
    ranked = variants(lines, "Here is what is new with us.")
    assert ranked[-1] == lines[0]
    assert variants(lines[1:], "") == [lines[2], lines[1]]


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_each_brief_has_five(language):
    for goal in GOALS:
        for tone in TONES:
            assert len(variants(fitting(ours(), language, goal, tone), "")) == 5


def test_a_line_is_least_like_what_it_shares_nothing_with():
    assert likeness("欢迎回来", "欢迎回来，朋友") == 1.0
    assert likeness("欢迎回来", "新品上架") == 0.0


def test_a_placeholder_becomes_a_chip_with_its_default():
    assert runs(line("Hello, {{ customer.first_name }}.")) == [
        {"text": "Hello, "},
        {"fact": "name", "otherwise": "friend"},
        {"text": "."},
    ]


def test_the_choices_are_those_of_the_bank():
    assert tuple(key for key, _label in copy_box.goals()) == GOALS
    assert tuple(key for key, _label in copy_box.tones()) == TONES


def test_the_box_answers_a_brief_and_nothing_to_another(admin_client):
    address = reverse("template-openings")
    brief = {"language": "zh-hans", "goal": "cart", "tone": "warm"}
    assert len(admin_client.post(address, brief).json()["variants"]) == 5
    odd = admin_client.post(address, {**brief, "goal": "x" * 10_000})
    assert odd.json() == {"variants": [], "sources": [], "said": ""}


def test_who_may_not_change_templates_gets_none(client, django_user_model):
    reader = django_user_model.objects.create_user("reader", is_staff=True)
    reader.user_permissions.add(Permission.objects.get(codename="view_template"))
    client.force_login(reader)
    assert client.post(reverse("template-openings"), {}).status_code == 403
