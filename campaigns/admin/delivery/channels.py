"""Channels: who carries each, how it does, what it was told; try it, limit it, change
it.
"""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from campaigns.delivery.alerting.channel_health import health_of, limit
from campaigns.delivery.channels import endpoints, provider_settings
from campaigns.delivery.channels.callback_signatures import callback_url
from campaigns.delivery.channels.contract import Channel
from campaigns.delivery.channels.line import ProviderAway
from campaigns.delivery.channels.mail.dkim import record_of
from campaigns.delivery.channels.provider import Given, Provider, ProviderForm
from campaigns.delivery.test_sends import send_test
from campaigns.models import ChannelSettings, ProviderRate
from retention_site.lib import acts, registry
from retention_site.lib.admin.pages import note_act, person, show
from retention_site.lib.admin.words import said

VIEW, CHANGE = "campaigns.view_channelsettings", "campaigns.change_channelsettings"


class RateForm(forms.Form):
    """How fast a provider may be used."""

    per_second = forms.FloatField(
        label=gettext_lazy("Messages a second"),
        min_value=0.001,
        max_value=100_000,
        required=False,
        help_text=gettext_lazy("Empty: as fast as it takes them."),
    )
    burst = forms.IntegerField(
        label=gettext_lazy("At once"),
        min_value=1,
        max_value=100_000,
        initial=200,
        required=False,
        help_text=gettext_lazy("How many may leave together after a pause."),
    )


def channels(request: HttpRequest) -> HttpResponse:
    """Show every channel with its provider and its last day."""
    rows = {row.channel: row for row in ChannelSettings.objects.all()}
    cards = [_card(channel, rows.get(channel.key)) for channel in _channels()]
    return show(
        request,
        admin.site,
        "admin/campaigns/channels.html",
        {"title": _("Channels"), "cards": cards},
    )


def channel(request: HttpRequest, channel: str) -> HttpResponse:
    """Show one channel; ``?provider=`` shows the form of another provider."""
    found = _channel(channel)
    wanted = request.GET.get("provider", "")
    kinds = provider_settings.providers_of(channel)
    kind = kinds.get(wanted) or type(found.carrier)
    return _page(request, found, kind, _form(found, kind))


@require_POST
def act(request: HttpRequest, channel: str, verb: str) -> HttpResponse:
    """Change a channel, or try it."""
    found, do = _channel(channel), VERBS.get(verb)
    if do is None:
        raise Http404
    before = _told(channel)
    answer = do(request, found) or redirect("channel", channel=channel)
    was, after = acts.changed(before, _told(channel))
    note_act(request, before=was, after=after)
    return answer


def _told(channel: str) -> dict[str, Any]:
    """Return what is set for a channel, of secrets only which there are."""
    row = ChannelSettings.objects.filter(channel=channel).first()
    return (
        {"provider": row.provider, "secrets": sorted(row.secrets), **row.values}
        if row
        else {}
    )


def _set(request: HttpRequest, channel: Channel) -> HttpResponse | None:
    kind = provider_settings.providers_of(channel.key).get(
        request.POST.get("provider", "")
    )
    if kind is None:
        raise Http404
    form = kind.form(request.POST)
    if not form.is_valid():
        return _page(request, channel, kind, form)
    provider_settings.choose(channel.key, kind.key, form.cleaned_data, by=request.user)  # type: ignore[arg-type]
    messages.success(request, _("Kept. Send a test to see whether it works."))
    return None


def _test(request: HttpRequest, channel: Channel) -> None:
    tried = send_test(channel, request.POST.get("to", ""), by=person(request))
    (messages.success if tried.is_taken else messages.error)(request, tried.sentence)


def _rate(request: HttpRequest, channel: Channel) -> HttpResponse | None:
    form = RateForm(request.POST)
    if not form.is_valid():
        kind = type(channel.carrier)
        return _page(request, channel, kind, _form(channel, kind), form)
    limit(
        _name(channel),
        form.cleaned_data["per_second"],
        form.cleaned_data["burst"] or 200,
    )
    messages.success(request, _("The limit holds from the next batch on."))
    return None


