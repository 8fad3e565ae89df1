"""The contract of a provider: what it must be told, how a line to it opens, what its
callbacks mean.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, ClassVar

from django import forms
from django.http import HttpRequest, HttpResponse
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from campaigns.delivery.channels.endpoints import Endpoint
from campaigns.delivery.channels.line import Line
from retention_site.lib.security import ssrf_guard
from retention_site.lib.security.outbound import ForbiddenAddress


class SecretField(forms.CharField):
    """A secret: written, never shown again; left empty it stays as it is."""

    def __init__(self, *, is_long: bool = False, **options: Any) -> None:
        quiet = {"autocomplete": "new-password", "spellcheck": "false"}
        plain = (
            forms.Textarea({**quiet, "rows": 4})
            if is_long
            else forms.PasswordInput(quiet)
        )
        super().__init__(
            **{"required": False, "widget": plain, "strip": True} | options
        )


class ProviderForm(forms.Form):
    """The settings of one provider; a field of the kind `SecretField` is kept
    encrypted.
    """

    def clean(self) -> dict[str, Any]:
        """Refuse addresses inside our own network: a form must not be a way to what
        answers there.
        """
        told = super().clean() or {}
        try:
            for name in ("url", "api_url"):
                ssrf_guard.check_url(str(told.get(name) or ""))
            if host := str(told.get("host") or ""):
                ssrf_guard.check_host(host, told.get("port") or 0)
        except ForbiddenAddress:
            said = _(
                "The address leads into our own network; an operator may allow a host"
                " by INSIDE_HOSTS."
            )
            raise forms.ValidationError(said) from None
        return told

    @classmethod
    def secret_names(cls) -> set[str]:
        return {
            name
            for name, one in cls.base_fields.items()
            if isinstance(one, SecretField)
        }


@dataclass(frozen=True)
class Given:
    """What a person set for a provider; empty where the environment decides."""

    values: Mapping[str, Any] = field(default_factory=dict)
    secrets: Mapping[str, str] = field(default_factory=dict)
    signing: tuple[str, ...] = ()  # valid now, newest first

    def text(self, name: str) -> str:
        return str(self.values.get(name) or "")


class What(StrEnum):
    """What a provider tells of a message."""

    DELIVERED = "delivered"
    BOUNCED = "bounced"
    COMPLAINED = "complained"
    UNSUBSCRIBED = "unsubscribed"
    REPLIED = "replied"


@dataclass(frozen=True)
class Heard:
    """One thing a provider told, in our words. ``ref`` or ``message`` with ``key`` say
    of which message, if known.
    """

    what: What
    event_id: str  # the same when it is told again
    ref: str = ""
    message: int | None = None
    key: str = ""
    address: str = ""
    at: datetime | None = None
    detail: str = ""
    is_lasting: bool = False  # the address does not exist, now or later
    text: str = ""  # of a reply
    is_answered: bool = False  # the provider itself answered STOP or HELP
    # anybody can write a mail: believed of a message that it proves to know
    by_mail: bool = False


class NotTheirs(Exception):
    """This call was not signed by the provider."""


class Unreadable(ValueError):
    """This call can't be understood: one sentence."""


class Provider(ABC):
    """One company or server that takes a channel's messages."""

    key: ClassVar[str]
    label: ClassVar[str | Promise]
    words: ClassVar[str | Promise] = ""  # what it is, for whom
    form: ClassVar[type[ProviderForm]] = ProviderForm
    hears: ClassVar[bool] = False  # calls back
    is_idempotent: bool = False  # drops a second request with the same key
    can_look_up: bool = False  # says whether it has seen a message

    def __init__(self, given: Given = Given()) -> None:
        self.given = given

    @property
    @abstractmethod
    def name(self) -> str:
        """Name the provider: attempts and the send rate go by it."""

    @abstractmethod
    def open(self, answer_seconds: float) -> AbstractContextManager[Line]:
        """Connect; raise `ProviderAway`."""

    def seen(self, keys: Sequence[str]) -> dict[str, bool]:
        """Ask which of these it has taken; what it can't tell is left out. Raise
        `ProviderAway`.
        """
        return {}

    def hear(self, request: HttpRequest) -> list[Heard]:
        """Return what a callback tells; raise `NotTheirs` or `Unreadable`."""
        raise Unreadable("This provider does not call back.")

    def answer(self, replies: Sequence[str]) -> HttpResponse:
        """Answer a callback; ``replies`` are texts that its sender is to get back."""
        return HttpResponse("")


class ByEndpoint(Provider):
    """A provider behind one address; what it can do, the address says."""

    @property
    def endpoint(self) -> Endpoint:
        raise LookupError(f"{type(self).__name__} has no address.")

    @property
    def name(self) -> str:
        return self.endpoint.name

    @property
    def is_idempotent(self) -> bool:  # type: ignore[override]  # a fixed fact elsewhere, here it hangs on the address
        return self.endpoint.is_idempotent

    @property
    def can_look_up(self) -> bool:  # type: ignore[override]
        return bool(self.endpoint.lookup)
