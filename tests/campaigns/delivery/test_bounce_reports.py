"""Reports as mail servers write them: what each tells of which address, and whether it
is gone for good.

Written anew after the kinds of real ones; no sample of anybody is copied.
"""

from email.message import EmailMessage
from time import process_time

import pytest

from campaigns.delivery.bounces.reports import heard_in
from campaigns.delivery.bounces.verdict import lasting
from campaigns.delivery.channels.provider import What

KEY = "0123456789abcdef" * 2
TO = "kim@post.example"
ORIGINAL = (
    "From: Corner Shop <hello@shop.example>\r\nTo: {to}\r\nSubject: Your inbox is"
    f" full of spam? No!\r\nMessage-ID: <{KEY}@rapport.example>\r\nFeedback-ID:"
    " 42:rapport\r\n\r\nHello, your cart is full.\r\n"
).format(to=TO)
LASTING, PASSING = True, False


def dsn(
    status: str,
    said: str = "",
    *,
    action: str = "failed",
    kind: str = "; report-type=delivery-status",
    original: str = "message/rfc822",
    final: str = f"rfc822; {TO}",
    words: str = "It could not be delivered.",
) -> bytes:
    """A report for machines, as RFC 3464 has it or nearly so."""
    told = f"Final-Recipient: {final}\r\n"
    told += f"Action: {action}\r\n" if action else ""
    told += f"Status: {status}\r\n" if status else ""
    told += f"Diagnostic-Code: smtp; {said}\r\n" if said else ""
    return (
        "From: MAILER-DAEMON@mx.example\r\nTo: bounces@shop.example\r\nSubject:"
        " Undelivered\r\n"
        "Message-ID: <r1@mx.example>\r\nMIME-Version: 1.0\r\n"
        f'Content-Type: multipart/report{kind}; boundary="b"\r\n\r\n'
        f"--b\r\nContent-Type: text/plain\r\n\r\n{words}\r\n"
        "--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns;"
        f" mx.example\r\n\r\n{told}\r\n"
        f"--b\r\nContent-Type: {original}\r\n\r\n{ORIGINAL}\r\n--b--\r\n"
    ).encode()


@pytest.mark.parametrize(
    ("status", "said", "is_lasting"),
    [
        # what a server says in words, over what the report's status says
        (
            "5.0.0",
            "550 5.1.1 <kim@post.example>: Recipient address rejected: User unknown",
            LASTING,
        ),
        ("5.1.1", "552 5.2.2 mailbox is full, over quota", PASSING),
        ("5.1.1", "550 5.7.1 Your address 192.0.2.7 is blacklisted", PASSING),
        ("5.1.1", "550 no such user here", LASTING),
        ("5.1.1", "", LASTING),
        ("5.1.1 (bad destination mailbox address)", "", LASTING),
        ("5.2.2", "", PASSING),
        ("5.2.1", "550 5.2.1 The account that you tried to reach is disabled", LASTING),
        ("5.2.1", "550 5.2.1 Mailbox full (#5.2.1)", PASSING),
        (
            "5.1.10",
            (
                "550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found by SMTP"
                " lookup"
            ),
            LASTING,
        ),
        (
            "5.4.4",
            (
                "Host or domain name not found. Name service error for name=nix.example"
                " type=A"
            ),
            LASTING,
        ),
        ("5.1.2", "", LASTING),
        ("5.4.4", "", PASSING),
        ("5.0.0", "", PASSING),
        ("", "550 Unrouteable address", LASTING),
        ("5.7.1", "554 5.7.1 Message rejected as spam by content filtering", PASSING),
        ("5.7.1", "550 5.7.1 Unable to relay", PASSING),
        ("5.7.1", "550 5.7.1 kim@post.example: unknown user account", LASTING),
        (
            "5.7.26",
            "550 5.7.26 This mail is unauthenticated; DMARC policy of shop.example",
            PASSING,
        ),
        (
            "5.7.23",
            "550 5.7.23 Rejected because of Sender Policy Framework violation (SPF)",
            PASSING,
        ),
        ("5.1.8", "550 5.1.8 Sender address rejected: Domain not found", PASSING),
        ("5.5.0", "550 Requested action not taken: mailbox unavailable", LASTING),
        (
            "4.2.1",
            "450 4.2.1 Requested mail action not taken: mailbox unavailable",
            PASSING,
        ),
        ("4.1.1", "450 4.1.1 User unknown in virtual alias table", PASSING),
        ("4.4.7", "451 4.7.1 Greylisted, please come back later", PASSING),
        ("5.3.4", "552 5.3.4 Message size exceeds fixed limit", PASSING),
        ("5.4.1", "550 5.4.1 Recipient address rejected: Access denied", LASTING),
        ("5.4.7", "Delivery time expired: connection timed out", PASSING),
        (
            "5.1.1",
            "550 5.1.1 spam@post.example: Recipient address rejected: user unknown",
            LASTING,
        ),
        ("5.1.1", "550 5.1.1 user unknown, said mx1.antispam.example", LASTING),
        (
            "5.0.0",
            "554 delivery error: dd This user doesn't have a post.example account",
            LASTING,
        ),
        ("5.0.0", "553 5.3.0 no such person at this address", LASTING),
        (
            "5.0.0",
            (
                "421 4.7.0 Messages from 192.0.2.7 temporarily deferred due to user"
                " complaints"
            ),
            PASSING,
        ),
        ("5.0.0", "550 收件人不存在", LASTING),
        ("5.0.0", "552 邮箱已满", PASSING),
        ("5.0.0", "550 Empfänger unbekannt", LASTING),
        ("5.2.2", "552 Le quota de cette boîte est dépassé", PASSING),
        (
            "5.3.0",
            "550 5.3.0 Access denied: your server has a poor reputation",
            PASSING,
        ),
        ("5.6.0", "554 5.6.0 Prohibited attachment", PASSING),
        ("5.7.0", "550 5.7.0 Must issue a STARTTLS command first", PASSING),
    ],
)
def test_words_codes_and_status_of_a_report(status, said, is_lasting):
    (told,) = heard_in(dsn(status, said))
    assert (told.what, told.address, told.message, told.key) == (
        What.BOUNCED,
        TO,
        42,
        KEY,
    )
    assert told.is_lasting == is_lasting


