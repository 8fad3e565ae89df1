"""Which column of a file is probably which of ours: a known export, else by how its
columns are called.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from profiles.intake.files.source import NAMELESS
from retention_site.lib import registry

from .known_exports import recognised
from .spec import ColumnMapping, columns_of, plugin_of

NEAR = 0.8  # share of letters in order: "emial" and "email", not "brand id" and "brand"
# How others call our columns, without capitals, blanks and marks; the best guess first.
CALLED: dict[str, tuple[str, ...]] = {
    "customer_id": (
        "customerid",
        "customernumber",
        "customerno",
        "userid",
        "clientid",
        "memberid",
        "contactid",
        "customer",
        "kundennummer",
        "客户编号",
        "会员编号",
        "用户id",
        "email",
        "emailaddress",
    ),
    "email": ("email", "emailaddress", "mail", "emailadresse", "电子邮箱", "邮箱"),
    "phone": (
        "phone",
        "phonenumber",
        "mobile",
        "mobilephone",
        "telefon",
        "手机",
        "手机号",
        "电话",
    ),
    "first_name": (
        "firstname",
        "givenname",
        "forename",
        "vorname",
        "name",
        "姓名",
        "名",
    ),
    "last_name": ("lastname", "surname", "familyname", "nachname", "姓"),
    "gender": ("gender", "sex", "性别"),
    "birth_date": (
        "birthdate",
        "birthday",
        "dateofbirth",
        "dob",
        "geburtsdatum",
        "生日",
    ),
    "age": ("age", "年龄"),
    "region": ("region", "city", "state", "province", "城市", "地区"),
    "country": ("country", "countrycode", "land", "国家"),
    "language": ("language", "locale", "lang", "语言"),
    "time_zone": ("timezone", "时区"),
    "signed_up_at": (
        "signedupat",
        "signupdate",
        "signup",
        "registeredat",
        "createdat",
        "created",
        "dateadded",
        "注册时间",
    ),
    "item_id": ("itemid", "productid", "sku", "articlenumber", "商品编号", "id"),
    "title": ("title", "name", "productname", "itemname", "商品名称", "名称"),
    "description": ("description", "body", "text", "描述"),
    "brand": ("brand", "vendor", "manufacturer", "品牌"),
    "category": ("category", "categories", "producttype", "type", "类别", "分类"),
    "price": ("price", "unitprice", "amount", "itemprice", "价格", "单价"),
    "currency": ("currency", "currencycode", "货币"),
    "available": ("available", "instock", "stockstatus", "有货"),
    "image_url": ("imageurl", "image", "imagelink", "picture"),
    "url": ("url", "link", "producturl"),
    "seller_id": ("sellerid", "seller"),
    "type": ("type", "event", "eventtype", "kind", "类型"),
    "at": (
        "at",
        "date",
        "time",
        "datetime",
        "timestamp",
        "happenedat",
        "orderdate",
        "purchasedate",
        "invoicedate",
        "createdat",
        "时间",
        "日期",
    ),
    "event_id": ("eventid", "messageid"),
    "order_id": (
        "orderid",
        "ordernumber",
        "orderno",
        "order",
        "invoice",
        "invoiceno",
        "订单号",
    ),
    "quantity": ("quantity", "qty", "units", "数量"),
    "discount": ("discount", "discountamount", "折扣"),
    "coupon_code": ("couponcode", "coupon", "discountcode", "优惠码"),
    "channel": ("channel", "渠道"),
    "status": ("status", "consent", "optin", "subscribed", "状态"),
    "topic": ("topic", "list", "主题"),
    "source": ("source", "来源"),
    "ip": ("ip", "ipaddress"),
    "rate": ("rate", "exchangerate", "汇率"),
    "date": ("date", "day", "日期"),
}
# a file of events with one of these and no word for what happened is one of sales
SOLD = {"order_id", "price", "quantity"}
OFFERED = ("customers", "events", "items", "consents", "rates")  # in the admin


@dataclass(frozen=True)
class Suggestion:
    """One way to read a file, and whose export it is where that is known."""

    mapping: ColumnMapping
    export: str = ""

    @property
    def kind(self) -> str:
        return self.mapping.kind

    @property
    def missing(self) -> list[str]:
        """Return our columns that every row must have and that nothing stands for yet."""
        return missing(self.mapping)


def suggested(header: Sequence[str]) -> list[Suggestion]:
    """Return the ways to read a file, the likeliest first: known exports, then one for
    each kind.
    """
    known = [Suggestion(mapping, one.name) for one, mapping in recognised(header)]
    there = set(registry.keys("imports"))
    guessed = [Suggestion(by_name(kind, header)) for kind in OFFERED if kind in there]
    guessed.sort(key=lambda one: -_likeness(one.mapping, header))
    return [*known, *guessed]


def by_name(kind: str, header: Sequence[str]) -> ColumnMapping:
    """Return the mapping that the names of the columns suggest. What is left is kept
    where the kind has a place for it.
    """
    called: dict[str, str] = {}
    for name in header:
        if not name.startswith(NAMELESS):
            called.setdefault(_plain(name), name)
    columns: dict[str, tuple[str, ...]] = {}
    for ours in columns_of(kind):
        words = (_plain(ours), *CALLED.get(ours, ()))
        found = next((called[word] for word in words if word in called), None)
        if found is not None:
            columns[ours] = (found,)
    columns = _each_once(columns)
    is_sold = kind == "events" and "type" not in columns and SOLD & set(columns)
    fixed = {"type": "purchase"} if is_sold else {}
    keep = None if plugin_of(kind).extra else ()
    return ColumnMapping(kind, columns, fixed, keep=keep)


def meant(kind: str, header: Sequence[str]) -> dict[str, str]:
    """Return columns of a file that are kept under names of their own, and which of ours
    is probably meant: called like it elsewhere, or a slip of the pen away from it.
    """
    free = [name for name in columns_of(kind) if name not in header]
    guessed = {file[0]: ours for ours, file in by_name(kind, header).columns.items()}
    by_plain = {_plain(name): name for name in free}
    found = {}
    for name in header:
        if name in columns_of(kind) or name.startswith(NAMELESS):
            continue
        ours = guessed.get(name)
        if ours not in free:
            ours = _misspelt(_plain(name), by_plain)
        if ours is not None:
            found[name] = ours
    return found


def _misspelt(name: str, known: Mapping[str, str]) -> str | None:
    """Return what a name is a slip of the pen away from; a longer word that only begins
    alike, such as a brand's id, is another column.
    """
    for near in get_close_matches(name, known, n=1, cutoff=NEAR):
        begins_alike = name.startswith(near) or near.startswith(name)
        if not begins_alike or abs(len(name) - len(near)) < 2:
            return known[near]
    return None


def missing(mapping: ColumnMapping) -> list[str]:
    """Return our columns that every row must have and that a mapping says nothing of."""
    plugin = plugin_of(mapping.kind)
    said = {*mapping.columns, *mapping.fixed}
    lacking = [column.name for column in plugin.columns if column.is_required]
    lacking = [name for name in lacking if name not in said]
    if plugin.one_of and not said & set(plugin.one_of):
        lacking.insert(0, plugin.one_of[0])
    return lacking


def _each_once(columns: dict[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    """Give a column of the file to one of ours only, the one that is called like it; an
    address may be an id as well.
    """
    taken: dict[str, str] = {}
    for ours, (name,) in columns.items():
        rank = _rank(ours, name)
        if name not in taken or rank < _rank(taken[name], name):
            taken[name] = ours
    return {
        ours: file
        for ours, file in columns.items()
        if taken[file[0]] == ours
        or (ours == "customer_id" and taken[file[0]] == "email")
    }


def _rank(ours: str, name: str) -> int:
    words = (_plain(ours), *CALLED.get(ours, ()))
    return words.index(_plain(name))


def _likeness(mapping: ColumnMapping, header: Sequence[str]) -> float:
    """Return how much of a file a kind understands, and how much of what it needs is there."""
    plugin = plugin_of(mapping.kind)
    needed = [column.name for column in plugin.columns if column.is_required]
    n_there = sum(name in {*mapping.columns, *mapping.fixed} for name in needed)
    return n_there / len(needed) + 2 * len(mapping.read_columns) / max(len(header), 1)


def _plain(name: str) -> str:
    return re.sub(r"[\W_]+", "", name.lower())
