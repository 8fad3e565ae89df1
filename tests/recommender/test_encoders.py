"""Texts become vectors: each once, in small batches, and never noise."""

import json

import numpy as np
import pytest

from recommender.encoders.base import UnreadableText, UnusableModel
from recommender.encoders.batching import TOKEN_BUDGET, batches, padded_tokens
from recommender.encoders.choosing import choose, named
from recommender.encoders.lexical import Lexical
from recommender.encoders.transformer import Transformer, read_habits

WORDS = "bread milk oat rye whole dark sweet the with and of fresh cold brew red wine 牛 奶".split()
TEXTS = ["Rye bread", "oat milk", "dark rye bread with oat", "cold brew", "fresh milk and sweet bread", "oat milk"]


@pytest.fixture(scope="module")
def tiny(tmp_path_factory):
    """A random BERT with two layers and a handful of words, as a Hugging Face directory."""
    import torch
    from transformers import BertConfig, BertModel, BertTokenizerFast

    folder = tmp_path_factory.mktemp("tiny-bert")
    letters = [chr(code) for code in range(97, 123)]
    vocabulary = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *WORDS, *letters, *(f"##{one}" for one in letters)]
    (folder / "vocab.txt").write_text("\n".join(vocabulary))
    BertTokenizerFast(str(folder / "vocab.txt")).save_pretrained(folder)
    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=len(vocabulary), hidden_size=32, num_hidden_layers=2, num_attention_heads=4, intermediate_size=64,
        max_position_embeddings=64,
    )  # fmt: skip
    BertModel(config).save_pretrained(folder)
    return folder


class TestBatches:
    def test_every_text_stands_in_exactly_one_batch(self):
        lengths = np.random.default_rng(0).integers(1, 300, 500).tolist()
        assert sorted(np.concatenate(list(batches(lengths))).tolist()) == list(range(500))

    def test_no_batch_costs_more_than_its_budget(self):
        lengths = np.random.default_rng(0).integers(1, 300, 500).tolist()
        assert all(len(one) * max(lengths[n] for n in one) <= TOKEN_BUDGET for one in batches(lengths))

    def test_a_text_longer_than_the_budget_goes_alone(self):
        assert [len(one) for one in batches([5000, 4])] == [1, 1]

    def test_little_is_paid_for_padding(self):
        lengths = [12, 100] * 200
        assert padded_tokens(lengths) <= 1.02 * sum(lengths)
        assert list(batches([])) == []


class TestTransformer:
    def test_a_batch_gives_what_each_text_gives_alone(self, tiny):
        encoder = Transformer(tiny)
        alone = np.stack([encoder.encode([text])[0] for text in TEXTS])
        assert np.abs(encoder.encode(TEXTS) - alone).max() < 1e-5

    def test_vectors_have_length_one_and_equal_texts_are_equal(self, tiny):
        vectors = Transformer(tiny).encode(TEXTS)
        assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
        assert np.array_equal(vectors[1], vectors[5])

    def test_equal_texts_are_encoded_once(self, tiny, monkeypatch):
        encoder, seen = Transformer(tiny), []
        forward = encoder.forward
        monkeypatch.setattr(encoder, "forward", lambda ids: seen.append(len(ids)) or forward(ids))
        encoder.encode(["oat milk"] * 50)
        assert seen == [1]

    @pytest.mark.parametrize("text", ["", "12345", "🍞🍞", "牛肉面条很好吃", "хлеб и молоко"])
    def test_what_it_cannot_read_is_refused(self, tiny, text):
        encoder = Transformer(tiny)
        assert encoder.can_read(["rye bread", text]).tolist() == [True, False]
        with pytest.raises(UnreadableText):
            encoder.encode([text])

    def test_a_text_of_ten_thousand_characters_is_cut(self, tiny):
        assert Transformer(tiny).encode(["rye bread " * 1000]).shape == (1, 32)

    def test_it_pools_as_its_folder_says(self, tiny, tmp_path):
        (tiny / "1_Pooling").mkdir(exist_ok=True)
        (tiny / "1_Pooling" / "config.json").write_text(json.dumps({"pooling_mode_cls_token": True}))
        try:
            assert read_habits(tiny).pooling == "cls"
            cls = Transformer(tiny).encode(["rye bread"])
        finally:
            (tiny / "1_Pooling" / "config.json").unlink()
        assert not np.allclose(cls, Transformer(tiny).encode(["rye bread"]), atol=1e-3)

    def test_other_weights_make_another_space(self, tiny, tmp_path):
        import shutil

        other = tmp_path / tiny.name
        shutil.copytree(tiny, other)
        assert Transformer(other).space == Transformer(tiny).space
        (other / "vocab.txt").write_text("changed")
        assert Transformer(other).space != Transformer(tiny).space


class TestChoice:
    def test_a_folder_that_is_no_model_is_one_clear_sentence(self, tmp_path):
        with pytest.raises(UnusableModel, match=r"no config\.json"):
            named(str(tmp_path))
        with pytest.raises(UnusableModel, match="no such folder"):
            named("/nowhere/at/all")

    def test_words_alone_are_compared_where_the_model_cannot_read(self, tiny):
        encoder, why = choose(str(tiny), ["牛肉面条", "红烧牛肉", "豆浆"] * 5)
        assert isinstance(encoder, Lexical)
        assert "words alone" in why

    def test_the_model_is_kept_where_it_reads_nearly_all(self, tiny):
        encoder, _why = choose(str(tiny), [*TEXTS * 5, "🍞"])
        assert isinstance(encoder, Transformer)


class TestLexical:
    def test_like_words_lie_close_in_any_language(self):
        texts = ["红烧牛肉面", "番茄牛肉面", "玻璃水杯", "塑料水杯", "牛肉干", "保温水杯"]
        vectors = Lexical(texts).encode(texts)
        near = vectors @ vectors.T
        assert near[0, 1] > near[0, 2]
        assert near[2, 3] > near[2, 4]

    def test_one_text_and_no_text_are_fine(self):
        assert Lexical(["bread"]).encode(["bread"]).shape[0] == 1
        assert Lexical([]).encode([]).shape[0] == 0
