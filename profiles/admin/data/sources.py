"""Sources: other systems that post what happened, how they sign, and how their payloads
are read.
"""

from __future__ import annotations

import json
from decimal import Decimal, InvalidOperation
from typing import Any

from django.conf import settings
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.core.validators import validate_slug
from django.db import IntegrityError, transaction
from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.forms import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from profiles.intake.sources import source_webhooks
from profiles.models import InboundSource, QuarantinedRow
from retention_site.lib import registry
from retention_site.lib.admin.pages import ReadingAdmin, link, show
from retention_site.lib.admin.tones import pill
from retention_site.lib.admin.verbs import Nothing, Verb
from retention_site.lib.admin.words import count, day
from retention_site.lib.clock import real_now
from retention_site.lib.security import encrypted_fields

from ..secret import shown_once
from . import mapping

ADD = "profiles.add_inboundsource"


@admin.register(InboundSource)
class InboundSourceAdmin(ReadingAdmin):
    list_display = ("name", "sender", "state_now", "waiting", "made")
    list_filter = ("is_active",)
    ordering = ("slug",)
    list_before_template = "admin/profiles/inboundsource/new_button.html"
    page_template = "admin/profiles/inboundsource/page.html"
    called = _("Sources")
    nothing = Nothing(
        "alt_route",
        _("No source yet"),
        _(
            "Shopify, WooCommerce or any system that can post a signed webhook brings"
            " customers, orders and items here."
        ),
    )

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        may_add = {"may_add": request.user.has_perm(ADD)}
        return super().changelist_view(request, {**may_add, **(extra_context or {})})

    @display(description=_("source"), ordering="slug")
    def name(self, source: InboundSource) -> SafeString:
        return format_html(
            '{}<span class="r-sub r-mono">{}</span>',
            source.slug,
            f"/v1/sources/{source.slug}",
        )

    @display(description=_("sender"), ordering="kind")
    def sender(self, source: InboundSource) -> str:
        return registry.load("sources", source.kind).title

    @display(description=_("state"), ordering="is_active")
    def state_now(self, source: InboundSource) -> SafeString:
        return state_pill(source)

    @display(description=_("waits in quarantine"), ordering="n_waiting")
    def waiting(self, source: Any) -> str:
        return count(source.n_waiting)

    def get_queryset(self, request: HttpRequest) -> QuerySet[InboundSource]:
        waiting = (
            QuarantinedRow.objects.waiting()
            .filter(source=OuterRef("slug"))
            .order_by()
            .values("source")
        )
        n_waiting = Subquery(waiting.annotate(n=Count("pk")).values("n"))
        return super().get_queryset(request).annotate(n_waiting=Coalesce(n_waiting, 0))

    @display(description=_("made"), ordering="created_at")
    def made(self, source: InboundSource) -> str:
        return day(source.created_at)

    def verbs(self, request: HttpRequest, obj: InboundSource) -> list[Verb]:
        form = [
            Verb("rotate", gettext("New secret"), has_form=True),
            Verb("remap", gettext("Save"), has_form=True),
            Verb("price", gettext("Save"), has_form=True),
        ]
        if obj.is_active:
            asks = gettext(
                "Stop listening? What is posted meanwhile is answered with 404; most"
                " senders try again."
            )
            return [*form, Verb("pause", gettext("Stop listening"), "pause", "", asks)]
        return [*form, Verb("resume", gettext("Listen again"), "play_arrow", "main")]

    def do_pause(self, request: HttpRequest, obj: InboundSource) -> str:
        InboundSource.objects.filter(pk=obj.pk).update(is_active=False)
        return gettext("Nothing is taken in from this source any more.")

    def do_resume(self, request: HttpRequest, obj: InboundSource) -> str:
        InboundSource.objects.filter(pk=obj.pk).update(is_active=True)
        return gettext("The source is heard again.")

    def do_rotate(self, request: HttpRequest, obj: InboundSource) -> HttpResponse:
        given = request.POST.get("secret", "").strip()
        secret = source_webhooks.rotate(obj, secret=given)
        words = gettext(
            "The new secret is valid now; the one before is accepted for one more day."
        )
        if given:
            messages.success(request, words)
            return redirect(link(obj))
        return shown_once(request, obj.slug, secret, words, link(obj))

    def do_price(self, request: HttpRequest, obj: InboundSource) -> HttpResponse:
        prices, percent = (
            request.POST.get("prices", ""),
            _percent(request.POST.get("tax_percent", "")),
        )
        if prices not in InboundSource.Prices.values or percent is None:
            messages.error(
                request,
                gettext(
                    "Say whether the prices hold the tax, and a percentage from 0 to"
                    " 100."
                ),
            )
        else:
            source_webhooks.price(obj, prices, percent)
            messages.success(
                request, gettext("Saved. Orders that are told from now on are read so.")
            )
        return redirect(link(obj))

    def do_remap(self, request: HttpRequest, obj: InboundSource) -> HttpResponse:
        sample = request.POST.get("sample", "")
        payload, unreadable = mapping.parsed(sample)
        if unreadable:
            messages.error(request, unreadable)
            typed = mapping.trial(
                obj,
                mapping.typed_mapping(request),
                sample,
                request.POST.get("topic", ""),
            )
            return self.change_view(
                request, str(obj.pk), extra_context={"tried": typed}
            )
        source_webhooks.remap(obj, mapping.typed_mapping(request), payload or None)
        n = (
            QuarantinedRow.objects.waiting()
            .filter(source=obj.slug, kind="webhooks")
            .count()
        )
        messages.success(request, gettext("Saved. From now on this source is read so."))
        if n:
            words = gettext(
                "%(n)s webhooks that could not be read wait in the quarantine: take"
                " them in again."
            )
            messages.info(request, words % {"n": n})
        return redirect(link(obj))

    def page(self, request: HttpRequest, obj: Any) -> dict[str, Any]:
        kind = registry.load("sources", obj.kind)
        quarantine = QuarantinedRow.objects.waiting().filter(source=obj.slug)
        return {
            "kind": kind,
            "address": f"{settings.BASE_URL}/v1/sources/{obj.slug}",
            "state": state_pill(obj),
            "tried": mapping.of_page(obj, request),
            "n_waiting": quarantine.count(),
            "n_secrets": encrypted_fields.n_valid(obj.secrets, real_now()),
            "may_act": self.may_act(request),
            "prices": InboundSource.Prices,
            "revenue_has_tax": settings.REVENUE_HAS_TAX,
            "known": [*mapping.OTHERS, *(name for name, _words in mapping.KNOWN)],
        }