def _rotate(request: HttpRequest, channel: Channel) -> None:
    secret = provider_settings.rotate(channel.key, by=request.user)  # type: ignore[arg-type]
    said = _(
        "The new secret, shown this once: %(secret)s  The one before stays valid for a"
        " day."
    )
    messages.success(request, said % {"secret": secret})


def _environment(request: HttpRequest, channel: Channel) -> None:
    provider_settings.follow_environment(channel.key)
    messages.success(
        request, _("What was set here is forgotten: the environment decides.")
    )


VERBS = {
    "set": _set,
    "test": _test,
    "rate": _rate,
    "rotate": _rotate,
    "environment": _environment,
}


def _channels() -> list[Channel]:
    return [kind() for kind in registry.everything("channels").values()]


def _channel(key: str) -> Channel:
    try:
        found: Channel = registry.load("channels", key)()
    except registry.UnknownPlugin:
        raise Http404 from None
    return found


def _card(channel: Channel, row: ChannelSettings | None) -> dict[str, Any]:
    name = _name(channel)
    return {
        "channel": channel,
        "carrier": channel.carrier,
        "name": name,
        "way": _way(channel, row),
        "row": row,
        "health": health_of(channel, name),
    }


def _way(channel: Channel, row: ChannelSettings | None) -> str:
    """Say who decided where messages go: a person, the environment, or nobody."""
    if row is not None and (row.values or row.secrets):
        return "set"
    if channel.key in endpoints.SETTINGS:
        return "local" if endpoints.is_local(channel.key) else "environment"
    return "ready"


def _name(channel: Channel) -> str:
    """Return the provider's name, also where it can't be reached to say it."""
    try:
        return channel.provider
    except ProviderAway as error:
        return said(str(error))


def _form(channel: Channel, kind: type[Provider]) -> ProviderForm:
    """Return the settings form as it is filled now; secrets stay empty, and say whether
    there is one.
    """
    given = channel.carrier.given if channel.carrier.key == kind.key else Given()
    form = kind.form(initial=dict(given.values))
    for name in kind.form.secret_names():
        if given.secrets.get(name):
            form.fields[name].widget.attrs["placeholder"] = _(
                "kept; write a new one to replace it"
            )
    return form


def _page(
    request: HttpRequest,
    channel: Channel,
    kind: type[Provider],
    form: ProviderForm,
    rate: RateForm | None = None,
) -> HttpResponse:
    row = ChannelSettings.objects.filter(channel=channel.key).first()
    card = _card(channel, row)
    limits = card["health"].rate
    context = {
        **card,
        "title": str(channel.label),
        "kinds": list(provider_settings.providers_of(channel.key).values()),
        "kind": kind,
        "form": dressed(form),
        "rate_form": dressed(
            rate or RateForm(initial=_limits(limits) if limits else {})
        ),
        "callback": callback_url(channel.key, kind.key) if kind.hears else "",
        "has_secret": bool(row and row.signing),
        "dkim": _dkim(channel),
        "may_change": request.user.has_perm(CHANGE),
    }
    return show(request, admin.site, "admin/campaigns/channel.html", context)


def _limits(rate: ProviderRate) -> dict[str, Any]:
    return {"per_second": rate.per_second, "burst": rate.burst}


def dressed(form: forms.Form) -> forms.Form:
    """Give the inputs of a plain form the look of the admin."""
    for field in form.fields.values():
        field.widget.attrs.setdefault("class", "r-input")
    return form


def _dkim(channel: Channel) -> tuple[str, str] | None:
    """Return name and value of the DNS record that a DKIM key needs."""
    given = channel.carrier.given
    pem = given.secrets.get("dkim_key", "")
    return (
        (
            f"{given.text('dkim_selector')}._domainkey.{given.text('dkim_domain')}",
            record_of(pem),
        )
        if pem
        else None
    )
