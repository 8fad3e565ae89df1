"""E-mail by the HTTP interface of a mail service, through django-anymail."""

import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from email.utils import formataddr
from typing import Any

import requests
from anymail.exceptions import (
    AnymailAPIError,
    AnymailConfigurationError,
    AnymailError,
    AnymailRecipientsRefused,
    AnymailWarning,
    AnymailWebhookValidationFailure,
)
from anymail.signals import AnymailTrackingEvent, RejectReason
from django import forms
from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.http import HttpRequest
from django.utils.module_loading import import_string
from django.utils.translation import gettext_lazy as _

from campaigns.delivery.bounces import services
from campaigns.delivery.channels import http
from campaigns.delivery.channels.anymail_services import SERVICES
from campaigns.delivery.channels.email import headers, message_id
from campaigns.delivery.channels.endpoints import parse
from campaigns.delivery.channels.line import Line, MayGo, Outgoing, ProviderAway
from campaigns.delivery.channels.mail import mime
from campaigns.delivery.channels.provider import (
    Given,
    Heard,
    NotTheirs,
    Provider,
    SecretField,
    Unreadable,
    What,
)
from campaigns.delivery.channels.providers.smtp import SenderForm
from campaigns.delivery.outcome import Outcome, accepted, no_answer, refused, unsent
from retention_site.lib.security import outbound, ssrf_guard

CALLER = "rapport"  # user name of callbacks
DEFAULT = "postmark"
TELLS = {
    "delivered": What.DELIVERED,
    "bounced": What.BOUNCED,
    "rejected": What.BOUNCED,
    "failed": What.BOUNCED,
    "complained": What.COMPLAINED,
    "unsubscribed": What.UNSUBSCRIBED,
}
TAKEN, TURNED_DOWN = {"sent", "queued"}, {"invalid", "rejected", "failed"}


class AnymailForm(SenderForm):
    service = forms.ChoiceField(
        label=_("Service"), choices=[(key, one.label) for key, one in SERVICES.items()]
    )
    api_key = SecretField(label=_("API key or server token"))
    second_key = SecretField(
        label=_("Second key"), help_text=_("Mailjet's secret key.")
    )
    domain = forms.CharField(
        label=_("Sending domain or project"),
        required=False,
        help_text=_(
            "Mailgun's domain, where it differs from the sender's; Scaleway's"
            " project id."
        ),
    )
    signing_key = SecretField(
        label=_("Callback signing key"),
        help_text=_(
            "Of Mailgun, MailerSend, Mailchimp, Postal or SendGrid; others are known by"
            " the password in the address."
        ),
    )
    api_url = forms.URLField(
        label=_("API address"),
        required=False,
        assume_scheme="https",
        help_text=_(
            "Empty: the service's own. Postal and Unisender Go have one for each"
            " account."
        ),
    )

    field_order = ("service", "api_key", "second_key", "domain")

    def clean(self) -> dict[str, Any]:
        told = super().clean() or {}
        terms = SERVICES.get(str(told.get("service")))
        if terms and terms.is_self_hosted and not told.get("api_url"):
            raise forms.ValidationError(
                _("%(service)s needs its API address.") % {"service": terms.label}
            )
        if terms and terms.domain == "project_id" and not told.get("domain"):
            raise forms.ValidationError(
                _("%(service)s needs its project id.") % {"service": terms.label}
            )
        return told


class Anymail(Provider):
    """One service; it signs with DKIM itself."""

    key = "anymail"
    label = _("Mail service")
    words = _(
        "Brevo, Mailgun, Mailjet, Postmark, Resend, SparkPost and others, by their HTTP"
        " interface."
    )
    form = AnymailForm
    hears = True

    def __init__(self, given: Given = Given()) -> None:  # noqa: B008  frozen
        super().__init__(given)
        self.service = given.text("service") or DEFAULT
        self.terms = SERVICES[self.service]

    @property
    def name(self) -> str:
        return f"anymail:{self.service}"

    @contextmanager
    def open(self, answer_seconds: float) -> Iterator[Line]:
        backend = self._backend(answer_seconds)
        backend.open()
        if self.given.text("api_url"):
            ssrf_guard.guard(backend.session)
        try:
            yield ServiceLine(backend, self.given)
        finally:
            backend.close()

    def hear(self, request: HttpRequest) -> list[Heard]:
        view = self._view()
        try:
            view.run_validators(request)
            events = view.parse_events(request)
        except (AnymailWebhookValidationFailure, AnymailConfigurationError) as error:
            raise NotTheirs(str(error)) from None
        except (ValueError, LookupError, TypeError, AttributeError) as error:
            raise Unreadable(f"{type(error).__name__}: {error}") from None
        return [
            told for event in events if (told := heard(self.service, event)) is not None
        ]

    def _backend(self, answer_seconds: float) -> Any:
        told, terms = self.given, self.terms
        wanted = {
            terms.key: told.secrets.get("api_key"),
            terms.second: told.secrets.get("second_key"),
        }
        wanted |= {terms.domain: told.text("domain"), "api_url": told.text("api_url")}
        options = {name: value for name, value in wanted.items() if name and value}
        try:
            kind = import_string(f"anymail.backends.{self.service}.EmailBackend")
            with warnings.catch_warnings():
                # of a service that they no longer try out themselves
                warnings.simplefilter("ignore", AnymailWarning)
                return kind(timeout=answer_seconds, fail_silently=False, **options)
        except (AnymailConfigurationError, ImportError) as error:
            raise ProviderAway(
                f"{terms.label} is not set up: {str(error).splitlines()[0]}"
            ) from None

    def _view(self) -> Any:
        """Make the service's own reader of callbacks; none is read without a secret of
        ours.
        """
        if not self.terms.view:
            raise NotTheirs(f"{self.terms.label} makes no callbacks.")
        if not self.given.signing:
            raise NotTheirs("No secret was made for callbacks yet.")
        passwords = [
            f"{CALLER}:{secret.removeprefix('whsec_')}" for secret in self.given.signing
        ]
        options: dict[str, Any] = {"webhook_secret": passwords}
        if self.terms.signs_with and (key := self.given.secrets.get("signing_key")):
            options[self.terms.signs_with] = key
        if self.terms.reads_with:
            options[self.terms.reads_with] = self.given.secrets.get("api_key")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", AnymailWarning)
            try:
                return import_string(
                    f"anymail.webhooks.{self.service}.{self.terms.view}"
                )(**options)
            except (AnymailConfigurationError, ImportError) as error:
                raise NotTheirs(str(error).splitlines()[0]) from None


