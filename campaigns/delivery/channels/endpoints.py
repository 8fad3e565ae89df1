"""Where a channel's provider listens: the URL of the settings, else the local sink of
this shop.
"""

from dataclasses import dataclass, field
from urllib.parse import parse_qsl, unquote, urlsplit

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from campaigns.delivery.channels.line import ProviderAway
from campaigns.delivery.sinks import ports
from campaigns.models import ChannelSettings

DEFAULT_PORTS = {"http": 80, "https": 443, "smtp": 25, "smtp+tls": 587, "smtps": 465}
SETTINGS = {"email": "EMAIL_URL", "sms": "SMS_URL", "push": "PUSH_URL"}


@dataclass(frozen=True)
class Endpoint:
    """One provider's address, and what it can do, as `?idempotent=1&lookup=https://…`
    at the end of the URL says.
    """

    scheme: str
    host: str
    port: int
    path: str = "/"
    username: str = ""
    password: str = ""
    options: dict[str, str] = field(default_factory=dict)
    is_typed: bool = False  # in a form of the admin: never into our own network

    @property
    def name(self) -> str:
        return f"{self.scheme}://{self.host}:{self.port}"

    @property
    def is_idempotent(self) -> bool:
        return self.options.get("idempotent") == "1"

    @property
    def lookup(self) -> str:
        """The address that tells by ``?key=`` whether a message was taken; empty where
        there is none.
        """
        return self.options.get("lookup", "")


def endpoint(channel: str) -> Endpoint:
    """Return where ``channel`` goes.

    Raise `ProviderAway` when that is a local sink which never ran, or one that would
    swallow what real customers wait for because other channels do reach them.
    """
    return parse(given(channel) or _local(channel))


def given(channel: str) -> str:
    """Return the URL that the settings name, or nothing."""
    name = SETTINGS.get(channel)
    return getattr(settings, name) if name else ""


def is_local(channel: str) -> bool:
    return not given(channel)


def parse(url: str) -> Endpoint:
    """Read a provider's URL; raise `ImproperlyConfigured` in one sentence."""
    try:
        parts = urlsplit(url)
        port = parts.port or DEFAULT_PORTS[parts.scheme]
    except (ValueError, KeyError):
        known = ", ".join(DEFAULT_PORTS)
        raise ImproperlyConfigured(
            f"{url!r} is no provider's address; it starts with one of {known}."
        ) from None
    if not parts.hostname:
        raise ImproperlyConfigured(f"{url!r} names no host.")
    return Endpoint(
        scheme=parts.scheme,
        host=parts.hostname,
        port=port,
        path=parts.path or "/",
        username=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
        options=dict(parse_qsl(parts.query)),
    )


def is_real_host() -> bool:
    """Say whether any channel reaches real customers, by the environment or by what a
    person set.
    """
    if any(given(channel) for channel in SETTINGS):
        return True
    rows = ChannelSettings.objects.filter(channel__in=SETTINGS).values_list(
        "values", "secrets"
    )
    return any(
        values.get("host") or values.get("url") or secrets for values, secrets in rows
    )


def _local(channel: str) -> str:
    if is_real_host():
        unset = (
            f"{SETTINGS[channel]} is unset"
            if channel in SETTINGS
            else "no address is named"
        )
        raise ProviderAway(
            f"{unset}, and other channels reach real customers: nothing goes to the"
            " local sink."
        )
    try:
        here = ports.read()
    except LookupError as error:
        raise ProviderAway(str(error)) from None
    base = f"http://127.0.0.1:{here.http}"
    return {
        "email": f"smtp://127.0.0.1:{here.smtp}?lookup={base}/email/seen",
        "push": f"{base}/v1/projects/local/messages:send?idempotent=1",
    }.get(channel, f"{base}/{channel}?idempotent=1")
