"""What each mail service calls a bounce, by the fields that it documents: given up for
good, or not.
"""

import json

import pytest
from django.test import RequestFactory

from campaigns.delivery.channels.anymail_services import SERVICES
from campaigns.delivery.channels.provider import Given, What
from campaigns.delivery.channels.providers import anymail
from campaigns.delivery.channels.providers.anymail import Anymail

TO = "kim@post.example"
GONE, STAYS, NOT_TOLD = True, False, None


def postmark(kind, details=""):
    return {
        "RecordType": "Bounce",
        "Type": kind,
        "Email": TO,
        "ID": 1,
        "MessageID": "m",
        "Details": details,
    }


def brevo(event, reason=""):
    return {
        "event": event,
        "email": TO,
        "ts_epoch": 1.8e12,
        "message-id": "<m>",
        "reason": reason,
    }


def sendgrid(event, **told):
    return [
        {"event": event, "email": TO, "timestamp": 1.8e9, "sg_event_id": "e", **told}
    ]


def mailgun(severity, reason="generic", event="failed", **status):
    data = {
        "event": event,
        "severity": severity,
        "reason": reason,
        "recipient": TO,
        "timestamp": 1.8e9,
    }
    return {
        "signature": {"token": "t"},
        "event-data": {**data, "delivery-status": status},
    }


def mailjet(event, error, *, hard=False, related="recipient"):
    told = {
        "event": event,
        "time": 1_800_000_000,
        "MessageID": 1,
        "email": TO,
        "error": error,
        "Payload": "{}",
    }
    return [{**told, "hard_bounce": hard, "error_related_to": related}]


def mandrill(event, **message):
    return [
        {
            "event": event,
            "_id": "m",
            "ts": 1_800_000_000,
            "msg": {"email": TO, **message},
        }
    ]


def mailersend(kind, reason=""):
    told = {"id": "e", "type": kind, "created_at": "2026-11-30T10:00:00Z"}
    morph = {"object": "recipient_bounce", "reason": reason}
    email = {"message": {"id": "m"}, "recipient": {"email": TO}}
    return {
        "type": f"activity.{kind}",
        "data": {**told, "email": email, "morph": morph},
    }


def resend(
    kind, subtype, message="The recipient's email provider sent a bounce message."
):
    bounce = {"type": kind, "subType": subtype, "message": message}
    data = {"email_id": "m", "to": [TO], "headers": [], "bounce": bounce}
    return {"type": "email.bounced", "created_at": "2026-11-30T10:00:00Z", "data": data}


def sparkpost(number, reason="", kind="bounce"):
    told = {
        "type": kind,
        "bounce_class": number,
        "raw_rcpt_to": TO,
        "event_id": "e",
        "raw_reason": reason,
    }
    return [{"msys": {"message_event": told}}]


def unisender(status, delivery="", answer=""):
    told = {"delivery_status": delivery, "destination_response": answer}
    data = {
        "email": TO,
        "status": status,
        "event_time": "2026-11-30 10:00:00",
        "job_id": "j",
        "delivery_info": told,
    }
    events = [{"event_name": "transactional_email_status", "event_data": data}]
    return {"auth": "x", "events_by_user": [{"user_id": 1, "events": events}]}


def mailtrap(event, category="", response=""):
    told = {
        "event": event,
        "email": TO,
        "message_id": "m",
        "event_id": "e",
        "timestamp": 1_800_000_000,
    }
    return {"events": [{**told, "bounce_category": category, "response": response}]}


def postal(**payload):
    message = {"id": 1, "to": TO, "direction": "outgoing"}
    return {
        "uuid": "u",
        "timestamp": 1_800_000_000,
        "payload": {"message": message, **payload},
    }


