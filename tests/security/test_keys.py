"""SECRET_KEY may be changed, lost or mixed up: nobody who opted out or was erased is
ever written to for it.
"""

import os
import subprocess
import sys

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from campaigns.delivery.channels import provider_settings
from campaigns.delivery.gating import suppression
from campaigns.models import ChannelSettings, Hook
from campaigns.rendering import links
from profiles.models import ErasedId, InboundSource, ShopKey
from profiles.privacy import erased_ids
from profiles.privacy.person import CUSTOMER_ID
from retention_site.lib import registry
from retention_site.lib.clock import real_now
from retention_site.lib.processes.programs import ROOT, manage
from retention_site.lib.security import encrypted_fields, keyring, secret_key, signing
from tests import factories as make

ADDRESS = "stop@shop.example"


@pytest.fixture
def filled(db, settings):
    """A shop that keeps something under each kind of key; and what it was told."""
    keyring.forget()
    keyring.settle()
    email = registry.load("channels", "email")()
    suppression.suppress(email, ADDRESS, "bounced")
    customer = make.make_customer()
    ErasedId.objects.create(
        kind=CUSTOMER_ID,
        digest=erased_ids.digest(CUSTOMER_ID, "c1974"),
        customer=customer,
    )
    ChannelSettings.objects.create(
        channel="sms", provider="gateway", secrets={"token": signing.seal("t0ken")}
    )
    Hook.objects.create(
        campaign=make.make_campaign(),
        slug="thanks",
        secrets=[encrypted_fields.sealed("h00k")],
    )
    InboundSource.objects.create(
        slug="shop", kind="mapped", secrets=[encrypted_fields.sealed("s3cret")]
    )
    yield links.open_url(7).rpartition("/")[2].removesuffix(".gif")
    keyring.forget()


def rotate(settings, new: str) -> None:
    """Set a new SECRET_KEY as an operator does, in every place it is read from."""
    settings.SECRET_KEY_FALLBACKS = [
        settings.SECRET_KEY,
        *settings.SECRET_KEY_FALLBACKS,
    ]
    settings.SECRET_KEY = new
    keyring.forget()


def holds() -> None:
    email = registry.load("channels", "email")()
    pair = (email.key, suppression.address_hash(email, ADDRESS))
    assert suppression.suppressed([pair]) == {pair: "bounced"}
    assert list(erased_ids.customers(["c1974"])) == ["c1974"]


@pytest.mark.parametrize("is_resealed", [False, True])
def test_a_changed_key_frees_nobody_and_breaks_no_link(filled, settings, is_resealed):
    secret = provider_settings.carrier("sms").given.secrets
    rotate(settings, "the second key " * 4)
    if is_resealed:
        call_command("rotate_keys")
    holds()
    assert links.read(links.OPEN, filled) == (7,)
    assert encrypted_fields.valid(Hook.objects.get().secrets, real_now()) == ["h00k"]
    assert (
        provider_settings.carrier("sms").given.secrets == secret == {"token": "t0ken"}
    )


def test_after_rotating_nothing_is_sealed_under_the_old_key(filled, settings):
    rotate(settings, "the second key " * 4)
    call_command("rotate_keys")
    settings.SECRET_KEY_FALLBACKS = []
    keyring.forget()
    keyring.check()
    holds()
    found = 0
    with connection.cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        for (name,) in cursor.fetchall():
            cursor.execute(f"SELECT to_jsonb(t)::text FROM {name} t")
            for (row,) in cursor.fetchall():
                for sealed in [
                    part
                    for part in row.replace("\\", "").split('"')
                    if part.startswith("gAAAA")
                ]:
                    signing.unseal(sealed)
                    found += 1
    assert found >= 4  # a channel, a hook, a source, the key of the digests


def test_rotating_three_times_keeps_the_first_digests(filled, settings):
    for number in range(3):
        rotate(settings, f"key number {number} " * 4)
        call_command("rotate_keys")
    settings.SECRET_KEY_FALLBACKS = []
    keyring.forget()
    holds()


def test_another_key_is_refused_and_never_answers_nobody(filled, settings):
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "somebody else's key " * 4, []
    keyring.forget()
    with pytest.raises(keyring.WrongKey, match="another SECRET_KEY"):
        keyring.check()
    with pytest.raises(keyring.WrongKey, match="another SECRET_KEY"):
        suppression.address_hash(registry.load("channels", "email")(), ADDRESS)
    with pytest.raises(keyring.WrongKey):
        erased_ids.customers(["c1974"])


def test_a_shop_from_before_keeps_the_digests_it_has(filled, settings):
    """Its digests were made under SECRET_KEY, and no row names its keys yet."""
    before = erased_ids.digest(CUSTOMER_ID, "c1974")
    ShopKey.objects.all().delete()
    keyring.forget()
    assert erased_ids.digest(CUSTOMER_ID, "c1974") == before
    keyring.settle()
    rotate(settings, "the second key " * 4)
    holds()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    "words",
    [
        ("check",),
        ("migrate",),
        ("campaign", "report", "x"),
        ("import_data", "customers", "x.csv"),
        ("work",),
    ],
)
def test_every_command_of_a_host_with_another_key_is_refused_in_one_sentence(
    shop_environment, words
):
    keyring.settle()
    environment = {**shop_environment, "SECRET_KEY": "the key of another host " * 4}
    if "x.csv" in words:
        words = (*words[:-1], str(ROOT / "pyproject.toml"))
    if words == ("check",):
        words = ("check", "--database", "default")
    ran = subprocess.run(
        manage(*words),
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert ran.returncode in (1, 2), ran.stderr
    assert "another SECRET_KEY" in ran.stderr
    assert "Traceback" not in ran.stderr


@pytest.mark.django_db(transaction=True)
def test_the_shop_does_not_start_with_another_key(shop_environment):
    keyring.settle()
    environment = {**shop_environment, "SECRET_KEY": "the key of another host " * 4}
    prepare = [sys.executable, "-m", "retention_site.prepare"]
    ran = subprocess.run(
        prepare,
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert ran.returncode == 1
    assert ran.stderr.startswith(
        "This database belongs to a shop with another SECRET_KEY"
    )


def test_a_new_key_in_the_folder_keeps_the_old_ones(tmp_path):
    first = secret_key.kept_in(tmp_path)
    secret_key.replace(tmp_path)
    second = secret_key.kept_in(tmp_path)
    secret_key.replace(tmp_path)
    assert secret_key.old_ones(tmp_path) == [second, first]
    assert len({first, second, secret_key.kept_in(tmp_path)}) == 3
    assert {oct(path.stat().st_mode & 0o777) for path in tmp_path.iterdir()} == {
        "0o600"
    }


def test_a_new_key_is_not_written_where_the_environment_holds_it(monkeypatch):
    monkeypatch.setenv("SECRET_KEY", os.urandom(20).hex())
    with pytest.raises(CommandError, match="SECRET_KEY_FALLBACKS"):
        call_command("rotate_keys", "--new")
