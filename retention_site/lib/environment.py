"""What the environment asks for, held against what can be done: one sentence for each
setting that can't be honoured.

Standard library only, so that a start says it before anything else is loaded. `faults`
stop a start; `hints` are said.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from email.utils import parseaddr
from ipaddress import ip_address, ip_network
from urllib.parse import parse_qs, urlsplit
from zoneinfo import ZoneInfo

Environment = Mapping[str, str]
Check = Callable[[str], str]  # the value → what is wrong with it, or nothing

# What a later release will do. Until then a shop that sets one must not believe that it
# works.
NOT_BUILT = {
    "HISTORY_URL": "the history is kept in DATA_DIR and nowhere else",
    "JUDGE_MODEL": "no texts are judged yet",
}
PLACEHOLDER = "rapport.example"


def faults(env: Environment) -> list[str]:
    """Return one sentence for each setting that can't be honoured."""
    unbuilt = [
        f"{name} can't be honoured: {why}; unset it."
        for name, why in NOT_BUILT.items()
        if env.get(name)
    ]
    if env.get("GENERATOR_MODEL") and not env.get("GENERATOR_URL"):
        unbuilt.append(
            "GENERATOR_MODEL can't be honoured: no model is run here yet; name the"
            " endpoint that runs it by GENERATOR_URL, or unset it."
        )
    return unbuilt + [
        f"{name}={_shown(name, env[name])}: {wrong}"
        for name, check in CHECKS.items()
        if env.get(name) and (wrong := check(env[name]))
    ]


def hints(env: Environment) -> list[str]:
    """Return one sentence for each thing that a shop on a real host will want to set."""
    return list(_hints(env))


def _hints(env: Environment) -> Iterator[str]:
    base = env.get("BASE_URL", "")
    if base.startswith("https://") and not env.get("TRUSTED_PROXIES"):
        yield (
            "TRUSTED_PROXIES is unset: behind a proxy all visitors seem to come from"
            " its address."
        )
    if not base and not _is_loopback(env.get("BIND") or "127.0.0.1"):
        yield (
            "BASE_URL is unset: others reach this machine, but links lead to 127.0.0.1."
        )
    if (base.startswith("https://") or _providers(env)) and not env.get("SHOP_URL"):
        yield (
            "SHOP_URL is unset: no campaign whose words link to the shop can be"
            " approved."
        )
    if _providers(env) and PLACEHOLDER in (env.get("FROM_EMAIL") or PLACEHOLDER):
        yield (
            "FROM_EMAIL is unset: mail would come from hello@rapport.example, which"
            " nobody may send from."
        )
    if env.get("SMS_URL") and not env.get("SMS_SENDER"):
        yield "SMS_SENDER is unset: text messages come from 'Rapport'."
    missing = [name for name in PROVIDERS if not env.get(name)]
    if 0 < len(missing) < len(PROVIDERS):
        unset = f"{' and '.join(missing)} {'are' if len(missing) > 1 else 'is'} unset"
        yield f"{unset}: such messages are held, unless the admin names a provider."


PROVIDERS = ("EMAIL_URL", "SMS_URL", "PUSH_URL")


def _providers(env: Environment) -> list[str]:
    return [name for name in PROVIDERS if env.get(name)]


def _is_loopback(bind: str) -> bool:
    try:
        return ip_address(bind.strip("[]")).is_loopback
    except ValueError:
        return bind == "localhost"


def _shown(name: str, value: str) -> str:
    """Return a value as a sentence may name it: no password of a URL, no secret."""
    if name.endswith("_URL"):
        value = re.sub(r"//[^/@]*@", "//…@", value)
    return value if len(value) <= 80 else f"{value[:80]}…"


def _site(value: str) -> str:
    """A site's address: scheme and host, and nothing that a link could not be added to."""
    if wrong := _url("http", "https")(value):
        return wrong
    parts = urlsplit(value)
    return "write it without ? and #." if parts.query or parts.fragment else ""


def _origin(value: str) -> str:
    if wrong := _site(value):
        return wrong
    return (
        "write scheme and host alone, such as https://shop.example."
        if urlsplit(value).path.strip("/")
        else ""
    )


def _url(*schemes: str) -> Check:
    """Check an address that starts with one of these schemes and names a host."""

    def check(value: str) -> str:
        try:
            parts = urlsplit(value)
            parts.port  # noqa: B018  raises what is no number
        except ValueError as error:
            return f"is not an address ({error})."
        if parts.scheme not in schemes:
            return (
                f"an address starts with {' or '.join(f'{one}://' for one in schemes)}."
            )
        return "" if parts.hostname else "the address names no host."

    return check


def _dsn(value: str) -> str:
    """Where errors are sent: key and project are part of the address."""
    if wrong := _url("http", "https")(value):
        return wrong
    parts = urlsplit(value)
    has_both = parts.username and parts.path.rpartition("/")[2].isdecimal()
    return "" if has_both else "write it as Sentry shows it: https://KEY@HOST/PROJECT."


def _store(value: str) -> str:
    """A folder by its whole path, or s3://bucket/prefix with region and endpoint."""
    try:
        parts = urlsplit(value)
        said = parse_qs(parts.query, strict_parsing=bool(parts.query))
        parts.port  # noqa: B018  raises what is no number
    except ValueError as error:
        return f"is not an address ({error})."
    if value.startswith(("/", "file:///")):
        return ""
    if parts.scheme != "s3":
        return "a store is a folder by its whole path, or s3://bucket/prefix."
    if unknown := sorted(set(said) - {"region", "endpoint"}):
        return f"{unknown[0]} is unknown: region and endpoint may follow the ?."
    if "endpoint" in said and (wrong := _site(said["endpoint"][-1])):
        return f"endpoint: {wrong}"
    return "" if parts.hostname else "the address names no bucket."


