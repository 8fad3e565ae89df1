"""Genders as female, male and other, from the words and letters of forms. Pure."""

from functools import lru_cache

WORDS = {
    "female": (
        "f female w weiblich woman women girl lady mrs ms miss frau fem femme féminin"
        " feminin femenino feminino femminile mujer mulher donna kobieta kvinna kvinde"
        " kvinne vrouw vrouwelijk nainen žena nő kadın женский женщина ж 女 女性 女士"
        " 女の子 여 여자 여성"
    ),
    "male": (
        "m male mann männlich maennlich man men boy mr herr homme masculin masculino"
        " maschile hombre homem uomo mężczyzna manlig mand mannlig mannelijk mies muž"
        " férfi erkek мужской мужчина м 男 男性 先生 남 남자 남성"
    ),
    "other": (
        "o x d other divers diverse diverses non-binary nonbinary nb enby inter"
        " intersex genderqueer genderfluid agender third 其他 その他 기타"
    ),
}
MEANT = {word: gender for gender, words in WORDS.items() for word in words.split()}


@lru_cache(maxsize=4096)
def gender_or_none(text: str) -> str | None:
    """Return female, male or other; None for a word that no list knows."""
    return MEANT.get(text.strip().strip(".").casefold().replace(" ", "-"))
