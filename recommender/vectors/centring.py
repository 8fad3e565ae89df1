"""The middle of a shop's texts, for each script: without it a Chinese search would find
Chinese titles first, whatever they sell.

A multilingual model puts what one language says a little aside of what another says.
How far, the same things named in both tell; the more texts a shop has in a script, the
more its own texts do.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from recommender.encoders.scripts import CHINESE, SCRIPTS, script

from .store import Floats, digests, held

# The same things in English and Chinese.
NAMED_TWICE = {
    "bread": "面包",
    "milk": "牛奶",
    "tea": "茶",
    "rice": "大米",
    "fruit": "水果",
    "meat": "肉",
    "shoes": "鞋子",
    "dress": "连衣裙",
    "trousers": "裤子",
    "bag": "包",
    "watch": "手表",
    "phone": "手机",
    "computer": "电脑",
    "book": "书",
    "toy": "玩具",
    "chair": "椅子",
    "lamp": "灯",
    "towel": "毛巾",
    "soap": "肥皂",
    "shampoo": "洗发水",
    "cup": "杯子",
    "knife": "刀",
    "medicine": "药",
    "car": "汽车",
    "bicycle": "自行车",
    "camera": "相机",
    "flowers": "鲜花",
    "paper": "纸",
}
# texts of its own that weigh as much in a script as what is known of languages
WORTH = 20


def twice() -> list[str]:
    """Return the words whose vectors tell how far two languages stand apart."""
    return [*NAMED_TWICE, *NAMED_TWICE.values()]


def scripts(texts: Sequence[str]) -> npt.NDArray[np.int64]:
    """Return the script of each text."""
    return np.array([script(text) for text in texts], np.int64)


def middles(
    space: str, vectors: Floats, own: npt.NDArray[np.int64]
) -> Floats:  # (n_scripts, d)
    """Return the middle of each script of the shop's items, whose vectors and scripts
    are given.
    """
    if len(vectors) < 2:
        return np.zeros((len(SCRIPTS), vectors.shape[1]), np.float32)
    apart = _apart(space, vectors.shape[1])
    common = (vectors - apart[own]).mean(0)
    n = np.bincount(own, minlength=len(SCRIPTS))[:, None]
    sums = np.zeros_like(apart)
    np.add.at(sums, own, vectors)
    return ((sums + WORTH * (common + apart)) / (n + WORTH)).astype(np.float32)


def _apart(space: str, n_dimensions: int) -> Floats:
    """Say how far each script stands from Latin; 0 where nothing is known."""
    apart = np.zeros((len(SCRIPTS), n_dimensions), np.float32)
    store = held(space)
    rows = store.find(digests(twice()))
    if (rows >= 0).all():
        english, chinese = store.take(rows).reshape(2, len(NAMED_TWICE), -1).mean(1)
        apart[CHINESE] = chinese - english
    return apart