@pytest.mark.parametrize(
    "change",
    [
        {"kind": ""},  # no report-type
        {"kind": "; report-type=disposition-notification"},
        {"action": "failed (bounced)"},
        {"action": "error"},
        {"action": ""},
        {"final": TO},
        {"final": f"RFC822;<{TO}>"},
        {"original": "text/rfc822-headers"},
        {"original": "message/rfc822-headers"},
        {"original": "text/rfc822"},
        {"original": "text/plain"},
        {"original": "message/global"},
    ],
)
def test_a_report_that_keeps_to_no_rule_is_heard(change):
    (told,) = heard_in(dsn("5.1.1", "550 5.1.1 unknown user", **change))
    assert (told.what, told.address, told.message, told.key, told.is_lasting) == (
        What.BOUNCED,
        TO,
        42,
        KEY,
        True,
    )


@pytest.mark.parametrize("how", ["base64", "quoted-printable"])
def test_a_report_that_was_packed_for_the_way_is_heard(how):
    import base64
    import quopri

    told = f"Final-Recipient: rfc822;{TO}\nAction: failed\nStatus: 5.1.1\n".encode()
    packed = base64.encodebytes(told) if how == "base64" else quopri.encodestring(told)
    raw = dsn("5.9.9").decode()
    begin = raw.index("Content-Type: message/delivery-status")
    end = raw.index("--b\r\nContent-Type: message/rfc822")
    part = (
        "Content-Type: message/delivery-status\r\nContent-Transfer-Encoding:"
        f" {how}\r\n\r\n{packed.decode()}\r\n"
    )
    (heard,) = heard_in((raw[:begin] + part + raw[end:]).encode())
    assert (heard.address, heard.is_lasting) == (TO, True)


@pytest.mark.parametrize("action", ["delayed", "relayed", "expanded"])
def test_what_is_no_end_tells_nothing(action):
    assert heard_in(dsn("4.4.1", "still trying", action=action)) == []


