"""Where some messages reach real customers, the others never end in a local sink and
count as sent.
"""

import pytest

from campaigns.delivery.channels import endpoints
from campaigns.delivery.channels.line import ProviderAway
from campaigns.models import ChannelSettings, Message
from tests.sending import local_sinks, make_send, shop, taken  # noqa: F401

URLS = {
    "email": "smtp://127.0.0.1:1",
    "sms": "http://127.0.0.1:1/send",
    "push": "http://127.0.0.1:1",
}
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("real", list(URLS))
@pytest.mark.parametrize("channel", [*URLS, "webhook"])
def test_a_channel_without_a_provider_is_held_where_another_has_one(
    settings,
    local_sinks,  # noqa: F811
    real,
    channel,
):
    assert endpoints.endpoint(channel).host == "127.0.0.1"
    setattr(settings, endpoints.SETTINGS[real], URLS[real])
    if channel == real:
        assert endpoints.endpoint(channel).port == 1 or channel == "email"
        return
    with pytest.raises(ProviderAway, match="other channels reach real customers"):
        endpoints.endpoint(channel)


@pytest.mark.parametrize(
    ("told", "is_real"),
    [
        ({"values": {"host": "mail.example"}}, True),
        ({"values": {"url": "https://sms.example"}}, True),
        ({"secrets": {"token": "sealed"}}, True),
        ({"values": {"sender": "Corner Shop"}}, False),
        ({}, False),
    ],
)
def test_a_provider_that_a_person_named_is_real_too(local_sinks, told, is_real):  # noqa: F811
    ChannelSettings.objects.create(channel="email", provider="smtp", **told)
    assert endpoints.is_real_host() == is_real


def test_text_messages_wait_and_say_why(settings, local_sinks):  # noqa: F811
    from campaigns import tasks

    settings.EMAIL_URL = f"smtp://127.0.0.1:{local_sinks.smtp}"
    make_send(1, channel="sms")
    tasks.send_due("bulk")
    message = Message.objects.get()
    assert message.state in (Message.State.QUEUED, Message.State.LEASED)
    assert taken("sms") == []
    settings.EMAIL_URL, settings.SMS_URL = "", ""
