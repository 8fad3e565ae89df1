"""Several erasures at once: one rewrite for all, and none brings back whom another has
forgotten.
"""

import threading
from collections import Counter

import pytest
from django.db import connections

from profiles import history, jobs
from profiles.models import DataRequest
from profiles.privacy import erasure, job
from tests.factories import make_customer, make_event

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def people():
    made = [make_customer() for _n in range(6)]
    for customer in made:
        make_event(customer)
    history.refresh()
    return made


def test_erasures_that_wait_share_one_rewrite(people, monkeypatch):
    seen = Counter()
    forget = history.forget

    def counted(customers):
        seen["rewrites"] += 1
        return forget(customers)

    monkeypatch.setattr(history, "forget", counted)
    begun = [erasure.begin(one.external_id) for one in people[:5]]
    for request in begun:
        job.start(request)
    jobs.work()
    for request in begun:
        request.refresh_from_db()
        assert request.finished_at
        assert {one["store"] for one in request.receipt} >= {
            "history",
            "models",
            "vectors",
        }
    assert seen["rewrites"] == 1
    left = (
        history.tables()
        .run("SELECT DISTINCT customer FROM events")["customer"]
        .to_pylist()
    )
    assert left == [people[5].pk]


def test_two_at_once_both_forget(people):
    wrong = []

    def erase(customer_id):
        try:
            erasure.finish(erasure.begin(customer_id))
        except BaseException as error:
            wrong.append(error)
        finally:
            connections.close_all()

    threads = [
        threading.Thread(target=erase, args=[one.external_id]) for one in people[:4]
    ]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert wrong == []
    assert not DataRequest.objects.filter(finished_at=None).exists()
    left = (
        history.tables()
        .run("SELECT DISTINCT customer FROM events")["customer"]
        .to_pylist()
    )
    assert sorted(left) == [one.pk for one in people[4:]]
