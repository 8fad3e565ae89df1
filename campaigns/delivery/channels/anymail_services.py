"""Mail services that django-anymail speaks to, and what each calls our fields."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Service:
    """What a service calls our fields."""

    label: str
    view: str  # of its callbacks; empty where it makes none
    key: str = "api_key"
    second: str = ""  # another secret that it wants
    domain: str = ""
    signs_with: str = ""  # its own callback secret, besides the password in the address
    # what its reader of callbacks calls the API key, where it asks for it
    reads_with: str = ""
    is_self_hosted: bool = False  # where it listens, only its owner knows
    # gives a message's number and key back with what it tells; else its own reference
    # does
    keeps_facts: bool = True


SERVICES = {
    "brevo": Service("Brevo", "BrevoTrackingWebhookView"),
    "mailersend": Service(
        "MailerSend",
        "MailerSendTrackingWebhookView",
        "api_token",
        signs_with="signing_secret",
        keeps_facts=False,
    ),
    "mailgun": Service(
        "Mailgun",
        "MailgunTrackingWebhookView",
        domain="sender_domain",
        signs_with="webhook_signing_key",
    ),
    "mailjet": Service("Mailjet", "MailjetTrackingWebhookView", second="secret_key"),
    "mandrill": Service(
        "Mailchimp Transactional",
        "MandrillCombinedWebhookView",
        signs_with="webhook_key",
    ),
    "mailtrap": Service("Mailtrap", "MailtrapTrackingWebhookView", "api_token"),
    "postal": Service(
        "Postal",
        "PostalTrackingWebhookView",
        signs_with="webhook_key",
        is_self_hosted=True,
        keeps_facts=False,
    ),
    "postmark": Service("Postmark", "PostmarkTrackingWebhookView", "server_token"),
    "resend": Service("Resend", "ResendTrackingWebhookView"),
    "scaleway": Service("Scaleway", "", "secret_key", domain="project_id"),
    "sendgrid": Service(
        "SendGrid",
        "SendGridTrackingWebhookView",
        signs_with="tracking_webhook_verification_key",
    ),
    "sparkpost": Service("SparkPost", "SparkPostTrackingWebhookView"),
    "unisender_go": Service(
        "Unisender Go",
        "UnisenderGoTrackingWebhookView",
        reads_with="api_key",
        is_self_hosted=True,
    ),
}
