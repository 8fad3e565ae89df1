"""Who calls: an API key as a Bearer token, or as the user name of basic auth as
Segment's clients send it.
"""

from dataclasses import dataclass
from datetime import date
from time import monotonic

from django.db import connection
from django.db.models.signals import post_delete, post_save
from django.dispatch import receiver
from django.http import HttpRequest
from ninja.security import HttpBasicAuth, HttpBearer
from ninja.security.http import DecodeError

from profiles.api import key_limits
from profiles.api.problems import Refusal
from profiles.api.requests import json_body
from profiles.intake.cleaners import MOST_WORD_CHARACTERS
from profiles.models import ApiKey
from retention_site.lib.bodies import MalformedBody
from retention_site.lib.clock import real_now

Scope = ApiKey.Scope
OPENED = """
    SELECT id, scope, name, hint, last_used_on FROM profiles_apikey
    WHERE digest = %s AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > now())
"""
BELIEVED_SECONDS = 1.0  # a revoked key opens for so long at most
MOST_BELIEVED = 10_000
TOO_MANY = (
    "Too many wrong API keys came from this address; wait, then send a valid one."
)
_seen: dict[str, tuple[float, "Caller"]] = {}


@dataclass(frozen=True, slots=True)
class Caller:
    """The key that a call came with."""

    key: int
    scope: str
    name: str
    hint: str
    last_used_on: date | None

    @property
    def source(self) -> str:
        """The name under which facts sent with this key are kept."""
        return self.name[:MOST_WORD_CHARACTERS] or f"api …{self.hint}"


class ApiKeyBearer(HttpBearer):
    """`Authorization: Bearer rapport_…`"""

    def __init__(self, *scopes: str) -> None:
        super().__init__()
        self.scopes = scopes

    def authenticate(self, request: HttpRequest, token: str) -> Caller | None:
        return opened_by(request, token.strip(), self.scopes)


class ApiKeyBasic(HttpBasicAuth):
    """Basic auth with the key as user name and no password."""

    def __init__(self, *scopes: str) -> None:
        super().__init__()
        self.scopes = scopes

    def authenticate(
        self, request: HttpRequest, username: str, _password: str
    ) -> Caller | None:
        return opened_by(request, username.strip(), self.scopes)


class WriteKeyInBody:
    """The key as ``writeKey`` of the body: mobile libraries send no header, and a page
    that closes can't.
    """

    def __init__(self, *scopes: str) -> None:
        self.scopes = scopes

    def __call__(self, request: HttpRequest) -> Caller | None:
        if "Authorization" in request.headers:
            return None  # a wrong header is not made up for
        secret = _write_key(request)
        return opened_by(request, secret, self.scopes) if secret else None


def bearer(*scopes: str) -> list[HttpBearer]:
    """Return who may call an operation: keys of these scopes."""
    return [ApiKeyBearer(*scopes)]


def segment() -> list[HttpBearer | HttpBasicAuth | WriteKeyInBody]:
    """Return who may call the Segment calls: write keys, in whichever way a library
    sends them.
    """
    return [
        ApiKeyBearer(Scope.WRITE),
        ApiKeyBasic(Scope.WRITE),
        WriteKeyInBody(Scope.WRITE),
    ]


def caller_of(request: HttpRequest) -> Caller | None:
    """Return the living key of a call, whatever it may do; None for a call without one."""
    kind, _, said = request.headers.get("Authorization", "").partition(" ")
    match kind.lower():
        case "bearer":
            secret = said.strip()
        case "basic":
            try:
                secret = ApiKeyBasic().decode_authorization(f"Basic {said}")[0].strip()
            except DecodeError:
                return None
        case _:
            secret = _write_key(request)
    return _asked(request, secret) if secret else None


def source_of(request: HttpRequest) -> str:
    """Return the name under which the facts of this call are kept."""
    caller: Caller = getattr(request, "auth")  # noqa: B009  put there by the key's check, unknown to HttpRequest
    return caller.source


def opened_by(
    request: HttpRequest, secret: str, scopes: tuple[str, ...]
) -> Caller | None:
    """Return the valid key that ``secret`` is, None when it is none; answer 403 when it
    may not do this, 429 when its address tried too many.
    """
    caller = _asked(request, secret)
    if caller is None:
        address = request.META.get("REMOTE_ADDR", "")
        if wait := key_limits.seconds_to_wait(address):
            raise Refusal(429, TOO_MANY, headers={"Retry-After": str(wait)})
        key_limits.note(address)
    if caller is not None and caller.scope not in scopes:
        raise Refusal(
            403,
            f"This key may {caller.scope}; this call needs one that may"
            f" {' or '.join(scopes)}.",
        )
    return caller


def _write_key(request: HttpRequest) -> str:
    try:
        body = json_body(request)
    except MalformedBody:
        return ""
    secret = body.get("writeKey") if isinstance(body, dict) else None
    return secret.strip() if isinstance(secret, str) else ""


def _asked(request: HttpRequest, secret: str) -> Caller | None:
    """Look a key up, but for one that is new here and comes from where many wrong ones
    came from.
    """
    digest = ApiKey.digest_of(secret)
    address = request.META.get("REMOTE_ADDR", "")
    if key_limits.seconds_to_wait(address) and digest not in _seen:
        return None
    return _known(digest)


def _known(digest: str) -> Caller | None:
    """Look a key up, at most once a second in each process."""
    looked_at, caller = _seen.get(digest, (float("-inf"), None))
    if monotonic() - looked_at < BELIEVED_SECONDS:
        return caller
    with connection.cursor() as cursor:
        cursor.execute(OPENED, [digest])
        row = cursor.fetchone()
    if row is None:
        _seen.pop(digest, None)  # revoked: it is as unknown as any
        return None
    caller = Caller(*row)
    _note_use(caller)
    if len(_seen) >= MOST_BELIEVED:
        _seen.clear()
    _seen[digest] = monotonic(), caller
    return caller


def _note_use(caller: Caller) -> None:
    today = real_now().date()
    if caller.last_used_on != today:
        ApiKey.objects.filter(pk=caller.key).update(last_used_on=today)


@receiver([post_save, post_delete], sender=ApiKey)
def _forget(**_kwargs: object) -> None:
    """Believe nothing that was changed here; other processes learn of it within a
    second.
    """
    _seen.clear()