def test_a_report_about_several_recipients_tells_of_each():
    second = (
        "\r\nFinal-Recipient: rfc822; lee@post.example\r\nAction: failed\r\nStatus:"
        " 5.2.2\r\n"
    )
    raw = dsn("5.1.1", "550 5.1.1 unknown user").replace(
        b"unknown user\r\n", f"unknown user\r\n{second}".encode(), 1
    )
    told = heard_in(raw)
    assert [(one.address, one.is_lasting) for one in told] == [
        (TO, True),
        ("lee@post.example", False),
    ]
    assert len({one.event_id for one in told}) == 2


# Reports for people


def text_report(
    body: str,
    *,
    subject="Mail delivery failed",
    sender="MAILER-DAEMON@mx.example",
    **headers,
) -> bytes:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = sender, "hello@shop.example", subject
    mail["Message-ID"] = "<t1@mx.example>"
    for name, value in headers.items():
        mail[name.replace("_", "-")] = value
    mail.set_content(body + "\n\n" + ORIGINAL.replace("\r\n", "\n"))
    return mail.as_bytes()


EXIM = """This message was created automatically by mail delivery software.

A message that you sent could not be delivered to one or more of its
recipients. This is a permanent error. The following address(es) failed:

  kim@post.example
    host mx.post.example [192.0.2.1]
    SMTP error from remote mail server after RCPT TO:<kim@post.example>:
    {said}

------ This is a copy of the message, including all the headers. ------
"""
QMAIL = """Hi. This is the qmail-send program at mx.example.
I'm afraid I wasn't able to deliver your message to the following addresses.
This is a permanent error; I've given up. Sorry it didn't work out.

<kim@post.example>:
192.0.2.1 does not like recipient.
Remote host said: {said}
Giving up on 192.0.2.1.

--- Below this line is a copy of the message.
"""
POSTFIX = """This is the mail system at host mx.example.

I'm sorry to have to inform you that your message could not
be delivered to one or more recipients. It's attached below.

                   The mail system

<kim@post.example>: host mx.post.example[192.0.2.1] said: {said}
    (in reply to RCPT TO command)

------ Original message follows ------
"""
SENDMAIL = """The original message was received at Mon, 30 Nov 2026 10:00:00 GMT
from localhost

   ----- The following addresses had permanent fatal errors -----
<kim@post.example>
    (reason: {said})

   ----- Transcript of session follows -----
... while talking to mx.post.example.:
>>> RCPT To:<kim@post.example>
<<< {said}

   ----- Original message follows -----
"""
GMAIL = """Delivery to the following recipient failed permanently:

     kim@post.example

Technical details of permanent failure:
Google tried to deliver your message, but it was rejected by the server for the recipient domain.

The error that the other server returned was:
{said}

----- Original message -----
"""
YAHOO = """Sorry, we were unable to deliver your message to the following address.

<kim@post.example>:
Remote host said: {said} [RCPT_TO]

--- Below this line is a copy of the message.
"""
HMAIL = """Your message did not reach some or all of the intended recipients.

   Sent: Mon, 30 Nov 2026 10:00:00 +0000
   Subject: Your inbox is full of spam? No!

The following recipient(s) could not be reached:

kim@post.example
   Error Type: SMTP
   Remote server (192.0.2.1) issued an error.
   hMailServer sent: RCPT TO:<kim@post.example>
   Remote server replied: {said}

hMailServer

"""
DOMINO = """
------- Failure Reasons  --------

{said}
kim@post.example

------- Returned Message --------
"""
EXCHANGE = """Your message

  To:      kim@post.example
  Subject: Your inbox is full of spam? No!

did not reach the following recipient(s):

kim@post.example on Mon, 30 Nov 2026 10:00:00 +0000
    {said}

"""
QQ = """抱歉，您的邮件被退回来了……
收件人: kim@post.example
退信原因: {said}

-------- original message --------
"""
MIMECAST = """We could not deliver the following message to kim@post.example.
The remote server answered: {said}

"""
KINDS = {
    "exim": EXIM,
    "qmail": QMAIL,
    "postfix": POSTFIX,
    "sendmail": SENDMAIL,
    "gmail": GMAIL,
    "yahoo": YAHOO,
    "hmailserver": HMAIL,
    "domino": DOMINO,
    "exchange": EXCHANGE,
    "qq": QQ,
    "other": MIMECAST,
}
SAID = {
    "550 5.1.1 User unknown": LASTING,
    "554 delivery error: this user doesn't have an account here": LASTING,
    "552 5.2.2 mailbox is full": PASSING,
    "550 5.7.1 rejected by our anti-spam policy": PASSING,
}


