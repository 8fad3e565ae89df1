"""The new words of a mail's answer, without what it quotes. Pure."""

from __future__ import annotations

import re

# Where a quotation begins, by mail program and language.
QUOTATION = re.compile(
    r"^[ \t]{0,8}(?:"
    r">"
    r"|On .{3,200}(?:\n.{0,200})?wrote:"
    r"|(?:Am|Op|Den|Le|El|Il|Em|W dniu|Dne|Dňa) .{3,200}(?:\n.{0,200})?"
    r"(?:schrieb|schreef|skrev|a écrit|escribió|ha"
    r" scritto|escreveu|napisał|napsal|napísal).{0,120}:"
    r"|.{0,120}(?:写道|寫道|wrote|schrieb|пишет|писал|написал|さんは書きました)\s?[::]?\s?$"
    r"|(?:在|于|於) ?.{3,200}(?:写道|寫道)[::]?"
    r"|-{2,60} ?(?:Original|Ursprüngliche|Weitergeleitete|Message"
    r" d|Mensaje|Messaggio|Mensagem|原始邮件|回复|転送)"
    r"|_{5,200}\s?$"
    r"|(?:From|Von|De|Da|Van|Från|Fra|Od|От|发件人|寄件者|差出人)\s?[::].{0,300}\n"
    r"[ \t]{0,8}(?:Sent|Date|Gesendet|Datum|Envoyé|Enviado|Inviato|Data|Verzonden|Skickat|Sendt|Wysłano"
    r"|Отправлено|Дата|发送时间|寄件日期|送信日時|To|An|À|Para|A|收件人)\s?[::]"
    r")",
    re.MULTILINE | re.IGNORECASE,
)
SIGNATURE = re.compile(
    r"^(?:-- ?|["
    r" \t]{0,8}(?:(?:Sent|Get|Gesendet|Envoyé|Enviado|Inviato|Verzonden|Skickat|Sendt)"
    r" .{0,40}"
    r"(?:from|for|with|mit|von|depuis|de|desde|mon|do|da|dal|från|fra|iPhone|Android|iOS|Outlook).{0,80}"
    r"|Von meinem .{0,40}gesendet|发自我的.{0,40}|iPhoneから送信))$",
    re.MULTILINE | re.IGNORECASE,
)


def new_text(text: str) -> str:
    """Return what was written above the quotation, else below it; signatures left out."""
    text = text.replace("\r\n", "\n")
    found = QUOTATION.search(text)
    above = _unsigned(text[: found.start()] if found else text)
    return above or (_below(text) if found else "")


def _below(text: str) -> str:
    """Return what follows lines that are quoted by >; another quotation has no end that
    one could see.
    """
    lines = text.split("\n")
    quoted = [n for n, line in enumerate(lines) if line.lstrip().startswith(">")]
    return _unsigned("\n".join(lines[quoted[-1] + 1 :])) if quoted else ""


def _unsigned(text: str) -> str:
    found = SIGNATURE.search(text)
    return (text[: found.start()] if found else text).strip()
