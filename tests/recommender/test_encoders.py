"""Texts become vectors: each once, in small batches, and never noise."""

import json

import numpy as np
import pytest

from recommender.encoders import export
from recommender.encoders.base import UnreadableText, UnusableModel
from recommender.encoders.batching import TOKEN_BUDGET, batches, padded_tokens
from recommender.encoders.fast import Fast, _note, fast, ready
from recommender.encoders.languages import all_english
from recommender.encoders.lexical import Lexical
from recommender.encoders.model_config import read_habits
from recommender.encoders.selection import ENGLISH, choose, named
from recommender.encoders.transformer import Transformer

WORDS = "bread milk oat rye whole dark sweet the with and of fresh cold brew red wine 牛 奶".split()
TEXTS = [
    "Rye bread",
    "oat milk",
    "dark rye bread with oat",
    "cold brew",
    "fresh milk and sweet bread",
    "oat milk",
]


@pytest.fixture(scope="module")
def tiny(tmp_path_factory):
    """A random BERT with two layers and a handful of words, as a Hugging Face
    directory.
    """
    import torch
    from transformers import BertConfig, BertModel, BertTokenizerFast

    folder = tmp_path_factory.mktemp("tiny-bert")
    letters = [chr(code) for code in range(97, 123)]
    vocabulary = [
        "[PAD]",
        "[UNK]",
        "[CLS]",
        "[SEP]",
        "[MASK]",
        *WORDS,
        *letters,
        *(f"##{one}" for one in letters),
    ]
    (folder / "vocab.txt").write_text("\n".join(vocabulary))
    BertTokenizerFast(str(folder / "vocab.txt")).save_pretrained(folder)
    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=len(vocabulary),
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=4,
        intermediate_size=64,
        max_position_embeddings=64,
    )
    BertModel(config).save_pretrained(folder)
    return folder


class TestBatches:
    def test_every_text_stands_in_exactly_one_batch(self):
        lengths = np.random.default_rng(0).integers(1, 300, 500).tolist()
        assert sorted(np.concatenate(list(batches(lengths))).tolist()) == list(
            range(500)
        )

    def test_no_batch_costs_more_than_its_budget(self):
        lengths = np.random.default_rng(0).integers(1, TOKEN_BUDGET, 500).tolist()
        cut = list(batches(lengths))
        assert len(cut) > 1
        assert all(
            len(one) * max(lengths[n] for n in one) <= TOKEN_BUDGET for one in cut
        )

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
        states = encoder.states
        monkeypatch.setattr(
            encoder,
            "states",
            lambda ids, mask: seen.append(len(ids)) or states(ids, mask),
        )
        encoder.encode(["oat milk"] * 50)
        assert seen == [1]

    @pytest.mark.parametrize(
        "text", ["", "12345", "🍞🍞", "牛肉面条很好吃", "хлеб и молоко"]
    )
    def test_what_it_cannot_read_is_refused(self, tiny, text):
        encoder = Transformer(tiny)
        assert encoder.can_read(["rye bread", text]).tolist() == [True, False]
        with pytest.raises(UnreadableText):
            encoder.encode([text])

    def test_a_text_of_ten_thousand_characters_is_cut(self, tiny):
        assert Transformer(tiny).encode(["rye bread " * 1000]).shape == (1, 32)

    def test_it_pools_as_its_folder_says(self, tiny, tmp_path):
        (tiny / "1_Pooling").mkdir(exist_ok=True)
        (tiny / "1_Pooling" / "config.json").write_text(
            json.dumps({"pooling_mode_cls_token": True})
        )
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


class TestFastPath:
    def test_whole_numbers_stay_close_whatever_stands_beside_a_text(
        self, tiny, tmp_path
    ):
        slow = Transformer(tiny)
        quick, how = fast(slow, tmp_path)
        assert isinstance(quick, Fast), how
        together = quick.encode(TEXTS)
        assert ((together * slow.encode(TEXTS)).sum(1) > 0.99).all()
        assert np.abs(together[0] - quick.encode(TEXTS[:1])[0]).max() < 1e-5

    def test_it_is_exported_once_and_its_variant_makes_another_space(
        self, tiny, tmp_path, monkeypatch
    ):
        slow = Transformer(tiny)
        first, _how = fast(slow, tmp_path)
        monkeypatch.setattr("subprocess.run", None)
        again, _how = fast(Transformer(tiny), tmp_path)
        assert again.space == first.space != slow.space
        assert ready(slow, tmp_path) is not None

    def test_one_that_strays_from_its_floats_is_refused(self, tiny, tmp_path):
        class Elsewhere(Transformer):
            def states(self, ids, mask):
                return -super().states(ids, mask)

        slow = Transformer(tiny)
        note = _note(slow, tmp_path)
        note.parent.mkdir(parents=True)
        export.make(slow, note, Elsewhere(tiny))
        encoder, how = fast(slow, tmp_path)
        assert encoder is slow
        assert "refused" in how
        assert [one.name for one in note.parent.iterdir()] == [note.name]
        assert ready(Transformer(tiny), tmp_path) is None

    def test_what_torch_can_not_write_down_runs_in_torch(
        self, tiny, tmp_path, monkeypatch
    ):
        def refuse(*_given):
            raise RuntimeError("Unsupported operator aten::strange\nmore")

        slow = Transformer(tiny)
        note = _note(slow, tmp_path)
        note.parent.mkdir(parents=True)
        monkeypatch.setattr(export, "to_onnx", refuse)
        export.make(slow, note)
        encoder, how = fast(slow, tmp_path)
        assert encoder is slow
        assert how == "it has no fast path: Unsupported operator aten::strange"

    def test_an_export_that_was_killed_is_tried_again(
        self, tiny, tmp_path, monkeypatch
    ):
        slow = Transformer(tiny)
        with monkeypatch.context() as patched:
            patched.setattr("sys.executable", "/bin/false")
            encoder, how = fast(slow, tmp_path)
        assert encoder is slow
        assert "did not end" in how
        assert isinstance(fast(slow, tmp_path)[0], Fast)

    @pytest.mark.parametrize("kind", ["DistilBert", "Roberta", "Mpnet"])
    def test_other_architectures_have_it_too(self, kind, tiny, tmp_path):
        import shutil

        folder = tmp_path / kind
        shutil.copytree(tiny, folder)
        _save(kind, folder)
        slow = Transformer(folder)
        quick, how = fast(slow, tmp_path / "kept")
        assert isinstance(quick, Fast), how
        together = quick.encode(TEXTS)
        assert ((together * slow.encode(TEXTS)).sum(1) > 0.99).all()
        assert np.abs(together[0] - quick.encode(TEXTS[:1])[0]).max() < 1e-5

    def test_the_bundled_model_keeps_its_vectors(self, tmp_path):
        slow = named(ENGLISH, tmp_path)
        quick, how = fast(slow, tmp_path)
        assert isinstance(quick, Fast), how
        texts = [
            "Rye bread",
            "dark roasted coffee beans, 1 kg",
            "wireless headphones",
            "running shoes for women",
        ]
        assert (quick.encode(texts) * slow.encode(texts)).sum(1).min() >= 0.99


