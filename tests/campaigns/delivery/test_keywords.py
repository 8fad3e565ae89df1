"""What an answer asks for, in the words of carriers and people; what has two meanings
is for a person.
"""

import pytest

from campaigns.delivery.replies.keywords import Meaning, meaning
from campaigns.delivery.replies.quoted import new_text

STOP = """STOP|stop.|Stopp|unsubscribe|STOP ALL|退订|Arrêt|ARRET|arrêt!|opt-out|opt out|Opt-Out.
OPTOUT|STOP PLEASE|Stop. Thank you|Please stop|BAJA|ABMELDEN|CANCELAR|T|TD|td|N|n.
ｓｔｏｐ|ＳＴＯＰ|ＴＤ|🛑 STOP 🛑|🛑|stop 🙏|S T O P|s.t.o.p|STOP STOP STOP
Stop sending me messages|stop texting me|please unsubscribe me|Unsubscribe me please!!
don't text me|Do not contact me again.|No more emails please|remove me from your list
Take me off your list|STOP SMS|STOP au 36111|stop 36111|Désabonner|désinscription
Me désabonner|Bitte abmelden|Bitte keine Mails mehr|Keine Werbung mehr|dar de baja
Darme de baja|SAIR|Descadastrar|cancella|DISISCRIVIMI|afmelden|uitschrijven|AVSLUTA|Стоп
ОТПИСАТЬСЯ|отписка|İPTAL|ret|ストップ|配信停止|수신거부|取消订阅|请退订|退订，谢谢
我要退订|TD退订|回复T|退訂|"STOP"|(stop)|Stop!!!|END|quit|cancel|cancel please|CANCEL.
revoke|lopeta|STOP, merci|STOP svp|Stop s'il vous plaît|หยุด|إلغاء|הסר|unsub|NO MÁS
Unsubscribe, thanks|Hi, please stop. Thanks|opt me out|i want to unsubscribe
leave me alone|Τέλος|peruuta|Stop it|Stop emails|0000"""
TALK = """don't stop|please don't stop|Don’t stop!|when does the sale stop?|CANCEL my order
cancel order 123|cancel 12345|stop by at noon?|YES||yes|no|Is this the end?|never stop
I can't stop wearing them|non-stop service?|the end|ok|thanks|Can you stop my order
Unsubscribe? No, I like it|怎么退订|不要退订|取消订单|我要取消订单|nicht abmelden
Bitte nicht abmelden|how do I unsubscribe|pare com a entrega|Where is the bus stop
stop or go|remove item 3|When does it end?|T-shirt|N95|Stopp die Bestellung
does the sale end today|Baja California|quit smoking|I want to stop my order
end of season|Please stop my delivery 12345|Info zur Bestellung|No stop|ne pas arrêter
stop help"""


@pytest.mark.parametrize(
    "text", [*STOP.replace("\n", "|").split("|"), "STOP\nAda Lovelace", "Stop!\n\nAda"]
)
def test_stop_in_its_ordinary_forms_and_languages(text):
    assert meaning(text) == Meaning.STOP


@pytest.mark.parametrize(
    "text", [*TALK.replace("\n", "|").split("|"), "Cancel\nmy order", "stop " * 60]
)
def test_what_has_two_meanings_is_for_a_person(text):
    assert meaning(text) == Meaning.TALK


@pytest.mark.parametrize(
    "text", "help|HELP|info|Hilfe?|aide|帮助|help please|INFO.|Ayuda".split("|")
)
def test_help_is_told(text):
    assert meaning(text) == Meaning.HELP


@pytest.mark.parametrize(
    "text", "start|START|unstop|Start please|订阅|Anmelden".split("|")
)
def test_start_opens_again(text):
    assert meaning(text) == Meaning.START


@pytest.mark.parametrize(
    ("mail", "new"),
    [
        (
            (
                "Stop\n\nOn Mon, 30 Nov 2026 at 10:00, Corner Shop"
                " <hello@shop.example>\nwrote:\n> Hi"
            ),
            "Stop",
        ),
        ("Stopp\n\nAm 30.11.2026 um 10:00 schrieb Corner Shop:\n\n> Hallo", "Stopp"),
        (
            "Arrêt\n\nLe lun. 30 nov. 2026 à 10:00, Corner Shop a écrit :\n> Bonjour",
            "Arrêt",
        ),
        ("Baja\n\nEl lun, 30 nov 2026, Corner Shop escribió:\n> Hola", "Baja"),
        ("退订\n\n在 2026年11月30日，Corner Shop 写道：\n> 您好", "退订"),
        ("Stop\r\n\r\n-----Original Message-----\r\nFrom: Corner Shop", "Stop"),
        (
            "Stop\n\n________________________________\nFrom: Corner Shop\nSent: Monday",
            "Stop",
        ),
        ("Stop\n\nVon: Corner Shop\nGesendet: Montag", "Stop"),
        ("Stop\n\n-- \nAda Moreau\nsome company", "Stop"),
        ("Stop\n\nSent from my iPhone", "Stop"),
        ("Stop\n\nVon meinem iPhone gesendet", "Stop"),
        ("> Hi\n> answer STOP\n\nStop it please", "Stop it please"),
        ("> Hi\n> answer STOP", ""),
        ("From: Corner Shop\nSent: Monday\n\nanswer STOP", ""),
        ("On balance I like it", "On balance I like it"),
    ],
)
def test_only_the_new_words_count(mail, new):
    assert new_text(mail) == new
