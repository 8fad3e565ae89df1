"""Which provider carries a channel, and what it was told: a row of the database, else
the environment.
"""

import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction

from campaigns.delivery.channels.provider import Given, Provider
from campaigns.models import ChannelSettings
from retention_site.lib import registry
from retention_site.lib.clock import real_now
from retention_site.lib.security import encrypted_fields, signing

GROUP = "providers"
KEEP_OLD = timedelta(days=1)  # a replaced signing secret stays valid this long


def providers_of(channel: str) -> dict[str, type[Provider]]:
    """Return the providers that can carry a channel, by key; the first is the one of
    the environment.
    """
    paths = (path for path in registry.keys(GROUP) if path.partition("/")[0] == channel)
    return {path.partition("/")[2]: registry.load(GROUP, path) for path in paths}


def carrier(channel: str) -> Provider:
    """Return the provider that carries a channel now."""
    row = ChannelSettings.objects.filter(channel=channel).first()
    known = providers_of(channel)
    if row is None or row.provider not in known:
        return next(iter(known.values()))()
    return known[row.provider](given(row))


def given(row: ChannelSettings) -> Given:
    """Return what a row says, its secrets decrypted."""
    return Given(
        values=row.values,
        secrets={name: signing.unseal(secret) for name, secret in row.secrets.items()},
        signing=tuple(encrypted_fields.valid(row.signing, real_now())),
    )


@transaction.atomic
def choose(
    channel: str, provider: str, told: Mapping[str, Any], *, by: User | None
) -> ChannelSettings:
    """Let ``provider`` carry a channel; a secret that was left empty stays as it was."""
    form = providers_of(channel)[provider].form
    row, _is_new = ChannelSettings.objects.select_for_update().get_or_create(
        channel=channel, defaults={"provider": provider}
    )
    kept = row.secrets if row.provider == provider else {}
    new = {
        name: signing.seal(str(told[name]))
        for name in form.secret_names()
        if told.get(name)
    }
    plain = {
        name: told[name]
        for name in form.base_fields
        if name in told and name not in form.secret_names()
    }
    values = json.loads(json.dumps(plain, default=str))
    if not new and (row.provider, row.values, row.secrets) == (provider, values, kept):
        return row  # told again as it is
    row.provider, row.values, row.secrets = provider, values, {**kept, **new}
    row.changed_at, row.changed_by = real_now(), by
    row.save()
    return row


def follow_environment(channel: str) -> None:
    """Forget what was set: the environment decides again."""
    ChannelSettings.objects.filter(channel=channel).delete()


@transaction.atomic
def rotate(channel: str, *, by: User | None) -> str:
    """Return a new signing secret, which is shown this once; the one before stays valid
    for a day.
    """
    row, _is_new = ChannelSettings.objects.select_for_update().get_or_create(
        channel=channel, defaults={"provider": next(iter(providers_of(channel)))}
    )
    secret, moment = encrypted_fields.new_secret(), real_now()
    row.signing = encrypted_fields.rotated(
        row.signing, secret, moment=moment, until=moment + KEEP_OLD
    )
    row.changed_by = by
    row.save(update_fields=["signing", "changed_by"])
    return secret