class ServiceLine(Line):
    """One session with a service."""

    def __init__(self, backend: Any, given: Given) -> None:
        self.backend, self.given = backend, given

    def send(self, group: Sequence[Outgoing], may_go: MayGo) -> Iterator[Outcome]:
        for outgoing in group:
            yield (
                self._one(self._mail(outgoing))
                if may_go()
                else unsent("stopped before the request")
            )

    def _mail(self, outgoing: Outgoing) -> EmailMultiAlternatives:
        name, address = mime.split_sender(
            self.given.text("sender") or settings.FROM_EMAIL
        )
        replies_to = self.given.text("replies_to")
        mail = EmailMultiAlternatives(
            mime.clean(outgoing.subject),
            outgoing.text,
            formataddr((name, address)),
            [
                formataddr(
                    (mime.clean(outgoing.name)[: mime.LONGEST_NAME], outgoing.address)
                )
            ],
            headers={
                "Message-ID": message_id(outgoing.key),
                **dict(headers(outgoing)),
                **outgoing.headers,
            },
            reply_to=[replies_to] if replies_to else None,
        )
        if outgoing.html:
            mail.attach_alternative(outgoing.html, "text/html")
        if SERVICES[self.given.text("service") or DEFAULT].keeps_facts:
            # anymail reads it there
            vars(mail)["metadata"] = {
                "message": str(outgoing.message),
                "key": outgoing.key,
            }
        return mail

    def _one(self, mail: EmailMultiAlternatives) -> Outcome:
        try:
            self.backend.send_messages([mail])
        except AnymailRecipientsRefused as error:
            return refused("", f"the service refused the address: {error}"[:300])
        except AnymailAPIError as error:
            return _judged(error)
        except AnymailError as error:
            return refused("", f"the service can't send this: {error}"[:300])
        return _of_status(vars(mail)["anymail_status"])  # anymail leaves it there


def _of_status(status: Any) -> Outcome:
    """Believe the service only where it names the recipient and says that it took the
    mail.
    """
    said = status.status or set()
    code = getattr(status.esp_response, "status_code", "")
    if said and said <= TAKEN:
        return accepted(
            code, ref=status.message_id if isinstance(status.message_id, str) else None
        )
    if said and said <= TURNED_DOWN:
        return refused(code, f"the service said: {', '.join(sorted(said))}")
    return no_answer(
        f"the service did not say whether it took the mail: {said or 'nothing'}", code
    )


def _judged(error: AnymailAPIError) -> Outcome:
    """Tell apart what never left, what was answered and what was not."""
    response, cause = error.response, error.__cause__
    if response is not None:
        said = {name.lower(): value for name, value in response.headers.items()}
        body = (
            b"" if response.ok else response.content
        )  # one that is fine by its status but can't be read tells nothing
        return http.judge(
            http.Reply(response.status_code, said, body), lambda _body: ""
        )
    if isinstance(cause, requests.RequestException) and outbound.is_unsent(cause):
        return unsent(str(cause))
    return no_answer(str(cause or error)[:300])


def heard(service: str, event: AnymailTrackingEvent) -> Heard | None:
    """Return what an event of a service means in our words, or None."""
    what = TELLS.get(str(event.event_type))
    if what is None:
        return None
    if what == What.BOUNCED and event.reject_reason == RejectReason.UNSUBSCRIBED:
        # it was not even tried: the person ended it at the service
        what = What.UNSUBSCRIBED
    said = " ".join(str(one) for one in (event.mta_response, event.description) if one)
    told = event.metadata or {}
    number = str(told.get("message", ""))
    return Heard(
        what=what,
        event_id=(
            f"anymail:{event.event_id or f'{event.message_id}:{event.event_type}'}"
        ),
        ref=str(event.message_id or ""),
        message=int(number) if number.isdigit() and len(number) < 19 else None,
        key=str(told.get("key", "")),
        address=str(event.recipient or ""),
        at=event.timestamp,
        detail=str(
            event.mta_response or event.description or event.reject_reason or ""
        )[:500],
        is_lasting=what == What.BOUNCED
        and services.is_lasting(service, event.esp_event, said),
    )


def password_url(url: str, secret: str) -> str:
    """Return an address with the name and password under which a service calls."""
    found = parse(url)
    shown = found.host if found.port in (80, 443) else f"{found.host}:{found.port}"
    return (
        f"{found.scheme}://{CALLER}:{secret.removeprefix('whsec_')}@{shown}{found.path}"
    )
