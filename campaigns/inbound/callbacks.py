"""Take what a provider calls back with: checked, read, and settled before it is
answered.
"""

from django.http import HttpRequest, HttpResponse

from campaigns.delivery.bounces.reports import heard_in
from campaigns.delivery.channels import provider_settings
from campaigns.delivery.channels.contract import Channel
from campaigns.delivery.channels.line import ProviderAway
from campaigns.delivery.channels.provider import Heard, NotTheirs, Provider, Unreadable
from campaigns.delivery.track import provider_events
from campaigns.inbound.webhook_receipt import Refused
from campaigns.models import ChannelSettings
from retention_site.lib import registry

AGAIN_SECONDS = 30


def take(channel_key: str, provider_key: str, request: HttpRequest) -> HttpResponse:
    """Take a callback and return its answer; raise `Refused`. The same thing told again
    changes nothing.
    """
    channel, provider = _of(channel_key, provider_key)
    try:
        told = provider.hear(request)
    except NotTheirs as error:
        raise Refused(401, str(error)) from None
    except Unreadable as error:
        raise Refused(400, str(error)) from None
    except ProviderAway as error:
        raise Refused(503, f"Please tell us again: {error}") from None
    replies = _taken(channel, provider.name, told)
    return provider.answer([one for one in replies if one])


def take_mail(raw: bytes) -> list[Heard]:
    """Take a mail that a mail server handed over; raise `Unreadable`, or `Refused` when
    it must be tried again.
    """
    channel, provider = _of("email", provider_settings.carrier("email").key)
    told = heard_in(raw)
    _taken(channel, provider.name, told)
    return told


def _taken(channel: Channel, provider: str, told: list[Heard]) -> list[str]:
    try:
        return [provider_events.take(channel, provider, one).reply for one in told]
    except provider_events.TooEarly as error:
        raise Refused(503, f"Please tell us again: {error}.") from None


def _of(channel_key: str, provider_key: str) -> tuple[Channel, Provider]:
    """Return the channel and the provider as it was set, also when another one carries
    the channel by now.
    """
    kinds = provider_settings.providers_of(channel_key)
    if provider_key not in kinds or not kinds[provider_key].hears:
        raise Refused(404, "There is no such provider.")
    row = ChannelSettings.objects.filter(channel=channel_key).first()
    given = (
        provider_settings.given(row)
        if row is not None and row.provider == provider_key
        else None
    )
    provider = (
        kinds[provider_key](given) if given is not None else kinds[provider_key]()
    )
    return registry.load("channels", channel_key)(), provider
