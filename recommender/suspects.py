"""Items that may be no product to recommend: services, fees, deposits, vouchers, and
what only adults may buy.

They are noticed by their titles, in several languages, and by prices that are another
each time; the shop is asked about them once. What somebody has answered is never asked
again.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db import connection
from django.db.models import QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from profiles import history
from profiles.models import Item

FEE, AGE, PRICE = "fee", "age", "price"
WHY: dict[str, str | Promise] = {
    FEE: _("services, fees, vouchers and deposits, by their titles"),
    AGE: _("what only adults may buy"),
    PRICE: _("no products, perhaps: their price is another each time"),
}
FEES = """
    postage|shipping|freight|carriage|handling fee|delivery (?:charge|fee|cost)s?|surcharge|bank charges?|bank fee
    |(?:payment|transaction|booking|service|processing|admin|amazon|card|cancellation|setup) ?fees?|commission|bad debt
    |(?:debt|price|stock|manual) adjustment|adjust(?:ment)?s?|gift ?(?:voucher|card|certificate)s?|e-?voucher
    |insurance|extended warranty|bottle deposit|refundable deposit
    |versand(?:kosten)?|porto|lieferkosten|liefergebühr|zustellgebühr|bearbeitungsgebühr|mindermengenzuschlag|pfand
    |geschenk(?:gutschein|karte)|gutschein|trinkgeld|spende
    |frais de (?:port|livraison|dossier|gestion)|port et emballage|livraison|carte cadeau|bon cadeau|chèque cadeau
    |consigne|gastos de envío|envío|portes|tarjeta regalo|cheque regalo|comisión|recargo|donación
    |spese di spedizione|spedizione|buono regalo|carta regalo|commissione|cauzione|donazione
    |frete|portes de envio|cartão presente|vale presente|taxa de (?:entrega|serviço)
    |verzendkosten|bezorgkosten|cadeaubon|cadeaukaart|statiegeld|toeslag|fooi
    |wysyłka|koszt wysyłki|karta podarunkowa|opłata|kaucja|frakt|presentkort|gavekort|fragt|toimitusmaksu|lahjakortti
    |доставка|почтовые расходы|подарочн(?:ая карта|ый сертификат)|комиссия|залог
"""
FEES_ALONE = """
    manual|discount|credit|deposit|delivery|samples?|donation|tip|fee|charge|rounding|voucher|coupon|refund|misc
    |miscellaneous|test|adjust bad debt|rabatt|kaution|anzahlung|lieferung|remise
    |dépôt|descuento|depósito|sconto|desconto
"""
ASIAN_FEES = """
    运费|邮费|快递费|手续费|服务费|押金|定金|礼品卡|礼券|代金券|捐款|小费|差价|补差
    |送料|手数料|ギフト券|ギフトカード|배송비|상품권
"""
AGES = """
    cigarettes?|cigars?|cigarillos?|tobacco|e-?cigarettes?|vapes?|snus|shisha|beers?|ales?|lagers?|stout|cider|wines?
    |champagne|prosecco|liquors?|liqueurs?|spirit(?:s| drinks?)
    |vodka|whiske?y|gin|rum|tequila|brandy|cognac|sake|alcohol
    |zigarett(?:e|en)|zigarren?|tabak|bier|weine?|rotwein|weißwein|sekt|schnaps|likör|spirituosen|alkohol
    |tabac|cigares?|bières?|vins?|alcools?|spiritueux|tabaco|cigarrillos?|puros|cervezas?|vinos?|licor(?:es)?
    |sigarett[ae]|tabacco|birr[ae]|vin[oi]|liquori|alcolici|cervejas?|vinhos?|sigaretten|tabak|wijn(?:en)?|bier(?:en)?
    |papierosy|tytoń|piwo|wino|wódka|сигареты|табак|пиво|вино|водка|алкоголь
"""
ASIAN_AGES = """
    香烟|卷烟|雪茄|电子烟|烟草|啤酒|白酒|红酒|葡萄酒|黄酒|洋酒|伏特加|威士忌
    |タバコ|ビール|ワイン|日本酒|담배|맥주|소주|와인
