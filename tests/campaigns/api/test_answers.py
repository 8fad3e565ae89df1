"""Questions of customers by a call: answered, offered or handed over, with a transcript."""

import pytest

from campaigns.answers import conversations, shop_answers, worker
from campaigns.answers.document_versions import import_folder
from profiles.models import Customer
from recommender.encoders.base import UnusableModel


@pytest.fixture(autouse=True)
def words_alone(monkeypatch):
    """Rank by words, as where no encoder is installed."""

    def none(*_args):
        raise UnusableModel("none here")

    monkeypatch.setattr("campaigns.answers.retrieval.build.readers", none)
    shop_answers._made.cache_clear()
    yield
    shop_answers._made.cache_clear()


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "returns.md").write_text("# Returns\n\nYou have 30 days to return it.")
    return tmp_path


@pytest.mark.django_db
def test_the_call_answers_and_keeps_the_transcript(caller, folder, monkeypatch):
    import_folder(folder)
    monkeypatch.setattr(conversations, "await_reply", lambda turn: _worked())
    sender = caller("send")
    said = sender.post("/v1/answers", {"question": "How many days to return it?"})
    assert said.status_code == 200, said.content
    body = said.json()
    assert body["state"] in ("offered", "handed_over")
    told = sender.get(f"/v1/answers/{body['conversation']}").json()
    assert [one["question"] for one in told["turns"]] == ["How many days to return it?"]
    assert caller("read").post("/v1/answers", {"question": "x"}).status_code == 403


def _worked():
    worker.answer_waiting()


@pytest.mark.django_db
def test_the_call_refuses_what_is_no_question_and_too_many(caller, monkeypatch):
    monkeypatch.setattr(conversations, "await_reply", lambda turn: None)
    sender = caller("send")
    Customer.objects.create(external_id="c1")
    zero = {"question": "a\0b"}  # refused before anybody reads it
    assert sender.post("/v1/answers", zero).status_code == 400
    for wrong in ({}, {"question": ""}, {"question": 3}):
        assert sender.post("/v1/answers", wrong).status_code == 422
    assert sender.post("/v1/answers", {"question": "x" * 20_001}).status_code == 422
    unknown = {"question": "x", "customer": "nobody"}
    assert sender.post("/v1/answers", unknown).status_code == 404
    strange = {"question": "x", "conversation": "none"}
    assert sender.post("/v1/answers", strange).status_code == 404
    asked = {"question": "x", "customer": "c1"}
    codes = [
        sender.post("/v1/answers", asked).status_code
        for _ in range(conversations.MOST_A_MINUTE + 1)
    ]
    assert codes[-2:] == [200, 429]


@pytest.mark.django_db
def test_a_conversation_is_its_customers_alone(caller, monkeypatch):
    monkeypatch.setattr(conversations, "await_reply", lambda turn: None)
    mine, _other = (Customer.objects.create(external_id=one) for one in ("c1", "c2"))
    turn = conversations.ask("How long?", "en", mine)
    stolen = {"question": "x", "customer": "c2", "conversation": turn.conversation.key}
    assert caller("send").post("/v1/answers", stolen).status_code == 404
