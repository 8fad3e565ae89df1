"""What starts campaigns: schedules with their firings, webhooks with their calls."""

from typing import Any

from django.contrib import admin
from django.db.models import Max, QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from campaigns.inbound.replay import refused_calls, replay_calls
from campaigns.models import Hook, InboundWebhook, Schedule
from profiles.admin.rights import CUSTOMERS, EXPORT, PERSONAL
from retention_site.lib.admin.masking import masked_value
from retention_site.lib.admin.pages import ReadingAdmin
from retention_site.lib.admin.tones import pill
from retention_site.lib.admin.verbs import Nothing, Verb
from retention_site.lib.admin.words import moment, plain, shop_moment, wall


@admin.register(Schedule)
class ScheduleAdmin(ReadingAdmin):
    list_display = (
        "campaign",
        "first",
        "time_zone",
        "repeat",
        "is_active",
        "last_fired",
    )
    list_select_related = ("campaign",)
    nothing = Nothing(
        "schedule", _("No schedule yet"), _("A campaign's file may say when it fires.")
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Schedule]:
        return super().get_queryset(request).annotate(fired=Max("ticks__fired_at"))

    @display(description=_("first"), ordering="starts_local")
    def first(self, schedule: Schedule) -> str:
        return wall(schedule.starts_wall)

    @display(description=_("last fired"))
    def last_fired(self, schedule: Any) -> str:
        return moment(schedule.fired)

    def page(self, request: HttpRequest, obj: Any) -> dict[str, Any]:
        ticks = obj.ticks.order_by("-due_at")[:20]
        return {
            "facts": [
                (_("campaign"), obj.campaign),
                (_("first"), f"{wall(obj.starts_wall)} {obj.time_zone}"),
                (_("repeats"), plain(obj.repeat)),
                *(
                    (wall(tick.due_wall), pill(tick.state, tick.get_state_display()))
                    for tick in ticks
                ),
            ]
        }


@admin.register(Hook)
class HookAdmin(ReadingAdmin):
    list_display = ("__str__", "campaign", "customer_field", "is_active")
    list_select_related = ("campaign",)
    nothing = Nothing(
        "webhook",
        _("No webhook yet"),
        _("One is made with `manage.py hook create`; it prints its secret."),
    )

    def verbs(self, request: HttpRequest, obj: Any) -> list[Verb]:
        n = _refused().filter(hook=obj).count()
        label = ngettext(
            "Try %(n)d refused call again", "Try %(n)d refused calls again", n
        ) % {"n": n}
        asks = gettext(
            "Process them again? What was sent for the same key is not sent twice."
        )
        return [Verb("replay", label, "replay", "main", asks)] if n else []

    def do_replay(self, request: HttpRequest, obj: Any) -> str:
        return _replayed(_refused().filter(hook=obj))

    def page(self, request: HttpRequest, obj: Any) -> dict[str, Any]:
        return {
            "facts": [
                (_("address"), str(obj)),
                (_("campaign"), obj.campaign),
                (_("signed by"), obj.signed_by),
                (_("customer field"), obj.customer_field),
                (_("active"), plain(obj.is_active)),
                (_("calls"), obj.inbound.count()),
            ]
        }


@admin.register(InboundWebhook)
class InboundWebhookAdmin(ReadingAdmin):
    needs = (CUSTOMERS,)
    export_right = EXPORT
    list_display = ("source", "event_id", "state_now", "detail", "received")
    list_filter = ("state", "source")
    search_fields = ("event_id__exact",)
    ordering = ("-id",)
    nothing = Nothing("webhook", _("No webhook call came yet"))

    @display(description=_("state"), ordering="state")
    def state_now(self, call: InboundWebhook) -> SafeString:
        return pill(call.state, call.get_state_display())

    @display(description=_("received"), ordering="received_at")
    def received(self, call: InboundWebhook) -> str:
        return shop_moment(call.received_at)

    def verbs(self, request: HttpRequest, obj: Any) -> list[Verb]:
        may = _refused().filter(pk=obj.pk).exists()
        return [Verb("replay", gettext("Try again"), "replay", "main")] if may else []

    def do_replay(self, request: HttpRequest, obj: Any) -> str:
        return _replayed(_refused().filter(pk=obj.pk))

    def page(self, request: HttpRequest, obj: Any) -> dict[str, Any]:
        return {
            "facts": [
                (_("source"), obj.source),
                (_("state"), pill(obj.state, obj.get_state_display())),
                (_("detail"), obj.detail or "–"),
                (_("received"), shop_moment(obj.received_at)),
                (_("processed"), shop_moment(obj.processed_at)),
                *_payload(obj, request.user.has_perm(PERSONAL)),
            ]
        }


def _refused() -> QuerySet[InboundWebhook]:
    return refused_calls()


def _replayed(calls: QuerySet[InboundWebhook]) -> str:
    n = replay_calls(calls)
    return ngettext("%(n)d call is tried again.", "%(n)d calls are tried again.", n) % {
        "n": n
    }


def _payload(call: InboundWebhook, may_read: bool) -> list[tuple[str, Any]]:
    """Return what a call brought, as the viewer may read it."""
    facts = (
        list(call.payload.items())
        if isinstance(call.payload, dict)
        else [(str(_("payload")), call.payload)]
    )
    if may_read:
        return [(name, plain(value)) for name, value in facts]
    return [(name, plain(_masked(name, value))) for name, value in facts]


def _masked(name: str, value: Any) -> Any:
    match value:
        case dict():
            return {key: _masked(f"{name}.{key}", one) for key, one in value.items()}
        case list():
            return [_masked(name, one) for one in value]
        case str():
            return masked_value(name, value)
    return value
