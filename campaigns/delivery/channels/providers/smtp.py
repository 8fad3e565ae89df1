"""Any mail server, by SMTP."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property
from typing import Any

from django import forms
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from campaigns.delivery import envelope_address
from campaigns.delivery.bounces.reports import heard_in
from campaigns.delivery.channels import lookup
from campaigns.delivery.channels.callback_signatures import standard_body
from campaigns.delivery.channels.email import MailLine, Stationery, message_id
from campaigns.delivery.channels.endpoints import DEFAULT_PORTS, Endpoint, endpoint
from campaigns.delivery.channels.line import Line
from campaigns.delivery.channels.mail import dkim, mime, smtp_pool
from campaigns.delivery.channels.provider import (
    ByEndpoint,
    Heard,
    ProviderForm,
    SecretField,
)

SECURITY = {
    "smtp+tls": _("STARTTLS, usually port 587"),
    "smtps": _("TLS from the start, usually port 465"),
    "smtp": _("none: only inside your own network"),
}


class SenderForm(ProviderForm):
    """Who mail comes from."""

    sender = forms.CharField(
        label=_("From"),
        required=False,
        help_text=_("Such as Corner Shop <hello@shop.example>. Empty: FROM_EMAIL."),
    )
    replies_to = forms.EmailField(label=_("Replies go to"), required=False)

    def clean_sender(self) -> str:
        sender = mime.clean(str(self.cleaned_data["sender"]))
        if sender:
            _checked(mime.split_sender(sender)[1])
        return sender


class SmtpForm(SenderForm):
    host = forms.CharField(
        label=_("Server"),
        help_text=_(
            "Such as mail.shop.example, or Amazon SES's of your region:"
            " email-smtp.eu-central-1.amazonaws.com."
        ),
    )
    port = forms.IntegerField(
        label=_("Port"), min_value=1, max_value=65535, required=False
    )
    security = forms.ChoiceField(label=_("Encryption"), choices=list(SECURITY.items()))
    username = forms.CharField(label=_("User name"), required=False)
    password = SecretField(label=_("Password"))
    bounces_to = forms.EmailField(
        label=_("Failures are returned to"),
        required=False,
        help_text=_(
            "An address whose mail is handed to `manage.py take_mail`; each message"
            " adds +token, so that a failure is known to be its own."
        ),
    )
    dkim_domain = forms.CharField(label=_("DKIM domain"), required=False)
    dkim_selector = forms.CharField(label=_("DKIM selector"), required=False)
    dkim_key = SecretField(
        label=_("DKIM private key"),
        is_long=True,
        help_text=_("PEM, RSA or Ed25519. Ed25519 signs faster."),
    )

    def clean_dkim_key(self) -> str:
        pem = str(self.cleaned_data["dkim_key"] or "").replace("\r\n", "\n")
        if pem:
            try:
                dkim.private_key(pem)
            except dkim.BadKey as error:
                raise forms.ValidationError(str(error)) from None
        return pem

    def clean(self) -> dict[str, Any]:
        told = super().clean() or {}
        if told.get("dkim_key") and not (
            told.get("dkim_domain") and told.get("dkim_selector")
        ):
            raise forms.ValidationError(_("A DKIM key needs its domain and selector."))
        return told


def _checked(address: str) -> None:
    try:
        envelope_address.email(address)
    except envelope_address.BadAddress as error:
        raise forms.ValidationError(str(error)) from None


class Smtp(ByEndpoint):
    """The server that was set, else that of EMAIL_URL, else the local sink."""

    key = "smtp"
    label = _("Mail server (SMTP)")
    words = _("Your own server or a provider's SMTP relay.")
    form = SmtpForm
    hears = True

    @cached_property
    def endpoint(self) -> Endpoint:
        told = self.given
        if not told.text("host"):
            return endpoint("email")
        scheme = told.text("security") or "smtp+tls"
        return Endpoint(
            scheme=scheme,
            host=told.text("host"),
            port=int(told.values.get("port") or DEFAULT_PORTS[scheme]),
            username=told.text("username"),
            password=told.secrets.get("password", ""),
            is_typed=True,
        )

    @property
    def stationery(self) -> Stationery:
        told, pem = self.given, self.given.secrets.get("dkim_key", "")
        signer = (
            dkim.Signer(told.text("dkim_domain"), told.text("dkim_selector"), pem)
            if pem
            else None
        )
        return Stationery(
            told.text("sender"),
            told.text("bounces_to"),
            told.text("replies_to"),
            signer,
        )

    @contextmanager
    def open(self, answer_seconds: float) -> Iterator[Line]:
        conversation = smtp_pool.connected(self.endpoint, answer_seconds)
        try:
            yield MailLine(conversation, self.stationery)
        finally:
            smtp_pool.keep(conversation)

    def seen(self, keys: Sequence[str]) -> dict[str, bool]:
        """Ask by Message-ID."""
        return lookup.seen(self.endpoint, {key: message_id(key) for key in keys})

    def hear(self, request: HttpRequest) -> list[Heard]:
        """Read a whole mail that a mail server posts, signed by Standard Webhooks."""
        return heard_in(standard_body(request, self.given.signing))