"""
# "wine glass" is no wine, nor is "ginger beer"
THINGS = r"""
    glass(?:es)?|mugs?|openers?|racks?|coolers?|buckets?|holders?|stoppers?|corkscrews?|carriers?|labels?|decanters?|trays?
    |signs?|vinegar|gläser|glas|öffner|verres?|vasos?|copas?|stamp|ginger|root|free|chocolates?|truffles?|gums?
"""

OFTEN = 20  # lines from which the spread of prices says something
SPREAD = """
    SELECT item_id FROM (
        SELECT item_id, count(*) AS n, count(DISTINCT round(price, 2)) AS n_prices,
            quantile_cont(price, 0.9) AS high, quantile_cont(price, 0.1) AS low
        FROM events WHERE type = 'purchase' AND quantity > 0 AND price > 0 AND item_id IS NOT NULL GROUP BY item_id
    ) JOIN items USING (item_id)
    WHERE n >= {often} AND n_prices > n / 2 AND high > 10 * low AND coalesce(description, '') = ''
"""
MARK = """
    UPDATE profiles_item SET suspicion = told.why, updated_at = now()
    FROM (SELECT item.id, coalesce(said.why, '') AS why FROM profiles_item item
        LEFT JOIN unnest(%s::bigint[], %s::text[]) AS said (id, why) ON said.id = item.id) AS told
    WHERE profiles_item.id = told.id AND profiles_item.suspicion <> told.why
"""


@dataclass(frozen=True)
class SuspectGroup:
    """Items that are asked about together: for one reason, of one kind of goods."""

    why: str
    category: str
    items: Sequence[Item]

    @property
    def words(self) -> str:
        return str(WHY[self.why])

    @property
    def key(self) -> str:
        return f"{self.why}|{self.category}"


def look(titles: Iterable[tuple[int, str, str]]) -> dict[int, str]:
    """Return the suspicion of each item that has one, from (key, title, category)."""
    return {
        key: why for key, title, category in titles if (why := _of(title, category))
    }


def sweep() -> int:
    """Look at everything on sale, note what is suspected, and return how many items are
    to be asked about.
    """
    found = look(Item.objects.values_list("pk", "title", "category").iterator())
    if history.freshness().refreshed_at:
        rows = history.tables().run(SPREAD.format(often=OFTEN))["item_id"].to_pylist()
        by_price = Item.objects.filter(external_id__in=rows).values_list(
            "pk", flat=True
        )
        found = dict.fromkeys(by_price, PRICE) | found
    with connection.cursor() as cursor:
        cursor.execute(MARK, [list(found), list(found.values())])
    return waiting().count()


def waiting() -> QuerySet[Item]:
    """Return the items that nobody has answered about."""
    return Item.objects.filter(never_recommend=None, available=True).exclude(
        suspicion=""
    )


def asked() -> list[SuspectGroup]:
    """Return what is to be asked, goods of one category together."""
    groups: dict[tuple[str, str], list[Item]] = {}
    for item in waiting().order_by("suspicion", "category", "external_id"):
        category = item.category if item.suspicion == AGE else ""
        groups.setdefault((item.suspicion, category), []).append(item)
    return [
        SuspectGroup(why, category, items) for (why, category), items in groups.items()
    ]


def answer(items: Iterable[int], *, never: bool) -> int:
    """Keep what somebody says of items, by key; return how many."""
    return Item.objects.filter(pk__in=list(items)).update(never_recommend=never)


def _of(title: str, category: str) -> str:
    said = " ".join(title.lower().split())
    if _FEE.search(said) or _ALONE.fullmatch(said):
        return FEE
    leaf = category.rpartition(">")[2].strip().lower()
    if any(_AGE.search(words) and not _THING.search(words) for words in (said, leaf)):
        return AGE
    return ""


def _words(listed: str, asian: str = "") -> re.Pattern[str]:
    """Whole words of an alphabet; of a script without spaces, anywhere."""
    latin = rf"(?<![^\W_])(?:{_joined(listed)})(?![^\W_])"
    return re.compile(f"{latin}|{_joined(asian)}" if asian else latin)


def _joined(lines: str) -> str:
    return "".join(line.strip() for line in lines.splitlines())


_FEE, _ALONE = _words(FEES, ASIAN_FEES), _words(FEES_ALONE)
_AGE, _THING = _words(AGES, ASIAN_AGES), _words(THINGS)
