"""What every provider promises, whatever protocol it speaks."""

import json

import pytest
from django.test import RequestFactory

from campaigns.delivery.channels import provider_settings
from campaigns.delivery.channels.provider import (
    NotTheirs,
    Provider,
    ProviderForm,
    Unreadable,
)
from campaigns.models import ChannelSettings
from retention_site.lib import registry

pytestmark = pytest.mark.django_db
PATHS = registry.keys("providers")


@pytest.fixture(params=PATHS)
def path(request) -> str:
    return request.param


@pytest.fixture
def kind(path) -> type[Provider]:
    return registry.load("providers", path)


def test_it_stands_under_its_own_name_behind_a_channel_that_there_is(path, kind):
    channel, _, key = path.partition("/")
    assert key == kind.key
    assert channel in registry.keys("channels")
    assert str(kind.label)
    assert str(kind.words)


def test_every_channel_has_a_provider():
    assert {path.partition("/")[0] for path in PATHS} == set(registry.keys("channels"))


def test_its_settings_are_declared_and_each_field_says_what_it_is(kind):
    assert issubclass(kind.form, ProviderForm)
    assert all(str(field.label or "") for field in kind.form.base_fields.values())


def test_its_secrets_are_kept_sealed_and_come_back_open(path, kind):
    channel, _, key = path.partition("/")
    told = {name: f"plain-{name}" for name in kind.form.secret_names()}
    provider_settings.choose(channel, key, told, by=None)
    row = ChannelSettings.objects.get()
    assert "plain-" not in json.dumps([row.values, row.secrets])
    assert dict(provider_settings.given(row).secrets) == told


def test_nobody_is_believed_without_a_signature(path, kind):
    channel, _, key = path.partition("/")
    provider_settings.choose(channel, key, {}, by=None)
    provider_settings.rotate(channel, by=None)
    provider = provider_settings.carrier(channel)
    asked = RequestFactory().post(
        "/",
        b'{"type": "reply", "from": "+49", "text": "STOP"}',
        content_type="application/json",
    )
    with pytest.raises(NotTheirs if kind.hears else Unreadable):
        provider.hear(asked)


def test_without_any_secret_nobody_is_believed_either(path, kind):
    provider = kind()
    asked = RequestFactory().post("/", b"{}", content_type="application/json")
    with pytest.raises((NotTheirs, Unreadable)):
        provider.hear(asked)