def _save(kind: str, folder) -> None:
    """Put a random model of another architecture into a folder with a tokenizer."""
    import torch
    import transformers

    torch.manual_seed(1)
    sizes = (
        {"dim": 32, "n_layers": 2, "n_heads": 4, "hidden_dim": 64}
        if kind == "DistilBert"
        else {
            "hidden_size": 32,
            "num_hidden_layers": 2,
            "num_attention_heads": 4,
            "intermediate_size": 64,
        }
    )
    name = {"Mpnet": "MPNet"}.get(kind, kind)
    config = getattr(transformers, f"{name}Config")(
        vocab_size=100,
        max_position_embeddings=66,
        pad_token_id=int(kind == "Mpnet"),  # its own code counts from there
        **sizes,
    )
    getattr(transformers, f"{name}Model")(config).save_pretrained(folder)


class TestLanguages:
    def test_english_with_strays_is_english(self):
        assert all_english(
            ["Rye bread", "oat milk"] * 100
            + ["Assorted tutti frutti pen", "Crème brûlée"]
        )[0]

    @pytest.mark.parametrize(
        "others",
        [
            ["无线降噪耳机"],
            ["Chaussures de randonnée pour femme, imperméables"] * 3,
            ["хлеб и молоко"],
        ],
    )
    def test_any_other_language_is_seen(self, others):
        assert not all_english(["Rye bread", "oat milk"] * 20 + others)[0]

    def test_a_shop_without_words_is_no_other_language(self):
        assert all_english(["", "12345", "🍞"])[0]


class TestChoice:
    def test_a_folder_that_is_no_model_is_one_clear_sentence(self, tmp_path):
        with pytest.raises(UnusableModel, match=r"no config\.json"):
            named(str(tmp_path), tmp_path)
        with pytest.raises(UnusableModel, match="no such folder"):
            named("/nowhere/at/all", tmp_path)
        (tmp_path / "config.json").write_text("not json")
        with pytest.raises(UnusableModel, match="not JSON"):
            named(str(tmp_path), tmp_path)

    def test_a_hub_id_without_a_network_is_one_clear_sentence(
        self, tmp_path, monkeypatch
    ):
        monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
        with pytest.raises(UnusableModel, match="neither a folder nor to be had"):
            named("nobody/has-this-model", tmp_path)

    def test_words_alone_are_compared_where_the_model_cannot_read(self, tiny, tmp_path):
        encoder, why = choose(str(tiny), ["牛肉面条", "红烧牛肉", "豆浆"] * 5, tmp_path)
        assert isinstance(encoder, Lexical)
        assert "words alone" in why

    def test_the_model_is_kept_where_it_reads_nearly_all(self, tiny, tmp_path):
        encoder, _why = choose(str(tiny), [*TEXTS * 5, "🍞"], tmp_path)
        assert isinstance(encoder, Transformer)

    def test_an_english_shop_gets_the_english_model(self, tmp_path):
        encoder, why = choose("", ["Rye bread", "oat milk"], tmp_path)
        assert encoder.space.startswith(ENGLISH), why


class TestLexical:
    def test_like_words_lie_close_in_any_language(self):
        texts = [
            "红烧牛肉面",
            "番茄牛肉面",
            "玻璃水杯",
            "塑料水杯",
            "牛肉干",
            "保温水杯",
        ]
        vectors = Lexical(texts).encode(texts)
        near = vectors @ vectors.T
        assert near[0, 1] > near[0, 2]
        assert near[2, 3] > near[2, 4]

    def test_one_text_and_no_text_are_fine(self):
        assert Lexical(["bread"]).encode(["bread"]).shape[0] == 1
        assert Lexical([]).encode([]).shape[0] == 0
