"""A person who takes a conversation over is alone in it: no answer leaves after that."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from campaigns.answers import conversations, shop_answers, worker
from campaigns.answers.document_versions import current_passages, import_folder
from campaigns.answers.orders.order_facts import OrderFacts
from campaigns.answers.retrieval.replies import Reply, State
from campaigns.models import Conversation, Document, Turn
from profiles.models import Customer, Event
from retention_site.lib.clock import now

ROUNDS = 60
SURE = Reply(State.ANSWERED, "one passage answers it", "Thirty days.", score=0.99)


@pytest.fixture(autouse=True)
def words_alone(monkeypatch):
    """Rank by words, as where no encoder is installed: the rest is as it is."""
    monkeypatch.setattr("campaigns.answers.retrieval.build.readers", _no_encoder)
    shop_answers._made.cache_clear()
    yield
    shop_answers._made.cache_clear()


def _no_encoder(*_args):
    from recommender.encoders.base import UnusableModel

    raise UnusableModel("none here")


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "returns.md").write_text("# Returns\n\nYou have 30 days to return it.")
    (tmp_path / "退货.md").write_text("# 退货\n\n七天之内可以退货。")
    return tmp_path


@pytest.mark.django_db(transaction=True)
def test_no_answer_leaves_after_a_person_took_over():
    """Both sides begin at once, round after round; whoever is first decides."""
    outcomes = [_round(number) for number in range(ROUNDS)]
    assert all(outcomes)
    left = Turn.objects.filter(left_at__isnull=False).exclude(state=Turn.State.PERSON)
    late = [
        turn
        for turn in left.select_related("conversation")
        if turn.left_at > turn.conversation.handed_over_at
    ]
    assert late == []
    kept_back = Turn.objects.filter(state=Turn.State.WITHHELD).count()
    assert left.count() + kept_back == ROUNDS


def _round(number: int) -> bool:
    turn = conversations.ask("How long?", "en", None)
    begin = threading.Barrier(2)

    def answers():
        try:
            begin.wait()
            time.sleep((number % 7) / 3_000)
            conversations.work_out(turn, SURE)
            return conversations.let_leave(turn).state
        finally:
            connection.close()

    def takes_over():
        try:
            begin.wait()
            time.sleep((number % 5) / 3_000)
            conversations.say(turn.conversation, "Let me see.", "Ann")
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        state, _ = pool.submit(answers), pool.submit(takes_over).result()
        return state.result() in (Turn.State.ANSWERED, Turn.State.WITHHELD)


@pytest.mark.django_db
def test_once_a_person_has_it_every_later_question_is_kept_back():
    turn = conversations.ask("How long?", "en", None)
    conversations.say(turn.conversation, "I am here.", "Ann")
    for question in (turn, conversations.ask("And?", "en", None, _key(turn))):
        conversations.work_out(question, SURE)
        assert conversations.let_leave(question).state == Turn.State.WITHHELD
        assert conversations.let_leave(question).answer == ""


@pytest.mark.django_db
def test_what_no_worker_answers_goes_to_a_person():
    turn = conversations.ask("How long?", "en", None)
    conversations.await_reply(turn, 0.05)
    left = conversations.let_leave(turn)
    assert (left.state, left.reply["why"]) == ("handed_over", "no answer in time")
    assert Conversation.objects.get().state == Conversation.State.HANDED_OVER


@pytest.mark.django_db
def test_what_nobody_fetched_goes_to_a_person():
    turn = conversations.ask("How long?", "en", None)
    Turn.objects.update(asked_at=now() - 2 * conversations.STALE)
    assert conversations.drop_stale() == 1
    turn.refresh_from_db()
    assert turn.state == Turn.State.HANDED_OVER


@pytest.mark.django_db
def test_an_answer_is_an_event_with_what_it_rests_on(folder):
    import_folder(folder)
    customer = Customer.objects.create(external_id="c1")
    turn = conversations.ask("How many days to return it?", "en", customer)
    assert worker.answer_waiting() == 1
    left = conversations.let_leave(turn)
    event = Event.objects.get(type="service_answer")
    assert event.customer_id == customer.pk
    assert event.properties["state"] == left.state
    assert {"passages", "score", "threshold", "version"} <= set(event.properties)


@pytest.mark.django_db
def test_documents_keep_their_versions(folder):
    assert import_folder(folder)["stored"] == 2
    assert import_folder(folder)["duplicates"] == 2
    (folder / "returns.md").write_text("# Returns\n\nYou have 60 days.")
    assert import_folder(folder)["updated"] == 1
    document = Document.objects.get(name="returns.md")
    assert list(document.versions.order_by("number").values_list("number", "text")) == [
        (1, "# Returns\n\nYou have 30 days to return it."),
        (2, "# Returns\n\nYou have 60 days."),
    ]
    assert {one.text for one in current_passages()} == {
        "You have 60 days.",
        "七天之内可以退货。",
    }
    Document.objects.filter(name="退货.md").update(is_used=False)
    assert [one.document for one in current_passages()] == ["returns.md"]


@pytest.mark.django_db
def test_orders_of_the_asker_and_of_nobody_else(make_order_event):
    mine, other = (Customer.objects.create(external_id=one) for one in ("c1", "c2"))
    make_order_event(mine, "A1001", "purchase")
    make_order_event(mine, "A1001", "Order Shipped")
    make_order_event(other, "A1002", "purchase")
    told = shop_answers.reply("Where is my order?", "en", mine)
    assert told.state is State.ANSWERED
    assert "A1001" in told.answer
    assert "shipped on" in told.answer
    for asked in ("Where is my order A1002?", "Is order A1002 sent?"):
        assert shop_answers.reply(asked, "en", mine).state is State.HANDED_OVER
    assert shop_answers.reply("Where is my order?", "en", None).answer is None
    assert all(
        isinstance(one, OrderFacts) for one in shop_answers.own_orders([mine.pk])
    )


@pytest.fixture
def make_order_event():
    from uuid import uuid4

    def make(customer, order, kind):
        Event.objects.create(
            key=uuid4(), customer=customer, type=kind, at=now(), order_id=order
        )

    return make


def _key(turn: Turn) -> str:
    return turn.conversation.key
