"""The glossary names every state that the code knows, and where each goes on to."""

import re
from importlib import import_module

import pytest
from django.apps import apps
from django.db import models

from retention_site.lib.processes.programs import ROOT

PAGE = (ROOT / "docs" / "glossary.md").read_text()
SECTION = re.compile(r"^### [^\n]+: `([\w.]+):([\w.]+)`$\n(.*?)(?=^#|\Z)", re.M | re.S)
ROW = re.compile(r"^\| `(\w+)` \| [^|]+ \|(?: (?:`([\w, ]+)` )?\|)?$", re.M)
STATES = ("State", "Status", "Outcome")
FOUND = SECTION.findall(PAGE)


def choices_at(module: str, name: str) -> type[models.TextChoices]:
    found = import_module(module)
    for part in name.split("."):
        found = getattr(found, part)
    return found


def test_every_state_of_a_model_has_its_section():
    ours = {
        f"{model._meta.app_label}.models:{model.__name__}.{name}"
        for app in ("profiles", "recommender", "campaigns")
        for model in apps.get_app_config(app).get_models()
        for name in STATES
        if isinstance(getattr(model, name, None), type)
    }
    said = {f"{module}:{name}" for module, name, _rows in FOUND}
    assert said == ours | {"campaigns.models:Stage"}


@pytest.mark.parametrize(("module", "name", "text"), FOUND, ids=[x[1] for x in FOUND])
def test_a_section_lists_the_states_of_the_code_and_their_moves(module, name, text):
    rows = ROW.findall(text)
    choices = choices_at(module, name)
    assert sorted(state for state, _moves in rows) == sorted(choices.values)
    model = choices_at(module, name.rpartition(".")[0] or name)
    transitions = getattr(model, "TRANSITIONS", None)
    if transitions is None:
        assert not any(moves for _state, moves in rows)
        return
    said = {state: set(filter(None, moves.split(", "))) for state, moves in rows}
    assert said == {
        value: {str(to.value) for to in transitions.get(choices(value), ())}
        for value in choices.values
    }
