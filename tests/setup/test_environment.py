"""A setting that can't be honoured stops the start in one sentence; what a real host
lacks is said.
"""

import pytest

from retention_site.lib.environment import faults, hints
from retention_site.lib.processes.address import Address
from retention_site.settings import words

GOOD = {
    "BASE_URL": "https://rapport.example",
    "SHOP_URL": "https://shop.example/de/",
    "CORS_ORIGINS": "https://shop.example, https://www.shop.example:8443",
    "ALLOWED_HOSTS": "rapport.example,.shop.example,[::1]",
    "BIND": "0.0.0.0",
    "PORT": "8080",
    "TRUSTED_PROXIES": "10.0.0.0/8, 2001:db8::1",
    "EMAIL_URL": (
        "smtp+tls://user:pass@mail.example:587?lookup=https://mail.example/seen"
    ),
    "SMS_URL": "https://sms.example/send",
    "PUSH_URL": "https://push.example",
    "FROM_EMAIL": "Corner Shop <hello@shop.example>",
    "SMS_SENDER": "Corner Shop",
    "OPERATOR_EMAILS": "ops@shop.example,night@shop.example",
    "REDIS_URL": "unix:///run/valkey.sock?db=1",
    "SHOP_TIME_ZONE": "Europe/Berlin",
    "SHOP_CURRENCY": "EUR",
    "SHOP_COUNTRY": "DE",
    "SHOP_MARGIN": "0.4",
    "SHOP_CLOCK": "2017-12-04T10:00-05:00",
}


def test_a_shop_that_is_set_up_well_has_no_fault_and_lacks_nothing():
    assert faults(GOOD) == []
    assert hints(GOOD) == []


def test_nothing_set_is_a_shop_on_one_machine():
    assert (faults({}), hints({})) == ([], [])
    assert faults(dict.fromkeys(GOOD, "")) == []


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("BASE_URL", "rapport.example"),
        ("BASE_URL", "https://"),
        ("BASE_URL", "https://rapport.example/app"),
        ("BASE_URL", "https://rapport.example:port"),
        ("SHOP_URL", "shop.example"),
        ("SHOP_URL", "https://shop.example/?a=1"),
        ("CORS_ORIGINS", "https://shop.example,shop.example"),
        ("CORS_ORIGINS", "https://shop.example/path"),
        ("ALLOWED_HOSTS", "https://rapport.example"),
        ("BIND", "everywhere"),
        ("BIND", "0.0.0.0:80"),
        ("PORT", "0"),
        ("PORT", "65536"),
        ("PORT", "8000.5"),
        ("TRUSTED_PROXIES", "10.0.0.0/8,nginx"),
        # a host of that network: which one was meant?
        ("TRUSTED_PROXIES", "10.0.0.1/8"),
        ("INSIDE_HOSTS", "http://10.0.0.7/"),
        ("SESSION_IDLE_HOURS", "0"),
        ("SESSION_LONGEST_DAYS", "for ever"),
        ("EMAIL_URL", "mail.example"),
        ("EMAIL_URL", "https://mail.example"),
        ("SMS_URL", "smtp://sms.example"),
        ("PUSH_URL", "https:///send"),
        ("FROM_EMAIL", "Corner Shop"),
        ("FROM_EMAIL", "hello@"),
        ("SMS_SENDER", "A name that is too long"),
        ("SMS_SENDER", "Läden"),
        ("OPERATOR_EMAILS", "ops@shop.example,nobody"),
        ("REDIS_URL", "amqp://broker"),
        ("SHOP_TIME_ZONE", "Mars/Olympus"),
        ("SHOP_CURRENCY", "Euro"),
        ("SHOP_COUNTRY", "Germany"),
        ("SHOP_MARGIN", "40%"),
        ("REVENUE_HAS_TAX", "19 %"),
        ("GLOBAL_HOLDOUT", "1.5"),
        ("SHOP_CLOCK", "yesterday"),
        ("SEND_BATCH", "many"),
        ("SEND_LEASE_SECONDS", "-1"),
        ("LOG_LEVEL", "LOUD"),
        ("HISTORY_URL", "clickhouse://nowhere:9000/x"),
        ("STORE_URL", "gs://bucket/folder"),
        ("STORE_URL", "store"),
        ("STORE_URL", "s3:///folder"),
        ("STORE_URL", "s3://key:secret@bucket/x?endpoint=minio:9000"),
        ("STORE_URL", "s3://bucket/x?zone=eu"),
        ("GENERATOR_URL", "llm.example/v1"),
        ("GENERATOR_MODEL", "some-model"),
        ("JUDGE_MODEL", "some-model"),
        ("SENTRY_DSN", "https://sentry.example/1"),
    ],
)
def test_each_setting_that_cannot_be_honoured_is_one_sentence_that_names_it(
    name, value
):
    (said,) = faults(GOOD | {name: value})
    assert said.startswith(name)
    assert said.endswith(".")
    assert "\n" not in said


