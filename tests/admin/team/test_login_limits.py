"""Wrong passwords lock out who guesses, not the owner and not everybody behind one
proxy.
"""

import pytest
from axes.models import AccessAttempt
from django.contrib.auth.models import User

RIGHT, WRONG = "a right password", "a wrong password"
pytestmark = pytest.mark.django_db


@pytest.fixture
def sign_in(client, settings):
    """Try to sign in from an address; say whether it worked."""
    settings.TRUSTED_PROXIES = ["127.0.0.1"]
    User.objects.create_superuser("owner", "", RIGHT)
    User.objects.create_superuser("colleague", "", RIGHT)

    def tried(username, password, address):
        client.logout()
        data = {"username": username, "password": password}
        answer = client.post(
            "/admin/login/?next=/admin/", data, HTTP_X_FORWARDED_FOR=address
        )
        return answer.status_code == 302

    return tried


def test_invented_names_lock_out_nobody_else(sign_in):
    for number in range(30):
        assert not sign_in(f"nobody{number}", WRONG, "203.0.113.7")
    assert sign_in("owner", RIGHT, "203.0.113.7")


def test_ten_wrong_ones_lock_this_address_out_of_this_account(sign_in):
    for _ in range(10):
        sign_in("owner", WRONG, "203.0.113.7")
    assert not sign_in("owner", RIGHT, "203.0.113.7")
    assert sign_in("colleague", RIGHT, "203.0.113.7"), (
        "others behind the same address work on"
    )


def test_what_a_stranger_says_of_his_address_does_not_help_him(sign_in):
    for number in range(10):
        sign_in("owner", WRONG, f"198.51.100.{number}, 203.0.113.7")
    assert AccessAttempt.objects.get().ip_address == "203.0.113.7"
    assert not sign_in("owner", RIGHT, "203.0.113.7")


def test_guessing_one_account_from_many_addresses_is_as_slow_as_from_one(sign_in):
    for number in range(10):
        sign_in("owner", WRONG, f"203.0.113.{number}")
    assert not sign_in("owner", RIGHT, "203.0.113.200")
    assert sign_in("colleague", RIGHT, "203.0.113.200")


def test_a_stranger_does_not_lock_the_owner_out_of_where_they_work(sign_in):
    assert sign_in("owner", RIGHT, "192.0.2.1")
    for number in range(40):
        sign_in("owner", WRONG, f"203.0.113.{number}")
    assert not sign_in("owner", RIGHT, "203.0.113.200")
    assert sign_in("owner", RIGHT, "192.0.2.1")
    # and signing in did not open the account to the guesser
    for number in range(10, 20):
        sign_in("owner", WRONG, f"203.0.113.{number}")
    assert not sign_in("owner", RIGHT, "203.0.113.201")


def test_even_where_the_owner_works_guessing_is_limited(sign_in):
    assert sign_in("owner", RIGHT, "192.0.2.1")
    for _ in range(10):
        sign_in("owner", WRONG, "192.0.2.1")
    assert not sign_in("owner", RIGHT, "192.0.2.1")
