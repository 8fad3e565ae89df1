"""Support replies to what was handed over, by clicking; a document is uploaded and left
out again; pages fit a phone, in English and in Chinese.
"""

import pytest
from django.contrib.auth.models import Group

from campaigns.answers import conversations
from campaigns.models import Conversation, Document, Turn
from profiles.models import Customer
from tests.factories import PASSWORD, make_marketer

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
TEXT = b"# Returns\n\nYou have 30 days to return it."


def signed_in(address, page, name: str, role: str):
    person = make_marketer(name, is_superuser=False)
    person.groups.add(Group.objects.get(name=role))
    page.goto(f"{address}/admin/")
    page.fill("#id_username", name)
    page.fill("#id_password", PASSWORD)
    page.click("#login-form button[type=submit]")
    return page


def test_support_replies_and_the_conversation_is_hers(address, page, complaints):
    customer = Customer.objects.order_by("pk").first()
    turn = conversations.let_leave(conversations.ask("A human!", "en", customer))
    assert turn.state == Turn.State.HANDED_OVER
    signed_in(address, page, "sue", "support")
    page.goto(f"{address}/admin/campaigns/conversation/")
    page.click("#result_list tbody th a")
    page.fill("#words", "I am here.")
    page.click('form[action$="/say/"] button')
    assert page.get_by_text("I am here.").count() == 1
    page.get_by_role("button", name="Close conversation").click()
    assert Conversation.objects.get().state == Conversation.State.CLOSED
    assert Turn.objects.get(state=Turn.State.PERSON).by == "sue"
    assert complaints == []


def test_a_document_is_uploaded_and_left_out(address, page, complaints):
    signed_in(address, page, "mia", "marketer")
    page.goto(f"{address}/admin/answers/try/")
    file = {"name": "returns.md", "mimeType": "text/markdown", "buffer": TEXT}
    page.set_input_files("#file", file)
    page.get_by_role("button", name="Upload document").click()
    page.goto(f"{address}/admin/campaigns/document/")
    page.click("#result_list tbody th a")
    assert page.get_by_text("You have 30 days to return it.").count() == 1
    page.get_by_role("button", name="Stop citing it").click()
    assert not Document.objects.get().is_used
    page.context.add_cookies(
        [{"name": "django_language", "value": "zh-hans", "url": address}]
    )
    page.set_viewport_size({"width": 390, "height": 844})
    page.reload()
    assert page.get_by_text("恢复引用").count() == 1
    assert page.evaluate(
        "document.documentElement.scrollWidth <= document.documentElement.clientWidth"
    )
    assert complaints == []
