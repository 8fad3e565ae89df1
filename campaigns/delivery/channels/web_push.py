"""Push to browsers; a provider carries it."""

from django.utils.translation import gettext_lazy as _

from campaigns.delivery.channels.push import Push, reach_of
from profiles.models import Device


class WebPush(Push):
    """One message to the browser in which the customer last agreed."""

    key = "web_push"
    label = _("Browser notification")
    icon = "notifications"
    kind = Device.Kind.WEB_PUSH
    reach = reach_of(Device.Kind.WEB_PUSH)
    is_loud = False  # a browser that is closed shows it when it is opened
    is_sealed = True
    nobody = "no browser that takes push"
