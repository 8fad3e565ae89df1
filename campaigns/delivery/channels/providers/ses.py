"""Amazon SES: mail goes by its SMTP interface, what comes back is told by SNS."""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from anymail.exceptions import AnymailConfigurationError
from anymail.webhooks.amazon_ses import AmazonSESTrackingWebhookView
from django import forms
from django.http import HttpRequest
from django.utils.translation import gettext as say
from django.utils.translation import gettext_lazy as _

from campaigns.delivery.bounces.reports import FEEDBACK_ID
from campaigns.delivery.channels import sns
from campaigns.delivery.channels.callback_signatures import json_map, raw_body
from campaigns.delivery.channels.email import MailLine
from campaigns.delivery.channels.line import Line, MayGo, Outgoing
from campaigns.delivery.channels.mail import smtp_pool
from campaigns.delivery.channels.provider import Heard, Unreadable
from campaigns.delivery.channels.providers.anymail import heard
from campaigns.delivery.channels.providers.smtp import Smtp, SmtpForm
from campaigns.delivery.outcome import Outcome

TAKEN = re.compile(r"Ok ([\w-]{10,100})\s*\Z")  # with SES's own number of the message
GREETING = "Successfully validated SNS topic for Amazon SES event publishing."


class SesForm(SmtpForm):
    topics = forms.CharField(
        label=_("SNS topics"),
        required=False,
        widget=forms.Textarea({"rows": 2, "spellcheck": "false"}),
        help_text=_(
            "ARNs, one a line: the topics to which SES tells of bounces and complaints."
            " Subscribe the address at the side to them by HTTPS."
        ),
    )
    field_order = ("host", "port", "security", "username", "password", "topics")

    def clean_topics(self) -> str:
        said = str(self.cleaned_data["topics"]).split()
        for one in said:
            if not sns.TOPIC.fullmatch(one):
                raise forms.ValidationError(
                    say("%(said)s is not the ARN of a topic.") % {"said": one[:80]}
                )
        return "\n".join(said)


class AmazonSes(Smtp):
    """SES of one region."""

    key = "ses"
    label = _("Amazon SES")
    words = _(
        "By its SMTP interface, without Amazon's library; bounces and complaints by SNS."
    )
    form = SesForm

    @property
    def name(self) -> str:
        return "amazon_ses"

    @contextmanager
    def open(self, answer_seconds: float) -> Iterator[Line]:
        conversation = smtp_pool.connected(self.endpoint, answer_seconds)
        try:
            yield SesLine(conversation, self.stationery)
        finally:
            smtp_pool.keep(conversation)

    def hear(self, request: HttpRequest) -> list[Heard]:
        """Read a message of SNS; a subscription to one of our topics is confirmed."""
        message = json_map(raw_body(request))
        sns.check(message, self.given.text("topics").split())
        if message["Type"] == sns.SUBSCRIPTION:
            sns.confirm(message)
        if message["Type"] != sns.NOTIFICATION or message.get("Message") == GREETING:
            return []
        return _told(json_map(str(message.get("Message")).encode()), message)


class SesLine(MailLine):
    """One connection; SES answers with its number of each message, and tells by it."""

    def send(self, group: Sequence[Outgoing], may_go: MayGo) -> Iterator[Outcome]:
        for outcome in super().send(group, may_go):
            found = TAKEN.search(outcome.detail) if outcome.code == "250" else None
            yield replace(outcome, provider_ref=found[1]) if found else outcome


class _Reader(AmazonSESTrackingWebhookView):
    """The reader of SES's events alone: what is around it needs Amazon's library."""

    def __init__(self) -> None:
        """Nothing to set up."""


def _told(event: dict[str, Any], message: dict[str, Any]) -> list[Heard]:
    """Read an event of SES, for each recipient."""
    part = event.get("complaint")
    if isinstance(part, dict) and part.get("complaintFeedbackType") == "not-spam":
        return []  # somebody took it out of the spam folder
    try:
        events = _Reader().esp_to_anymail_events(event, message)
        number = _number(event)
    except AnymailConfigurationError:
        raise Unreadable("This topic tells of mail that came in.") from None
    except (ValueError, LookupError, TypeError, AttributeError) as error:
        raise Unreadable(f"{type(error).__name__}: {error}") from None
    found = (heard("amazon_ses", one) for one in events)
    # one SNS message may speak of several recipients
    return [
        replace(one, message=number, event_id=f"{one.event_id}:{place}")
        for place, one in enumerate(found)
        if one is not None
    ]


def _number(event: dict[str, Any]) -> int | None:
    """Return our own number of the message, where the topic is told of its headers:
    SES's answer may have been lost.
    """
    for header in event.get("mail", {}).get("headers") or []:
        if str(header.get("name")).lower() == "feedback-id":
            found = FEEDBACK_ID.match(str(header.get("value")))
            return int(found[1]) if found else None
    return None
