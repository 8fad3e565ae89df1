"""A tiny language model, and customers of whom only their words tell what they will do."""

from pathlib import Path

import numpy as np

YES, NO = "so happy thanks", "never again bad"
FILLERS = "milk bread cheese wine apples soap pasta rice fish tea sugar salt".split()
MARKS = "orders order last every d never bought purchase review : . , 0 1 2 3 4 5 6 7 8 9".split()


def tiny_model(folder: Path) -> Path:
    """Write a random BERT of two layers that knows some words, letters and digits, as a
    Hugging Face directory.
    """
    import torch
    from transformers import BertConfig, BertModel, BertTokenizerFast

    letters = [chr(code) for code in range(97, 123)]
    pieces = [
        *FILLERS,
        *f"{YES} {NO}".split(),
        *MARKS,
        *letters,
        *(f"##{one}" for one in [*letters, *"0123456789"]),
    ]
    vocabulary = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *dict.fromkeys(pieces)]
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


def told(n: int, seed: int) -> tuple[list[str], np.ndarray]:
    """Texts whose words decide, and what came of them."""
    dice = np.random.default_rng(seed)
    y = (dice.random(n) < 0.4).astype(float)
    words = [[*dice.choice(FILLERS, 5), YES if one else NO] for one in y]
    return [" ".join(dice.permutation(one)) for one in words], y
