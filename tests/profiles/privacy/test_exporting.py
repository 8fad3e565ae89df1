"""What a person is shown: everything that the erasure would find."""

import json
import stat

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from profiles.models import DataRequest
from profiles.privacy import contract
from tests.factories import make_customer
from tests.profiles.privacy import whole_person as whole

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("own_folders"),
]


def test_every_store_shows_what_it_holds(local_sinks, tmp_path, capsys):
    whole.make_whole(tmp_path)
    capsys.readouterr()
    call_command("export_person", whole.SECOND_ID, "--json")
    answer = json.loads(capsys.readouterr().out.splitlines()[-1])
    held = {one["store"]: one["rows"] for one in answer["stores"]}
    assert list(held) == [key for key, _store in contract.stores()]
    assert {key for key, rows in held.items() if not rows} == set()
    assert set(answer["known_as"]) >= {whole.ID, whole.SECOND_ID}
    said = json.dumps(held, ensure_ascii=False)
    assert [
        word
        for word in (*whole.WORDS[:6], whole.ID, whole.ANONYMOUS, whole.BROWSER)
        if word not in said
    ] == []
    assert "somebody-else" not in said
    assert held["history"][0]["n"] == len(held["events"])
    assert {row["table"] for row in held["rows"]} >= {
        "identity",
        "consent",
        "device",
        "portrait",
        "score",
        "merge",
    }


def test_a_file_is_its_owners_alone(tmp_path, capsys):
    customer = make_customer()
    path = tmp_path / "person.json"
    path.write_text("open to all")
    call_command("export_person", customer.external_id, "--out", str(path))
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert json.loads(path.read_text())["known_as"] == [customer.external_id]
    assert customer.email not in capsys.readouterr().out


def test_the_erased_and_the_unknown_have_nothing_to_be_shown():
    customer = make_customer()
    call_command("erase", customer.external_id)
    for customer_id in (customer.external_id, "nobody"):
        with pytest.raises(CommandError) as refused:
            call_command("export_person", customer_id)
        assert refused.value.returncode == 2
    assert not DataRequest.objects.filter(kind="export").exists()
