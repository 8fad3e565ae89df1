"""Channel pages: what is set is kept, secrets are never shown, a test says what came of
it.
"""

import pytest
from django.contrib.auth.models import Permission

from campaigns.delivery.channels import provider_settings
from campaigns.delivery.sinks import server
from campaigns.models import ChannelSettings, ProviderRate, SeedAddress
from retention_site.lib import registry
from tests.factories import make_colleague, make_customer
from tests.provider_sink import provider_sink
from tests.sending import taken

pytestmark = pytest.mark.django_db
ACCOUNT = "AC" + "0" * 32


@pytest.fixture(autouse=True)
def folder(settings, tmp_path):
    settings.DATA_DIR = tmp_path


def act(client, channel: str, verb: str, **told):
    return client.post(
        f"/admin/channels/{channel}/{verb}/", told, follow=True
    ).content.decode()


def test_every_channel_and_every_provider_has_its_page(signed_in):
    assert signed_in.get("/admin/channels/").status_code == 200
    for channel in registry.keys("channels"):
        for provider, kind in provider_settings.providers_of(channel).items():
            page = signed_in.get(
                f"/admin/channels/{channel}/?provider={provider}"
            ).content.decode()
            assert str(kind.label) in page
            assert all(f'name="{name}"' in page for name in kind.form.base_fields)
    assert signed_in.get("/admin/channels/pigeon/").status_code == 404


def test_settings_are_kept_and_a_secret_is_never_shown_again(signed_in, person):
    told = {
        "provider": "twilio",
        "account": ACCOUNT,
        "token": "very-secret",
        "sender": "+4930",
        "price": "0.0075",
    }
    act(signed_in, "sms", "set", **told)
    row = ChannelSettings.objects.get(channel="sms")
    assert (row.provider, row.changed_by, row.values["price"]) == (
        "twilio",
        person,
        "0.0075",
    )
    page = signed_in.get("/admin/channels/sms/").content.decode()
    assert "+4930" in page
    assert "very-secret" not in page
    assert "kept; write a new one" in page
    act(signed_in, "sms", "environment")
    assert not ChannelSettings.objects.exists()


@pytest.mark.parametrize("verb", ["set", "test", "rate", "rotate", "environment"])
def test_who_may_only_look_at_channels_changes_nothing(client, verb):
    """Whoever may act here chooses where every message goes, and with whose secret."""
    ChannelSettings.objects.create(
        channel="sms", provider="gateway", values={"url": "https://a.example/"}
    )
    before = list(ChannelSettings.objects.values())
    looker = make_colleague()
    looker.user_permissions.set(Permission.objects.filter(codename__startswith="view_"))
    client.force_login(looker)
    assert client.get("/admin/channels/sms/").status_code == 200
    told = {
        "provider": "twilio",
        "account": ACCOUNT,
        "token": "theirs",
        "to": "+4930123456",
        "per_second": "1",
    }
    assert client.post(f"/admin/channels/sms/{verb}/", told).status_code == 403
    assert list(ChannelSettings.objects.values()) == before
    assert not ProviderRate.objects.exists()
    looker.user_permissions.add(
        Permission.objects.get(codename="change_channelsettings")
    )
    assert client.post(f"/admin/channels/sms/{verb}/", told).status_code in (200, 302)


@pytest.mark.parametrize(
    ("channel", "told", "said"),
    [
        ("sms", {"provider": "twilio", "account": "x"}, "Enter a valid value"),
        ("sms", {"provider": "gateway", "url": "ftp://x"}, "provider&#x27;s address"),
        (
            "email",
            {
                "provider": "smtp",
                "host": "x",
                "security": "smtp",
                "dkim_key": "nonsense",
            },
            "private key in PEM",
        ),
        (
            "email",
            {
                "provider": "smtp",
                "host": "x",
                "security": "smtp",
                "sender": "Shop <no address>",
            },
            "not an e-mail",
        ),
        ("push", {"provider": "fcm", "account": "{}"}, "no service account"),
        ("web_push", {"provider": "vapid", "key": "nonsense"}, "no P-256 private key"),
        (
            "webhook",
            {"provider": "standard", "url": "http://127.0.0.1/x"},
            "no public address",
        ),
    ],
)
def test_what_can_not_be_is_said_beside_its_field(signed_in, channel, told, said):
    page = act(signed_in, channel, "set", **told)
    assert said in page
    assert not ChannelSettings.objects.exists()


def test_a_test_is_sent_at_once_and_says_what_came_of_it(signed_in):
    for channel, address in (("email", "ada@x.example"), ("sms", "+49 30 123456")):
        SeedAddress.objects.create(channel=channel, address=address)
    with server.serving():
        assert "taken" in act(signed_in, "email", "test", to="ada@x.example")
        customer = make_customer(phone="+4930123456")
        assert "taken" in act(signed_in, "sms", "test", to=customer.external_id)
    assert taken("email")[0]["to"] == ["ada@x.example"]
    assert taken("sms")[0]["to"] == ["+4930123456"]
    assert "not an e-mail address" in act(signed_in, "email", "test", to="nonsense")
    with provider_sink() as sink:
        sink.answer("/", (400, {"code": 21211}))
        provider_settings.choose(
            "sms",
            "twilio",
            {"account": ACCOUNT, "token": "x", "api_url": sink.url},
            by=None,
        )
        assert "no such mobile number" in act(
            signed_in, "sms", "test", to="+4930123456"
        )


def test_the_throttle_is_that_of_the_provider(signed_in):
    with server.serving():
        pass
    name = provider_settings.carrier("email").name
    act(signed_in, "email", "rate", per_second="12.5", burst="50")
    assert ProviderRate.objects.get().provider == name
    assert 'value="12.5"' in signed_in.get("/admin/channels/email/").content.decode()
    assert "greater than or equal" in act(signed_in, "email", "rate", per_second="-1")
    act(signed_in, "email", "rate", per_second="")
    assert not ProviderRate.objects.exists()


def test_a_signing_secret_is_shown_once(signed_in):
    page = act(signed_in, "webhook", "rotate")
    (secret,) = provider_settings.carrier("webhook").given.signing
    assert secret in page
    assert secret not in signed_in.get("/admin/channels/webhook/").content.decode()
    act(signed_in, "webhook", "rotate")
    assert len(provider_settings.carrier("webhook").given.signing) == 2, (
        "both sign while one replaces the other"
    )


def test_who_may_only_look_changes_nothing(client):
    reader = make_colleague()
    reader.user_permissions.add(Permission.objects.get(codename="view_channelsettings"))
    client.force_login(reader)
    page = client.get("/admin/channels/email/").content.decode()
    assert "Send a test" not in page
    assert (
        client.post("/admin/channels/email/test/", {"to": "a@x.example"}).status_code
        == 403
    )
    client.force_login(make_colleague())
    assert client.get("/admin/channels/").status_code == 403
