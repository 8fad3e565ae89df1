"""The published Segment client, unchanged, against a real web server."""

from datetime import UTC, datetime

import pytest
from segment.analytics.client import Client

from profiles.models import ApiKey, Customer, Event, Merge

pytestmark = pytest.mark.django_db(transaction=True)
AT = datetime(2025, 3, 1, 12, tzinfo=UTC)


@pytest.fixture
def segment(site):
    """Make a client of Segment's: `segment(gzip=True)`. Errors that it reports fail the
    test.
    """
    clients, errors = [], []
    secret = ApiKey.make("write", name="web shop")[1]

    def make(**options) -> Client:
        settings = {
            "host": site,
            "max_retries": 1,
            "on_error": lambda error, batch: errors.append(error),
        } | options
        clients.append(Client(secret, **settings))
        return clients[-1]

    yield make
    for client in clients:
        if client.consumers:
            client.join()
    assert not errors


@pytest.mark.parametrize("gzip", [False, True], ids=["plain", "gzip"])
def test_every_call_of_the_client_is_stored(segment, gzip):
    client = segment(gzip=gzip)
    client.track(
        anonymous_id="a1",
        event="Product Viewed",
        properties={"product_id": "p1"},
        timestamp=AT,
    )
    client.identify(
        "anna",
        {"email": "anna@shop.example", "firstName": "Änna"},
        anonymous_id="a1",
        timestamp=AT,
    )
    client.page("anna", "shop", "Home", {"url": "https://shop.example/"}, timestamp=AT)
    client.screen("anna", "app", "Cart", timestamp=AT)
    client.group("anna", "club", {"plan": "gold"}, timestamp=AT)
    client.alias("anna-old", "anna", timestamp=AT)
    products = [
        {"product_id": "p1", "price": 19.99, "quantity": 2},
        {"product_id": "p2", "price": 5},
    ]
    client.track(
        "anna",
        "Order Completed",
        {"order_id": "o1", "products": products, "currency": "EUR"},
        timestamp=AT,
    )
    client.track("anna", "Something Else", {"flavour": "oat"}, timestamp=AT)
    client.flush()

    anna = Customer.objects.get(external_id="anna")
    assert (anna.email, anna.first_name, anna.traits) == (
        "anna@shop.example",
        "Änna",
        {"group_id": "club", "group_plan": "gold"},
    )
    assert sorted(Event.objects.values_list("type", "item_id"), key=str) == [
        ("Something Else", None),
        ("page", None),
        ("purchase", "p1"),
        ("purchase", "p2"),
        ("screen", None),
        ("view", "p1"),
    ]
    assert set(Event.objects.values_list("at", flat=True)) == {AT}
    assert {
        (e.customer.merged_into or e.customer).external_id for e in Event.objects.all()
    } == {"anna"}
    assert Merge.objects.get().evidence == "anonymous_id"


def test_message_sent_twice_is_stored_once(segment):
    client = segment(sync_mode=True)
    for _ in range(2):
        client.track("anna", "view", message_id="m1")
    assert Event.objects.count() == 1


def test_thousand_messages_of_four_clients_at_once_are_all_there(segment):
    clients = [segment(thread=1, gzip=True) for _ in range(4)]
    for n in range(1000):
        clients[n % 4].track(
            anonymous_id=f"a{n % 50}", event="view", message_id=f"m{n}"
        )
        if n % 10 == 0:
            clients[(n + 1) % 4].identify(
                f"u{n % 50}", anonymous_id=f"a{n % 50}", message_id=f"i{n}"
            )
    for client in clients:
        client.flush()
    assert Event.objects.count() == 1000


def test_client_is_told_that_its_key_is_wrong(site):
    errors = []
    client = Client(
        "wrong",
        host=site,
        on_error=lambda error, batch: errors.append(error),
        max_retries=1,
    )
    client.track("anna", "view")
    client.flush()
    client.join()
    assert [error.status for error in errors] == [401]
