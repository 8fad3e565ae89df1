"""Push to browsers; a provider carries it."""

from django.utils.translation import gettext_lazy as _

from campaigns.delivery.channels.push import Push
from profiles.models import Device


class WebPush(Push):
    """One message to the browser in which the customer last agreed."""

    key = "web_push"
    label = _("Browser notification")
    icon = "notifications"
    kind = Device.Kind.WEB_PUSH
    nobody = "no browser that takes push"
