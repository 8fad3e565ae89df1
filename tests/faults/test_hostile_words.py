"""Rows 26 and 27: names, subjects and templates that want out of their place harm
nobody beside them.
"""

import email
import email.policy

import pytest

from campaigns.delivery import send
from campaigns.delivery.sinks import ports
from campaigns.models import Message
from tests.faults.checker import check
from tests.sending import WORDS, make_customers, make_send, states, taken

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("local_sinks"),
]
NAMES = [
    "Ada\r\nBcc: everyone@evil.example",
    "Ada\nSubject: changed",
    'Ada", <evil@evil.example>, "x',
    "Ada, Eve <evil@evil.example>",
    "\u202eadA\u202c",
    "Ada\u2028Bcc: evil@evil.example",
    "Ada \U0001f9d1\u200d\U0001f680 \u4f60\u597d",
    "=?utf-8?q?Bcc=3A_evil?=",
    "\x00\x07Ada",
    "A" * 5000,
    "{{ customer.__class__ }}{% for i in (1..9) %}x{% endfor %}",
    "<script>alert(1)</script>",
]


def test_no_name_adds_a_recipient_a_header_or_a_tag():
    customers = [
        one
        for name in NAMES
        for one in make_customers(1, "email", first_name=name.replace("\x00", ""))
    ]
    run = make_send(customers=customers)
    send.drain("bulk")
    assert check(ports.folder().parent, [run]) == {"sent": len(NAMES)}
    assert sorted(line["to"] for line in taken()) == sorted(
        [one.email] for one in customers
    )
    for line in taken():
        letter = email.message_from_string(line["raw"], policy=email.policy.default)
        assert line["to"] == [one.addr_spec for one in letter["To"].addresses]
        assert [letter.get_all(name) for name in ("Bcc", "Cc")] == [None, None]
        assert len(letter.get_all("Subject")) == 1
        html = letter.get_body(("html",)).get_content()
        assert "<script>" not in html


@pytest.mark.parametrize(
    "attack",
    [
        "{% for i in (1..100000000) %}x{% endfor %}",
        "{{ customer.__class__.__mro__ }}",
        "{{ settings.SECRET_KEY }}",
        "{% include '/etc/passwd' %}",
        "{{ 'a'" + " | replace: 'a', 'aaaaaaaaaa'" * 30 + " }}",
    ],
)
def test_a_template_that_attacks_is_its_campaigns_own_failure(attack):
    words = {"email": {**WORDS["email"], "text": attack}}
    bad, good = make_send(2, messages=words), make_send(3)
    send.drain("bulk")
    assert (states(bad), states(good)) == ({"failed": 2}, {"sent": 3})
    assert all(
        one.reason.startswith("could not be written")
        for one in Message.objects.filter(run=bad)
    )
    check(ports.folder().parent, [bad, good])
