"""A worker that dies in the middle of a launch: another one takes over, and nobody is
missing or written to twice.
"""

import os
import signal
import time
from collections import Counter

import pytest
from django.db import connection

from campaigns.models import Coupon, CouponPool, Message
from campaigns.planning.launch import job_of, launch
from campaigns.planning.reconcile import reconcile
from profiles import jobs

from ..conftest import OFFER

N_CUSTOMERS = 25_000
CUSTOMERS = """
    INSERT INTO profiles_customer (external_id, email, region)
    SELECT 'many-' || n, 'many-' || n || '@shoppers.example', 'east' FROM generate_series(1, %s) AS n
"""
CONSENTS = """
    INSERT INTO profiles_consent (customer_id, channel, topic, status, at)
    SELECT id, 'email', '', 'granted', now() - interval '9 days' FROM profiles_customer
"""


@pytest.fixture
def crowd(transactional_db) -> None:
    with connection.cursor() as cursor:
        cursor.execute(CUSTOMERS, [N_CUSTOMERS])
        cursor.execute(CONSENTS)


@pytest.mark.timeout(180)
def test_killed_in_the_middle_a_launch_ends_right(crowd, celery_workers, make_approved):
    offer = {**OFFER, "cap": 15_000, "budget": 100_000, "when_exhausted": "hold"}
    version = make_approved(offer=offer, recommendations=None, channels=["email"])
    (doomed,) = celery_workers("jobs", JOB_LEASE_SECONDS="2")
    run = launch(version, key="k", started_by="a test")
    wait_until_halfway(run.pk)
    os.killpg(doomed.identity.pid, signal.SIGKILL)
    n_before = Message.objects.filter(run=run).count()
    assert 0 < n_before < N_CUSTOMERS
    celery_workers("jobs", JOB_LEASE_SECONDS="2")
    jobs.wait(job_of(run), timeout=90)
    assert Message.objects.filter(run=run).count() == N_CUSTOMERS
    assert (
        Message.objects.filter(run=run).values("customer").distinct().count()
        == N_CUSTOMERS
    )
    decided = Counter(Message.objects.filter(run=run).values_list("reason", flat=True))
    pool = CouponPool.objects.get()
    assert decided[""] == pool.n_issued == Coupon.objects.count() == 15_000
    assert decided["control group"] + decided["coupons used up"] == N_CUSTOMERS - 15_000
    assert not reconcile()["differences"]


def wait_until_halfway(run: int) -> None:
    deadline = time.monotonic() + 60
    while not Message.objects.filter(run=run).exists():
        assert time.monotonic() < deadline, "the launch did not begin"
        time.sleep(0.01)