@pytest.mark.parametrize("said", SAID)
@pytest.mark.parametrize("kind", KINDS)
def test_a_report_for_people_is_heard(kind, said):
    (told,) = heard_in(text_report(KINDS[kind].format(said=said)))
    assert (told.what, told.address, told.message, told.key) == (
        What.BOUNCED,
        TO,
        42,
        KEY,
    )
    assert told.is_lasting == SAID[said]


def test_failed_recipients_of_a_header_are_heard_each_with_its_own_words():
    body = (
        "A message that you sent could not be delivered.\n\n  kim@post.example\n    550"
        " 5.1.1 User unknown\n  lee@post.example\n    552 5.2.2 quota"
        " exceeded\n\n------ This is a copy of the message ------"
    )
    told = heard_in(
        text_report(
            body,
            Auto_Submitted="auto-replied",
            X_Failed_Recipients=f"{TO}, lee@post.example",
        )
    )
    assert [(one.address, one.is_lasting) for one in told] == [
        (TO, True),
        ("lee@post.example", False),
    ]


def test_a_report_in_html_alone_is_heard():
    mail = EmailMessage()
    mail["From"], mail["Subject"] = "postmaster@mx.example", "Undeliverable: hello"
    mail["Message-ID"] = "<h1@mx.example>"
    page = f"<p>Delivery has failed to <b>{TO}</b></p><p>550 5.1.1 user unknown</p>"
    mail.set_content(
        f"{page}<pre>Message-ID: &lt;{KEY}@rapport.example&gt;</pre>", subtype="html"
    )
    (told,) = heard_in(mail.as_bytes())
    assert (told.address, told.key, told.is_lasting) == (TO, KEY, True)


@pytest.mark.parametrize(
    ("subject", "body"),
    [
        (
            "Warning: message 1abc delayed 24 hours",
            "A message that you sent has not yet been delivered. 450 try later",
        ),
        (
            "Delivery Status Notification (Delay)",
            "There was a problem delivering. Gmail will retry for 45 more hours.",
        ),
        (
            "Mail delivery delayed",
            (
                "It could not be delivered for 4 hours. It will be retried; no action"
                " is required."
            ),
        ),
        ("Welcome to our list", "You are subscribed."),
    ],
)
def test_a_warning_is_no_bounce(subject, body):
    assert heard_in(text_report(body, subject=subject)) == []


@pytest.mark.parametrize(
    ("subject", "body"),
    [
        ("Out of office: hello", "I am away until Monday. My mailbox is full of joy."),
        (
            "Automatic reply: hello",
            "This account is no longer in use, I have left the company.",
        ),
        ("Abwesenheitsnotiz", "Ich bin im Urlaub."),
        ("自动回复: hello", "我不在办公室"),
    ],
)
@pytest.mark.parametrize("sender", [TO, "postmaster@mx.example"])
def test_a_note_of_absence_is_no_bounce(subject, body, sender):
    headers = {
        "Auto_Submitted": "auto-replied",
        "Return_Path": "<>",
        "In_Reply_To": f"<{KEY}@rapport.example>",
    }
    assert heard_in(text_report(body, subject=subject, sender=sender, **headers)) == []


def test_a_person_who_forwards_a_report_has_not_bounced():
    body = QMAIL.format(said="550 5.1.1 User unknown")
    assert (
        heard_in(
            text_report(
                f"Look what I got:\n\n{body}",
                subject="Fwd: failure",
                sender="jo@home.example",
            )
        )
        == []
    )


def test_what_could_not_be_read_is_not_given_up():
    assert lasting("") is None
    assert lasting("550 rejected") is None


@pytest.mark.parametrize(
    "unit", ["a", "a-", "a.", "a@", "user ", "0.0.", "-", "<", "mail from ", "\n"]
)
def test_twice_the_length_is_about_twice_the_work(unit):
    def seconds(n: int) -> float:
        raw = text_report(unit * (n // len(unit)))[:900_000]
        best = 9.0
        for _ in range(3):
            started = process_time()
            heard_in(raw)
            best = min(best, process_time() - started)
        return best

    assert seconds(80_000) < max(6 * seconds(40_000), 0.5)
