"""Countries, languages, genders, ages and zones in one spelling each, whoever wrote them."""

import pytest

from profiles.intake.normalisation.ages import age_or_none
from profiles.intake.normalisation.countries import country_or_none
from profiles.intake.normalisation.genders import gender_or_none
from profiles.intake.normalisation.languages import language_or_none
from profiles.intake.normalisation.time_zones import zone_or_none


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ("DE de DEU 276 Germany GERMANY Deutschland Allemagne Alemania 德国", "DE"),
        (
            "GB UK England Scotland United-Kingdom Great-Britain Vereinigtes-Königreich",
            "GB",
        ),
        ("US USA U.S.A. United-States America 美国", "US"),
        ("CN China 中国", "CN"),
        ("AT Österreich Austria", "AT"),
        ("HK Hong-Kong", "HK"),
    ],
)
def test_countries(words: str, code: str) -> None:
    assert {country_or_none(word) for word in words.split()} == {code}


@pytest.mark.parametrize(
    ("words", "tag"),
    [
        ("en EN eng English english Englisch 英语", "en"),
        ("de ger deu German Deutsch", "de"),
        ("de-AT de_AT DE-at", "de-AT"),
        ("zh-CN zh_CN zh-Hans-CN", "zh-Hans-CN"),
        ("en_US en-us en_US.UTF-8", "en-US"),
    ],
)
def test_languages(words: str, tag: str) -> None:
    assert {language_or_none(word) for word in words.split()} == {tag}


@pytest.mark.parametrize(
    ("words", "meant"),
    [
        ("F f Female weiblich Frau femme 女 女性 Mrs.", "female"),
        ("M male männlich Herr homme 男", "male"),
        ("divers non-binary X other", "other"),
    ],
)
def test_genders(words: str, meant: str) -> None:
    assert {gender_or_none(word) for word in words.split()} == {meant}


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("35", "35"),
        ("35.0", "35"),
        ("35-44", "35-44"),
        ("65+", "65+"),
        ("adult", "adult"),
        ("0", "0"),
    ],
)
def test_ages(said: str, meant: str) -> None:
    assert age_or_none(said) == meant


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("europe/berlin", "Europe/Berlin"),
        ("Asia/Calcutta", "Asia/Kolkata"),
        ("US/Eastern", "America/New_York"),
        ("GMT+2", "Etc/GMT-2"),
        ("UTC-05:00", "Etc/GMT+5"),
        ("+05:30", "Asia/Kolkata"),
        ("Eastern Time (US & Canada)", "America/New_York"),
        ("(UTC-05:00) Eastern Time (US & Canada)", "America/New_York"),
        ("W. Europe Standard Time", "Europe/Berlin"),
        ("Berlin", "Europe/Berlin"),
        ("utc", "UTC"),
    ],
)
def test_zones(said: str, meant: str) -> None:
    assert zone_or_none(said) == meant


@pytest.mark.parametrize(
    ("reader", "said"),
    [
        (country_or_none, "Atlantis"),
        (country_or_none, "XX"),
        (language_or_none, "klingon"),
        (language_or_none, "x"),
        (gender_or_none, "helicopter"),
        (age_or_none, "300"),
        (age_or_none, "-1"),
        (age_or_none, "300-400"),
        (zone_or_none, "Mars"),
        (zone_or_none, "GMT+25"),
        (zone_or_none, ""),
    ],
)
def test_what_means_nothing(reader, said: str) -> None:
    assert reader(said) is None