FULL, UNKNOWN = "552 5.2.2 mailbox full", "550 5.1.1 user unknown"
EVENTS = [
    ("postmark", postmark("HardBounce"), GONE),
    ("postmark", postmark("HardBounce", f"smtp; {FULL}"), STAYS),
    (
        "postmark",
        postmark("HardBounce", "smtp; 550 5.7.1 blocked, listed by an rbl"),
        STAYS,
    ),
    ("postmark", postmark("BadEmailAddress"), GONE),
    ("postmark", postmark("SoftBounce", f"smtp; {FULL}"), STAYS),
    ("postmark", postmark("SoftBounce"), STAYS),
    ("postmark", postmark("Blocked"), STAYS),
    ("postmark", postmark("DMARCPolicy"), STAYS),
    ("postmark", postmark("VirusNotification"), STAYS),
    ("postmark", postmark("ManuallyDeactivated"), STAYS),
    ("postmark", postmark("Transient"), NOT_TOLD),
    ("postmark", postmark("DnsError"), NOT_TOLD),
    ("postmark", postmark("AutoResponder"), NOT_TOLD),
    ("brevo", brevo("hard_bounce", UNKNOWN), GONE),
    ("brevo", brevo("hard_bounce", FULL), STAYS),
    ("brevo", brevo("soft_bounce", FULL), STAYS),
    ("brevo", brevo("soft_bounce", ""), STAYS),
    ("brevo", brevo("blocked", "blocked : due to blacklist user"), STAYS),
    ("brevo", brevo("invalid_email"), GONE),
    ("brevo", brevo("error"), STAYS),
    ("brevo", brevo("deferred"), NOT_TOLD),
    (
        "sendgrid",
        sendgrid("bounce", type="bounce", status="5.1.1", reason=UNKNOWN),
        GONE,
    ),
    (
        "sendgrid",
        sendgrid("bounce", type="bounce", bounce_classification="Invalid Address"),
        GONE,
    ),
    (
        "sendgrid",
        sendgrid("bounce", type="bounce", bounce_classification="Mailbox Unavailable"),
        STAYS,
    ),
    (
        "sendgrid",
        sendgrid("bounce", type="bounce", bounce_classification="Reputation"),
        STAYS,
    ),
    ("sendgrid", sendgrid("bounce", type="bounce", status="5.1.1", reason=FULL), STAYS),
    (
        "sendgrid",
        sendgrid("bounce", type="blocked", status="5.7.1", reason="550 5.7.1 blocked"),
        STAYS,
    ),
    ("sendgrid", sendgrid("dropped", reason="Bounced Address"), GONE),
    ("sendgrid", sendgrid("dropped", reason="Invalid"), GONE),
    ("sendgrid", sendgrid("dropped", reason="Spam Reporting Address"), STAYS),
    ("sendgrid", sendgrid("deferred", response="451 later"), NOT_TOLD),
    (
        "mailgun",
        mailgun("permanent", "bounce", code=550, message="5.1.1 user unknown"),
        GONE,
    ),
    ("mailgun", mailgun("permanent", "suppress-bounce", code=605), GONE),
    (
        "mailgun",
        mailgun("permanent", "bounce", code=552, message="5.2.2 over quota"),
        STAYS,
    ),
    (
        "mailgun",
        mailgun("permanent", "bounce", **{"bounce-type": "soft", "code": 550}),
        STAYS,
    ),
    ("mailgun", mailgun("permanent", "old", code=498, message="too old"), STAYS),
    (
        "mailgun",
        mailgun("permanent", "generic", code=550, message="550 5.7.1 spam"),
        STAYS,
    ),
    ("mailgun", mailgun("permanent", "suppress-complaint", code=607), STAYS),
    (
        "mailgun",
        mailgun("temporary", "generic", code=452, message="4.2.2 full"),
        NOT_TOLD,
    ),
    ("mailjet", mailjet("bounce", "user unknown", hard=True), GONE),
    ("mailjet", mailjet("bounce", "user unknown"), STAYS),
    ("mailjet", mailjet("bounce", "quota exceeded"), STAYS),
    ("mailjet", mailjet("bounce", "quota exceeded", hard=True), STAYS),
    ("mailjet", mailjet("bounce", "no mail host", hard=True, related="domain"), GONE),
    ("mailjet", mailjet("blocked", "preblocked", related="mailjet"), STAYS),
    ("mailjet", mailjet("blocked", "content blocked", related="spam"), STAYS),
    ("mailjet", mailjet("bounce", "greylisted", related="domain"), NOT_TOLD),
    (
        "mandrill",
        mandrill(
            "hard_bounce", bounce_description="bad_mailbox", diag="smtp;550 5.1.1"
        ),
        GONE,
    ),
    ("mandrill", mandrill("hard_bounce", bounce_description="mailbox_full"), STAYS),
    ("mandrill", mandrill("soft_bounce", bounce_description="mailbox_full"), STAYS),
    (
        "mandrill",
        mandrill("hard_bounce", bounce_description="unknown", diag="550 5.7.1 policy"),
        STAYS,
    ),
    ("mandrill", mandrill("reject"), STAYS),
    ("mandrill", mandrill("deferral"), NOT_TOLD),
    ("mailersend", mailersend("hard_bounced", "Host or domain name not found"), GONE),
    ("mailersend", mailersend("hard_bounced", FULL), STAYS),
    ("mailersend", mailersend("soft_bounced", "mailbox full"), STAYS),
    ("resend", resend("Permanent", "General"), GONE),
    ("resend", resend("Permanent", "NoEmail"), GONE),
    ("resend", resend("Permanent", "Suppressed"), STAYS),
    ("resend", resend("Transient", "MailboxFull"), STAYS),
    ("resend", resend("Transient", "General"), STAYS),
    ("resend", resend("Undetermined", "Undetermined"), STAYS),
    (
        "resend",
        resend("", "", "The recipient's email provider sent a hard bounce message."),
        GONE,
    ),
    (
        "resend",
        resend("", "", "bounce message because the recipient's inbox was full."),
        STAYS,
    ),
    ("sparkpost", sparkpost("10", UNKNOWN), GONE),
    ("sparkpost", sparkpost("30"), GONE),
    ("sparkpost", sparkpost("20", "soft"), STAYS),
    ("sparkpost", sparkpost("22", FULL), STAYS),
    ("sparkpost", sparkpost("40", "550 5.0.0"), STAYS),
    ("sparkpost", sparkpost("50"), STAYS),
    ("sparkpost", sparkpost("51"), STAYS),
    ("sparkpost", sparkpost("1", UNKNOWN), GONE),
    ("sparkpost", sparkpost("10", FULL), STAYS),
    ("sparkpost", sparkpost("22", FULL, "out_of_band"), STAYS),
    ("sparkpost", sparkpost("25", "policy", "policy_rejection"), STAYS),
    ("sparkpost", sparkpost("60"), NOT_TOLD),
    ("unisender_go", unisender("hard_bounced", "err_user_unknown", UNKNOWN), GONE),
    ("unisender_go", unisender("hard_bounced", "err_mailbox_full", FULL), STAYS),
    ("unisender_go", unisender("hard_bounced", "err_spam_rejected"), STAYS),
    ("unisender_go", unisender("hard_bounced", "err_blacklisted"), STAYS),
    ("unisender_go", unisender("hard_bounced", "err_delivery_failed", UNKNOWN), GONE),
    ("unisender_go", unisender("soft_bounced", "err_will_retry"), NOT_TOLD),
    ("mailtrap", mailtrap("bounce", "badmailbox", UNKNOWN), GONE),
    ("mailtrap", mailtrap("bounce", "spam", "550 spam"), STAYS),
    ("mailtrap", mailtrap("bounce", "", FULL), STAYS),
    ("mailtrap", mailtrap("reject"), STAYS),
    ("mailtrap", mailtrap("soft bounce"), NOT_TOLD),
    ("postal", postal(status="HardFail", output=UNKNOWN), GONE),
    ("postal", postal(status="HardFail", output=FULL), STAYS),
    ("postal", postal(bounce={"id": 2}), STAYS),
    ("postal", postal(status="SoftFail", output="450"), NOT_TOLD),
]