@pytest.mark.parametrize(
    "url",
    [
        "/srv/store",
        "file:///srv/store",
        "s3://bucket",
        "s3://key:s%2Fcret@bucket/a/b?region=eu-central-1&endpoint=https://minio.example",
    ],
)
def test_a_store_may_be_a_folder_or_a_bucket(url):
    assert faults(GOOD | {"STORE_URL": url}) == []


def test_a_sentence_names_no_password():
    (said,) = faults({"EMAIL_URL": "https://user:hunter2@mail.example"})
    assert "hunter2" not in said


@pytest.mark.parametrize(
    ("lacks", "said"),
    [
        ("TRUSTED_PROXIES", "TRUSTED_PROXIES is unset"),
        ("SHOP_URL", "SHOP_URL is unset"),
        ("FROM_EMAIL", "FROM_EMAIL is unset"),
        ("SMS_SENDER", "SMS_SENDER is unset"),
        ("SMS_URL", "SMS_URL is unset: such messages are held"),
        ("BASE_URL", "BASE_URL is unset: others reach this machine"),
    ],
)
def test_what_a_real_host_lacks_is_said(lacks, said):
    assert [hint for hint in hints(GOOD | {lacks: ""}) if hint.startswith(said)]


@pytest.mark.parametrize(
    "words",
    [
        ["segment", "big"],
        ["migrate"],
        ["check"],
        ["effect", "examples/spring_offer_simulated.csv"],
    ],
)
def test_no_command_runs_with_a_setting_that_does_nothing(shop, words):
    done = shop.call("manage.py", *words, HISTORY_URL="clickhouse://nowhere:9000/x")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("HISTORY_URL can't be honoured: ")
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize(
    "program",
    [
        ["-m", "celery", "-A", "retention_site", "report"],
        ["-m", "retention_site.prepare"],
    ],
)
def test_nor_does_any_other_program(shop, program):
    done = shop.call(*program, BIND="everywhere")
    assert done.returncode
    assert "BIND=everywhere: is not an IP address" in done.stderr


@pytest.mark.parametrize(
    ("given", "url", "shown"),
    [
        ({}, "http://127.0.0.1:8000", "127.0.0.1:8000"),
        ({"BIND": "localhost", "PORT": "81"}, "http://127.0.0.1:81", "127.0.0.1:81"),
        ({"BIND": "0.0.0.0"}, "http://127.0.0.1:8000", "0.0.0.0:8000"),
        ({"BIND": "::"}, "http://[::1]:8000", "[::]:8000"),
        ({"BIND": "[::1]"}, "http://[::1]:8000", "[::1]:8000"),
        ({"BIND": "10.1.2.3"}, "http://10.1.2.3:8000", "10.1.2.3:8000"),
    ],
)
def test_where_the_server_listens(given, url, shown):
    address = Address.of(given)
    assert (address.url, str(address)) == (url, shown)


def test_an_address_that_is_not_of_this_machine_is_one_sentence(shop):
    done = shop.call(
        "-m", "retention_site.lib.processes", "run", BIND="203.0.113.9", PORT="8119"
    )
    assert done.returncode == 1
    assert done.stderr.startswith("Nobody can listen on 203.0.113.9:8119 here (")
    assert done.stderr.count("\n") == 1


def test_blanks_between_the_words_of_a_list_count_for_nothing(monkeypatch):
    monkeypatch.setenv("CORS_ORIGINS", "https://a.example, https://b.example,")
    assert words("CORS_ORIGINS") == ["https://a.example", "https://b.example"]
    assert words("TRUSTED_PROXIES", ("::1",)) == ["::1"]
