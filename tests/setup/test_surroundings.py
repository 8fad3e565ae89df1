"""The test run itself stands on real servers."""

from django.db import connection
from redis import Redis


def test_database_is_a_real_postgresql(db):
    assert connection.vendor == "postgresql"
    assert connection.settings_dict["NAME"].startswith("test_")
    assert connection.pg_version >= 150000


def test_worker_processes_take_tasks_from_the_real_valkey(celery_workers, settings):
    from retention_site.celery import app

    (worker,) = celery_workers("sweep")
    assert worker.process.poll() is None
    replies = app.control.ping(timeout=5)
    assert [name for reply in replies for name in reply if name.startswith("test0@")]
    assert Redis.from_url(settings.REDIS_URL).ping()


def test_site_answers_from_its_own_process(site):
    import urllib.request

    with urllib.request.urlopen(f"{site}/health/live") as response:
        assert response.status == 200


def test_browser_opens_the_login_page(site, page):
    page.goto(f"{site}/admin/")
    assert page.locator("input[name=username]").is_visible()