def new(request: HttpRequest) -> HttpResponse:
    """Ask who sends and make the source; a secret that we made is shown on the answer,
    once.
    """
    if not request.user.has_perm(ADD):
        raise PermissionDenied
    said = {
        name: request.POST.get(name, "").strip() for name in ("kind", "slug", "secret")
    }
    wrong = _wrong(said) if request.method == "POST" else {}
    if request.method == "POST" and not wrong:
        try:
            with transaction.atomic():
                source, secret = source_webhooks.make(
                    said["slug"], said["kind"], secret=said["secret"]
                )
        except IntegrityError:
            wrong = {"slug": gettext("There is a source of this name already.")}
        else:
            return (
                redirect(link(source))
                if said["secret"]
                else shown_once(
                    request,
                    source.slug,
                    secret,
                    gettext("Put it into the sender's settings."),
                    link(source),
                )
            )
    kinds = [(key, registry.load("sources", key)) for key in registry.keys("sources")]
    return show(
        request,
        admin.site,
        "admin/profiles/inboundsource/new.html",
        {
            "title": gettext("New source"),
            "kinds": kinds,
            "placeholders": _placeholders(kinds),
            "said": said,
            "wrong": wrong,
            "base": settings.BASE_URL,
            "crumbs": [
                (gettext("Sources"), reverse("admin:profiles_inboundsource_changelist"))
            ],
        },
    )


def _percent(said: str) -> Decimal | None:
    """Read a percentage, 0 where none was typed."""
    try:
        found = Decimal(said.strip().replace(",", ".") or "0")
    except InvalidOperation:
        return None
    return round(found, 2) if found.is_finite() and 0 <= found <= 100 else None


def _placeholders(kinds: list[tuple[str, Any]]) -> str:
    """Say in the empty field of a secret who makes it, by the kind that is chosen."""
    ours = gettext("empty: one is made and shown once")
    theirs = gettext("%(who)s makes it: copy it from there")
    said = {
        key: theirs % {"who": kind.title} if kind.makes_secret else ours
        for key, kind in kinds
    }
    return json.dumps(said, ensure_ascii=False)


def _wrong(said: dict[str, str]) -> dict[str, str]:
    if said["kind"] not in registry.keys("sources"):
        return {"kind": gettext("Say who sends.")}
    try:
        validate_slug(said["slug"])
    except ValidationError:
        return {"slug": gettext("Small letters, digits and hyphens, such as web-shop.")}
    if registry.load("sources", said["kind"]).makes_secret and not said["secret"]:
        return {
            "secret": gettext(
                "This sender makes the secret itself: copy it from there."
            )
        }
    return {}


def state_pill(source: InboundSource) -> SafeString:
    """Whether anything of a source was ever heard, and whether it would be now."""
    if not source.is_active:
        return pill("paused", gettext("not receiving"))
    if source.first_heard_at is None:
        return pill("waiting", gettext("waits for its first call"))
    return pill("active", gettext("receiving"))
