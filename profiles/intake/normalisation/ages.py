"""Ages in years or bands of years that somebody can have. Pure."""

import re
from functools import lru_cache

OLDEST = 120
NUMBER = re.compile(r"-?\d+(?:\.\d+)?")
WHOLE = re.compile(r"(-?\d{1,6})(?:\.0+)?")


@lru_cache(maxsize=4096)
def age_or_none(text: str) -> str | None:
    """Return an age (35, 35-44, 65+) or a word for one; None where a number in it is
    nobody's.
    """
    plain = text.strip()
    if whole := WHOLE.fullmatch(plain):
        return str(int(whole[1])) if 0 <= int(whole[1]) <= OLDEST else None
    numbers = NUMBER.findall(re.sub(r"(?<=\d)\s*[-\u2013\u2014]\s*(?=\d)", " ", plain))
    return plain if all(0 <= float(one) <= OLDEST for one in numbers) else None
