"""What a person's answer asks for: STOP, START, HELP, in the words that carriers and
people use. Pure.

One of these words alone is a wish, with courtesies around it or with the messages as
its object. Anything else is for a person to read: "don't stop", "when does the sale
stop?", "CANCEL my order".
"""

from __future__ import annotations

import re
import unicodedata
from enum import StrEnum

LONGEST = 200  # of a wish: who writes more has something to say
LONGEST_NAME = 4  # words


class Meaning(StrEnum):
    STOP = "stop"
    START = "start"
    HELP = "help"
    TALK = "talk"  # a person who says something


# Words that end messages whatever stands around them, as long as that is courtesy or
# the messages themselves.
CLEAR = """
    stop stopall stopp stopit unsubscribe unsub optout unregister unreg
    abmelden abmeldung abbestellen austragen
    arret arreter arretez desabonner desabonnement desinscription desinscrire desinscrivez
    baja alto darmedebaja dardebaja desuscribir desuscribirme desuscripcion
    descadastrar descadastre descadastramento descadastreme
    disiscrivi disiscrivimi disiscrizione cancellami
    afmelden afmelding uitschrijven avsluta avregistrera avmeld avmelding afmeld frameld lopeta peruuta
    wypisz odhlasit odhlaseni leiratkozas leiratkozom dezabonare dezabonati odjava
    стоп отписаться отписка отпишите отпишись отписать відписатися відписка
    στοπ διαγραφη τελος durdur smsiptal
    הסר הסרה توقف ايقاف الغاءالاشتراك
    退订 退訂 取消订阅 取消訂閱 拒收 停止接收 不再接收 不要再发 不要再发了 别再发 别再发了 不要发了 我要退订
    td退订 t退订 n退订 r退订 回复td 回复t 回td 回t 回复n 回复退订 回复td退订 回复t退订 退订td 退订t
    退订短信 取消接收 停止发送 不想再收到 請勿再發
    配信停止 配信解除 登録解除 購読解除 ストップ 停止 수신거부 수신거절 무료거부
    หยุด ยกเลิกการรับ रोकें huydangky ngungnhan
"""
# Words with more than one meaning: only alone they mean the messages.
ALONE = """
    cancel end quit revoke remove
    ende beenden stoppen fin annuler annulla cancella basta cancelar salir parar pare detener terminar remover
    sair nomas sluta rezygnuje rezygnacja koniec konec zrusit отмена хватит вiдмова iptal dur ret red
    قف إلغاء עצור 取消 中止 解除 중지 거부 정지 ยกเลิก बंद huy tuchoi berhenti batal
"""
# Single letters and short codes of carriers: exactly these.
CODES = "t td tdd n r qx 0000 00000"
START = """
    start unstop subscribe resubscribe anmelden anmeldung alta inscrire abonner iscrivimi aanmelden
    订阅 訂閱 恢复订阅 подписаться старт 수신동의
"""
HELP = (
    "help info hilfe aide ayuda aiuto ajuda hulp hjalp hjelp pomoc помощь 帮助 幫助"
    " ヘルプ 도움말"
)
COURTESY = """
    please pls plz thank thanks thx ty you kindly now immediately asap ok okay hi hello hey dear sir madam
    bitte danke sofort hallo merci svp stp s il vous te plait bonjour por favor gracias ya hola per favore grazie
    ciao obrigado obrigada dank u wel alstublieft aub tack tak takk prosze dziekuje пожалуйста спасибо
    lutfen tesekkurler de again today right away immediatement subito
"""
# What STOP may be about without doubt.
MESSAGES = """
    all me my us it this these the your to from sending send texting text texts sms mms message messages messaging
    mail mails mailing mailings email emails emailing e contacting spam spamming spamming i want would like wish
    list lists newsletter newsletters promotional promotions marketing advertising ads number phone
    alle nachrichten nachricht mich von vom ihrem ihre den newslettern werbung
    messages moi me mon pub publicite vos les des
    mensajes mensaje mis los las el la de publicidad messaggi messaggio mi i mensagens
    au al
"""
NEGATIONS = (
    "not don dont never no nicht nie kein keine pas jamais nunca não non niet не нет"
    " 不 别 未"
)
# Whole sentences that say it without one of the words.
SENTENCES = re.compile(
    r"(?:please |pls |bitte |hi |hello )*(?:"
    r"(?:do not|don t|dont|never) (?:text|message|sms|email|e"
    r" mail|mail|contact|write|write to|send) "
    r"(?:to )?(?:me|us)(?: (?:again|any ?more|any"
    r" more|messages|emails|texts|sms|mails|ever))*"
    r"|(?:do not|don t|dont) send (?:me )?(?:any )?(?:more )?(?:messages|emails|e"
    r" mails|texts|sms|mails)(?: any ?more)?"
    r"|no more (?:messages|emails|e mails|texts|sms|mails|newsletters)"
    r"|(?:take|remove|delete) (?:me|my (?:number|email|address)) (?:off|from) (?:your"
    r" |the |this )?(?:mailing )?list"
    r"|remove me|opt me out|leave me alone|i (?:want|wish|would like) to"
    r" (?:unsubscribe|opt out|stop)"
    r"|keine (?:e ?mails?|mails?|sms|nachrichten|werbung|newsletter)(?: mehr)?(?:"
    r" senden| schicken)?"
    r"|(?:bitte )?(?:nicht mehr (?:schreiben|senden|schicken|anschreiben)|melden sie"
    r" mich ab)"
    r"|ne (?:plus|pas) (?:m )?(?:envoyer|ecrire|contacter)(?: de"
    r" (?:messages|sms|mails))?"
    r"|plus de (?:sms|mails|messages)"
    r"|no (?:quiero )?(?:mas|recibir mas) (?:mensajes|sms|correos|emails)|no me"
    r" (?:escriban|envien)(?: mas)?"
    r"|nao (?:quero )?(?:receber )?mais (?:mensagens|sms|emails)|non"
    r" (?:voglio|inviare|mandate) (?:piu )?"
    r"(?:messaggi|sms|email|mail)(?: piu)?"
    r")(?: please| thank you| thanks| danke| bitte| merci| gracias)*"
)
JOINED = (
    ("opt out", "optout"),
    ("un subscribe", "unsubscribe"),
    ("un sub", "unsub"),
    ("stop all", "stopall"),
    ("dar de baja", "dardebaja"),
    ("darme de baja", "darmedebaja"),
    ("no mas", "nomas"),
    ("sms iptal", "smsiptal"),
    ("iptal sms", "smsiptal"),
    ("tu choi", "tuchoi"),
    ("huy dang ky", "huydangky"),
    ("ngung nhan", "ngungnhan"),
    ("الغاء الاشتراك", "الغاءالاشتراك"),
    ("meld me af", "afmelden"),
    ("meld meg av", "avmeld"),
    ("me desabonner", "desabonner"),
    ("se desinscrire", "desinscrire"),
    ("opt me out", "optout"),
)
CJK = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]")
CJK_COURTESY = re.compile(
    r"请|請|谢谢|謝謝|您好|你好|麻烦|帮我|给我|お願いします|してください|ください"
)
WORD = re.compile(r"[^\W_]+")


