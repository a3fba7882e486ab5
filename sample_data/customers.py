"""The customers of the sample company with their contacts and purchases."""

from dataclasses import dataclass
from functools import cache
from typing import Any

from sample_data.company import SOURCE, ContactRow, CustomerRow, PurchaseRow, accounts, document
from sample_data.dice import Dice

OVERSEAS = "海外 Overseas"
CHANNELS = ("线上 Online", "线上 Online", "线上 Online", "电话 Phone", "纸质 Paper")
DAYS_BACK = 500
"""Purchases lie within so many days before the open quarter."""


@dataclass(frozen=True)
class Profile:
    """A customer as the generator sees it: how it leans (points), drifts (points a quarter), and since which quarter."""

    row: CustomerRow
    contacts: int
    leaning: float
    drift: float
    since: int


@cache
def tables() -> dict[str, Any]:
    """The names and customers in source/customers.toml."""
    return document(SOURCE / "customers.toml")


def profiles() -> list[Profile]:
    """All customers, C001 first; the sales owners take turns."""
    dice, known = Dice("customers"), tables()
    owners = [account.username for account in accounts() if account.role == "sales"]
    found = []
    for number, entry in enumerate(known["customers"], start=1):
        name_zh, name_en, segment, region, contacts, leaning, drift, since = entry
        where = known["regions"][region]
        address = f"{known['streets'][where]}{' ' if where == OVERSEAS else ''}{dice.whole(1, 480)}"
        address += "" if where == OVERSEAS else " 号"
        owner = owners[number % len(owners)]
        row = CustomerRow(f"C{number:03d}", name_zh, name_en, known["segments"][segment], where, owner, address)
        found.append(Profile(row, contacts, leaning, drift, since))
    return found


def contacts(profiles: list[Profile]) -> list[ContactRow]:
    """The people who are asked, numbered within their customer."""
    dice = Dice("contacts")
    return [_contact(dice, p.row, number) for p in profiles for number in range(1, p.contacts + 1)]


def _contact(dice: Dice, customer: CustomerRow, number: int) -> ContactRow:
    known = tables()
    foreign = customer.region == OVERSEAS
    name = (
        dice.pick(known["foreign_names"]) if foreign else dice.pick(known["surnames"]) + dice.pick(known["given_names"])
    )
    posts = known["posts_en"] if foreign else known["posts_zh"]
    post = posts[(number - 1) % len(posts)]
    channel = "线上 Online" if foreign else dice.pick(CHANNELS)
    return ContactRow(customer.code, number, name, post, "en" if foreign else "zh_CN", channel)


def purchases(profiles: list[Profile]) -> list[PurchaseRow]:
    """What they bought in about the last year and a half; the later, the later it came."""
    dice = Dice("purchases")
    return [_purchase(dice, p.row) for p in profiles for _ in range(dice.whole(1, 4))]


def _purchase(dice: Dice, customer: CustomerRow) -> PurchaseRow:
    promised = -dice.whole(10, DAYS_BACK)
    late_days = 9 if promised > -DAYS_BACK // 2 else 4
    late = dice.whole(1, late_days) if dice.happens(0.5 if late_days > 4 else 0.2) else -dice.whole(0, 2)
    product = dice.pick(tables()["products"])
    return PurchaseRow(
        customer.code, product, dice.whole(2, 60) * 50, promised, promised + late, dice.pick((12, 24, 36))
    )
