"""What every encoder owes: those plugged in, and the two ways in which language models
run.
"""

import numpy as np
import pytest

from recommender.encoders.base import Encoder, UnreadableText
from recommender.encoders.fast import fast
from recommender.encoders.transformer import Transformer
from retention_site.lib import registry
from tests.recommender.test_encoders import tiny  # noqa: F401  a model of a few words

TEXTS = [
    "Rye bread",
    "oat milk",
    "dark rye bread with oat",
    "cold brew",
    "sweet bread",
    "red wine",
    "oat milk",
]
KINDS = [*registry.everything("encoders"), "torch", "8 bits"]


@pytest.fixture(params=KINDS)
def encoder(request, tiny, tmp_path) -> Encoder:  # noqa: F811
    if request.param in registry.everything("encoders"):
        return registry.load("encoders", request.param)(TEXTS)
    slow = Transformer(tiny)
    return slow if request.param == "torch" else fast(slow, tmp_path)[0]


def test_it_gives_one_unit_vector_for_each_text_in_their_order(encoder):
    vectors = encoder.encode(TEXTS)
    assert isinstance(encoder, Encoder)
    assert vectors.shape == (len(TEXTS), encoder.n_dimensions)
    assert vectors.dtype == np.float32
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-4)
    assert np.allclose(vectors[1], vectors[6])
    assert np.allclose(encoder.encode(TEXTS[::-1]), vectors[::-1], atol=1e-4)


def test_its_space_is_its_own_and_the_same_tomorrow(encoder):
    assert encoder.space == encoder.space
    assert not set("/ \\") & set(encoder.space)


def test_what_it_cannot_read_it_says_and_refuses(encoder):
    assert encoder.can_read(["rye bread", "", "12345", "🍞🍞"]).tolist() == [
        True,
        False,
        False,
        False,
    ]
    with pytest.raises(UnreadableText):
        encoder.encode(["🍞🍞"])


def test_nothing_and_too_much_are_fine(encoder):
    assert len(encoder.encode([])) == 0
    assert len(encoder.can_read([])) == 0
    assert encoder.encode(["rye bread " * 1_000]).shape[0] == 1