def _plain(text: str) -> str:
    """Return words as they are compared: one width, one case, no accents, no signs and
    pictures.
    """
    wide = unicodedata.normalize("NFKD", text.replace("🛑", " stop ")).casefold()
    bare = "".join(one for one in wide if unicodedata.category(one) != "Mn")
    return " ".join(WORD.findall(unicodedata.normalize("NFC", bare)))


def _table(words: str) -> frozenset[str]:
    return frozenset(_plain(word) for word in words.split())


_CLEAR, _ALONE, _CODES = _table(CLEAR), _table(ALONE), _table(CODES)
_START, _HELP = _table(START), _table(HELP)
_COURTESY, _MESSAGES, _NEGATIONS = _table(COURTESY), _table(MESSAGES), _table(NEGATIONS)
_JOINED = tuple((f" {_plain(words)} ", f" {_plain(word)} ") for words, word in JOINED)


def meaning(text: str) -> Meaning:
    """Return what a text asks for; what has two meanings, or another, is talk."""
    if len(text) > LONGEST:
        return Meaning.TALK
    found = _meaning(_plain(text))
    return _of_first_line(text) if found == Meaning.TALK else found


def _meaning(plain: str) -> Meaning:
    plain = _joined(plain)
    if plain in _CODES or SENTENCES.fullmatch(plain):
        return Meaning.STOP
    words = [word for word in _words(plain) if word not in _COURTESY]
    asked = set(words)
    if not asked or asked & _NEGATIONS:
        return Meaning.TALK
    if asked <= _HELP:
        return Meaning.HELP
    if asked <= _START:
        return Meaning.START
    return Meaning.STOP if _is_stop(asked) else Meaning.TALK


def _is_stop(asked: set[str]) -> bool:
    if asked <= _CLEAR | _ALONE:
        return True
    others = asked - _CLEAR - _MESSAGES
    return bool(asked & _CLEAR) and all(one.isdecimal() for one in others)


def _of_first_line(text: str) -> Meaning:
    """A clear word on a line of its own, and below it no more than a name."""
    first, _, rest = text.strip().partition("\n")
    names = rest.split()
    is_signed = (
        bool(names)
        and len(names) <= LONGEST_NAME
        and all(one[0].isupper() for one in names)
    )
    clear = set(_joined(_plain(first)).split()) & _CLEAR
    return _meaning(_plain(first)) if is_signed and clear else Meaning.TALK


def _joined(plain: str) -> str:
    """Write together what is one word, and letters that stand apart: O P T O U T, opt
    out.
    """
    if len(plain) > 3 and all(
        len(word) == 1 and word.isascii() for word in plain.split()
    ):
        return plain.replace(" ", "")
    padded = f" {plain} "
    for words, word in _JOINED:
        padded = padded.replace(words, word)
    return padded.strip()


def _words(plain: str) -> list[str]:
    """Return the words; writing without spaces is one, its courtesies taken away."""
    if CJK.search(plain):
        plain = CJK_COURTESY.sub("", plain.replace(" ", ""))
    return plain.split()
