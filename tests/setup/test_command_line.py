"""A command brings up what it needs, needs nothing it does not use, and says in one
sentence what is missing.
"""

import json

import pytest

from retention_site.lib import embedded
from retention_site.lib.embedded import postgres, valkey


def test_any_command_brings_its_servers_up_and_leaves_them(shop):
    done = shop.call("manage.py", "showmigrations", "profiles")
    assert done.returncode == 0, done.stderr
    assert postgres.is_ready(shop.place)
    assert valkey.is_ready(shop.place)


def test_the_first_command_of_a_new_shop_makes_its_tables(shop):
    (shop.folder / "customers.csv").write_text("customer_id\nanna\n")
    shop.start()
    done = shop.call(
        "manage.py",
        "import_data",
        "customers",
        str(shop.folder / "customers.csv"),
        "--json",
    )
    assert (done.returncode, json.loads(done.stdout)["stored"]) == (0, 1), done.stderr


def test_a_database_elsewhere_without_tables_is_one_sentence(shop):
    shop.start()
    done = shop.call(
        "manage.py", "segment", "anybody", DATABASE_URL=postgres.url(shop.place)
    )
    assert (done.returncode, done.stderr) == (
        1,
        "The database has no tables of Rapport yet: run manage.py migrate.\n",
    )


@pytest.mark.parametrize(
    "words", [["help"], ["check"], ["migrate", "--help"], ["makemigrations", "--check"]]
)
def test_command_without_stored_data_starts_nothing(shop, words):
    done = shop.call("manage.py", *words)
    assert done.returncode == 0, done.stderr
    assert not shop.place.run.exists()


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        (
            "postgresql://shop@127.0.0.1:9/shop",
            "The database at 127.0.0.1:9 does not answer (Connection refused);",
        ),
        ("nonsense", "DATABASE_URL is not a URL;"),
        ("postgresql://shop@[::1/shop", "DATABASE_URL is not a URL:"),
        ("postgresql://shop@127.0.0.1:port/shop", "DATABASE_URL is not a URL:"),
    ],
)
def test_database_that_is_away_is_one_sentence(shop, url, sentence):
    done = shop.call("manage.py", "migrate", DATABASE_URL=url)
    assert done.returncode == 1
    assert done.stderr.startswith(sentence)
    assert done.stderr.count("\n") == 1


def test_database_that_refuses_is_one_sentence(shop):
    shop.start()
    url = postgres.url(shop.place).replace("/rapport?", "/not_there?")
    done = shop.call("manage.py", "migrate", DATABASE_URL=url)
    assert done.returncode == 1
    assert "does not exist" in done.stderr
    assert done.stderr.count("\n") == 1


def test_folder_that_can_not_be_made_is_one_sentence(shop):
    (shop.folder / "file").write_text("")
    done = shop.call(
        "manage.py", "migrate", DATA_DIR=str(shop.folder / "file" / "data")
    )
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert "Not a directory" in done.stderr


def test_servers_named_by_url_are_not_started(shop, monkeypatch):
    monkeypatch.setenv("DATA_DIR", str(shop.folder))
    monkeypatch.setenv("DATABASE_URL", "postgresql://shop@db.example/shop")
    monkeypatch.setenv("REDIS_URL", "redis://cache.example")
    assert embedded.database_url() == "postgresql://shop@db.example/shop"
    assert embedded.redis_url() == "redis://cache.example"


def test_servers_named_in_the_shops_own_settings_are_used(shop):
    (shop.folder / "shop.env").write_text(
        '# ours\nDATABASE_URL="postgresql://shop@127.0.0.1:9/shop"\n'
    )
    done = shop.call("manage.py", "migrate")
    assert done.stderr.startswith("The database at 127.0.0.1:9 does not answer")
    assert not shop.place.run.exists()


def test_stop_ends_the_servers_and_works_without_the_environment(shop, needs_proc):
    shop.call("manage.py", "showmigrations", "profiles")
    done = shop.call("-S", "-m", "retention_site.lib.processes", "stop")
    assert done.stdout == "ended: postgres, valkey\n"
    assert shop.processes() == []
    assert (
        shop.call("-S", "-m", "retention_site.lib.processes", "stop").stdout
        == "ended: nothing was running\n"
    )
