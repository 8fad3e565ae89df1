"""The sender domain's page: which records to set and whether they stand, what each
large mailbox provider answers, and the warm-up.
"""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib import admin, messages
from django.core.exceptions import ImproperlyConfigured, PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from campaigns.content.shop_rules import BadRule
from campaigns.delivery.alerting import mailbox_answers
from campaigns.delivery.channels import provider_settings
from campaigns.delivery.channels.line import ProviderAway
from campaigns.delivery.channels.mail import domain_records, mime
from campaigns.delivery.channels.mail.domain_records import Record, Sender
from campaigns.delivery.limits import warm_up
from campaigns.models import ProviderRate
from retention_site.lib.admin.pages import note_act, show
from retention_site.lib.security import dns_lookup

from . import reading

MAY_CHANGE = "campaigns.change_providerrate"


def page(request: HttpRequest) -> HttpResponse:
    """Show the domain; POST checks its records, or begins or ends a warm-up."""
    sender, provider = _sender(), _provider()
    records = domain_records.wanted(sender)
    if request.method == "POST":
        if request.POST.get("verb") != "check":
            return _warm_up(request, provider)
        records = _checked(sender)
    rate = ProviderRate.objects.filter(provider=provider).first()
    context = {
        "title": _("Sender domain"),
        "sender": sender,
        "records": records,
        "is_checked": request.method == "POST",
        "n_wrong": sum(one.tone in ("bad", "wait") for one in records),
        "mailboxes": mailbox_answers.answers(),
        "provider": provider,
        "rate": rate or ProviderRate(provider=provider),
        "days": warm_up.days(rate) if rate else [],
        "may_change": request.user.has_perm(MAY_CHANGE),
    }
    return show(request, admin.site, "admin/campaigns/rules/domain.html", context)


def _sender() -> Sender:
    """Return the domains that mail goes out under now."""
    carrier = provider_settings.carrier("email")
    told: Any = getattr(carrier, "stationery", None)
    sender = (told.sender if told else "") or settings.FROM_EMAIL
    domain = mime.split_sender(sender)[1].rpartition("@")[2].lower()
    bounces = (told.bounces_to if told else "").rpartition("@")[2].lower()
    return Sender(
        domain,
        bounces or domain,
        carrier.given.text("host"),
        told.signer if told else None,
    )


def _provider() -> str:
    """Return by which name rates know the carrier of mail; nothing where it is away."""
    try:
        return provider_settings.carrier("email").name
    except (ProviderAway, ImproperlyConfigured):
        return ""


def _checked(sender: Sender) -> list[Record]:
    try:
        by = dns_lookup.resolver()
    except dns_lookup.NoAnswer as error:
        why = error

        def no_texts(_name: str) -> list[str]:
            raise why

        return domain_records.check(sender, no_texts)
    return domain_records.check(sender, lambda name: dns_lookup.texts(name, by))


def _warm_up(request: HttpRequest, provider: str) -> HttpResponse:
    if not request.user.has_perm(MAY_CHANGE):
        raise PermissionDenied
    before = ProviderRate.objects.filter(provider=provider).first()
    try:
        if request.POST.get("verb") == "stop":
            warm_up.stop(provider)
            messages.success(request, _("The warm-up is over: no limit a day."))
        elif not provider:
            messages.error(request, _("No provider carries mail now."))
        else:
            rate = warm_up.plan(
                provider,
                first=reading.whole(request, "first"),
                growth=float(reading.number(request, "growth")),
                until=reading.whole(request, "until"),
            )
            messages.success(request, _("The warm-up begins today."))
            note_act(
                request,
                before={"from": str(before.warm_up_from) if before else None},
                after={
                    "from": str(rate.warm_up_from),
                    "first": rate.warm_up_first,
                    "growth": rate.warm_up_growth,
                    "until": rate.warm_up_until,
                },
            )
    except (BadRule, warm_up.BadWarmUp) as error:
        messages.error(request, str(error))
    return redirect("admin:domain")
