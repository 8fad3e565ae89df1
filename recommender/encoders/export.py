"""Write an encoder down for onnxruntime: exported by torch, rounded, and checked against
its floats before it is used.

Runs in a process of its own, so that whoever asked for it never holds torch:

    python -m recommender.encoders.export FOLDER NAME NOTE
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
import warnings
from pathlib import Path
from typing import Any

import numpy as np

from .base import Floats
from .fast import Fast
from .rounding import round_weights
from .transformer import Transformer

OPSET = 18
LEAST_COSINE = 0.99  # mean over the check's texts, and
LEAST_OF_ALL = 0.97  # of each one of them
CHECKED = (
    "Rye bread",
    "Organic whole milk, 1 l",
    "Wine. RED WINES. National",
    "running shoes",
    "BRK BACON CANADIAN-STYLE",
    "Dry cat food, salmon and rice, for indoor cats over seven years",
    "usb-c charger 65 W",
    "dark chocolate 85 %",
    "wireless noise cancelling headphones with case",
    "red dress for a summer wedding",
    "Men's hiking boots, size 44",
    (
        "This serum leaves the skin soft, but the pump broke after two weeks and the"
        " shop did not answer my letters."
    ),
    "无线降噪耳机",
    "有机全脂牛奶 1 升",
    "这款精华液很好用,但是泵头两周就坏了。",
    "Damen-Wanderschuhe, wasserdicht",
)


def make(slow: Transformer, note: Path, judge: Transformer | None = None) -> None:
    """Export, round and check a model; write what came of it into `note`, last of all."""
    draft = note.with_suffix(f".{os.getpid()}")
    try:
        to_onnx(slow, draft)
    except Exception as error:  # noqa: BLE001  what torch can't write down, whatever it says
        said: dict[str, Any] = {"is_good": False, "why": _first_line(error)}
    else:
        said = checked(Fast(slow, draft), judge or slow)
    if said["is_good"]:
        draft.replace(note.with_suffix(".onnx"))
    else:
        draft.unlink(missing_ok=True)
    note.write_text(json.dumps(said))


def to_onnx(slow: Transformer, path: Path) -> None:
    """Write the rounded model to `path`: inputs `ids` and `mask`, (n, t) both; the output
    `states` is (n, t, d).
    """
    # of the extra `learn`: only who makes a model smaller needs it
    import onnx
    import torch

    model = slow._model.cpu()
    model.set_attn_implementation("eager")  # what onnxruntime knows how to join

    class States(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.model = model

        def forward(self, ids: Any, mask: Any) -> Any:
            found = self.model(input_ids=ids, attention_mask=mask)
            return found.last_hidden_state

    ids = torch.tensor(slow.tokens.ids([CHECKED[0]]))
    shape = {0: "n", 1: "t"}
    with (
        tempfile.TemporaryDirectory(dir=path.parent) as folder,
        warnings.catch_warnings(),
    ):
        warnings.simplefilter("ignore")  # of branches that every text takes alike
        whole = Path(folder) / "floats.onnx"
        torch.onnx.export(
            States().eval(),
            (ids, torch.ones_like(ids)),
            str(whole),
            dynamo=False,
            opset_version=OPSET,
            input_names=["ids", "mask"],
            output_names=["states"],
            dynamic_axes=dict.fromkeys(("ids", "mask", "states"), shape),
        )
        onnx.save(round_weights(onnx.load(str(whole))), str(path))


def checked(rounded: Transformer, judge: Transformer) -> dict[str, Any]:
    """Say how close the rounded model stays, on texts of a shop that it can read."""
    readable = rounded.can_read(CHECKED)
    texts = [text for text, can in zip(CHECKED, readable, strict=True) if can]
    cosines: Floats = np.zeros(1, np.float32)
    if texts:
        cosines = (rounded.encode(texts) * judge.encode(texts)).sum(1)
    return {
        "is_good": bool(
            cosines.mean() >= LEAST_COSINE and cosines.min() >= LEAST_OF_ALL
        ),
        "mean": float(cosines.mean()),
        "least": float(cosines.min()),
        "texts": len(texts),
    }


def _first_line(error: Exception) -> str:
    return (str(error).strip() or type(error).__name__).split("\n")[0][:300]


if __name__ == "__main__":
    make(Transformer(Path(sys.argv[1]), sys.argv[2]), Path(sys.argv[3]))
