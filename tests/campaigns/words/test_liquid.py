"""Templates are plain words with values: they see nothing else, do nothing else, and
end.
"""

import pytest

from campaigns.rendering.liquid import (
    MissingValue,
    WordsError,
    environment,
    parse,
    partials_of,
    render,
)


def said(
    source: str,
    *,
    is_html: bool = True,
    partials: dict[str, str] | None = None,
    **context: object,
) -> str:
    return render(parse(source, environment(partials or {}, is_html=is_html)), context)


def test_values_are_escaped_in_html_and_not_in_text():
    title = 'Milk & "Honey" <b>'
    assert said("{{ title }}", title=title) == "Milk &amp; &#34;Honey&#34; &lt;b&gt;"
    assert said("{{ title }}", is_html=False, title=title) == title


def test_escaping_can_not_be_switched_off():
    with pytest.raises(WordsError, match="safe"):
        said("{{ title | safe }}", title="<script>")


@pytest.mark.parametrize(
    ("source", "name"),
    [
        ("{{ customer.first_name }}", "customer.first_name"),
        ("{{ customer.first_name | upcase }}", "customer.first_name"),
        ("{{ nobody }}", "nobody"),
        ("{% for one in nothing %}{% endfor %}", "nothing"),
        ("{{ customer.born_on | date: '%d' }}", "customer.born_on"),
    ],
)
def test_a_missing_value_is_named(source, name):
    with pytest.raises(MissingValue) as caught:
        said(source, customer={"id": "7"})
    assert caught.value.name == name


def test_a_missing_value_may_be_asked_for_and_given_a_default():
    assert said("{{ customer.first_name | default: 'you' }}", customer={}) == "you"
    assert (
        said("{% if customer.first_name %}a{% else %}b{% endif %}", customer={}) == "b"
    )


@pytest.mark.parametrize(
    "source",
    [
        "{{ customer.__class__ }}",
        "{{ customer.__class__.__mro__ }}",
        "{{ customer.keys }}",
        "{{ customer._state }}",
        "{{ settings.SECRET_KEY }}",
        "{{ request.user.password }}",
        "{{ self }}",
        "{{ 'x'.__class__ }}",
        "{% render '../../settings.py' %}",
        "{% include '/etc/passwd' %}",
        "{% load static %}",
        "{% import os %}",
    ],
)
def test_nothing_but_the_given_values_is_seen(source):
    with pytest.raises(WordsError):
        said(source, customer={"id": "7"})


@pytest.mark.timeout(10)
@pytest.mark.parametrize(
    "source",
    [
        "{% for i in (1..100000000) %}x{% endfor %}",
        (
            "{% for i in (1..90) %}{% for j in (1..90) %}{% for k in (1..90) %}x{%"
            " endfor %}{% endfor %}{% endfor %}"
        ),
        "{{ (1..100000000) | join: ',' }}",
        "{{ 'aaaaaaaaaa'" + " | replace: 'a', 'aaaaaaaaaa'" * 40 + " }}",
        "{{ 'a'" + " | base64_encode" * 3000 + " }}",
        (
            "{% assign a = 'aaaaaaaa' %}{% for i in (1..4000) %}{% assign a = a |"
            " append: a %}{% endfor %}"
        ),
        "{% render 'me' %}",
        "{% include 'me' %}",
        "{% if a %}" * 3000 + "{% endif %}" * 3000,
        "{{ '2024-01-01' | date: '%999999999d' }}",
        "{% cycle" + " 'a'," * 200_000 + " 'b' %}",
    ],
)
def test_what_would_grow_or_loop_for_ever_ends_at_once(source):
    with pytest.raises(WordsError):
        said(source, partials={"me": "{% render 'me' %}"}, a=True)


def test_the_servers_clock_is_not_read():
    with pytest.raises(WordsError, match="today"):
        said("{{ 'now' | date: '%Y' }}")


def test_partials_are_found_through_each_other():
    known = {"a": "{% render 'b' %}", "b": "x", "c": "y"}
    assert partials_of("{% render 'a' %}", known=known) == {"a", "b"}
    with pytest.raises(WordsError, match="no block named 'z'"):
        partials_of("{% render 'z' %}", known=known)


def test_a_syntax_error_names_its_line():
    with pytest.raises(WordsError, match="line 2"):
        said("fine\n{{ 'a' | nofilter }}")
