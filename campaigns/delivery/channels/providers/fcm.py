"""Push to phones by Firebase Cloud Messaging, HTTP v1."""

import json
from collections.abc import Mapping
from contextlib import AbstractContextManager
from functools import cached_property, lru_cache
from typing import Any
from urllib.parse import quote

from django import forms
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _
from google.auth.exceptions import GoogleAuthError
from google.auth.transport.requests import Request as Transport
from google.oauth2.service_account import Credentials

from campaigns.delivery.channels import http
from campaigns.delivery.channels.endpoints import Endpoint, endpoint, parse
from campaigns.delivery.channels.line import Line, Outgoing, ProviderAway
from campaigns.delivery.channels.provider import ByEndpoint, ProviderForm, SecretField
from campaigns.delivery.outcome import Outcome, refused
from retention_site.lib.security import ssrf_guard
from retention_site.lib.security.outbound import ForbiddenAddress

API = "https://fcm.googleapis.com"
SCOPES = ["https://www.googleapis.com/auth/firebase.messaging"]
TOKEN_SECONDS = 10.0
# of a message's data: a newer one takes the place of an older one not yet shown
COLLAPSE = "collapse_key"
LONGEST_COLLAPSE = 64  # APNs


class FcmForm(ProviderForm):
    account = SecretField(
        label=_("Service account"),
        is_long=True,
        help_text=_("The JSON file that Firebase gives out for a service account."),
    )
    seconds = forms.IntegerField(
        label=_("Kept for, seconds"),
        min_value=0,
        max_value=2_419_200,
        required=False,
        help_text=_(
            "How long FCM tries to reach a phone that is off. Empty: four weeks."
        ),
    )
    api_url = forms.URLField(
        label=_("API address"),
        required=False,
        assume_scheme="https",
        help_text=_("Empty: https://fcm.googleapis.com"),
    )

    def clean_account(self) -> str:
        told = str(self.cleaned_data["account"] or "")
        if told:
            try:
                ssrf_guard.check_url(str(credentials(told)._token_uri))
            except (ImproperlyConfigured, ForbiddenAddress) as error:
                raise forms.ValidationError(str(error)) from None
        return told


class Fcm(ByEndpoint):
    """A device is dropped only when FCM says UNREGISTERED."""

    key = "fcm"
    label = _("Firebase Cloud Messaging")
    words = _("Android and iOS apps, by FCM HTTP v1.")
    form = FcmForm

    @cached_property
    def endpoint(self) -> Endpoint:
        account = self.given.secrets.get("account", "")
        if not account:
            return endpoint("push")
        where = parse(self.given.text("api_url") or API)
        path = f"/v1/projects/{quote(str(credentials(account).project_id), safe='')}/messages:send"
        return Endpoint(
            where.scheme,
            where.host,
            where.port,
            path,
            password=self._token(account),
            is_typed=True,
        )

    @property
    def name(self) -> str:
        return "fcm" if self.given.secrets.get("account") else super().name

    @property
    def is_idempotent(self) -> bool:  # type: ignore[override]  # FCM knows no keys; a gateway of PUSH_URL may
        return not self.given.secrets.get("account") and self.endpoint.is_idempotent

    @property
    def can_look_up(self) -> bool:  # type: ignore[override]
        return False

    def open(self, answer_seconds: float) -> AbstractContextManager[Line]:
        return http.line(self.endpoint, answer_seconds, self._request, read)

    def _token(self, account: str) -> str:
        """Return an access token, fetched when the last one runs out; raise
        `ProviderAway`.
        """
        kept = credentials(account)
        if not kept.valid:
            try:
                # the JSON names its server
                with ssrf_guard.session(TOKEN_SECONDS) as session:
                    kept.refresh(_InTime(session))
            except GoogleAuthError as error:
                raise ProviderAway(f"no access token for FCM: {error}") from error
        return str(kept.token)

    def _request(self, outgoing: Outgoing) -> http.Request:
        seconds = self.given.values.get("seconds")
        message = notification(outgoing, seconds if isinstance(seconds, int) else None)
        return http.json_request(
            self.endpoint.path, {"message": message}, {"Idempotency-Key": outgoing.key}
        )


class _InTime(Transport):
    """The token's server has seconds, not minutes."""

    def __call__(self, *args: Any, **options: Any) -> Any:
        return super().__call__(*args, **{**options, "timeout": TOKEN_SECONDS})


@lru_cache(maxsize=8)
def credentials(account: str) -> Credentials:
    """Return the credentials of a service account's JSON, kept with their token; raise
    `ImproperlyConfigured`.
    """
    try:
        return Credentials.from_service_account_info(json.loads(account), scopes=SCOPES)
    except (ValueError, TypeError, AttributeError, GoogleAuthError) as error:
        raise ImproperlyConfigured(
            f"This is no service account's JSON: {error}."
        ) from None


def notification(outgoing: Outgoing, seconds: int | None = None) -> dict[str, Any]:
    """Return a message in the words of FCM HTTP v1."""
    data = {
        name: str(value) for name, value in outgoing.data.items() if name != COLLAPSE
    }
    message: dict[str, Any] = {
        "token": outgoing.address,
        "notification": {"title": outgoing.subject, "body": outgoing.text},
        "data": {**data, "message": outgoing.key},
    }
    android: dict[str, Any] = {} if seconds is None else {"ttl": f"{seconds}s"}
    if collapse := str(outgoing.data.get(COLLAPSE) or "")[:LONGEST_COLLAPSE]:
        android["collapse_key"] = collapse
        message["apns"] = {"headers": {"apns-collapse-id": collapse}}
    return {**message, "android": android} if android else message


def read(reply: http.Reply) -> Outcome:
    """Turn FCM's answer into our words."""
    if reply.status == 404 and error_code(reply) == "UNREGISTERED":
        return refused(
            404, "the app was removed from this device", forgets_address=True
        )
    return http.judge(reply, lambda answer: answer["name"])


def error_code(reply: http.Reply) -> str:
    """Return FCM's own code of an error; empty where it gives none."""
    try:
        details: list[Mapping[str, Any]] = reply.json()["error"]["details"]
        return next(
            (str(one["errorCode"]) for one in details if "errorCode" in one), ""
        )
    except (ValueError, LookupError, TypeError):
        return ""
