"""Documents as people begin them: whole, half, and by recipe."""

from typing import Any

import pytest

from tests import factories as make

WORDS = {"email": {"subject": "Hello", "html": "<p>Hello</p>", "text": "Hello"}}
EAST = {"all": [{"is": "trait", "key": "region", "in": ["east"]}]}
WEST = {"all": [{"is": "trait", "key": "region", "in": ["west"]}]}


def whole(**changes: Any) -> dict[str, Any]:
    """A document that could be sent for review."""
    return {
        "name": "Come back",
        "goal": "Regulars shop again",
        "segment": EAST,
        "holdout": 0.2,
        "messages": WORDS,
        **changes,
    }


@pytest.fixture
def ana(db):
    return make.make_colleague(is_superuser=True)


@pytest.fixture
def ben(db):
    return make.make_colleague(is_superuser=True)