def _each(check: Check) -> Check:
    """Check every word of a list that is parted by commas."""

    def check_all(value: str) -> str:
        words = [word.strip() for word in value.split(",") if word.strip()]
        return next(
            (f"{word}: {wrong}" for word in words if (wrong := check(word))), ""
        )

    return check_all


def _host(value: str) -> str:
    return (
        ""
        if re.fullmatch(r"\*|\.?[\w.-]+|\[[\da-fA-F:.]+\]", value)
        else "a host has neither scheme, port nor path."
    )


def _address(value: str) -> str:
    try:
        ip_address("127.0.0.1" if value == "localhost" else value.strip("[]"))
    except ValueError:
        return (
            "is not an IP address to listen on; 0.0.0.0 is every one of this machine."
        )
    return ""


def _network(value: str) -> str:
    try:
        ip_network(value)
    except ValueError:
        return "is neither an IP address nor a network such as 10.0.0.0/8."
    return ""


def _mailbox(value: str) -> str:
    _name, address = parseaddr(value)
    is_one = re.fullmatch(
        r"[^@\s]{1,64}@([^@\s]{1,190}\.[^@\s.]{1,63}|localhost)", address
    )
    return (
        ""
        if is_one
        else "is not a mail address such as Corner Shop <hello@shop.example>."
    )


def _sender(value: str) -> str:
    if re.fullmatch(r"\+?\d{3,15}", value) or re.fullmatch(
        r"(?=.{0,10}[A-Za-z])[A-Za-z0-9 &._-]{1,11}", value
    ):
        return ""
    return (
        "text messages come from a number, or from a name of up to 11 letters and"
        " digits."
    )


def _number(low: float, high: float) -> Check:
    def check(value: str) -> str:
        try:
            is_within = low <= float(value) <= high
        except ValueError:
            is_within = False
        return "" if is_within else f"a number from {low:g} to {high:g} is expected."

    return check


def _whole(low: int, high: int) -> Check:
    within = _number(low, high)
    return lambda value: (
        within(value)
        if value.isdecimal()
        else f"a whole number from {low} to {high} is expected."
    )


def _zone(value: str) -> str:
    try:
        ZoneInfo(value)
    except (KeyError, ValueError, OSError):
        return "is not a time zone such as Europe/Berlin."
    return ""


def _moment(value: str) -> str:
    try:
        datetime.fromisoformat(value)
    except ValueError:
        return "is not an ISO 8601 time such as 2024-05-01T10:00+02:00."
    return ""


def _pattern(pattern: str, wanted: str) -> Check:
    return lambda value: (
        "" if re.fullmatch(pattern, value) else f"{wanted} is expected."
    )


CHECKS: dict[str, Check] = {
    "STORE_URL": _store,
    "BASE_URL": _origin,
    "SHOP_URL": _site,
    "CORS_ORIGINS": _each(lambda value: "" if value == "*" else _origin(value)),
    "ALLOWED_HOSTS": _each(_host),
    "BIND": _address,
    "PORT": _whole(1, 65535),
    "TRUSTED_PROXIES": _each(_network),
    "INSIDE_HOSTS": _each(
        _pattern(
            r"[\w.-]+(:\d{1,5})?|\[[\da-fA-F:.]+\](:\d{1,5})?", "a host, or host:port,"
        )
    ),
    "SESSION_IDLE_HOURS": _whole(1, 24 * 14),
    "SESSION_LONGEST_DAYS": _whole(1, 90),
    "GENERATOR_URL": _url("http", "https"),
    "SENTRY_DSN": _dsn,
    "EMAIL_URL": _url("smtp", "smtp+tls", "smtps"),
    "SMS_URL": _url("http", "https"),
    "PUSH_URL": _url("http", "https"),
    "FROM_EMAIL": _mailbox,
    "SMS_SENDER": _sender,
    "OPERATOR_EMAILS": _each(_mailbox),
    "REDIS_URL": _pattern(
        r"(rediss?|unix)://.+",
        "an address that starts with redis://, rediss:// or unix://",
    ),
    "SHOP_TIME_ZONE": _zone,
    "LEARN_AT": _pattern(r"(([01]\d|2[0-3]):[0-5]\d)?", "a time of day such as 03:30"),
    "SHOP_CURRENCY": _pattern(r"[A-Z]{3}", "a currency of three capitals such as EUR"),
    "SHOP_COUNTRY": _pattern(r"[A-Z]{2}", "a country of two capitals such as DE"),
    "REVENUE_HAS_TAX": _pattern(r"(?i)true|false|yes|no|on|off|1|0", "true or false"),
    "SHOP_MARGIN": _number(0, 1),
    "GLOBAL_HOLDOUT": _number(0, 0.9),
    "SHOP_CLOCK": _moment,
    "SEND_LEASE_SECONDS": _number(1, 86_400),
    "SEND_RETRY_SECONDS": _number(0, 86_400),
    "JOB_LEASE_SECONDS": _number(0.1, 86_400),
    "BACKUP_DAYS": _number(0.01, 3650),
    "WEB_PROCESSES": _whole(1, 256),
    "WEB_THREADS": _whole(1, 256),
    "JOBS_PROCESSES": _whole(1, 256),
    "SEND_PROCESSES": _whole(1, 256),
    "TRIGGERED_PROCESSES": _whole(1, 256),
    "SEND_BATCH": _whole(1, 100_000),
    "LOG_LEVEL": _pattern(
        r"DEBUG|INFO|WARNING|ERROR|CRITICAL",
        "one of DEBUG, INFO, WARNING, ERROR, CRITICAL",
    ),
}