def told_by(service: str, payload):
    """Read a call as the service's own reader does, its signature left out."""
    secrets = {"api_key": "k"} | ({} if service == "sendgrid" else {"signing_key": "k"})
    provider = Anymail(
        Given(values={"service": service}, secrets=secrets, signing=("whsec_x",))
    )
    body = json.dumps(payload)
    if service == "mandrill":
        request = RequestFactory().post("/", {"mandrill_events": body})
    else:
        request = RequestFactory().post("/", body, content_type="application/json")
    events = provider._view().parse_events(request)
    return [
        heard
        for event in events
        if (heard := anymail.heard(service, event)) is not None
    ]


@pytest.mark.parametrize(("service", "payload", "is_gone"), EVENTS)
def test_what_a_service_calls_a_bounce(service, payload, is_gone):
    told = told_by(service, payload)
    if is_gone is NOT_TOLD:
        assert told == []
    else:
        assert [(one.what, one.is_lasting, one.address) for one in told] == [
            (What.BOUNCED, is_gone, TO)
        ]


def test_who_unsubscribed_at_the_service_is_heard_as_such():
    (told,) = told_by("sendgrid", sendgrid("dropped", reason="Unsubscribed Address"))
    assert told.what == What.UNSUBSCRIBED


def test_every_service_that_calls_back_is_tried_here():
    assert {service for service, _, _ in EVENTS} == {
        key for key, one in SERVICES.items() if one.view
    }
