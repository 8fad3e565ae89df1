"""Encoders are drawn by a job, never by the worker that somebody waits for."""

import pytest

from campaigns.answers import preparation, worker
from campaigns.answers.document_versions import keep
from campaigns.answers.retrieval import documents
from campaigns.tasks import answer_questions
from profiles import jobs
from profiles.models import Job

pytestmark = pytest.mark.django_db


@pytest.fixture
def drawn(monkeypatch):
    found = []
    monkeypatch.setattr(
        preparation, "draw", lambda language, home: found.append(language)
    )
    monkeypatch.setattr(worker, "answer_waiting", lambda: found.append("answers"))
    return found


def bring(name, text):
    keep(documents.read(name, text.encode()))


def test_nothing_is_drawn_where_somebody_waits(drawn):
    bring("returns.md", "# Returns\n\nYou may return everything within thirty days.")
    answer_questions()
    answer_questions()  # while the job runs no second one is begun
    assert drawn == []
    assert Job.objects.filter(kind=preparation.KIND).count() == 1
    jobs.work()
    assert drawn == ["en"]
    answer_questions()
    assert drawn == ["en", "answers"]


def test_another_language_is_drawn_when_it_comes(drawn):
    bring("returns.md", "# Returns\n\nYou may return everything within thirty days.")
    answer_questions()
    jobs.work()
    bring("shipping.md", "# 配送\n\n我们在两个工作日内发货，运费由我们承担。")
    answer_questions()
    jobs.work()
    assert drawn == ["en", "en", "zh"]


def test_what_failed_is_tried_by_who_answers(drawn, monkeypatch):
    bring("returns.md", "# Returns\n\nYou may return everything within thirty days.")
    answer_questions()
    Job.objects.update(state=Job.State.FAILED)
    answer_questions()
    assert drawn == ["answers"]


def test_a_shop_without_documents_draws_nothing(drawn):
    answer_questions()
    assert preparation.is_done()
    assert not Job.objects.exists()
