"""How often the shop writes to one customer, and how fast each provider and domain may
be used.
"""

from typing import Any
from urllib.parse import urlsplit

from django import forms
from django.contrib import admin
from django.db.models import Model, TextField
from django.http import HttpRequest, HttpResponse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from campaigns.delivery.channels.line import ProviderAway
from campaigns.delivery.limits import contact_limits
from campaigns.models import Campaign, CampaignVersion, ContactLimit, ProviderRate
from retention_site.lib import registry
from retention_site.lib.admin.missing import FoundOrMissing
from retention_site.lib.admin.tones import pill
from retention_site.lib.admin.verbs import Nothing
from retention_site.lib.admin.words import said

from ..campaign.plan import limits_words, quiet_words

IN_ONE_LINE = {TextField: {"widget": UnfoldAdminTextInputWidget}}
OURS = frozenset(
    {"127.0.0.1", "localhost", "::1"}
)  # where the local sinks listen, at a port that changes


class ContactLimitForm(forms.ModelForm):
    """What a limit may name is chosen from what there is: a word that nobody uses would limit nothing."""

    campaign_class = forms.ChoiceField(
        label=capfirst(_("campaign class")),
        required=False,
        widget=UnfoldAdminSelectWidget,
        help_text=_(
            "Campaigns name theirs as campaign_class. All marketing counts every one of them."
        ),
    )
    channel = forms.ChoiceField(
        label=capfirst(_("channel")), required=False, widget=UnfoldAdminSelectWidget
    )

    class Meta:
        model = ContactLimit
        fields = (
            "most",
            "window",
            "campaign_class",
            "channel",
            "reserved",
            "reserved_to",
        )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        classes = [(one, one) for one in contact_limits.classes()]
        channels = [(key, said(key)) for key in contact_limits.channels()]
        self._offer("campaign_class", [("", gettext("all marketing")), *classes])
        self._offer("channel", [("", gettext("all channels")), *channels])
        self.fields["window"].help_text = gettext(
            "By the customer's own calendar: from midnight, from Monday, from the 1st;"
            " not the last 24 hours, 7 or 30 days."
        )
        self.fields["reserved"].help_text = gettext(
            "Of these, so many are only for campaigns that matter more."
        )
        self.fields["reserved_to"].help_text = gettext(
            "The campaigns that matter more: those whose priority is this number or less. 1 matters most, 100 is usual."
        )

    def _offer(self, name: str, choices: list[tuple[str, str]]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101  declared above
        field.choices = choices


@admin.register(ContactLimit)
class ContactLimitAdmin(FoundOrMissing):
    form = ContactLimitForm
    formfield_overrides = IN_ONE_LINE
    list_display = (
        "__str__",
        "most",
        "window",
        "class_name",
        "channel_name",
        "kept_free",
        "effect",
    )
    list_before_template = "admin/campaigns/contactlimit/quiet_hours.html"
    ordering = ("campaign_class", "channel", "window")
    fields = (
        ("most", "window"),
        ("campaign_class", "channel"),
        ("reserved", "reserved_to"),
    )
    nothing = Nothing(
        "front_hand",
        _("No limit yet"),
        _(
            "Without one, only each campaign's own limits keep a customer from hearing"
            " too much. Add one for all."
        ),
    )

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        return super().changelist_view(
            request, {"quiet": quiet_hours(), **(extra_context or {})}
        )

    def get_queryset(self, request: HttpRequest) -> Any:
        self.idle = contact_limits.without_effect(list(ContactLimit.objects.all()))
        return super().get_queryset(request)

    @display(description=_("campaign class"), ordering="campaign_class")
    def class_name(self, limit: ContactLimit) -> str:
        return limit.campaign_class or gettext("all marketing")

    @display(description=_("channel"), ordering="channel")
    def channel_name(self, limit: ContactLimit) -> str:
        return said(limit.channel) if limit.channel else gettext("all channels")

    @display(description=_("kept free"))
    def kept_free(self, limit: ContactLimit) -> str:
        if not limit.reserved:
            return "–"
        return str(
            _("%(n)d for priority up to %(to)d")
            % {
                "n": limit.reserved,
                "to": limit.reserved_to,
            }
        )

    @display(description=_("effect"))
    def effect(self, limit: ContactLimit) -> SafeString | str:
        why_not = self.idle.get(limit.pk)
        return pill("refused", why_not) if why_not else gettext("limits")


def quiet_hours() -> list[dict[str, Any]]:
    """Say when each campaign that may send keeps quiet, and its own limits: they hold beside those of the shop."""
    approved = CampaignVersion.objects.filter(state=CampaignVersion.State.APPROVED)
    alive = (
        approved.exclude(campaign__state=Campaign.State.STOPPED)
        .select_related("campaign")
        .order_by("campaign__name")
    )
    return [
        {
            "campaign": version.campaign,
            "quiet": quiet_words(version.content),
            "limits": limits_words(version.content),
        }
        for version in alive
    ]


@admin.register(ProviderRate)
class ProviderRateAdmin(FoundOrMissing):
    formfield_overrides = IN_ONE_LINE
    list_display = (
        "provider",
        "per_second",
        "burst",
        "today",
        "warm_up_from",
        "effect",
    )
    ordering = ("provider",)
    fields = (
        "provider",
        ("per_second", "burst"),
        ("warm_up_from", "warm_up_first"),
        ("warm_up_growth", "warm_up_until"),
    )
    nothing = Nothing(
        "speed",
        _("No rate yet"),
        _(
            "Messages leave as fast as each provider takes them. Add a rate where a"
            " provider or a domain wants less."
        ),
    )

    def get_form(
        self, request: HttpRequest, obj: Model | None = None, **options: Any
    ) -> Any:
        """Name the providers that are in use: a rate of another name would limit
        nobody.
        """
        form = super().get_form(request, obj, **options)
        form.base_fields["provider"].help_text = provider_help(in_use())
        return form

    def get_queryset(self, request: HttpRequest) -> Any:
        self.used = set(in_use(with_ours=True))
        return super().get_queryset(request)

    @display(description=_("last day counted"))
    def today(self, rate: ProviderRate) -> str:
        return (
            f"{rate.n_counted} ({rate.counted_on:%Y-%m-%d})" if rate.counted_on else "–"
        )

    @display(description=_("effect"))
    def effect(self, rate: ProviderRate) -> SafeString | str:
        name, at, domain = rate.provider.rpartition("@")
        if (name if at else domain) in self.used:
            return gettext("limits")
        return format_html(
            "{}", pill("refused", gettext("limits nothing: no channel uses it"))
        )

    def save_model(
        self, request: HttpRequest, obj: Model, form: Any, change: bool
    ) -> None:
        """A domain is written small: that is how it is looked for."""
        name, at, domain = obj.provider.rpartition("@")  # type: ignore[attr-defined]
        obj.provider = f"{name}{at}{domain.casefold() if at else domain}"  # type: ignore[attr-defined]
        super().save_model(request, obj, form, change)


def provider_help(names: list[str]) -> str:
    """Say what a rate may name, in one sentence; the local sinks' addresses are nobody's business."""
    if not names:
        return gettext("All messages go to the local sinks now, which need no rate.")
    words = ngettext(
        "%(names)s; or name@domain for the recipients of one domain.",
        "One of %(names)s; or name@domain for the recipients of one domain.",
        len(names),
    )
    return words % {"names": ", ".join(names)}


def in_use(*, with_ours: bool = False) -> list[str]:
    """Return the providers that messages go to now, each once; ``with_ours`` the local sinks, too."""
    names = []
    for kind in registry.everything("channels").values():
        try:
            names.append(kind().provider)
        except ProviderAway:
            continue
    found = dict.fromkeys(names)
    return [name for name in found if with_ours or urlsplit(name).hostname not in OURS]
