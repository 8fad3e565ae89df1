"""Signs and words for money, and the currencies that each may mean. Pure."""

import re

_DOLLARS = "USD CAD AUD NZD SGD HKD TWD MXN ARS CLP COP"
SIGNS = {
    "us$": "USD", "r$": "BRL", "hk$": "HKD", "a$": "AUD", "au$": "AUD", "c$": "CAD",
    "ca$": "CAD", "s$": "SGD", "nz$": "NZD", "nt$": "TWD", "mx$": "MXN", "$": _DOLLARS,
    "€": "EUR", "£": "GBP", "¥": "CNY JPY", "₹": "INR", "₩": "KRW", "₽": "RUB",
    "₺": "TRY", "₴": "UAH", "₫": "VND", "฿": "THB", "₱": "PHP", "zł": "PLN", "kč": "CZK",
    "kr": "SEK NOK DKK ISK", "fr.": "CHF", "rs.": "INR PKR", "rs": "INR PKR",
}  # fmt: skip
WORDS = {
    "euros": "EUR", "euro": "EUR", "dollars": _DOLLARS, "dollar": _DOLLARS, "bucks": _DOLLARS,
    "buck": _DOLLARS, "us dollars": "USD", "pounds": "GBP", "pound": "GBP", "quid": "GBP",
    "yuan": "CNY", "rmb": "CNY", "renminbi": "CNY", "yen": "JPY", "rupees": "INR",
    "francs": "CHF", "swiss francs": "CHF", "kronor": "SEK", "kroner": "NOK DKK",
    "krona": "SEK", "zloty": "PLN", "zlotys": "PLN", "pesos": "MXN ARS CLP COP PHP",
    "won": "KRW", "lira": "TRY", "rubles": "RUB", "reais": "BRL", "baht": "THB",
    "人民币": "CNY", "美元": "USD", "美金": "USD", "欧元": "EUR", "英镑": "GBP", "港元": "HKD",
    "港币": "HKD", "日元": "JPY", "日圆": "JPY", "韩元": "KRW", "台币": "TWD", "新台币": "TWD",
    "加元": "CAD", "澳元": "AUD", "新元": "SGD", "卢布": "RUB", "瑞士法郎": "CHF", "法郎": "CHF",
    "元人民币": "CNY", "元钱": "CNY", "块钱": "CNY", "大洋": "CNY",
    "元": "CNY TWD HKD", "块": "CNY TWD HKD", "圆": "CNY JPY", "刀": _DOLLARS,
}  # fmt: skip
CODES = (
    "USD EUR GBP CNY RMB JPY CHF SEK NOK DKK PLN CZK HUF RON BGN INR KRW BRL MXN CAD AUD NZD"
    " SGD HKD TWD TRY RUB ZAR AED SAR ILS THB VND IDR MYR PHP ISK CLP COP ARS UAH"
).split()
MEANS = {key: frozenset(said.split()) for key, said in (SIGNS | WORDS).items()}
MEANS |= {code.lower(): frozenset([code]) for code in CODES}
MEANS["rmb"] = frozenset(["CNY"])


def _any_of(words: list[str]) -> str:
    return "|".join(re.escape(one) for one in sorted(words, key=len, reverse=True))


_LETTERS = _any_of(
    [*(code.lower() for code in CODES), "kr", "zł", "kč", "fr.", "rs.", "rs"]
)
_SIGNS = _any_of([one for one in SIGNS if not one[-1].isalpha() and one[-1] != "."])
_CODES = _any_of([code.lower() for code in CODES])
BEFORE = re.compile(rf"(?:(?<![a-z])(?:{_LETTERS})|{_SIGNS}) ?$", re.I)
AFTER = re.compile(
    rf" ?-?(?:(?:{_any_of([one for one in WORDS if one.isascii()])}|{_CODES}|kr|zł"
    rf"|kč)(?![a-zł])"
    rf"|[€£¥₹₩₽₺$]|{_any_of([one for one in WORDS if not one.isascii()])})",
    re.I,
)


def meant(written: str) -> frozenset[str]:
    """Return the currencies that a sign or word may mean."""
    return MEANS.get(written.strip(" -").lower(), frozenset())
