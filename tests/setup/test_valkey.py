"""Valkey comes up whatever the last start left behind."""

import signal

import pytest
from redis import Redis

from retention_site.lib.embedded import broker_url, redis_url, valkey
from retention_site.lib.processes.identity import is_alive, send, wait_until


def test_killed_server_comes_up_again_and_has_forgotten_everything(shop):
    valkey.start(shop.place)
    redis = Redis.from_url(valkey.url(shop.place))
    redis.set("wake", "up")
    killed = shop.place.records.living(valkey.NAME)
    send(killed, signal.SIGKILL)
    wait_until(lambda: not is_alive(killed), 5)

    valkey.start(shop.place)

    assert redis.get("wake") is None
    assert shop.place.records.living(valkey.NAME) != killed


def test_stop_ends_it(shop):
    valkey.start(shop.place)
    running = shop.place.records.living(valkey.NAME)
    valkey.stop(shop.place)
    assert not is_alive(running)
    assert not valkey.is_ready(shop.place)


@pytest.mark.parametrize(
    ("given", "for_celery"),
    [
        (
            "unix:///tmp/x/valkey.sock?db=3",
            "redis+socket:///tmp/x/valkey.sock?virtual_host=3",
        ),
        ("unix:///tmp/x/valkey.sock", "redis+socket:///tmp/x/valkey.sock"),
        ("redis://cache.example:6379/1", "redis://cache.example:6379/1"),
    ],
)
def test_celery_gets_the_address_in_its_own_words(monkeypatch, given, for_celery):
    monkeypatch.setenv("REDIS_URL", given)
    assert redis_url() == given
    assert broker_url() == for_celery
