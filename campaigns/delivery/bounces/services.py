"""What mail services mean by a bounce: lasting by its class and its words, or not.
Pure.

django-anymail calls a full mailbox and an unknown user alike "bounced", so each
service's own fields are asked. A class that says "soft" is believed; one that says
"hard" is not, when the refusing server speaks of something that passes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from campaigns.delivery.bounces.verdict import lasting

Fields = Mapping[str, Any]


def is_lasting(service: str, fields: Any, said: str) -> bool:
    """Say whether an address is gone, by a service's own ``fields`` and what the
    refusing server ``said``.
    """
    told = fields if isinstance(fields, Mapping) else {}
    of_class = CLASSES[service](told) if service in CLASSES else None
    if of_class is False:
        return False
    by_words = lasting(said)
    return by_words is True if of_class is None else by_words is not False


def _amazon_ses(told: Fields) -> bool | None:
    bounce = _part(told, "bounce")
    kind, subtype = _word(bounce, "bouncetype"), _word(bounce, "bouncesubtype")
    if kind == "undetermined" or not kind:
        return None
    # what stands on Amazon's list may stand there for another customer of Amazon's
    return kind == "permanent" and subtype in ("", "general", "noemail", "undetermined")


def _brevo(told: Fields) -> bool | None:
    return _word(told, "event") in ("hard_bounce", "invalid_email")


def _mailersend(told: Fields) -> bool | None:
    return _word(_part(told, "data"), "type") == "hard_bounced"


def _mailgun(told: Fields) -> bool | None:
    event = _part(told, "event-data")
    if not event:  # the form of before 2018
        return True if _word(told, "code") == "605" else None
    reason, status = _word(event, "reason"), _part(event, "delivery-status")
    if _word(event, "severity") == "temporary" or reason in (
        "old",
        "espblock",
        "greylisted",
    ):
        return False
    if (
        reason in ("suppress-unsubscribe", "suppress-complaint")
        or _word(event, "event") != "failed"
    ):
        return False
    if _word(status, "bounce-type") == "soft":
        return False
    return True if reason in ("bounce", "suppress-bounce") else None


def _mailjet(told: Fields) -> bool | None:
    passing = (
        "quota exceeded",
        "relay/access denied",
        "preblocked",
        "duplicate in campaign",
    )
    if (
        _word(told, "error_related_to") in ("spam", "content", "mailjet", "system")
        or _word(told, "error") in passing
    ):
        return False
    lasting_errors = (
        "user unknown",
        "mailbox inactive",
        "invalid domain",
        "no mail host",
        "typofix",
    )
    return _flag(told, "hard_bounce") and _word(told, "error") in lasting_errors


def _mailtrap(told: Fields) -> bool | None:
    passing = ("spam", "policy", "blocked", "content", "mailbox_full")
    return (
        _word(told, "event") == "bounce"
        and _word(told, "bounce_category") not in passing
    )


def _mandrill(told: Fields) -> bool | None:
    event, message = _word(told, "event"), _part(told, "msg")
    if event == "reject":
        reason = _word(_part(told, "reject"), "reason") or _word(
            message, "reject_reason"
        )
        return reason in ("hard-bounce", "invalid")
    return (
        event == "hard_bounce"
        and _word(message, "bounce_description") in HARD_AT_MANDRILL
    )


HARD_AT_MANDRILL = ("", "bad_mailbox", "invalid_domain", "unknown", "undetermined")


def _postmark(told: Fields) -> bool | None:
    return _word(told, "type") in ("hardbounce", "bademailaddress")


def _resend(told: Fields) -> bool | None:
    bounce = _part(_part(told, "data"), "bounce")
    kind, subtype = _word(bounce, "type"), _word(bounce, "subtype")
    if kind:
        return kind == "permanent" and subtype in (
            "",
            "general",
            "noemail",
            "undetermined",
        )
    message = _word(bounce, "message")
    return True if "hard bounce" in message or "permanent" in message else None


def _sendgrid(told: Fields) -> bool | None:
    if _word(told, "event") == "dropped":
        return _word(told, "reason") in ("bounced address", "invalid")
    if _word(told, "type") == "blocked":
        return False
    classified = _word(told, "bounce_classification")
    if classified in ("", "unclassified"):
        return lasting(_word(told, "reason"), _word(told, "status"))
    return classified == "invalid address"


def _sparkpost(told: Fields) -> bool | None:
    event = next(
        (one for one in _part(told, "msys").values() if isinstance(one, Mapping)), {}
    )
    number = _word(event, "bounce_class")
    return None if number in ("", "1") else number in ("10", "30")


def _unisender_go(told: Fields) -> bool | None:
    if _word(told, "status") == "soft_bounced":
        return False
    status = _word(_part(told, "delivery_info"), "delivery_status")
    gone = (
        "err_user_unknown",
        "err_user_inactive",
        "err_mailbox_discarded",
        "err_domain_inactive",
    )
    return None if status in ("", "err_delivery_failed") else status in gone


CLASSES: dict[str, Callable[[Fields], bool | None]] = {
    "amazon_ses": _amazon_ses,
    "brevo": _brevo,
    "mailersend": _mailersend,
    "mailgun": _mailgun,
    "mailjet": _mailjet,
    "mailtrap": _mailtrap,
    "mandrill": _mandrill,
    "postmark": _postmark,
    "resend": _resend,
    "sendgrid": _sendgrid,
    "sparkpost": _sparkpost,
    "unisender_go": _unisender_go,
}


def _part(told: Fields, name: str) -> Fields:
    found = told.get(name)
    return found if isinstance(found, Mapping) else {}


def _word(told: Fields, name: str) -> str:
    """Return a field in lower case, whatever case the service uses for its name."""
    found = told.get(name)
    if found is None:
        found = next(
            (value for key, value in told.items() if str(key).lower() == name), ""
        )
    return (
        str(found or "").strip().lower()
        if not isinstance(found, list | Mapping)
        else ""
    )


def _flag(told: Fields, name: str) -> bool:
    return _word(told, name) in ("true", "1", "yes")
