"""Who calls: an API key as a Bearer token, or as the user name of basic auth as Segment's clients send it."""

from django.http import HttpRequest
from ninja.security import HttpBasicAuth, HttpBearer

from profiles.api.problems import Refusal
from profiles.models import ApiKey
from retention_site.lib.clock import real_now

Scope = ApiKey.Scope


class ApiKeyBearer(HttpBearer):
    """`Authorization: Bearer rapport_…`"""

    def __init__(self, *scopes: str) -> None:
        super().__init__()
        self.scopes = scopes

    def authenticate(self, _request: HttpRequest, token: str) -> ApiKey | None:
        return opened_by(token.strip(), self.scopes)


class ApiKeyBasic(HttpBasicAuth):
    """Basic auth with the key as user name and no password."""

    def __init__(self, *scopes: str) -> None:
        super().__init__()
        self.scopes = scopes

    def authenticate(self, _request: HttpRequest, username: str, _password: str) -> ApiKey | None:
        return opened_by(username.strip(), self.scopes)


def bearer(*scopes: str) -> list[HttpBearer]:
    """Return who may call an operation: keys of these scopes."""
    return [ApiKeyBearer(*scopes)]


def segment() -> list[HttpBearer | HttpBasicAuth]:
    """Return who may call the Segment calls: write keys, either way."""
    return [ApiKeyBearer(Scope.WRITE), ApiKeyBasic(Scope.WRITE)]


def opened_by(secret: str, scopes: tuple[str, ...]) -> ApiKey | None:
    """Return the valid key that ``secret`` is, None when it is none; answer 403 when it may not do this."""
    key = ApiKey.objects.valid().opened_by(secret).first() if secret else None
    if key is None:
        return None
    if key.scope not in scopes:
        raise Refusal(403, f"This key may {key.scope}; this call needs one that may {' or '.join(scopes)}.")
    _note_use(key)
    return key


def source_of(key: ApiKey) -> str:
    """Return the name under which facts sent with a key are kept."""
    return key.name or f"api …{key.hint}"


def _note_use(key: ApiKey) -> None:
    today = real_now().date()
    if key.last_used_on != today:
        ApiKey.objects.filter(pk=key.pk).update(last_used_on=today)
