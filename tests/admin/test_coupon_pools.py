"""A pool is made, edited, refilled and stopped by clicking."""

import pytest
from django.contrib.auth.models import Group
from django.urls import reverse

from campaigns.models import CouponPool
from tests.factories import make_colleague

TYPED = {
    "name": "Spring",
    "kind": "percent",
    "percent": "15",
    "value": "10,50",
    "currency": "usd",
    "codes": "generated",
    "cap": "5",
    "budget": "100",
    "valid_days": "28",
    "minimum_spend": "20",
    "categories": "Food > Tea, Mugs",
    "first_order": "on",
    # of other kinds: not asked for
    "points": "7",
    "code": "X",
}


def add(client, **typed):
    return client.post(reverse("admin:campaigns_couponpool_add"), TYPED | typed)


def test_a_new_form_is_empty(signed_in):
    page = signed_in.get(reverse("admin:campaigns_couponpool_add")).content.decode()
    assert 'id="items" name="items" value=""' in page
    assert "dict" not in page


def test_a_pool_is_made_edited_and_stopped(signed_in):
    assert add(signed_in).status_code == 302
    pool = CouponPool.objects.get()
    assert (pool.kind, str(pool.percent), str(pool.value)) == (
        "percent",
        "15.00",
        "10.50",
    )
    assert (pool.categories, pool.currency) == (["Food > Tea", "Mugs"], "USD")
    page = reverse("admin:campaigns_couponpool_change", args=[pool.pk])
    signed_in.post(f"{page.removesuffix('change/')}do/make/", {"n": "3"})
    edit = reverse("pool-edit", args=[pool.pk])
    assert b"10.50" in signed_in.get(edit).content
    too_low = signed_in.post(edit, TYPED | {"cap": "2"})
    assert "out already" in too_low.content.decode()
    assert signed_in.post(edit, TYPED | {"cap": "50"}).status_code == 302
    pool.refresh_from_db()
    assert (pool.cap, pool.n_issued) == (50, 3)
    signed_in.post(f"{page.removesuffix('change/')}do/stop/", {})
    assert "Stopped" in signed_in.get(page).content.decode()


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"value": "-5"}, "value"),
        ({"currency": "XYZ"}, "no currency"),
        ({"percent": ""}, "percent"),
        ({"cap": "many"}, "cap"),
        ({"starts": "2024-06-01T10:00", "ends": "2024-05-01T10:00"}, "ends"),
        ({"codes": "shared", "code": "MAY"}, "last day"),
        ({"kind": "gift", "gift_item": "nothing"}, "no item"),
    ],
)
def test_what_cant_be_is_said_and_what_was_typed_stays(signed_in, typed, sentence):
    answer = add(signed_in, **typed)
    assert answer.status_code == 200
    said = answer.content.decode()
    assert sentence in said
    assert 'value="Spring"' in said
    assert not CouponPool.objects.exists()


def test_who_only_reads_makes_and_edits_none(client, db, signed_in):
    add(signed_in)
    reader = make_colleague()
    reader.groups.add(Group.objects.get(name="analyst"))
    client.force_login(reader)
    assert client.get(reverse("admin:campaigns_couponpool_add")).status_code == 403
    edit = reverse("pool-edit", args=[CouponPool.objects.get().pk])
    assert client.get(edit).status_code == 403
