"""Every preset walked from customers to findings and closing; each figure worked out by hand (rules.md 2 and 3)."""

from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, select

from db.models import Customer, CustomerScore, Finding, Wave
from db.queries.layouts import layout_of_wave
from db.session import write_session
from domain.access import SYSTEM
from domain.scheme import POINT
from services.checking import verify
from services.closing import close_wave
from tests import factories as make

Answers = dict[str, str | float]


@dataclass(frozen=True)
class Walk:
    """What two customers answer (`usual` where an item isn't named), and what must come out.

    `scores` are the customers' in points; findings are (rule, about) with codes for keys, all of them.
    """

    preset: str
    first: Answers
    second: Answers
    scores: tuple[float, float]
    index: float
    findings: set[tuple[str, str]] = field(default_factory=set)
    usual: str | float = "satisfied"


WALKS = (
    # first: 13 items satisfied, on_time very dissatisfied: delivery (20 + 80 + 80)/3 = 60, the index (60 + 4 · 80)/5 = 76
    # second: all satisfied = 80, which is grade A and no finding; on_time of the wave (20 + 80)/2 = 50, red at 70;
    # the index (76 + 80)/2 = 78
    Walk(
        "iatf-quarterly",
        {"on_time": "very_dissatisfied"},
        {},
        (76.0, 80.0),
        78.0,
        {
            ("INDEX_BELOW", "index"),
            ("CUSTOMER_BELOW", "customer:first"),
            ("ITEM_BELOW", "item:on_time"),
            ("ITEM_BELOW", "customer:first/item:on_time"),
            ("LOW_ANSWER", "customer:first/item:on_time"),
        },
    ),
    # 100·0.5 + 80·0.15 + 80·0.15 + 60·0.10 + 100·0.10 = 90; the third blank (50 + 12 + 6 + 10)/0.85 = 91.7647…
    Walk(
        "weighted-half-year",
        {"product_quality": "very_satisfied", "packaging": "neutral", "service": "very_satisfied"},
        {"product_quality": "very_satisfied", "delivery": "", "packaging": "neutral", "service": "very_satisfied"},
        (90.0, 78 / 0.85),
        (90 + 78 / 0.85) / 2,
        {
            ("ITEM_BELOW", "item:packaging"),
            ("ITEM_BELOW", "customer:first/item:packaging"),
            ("ITEM_BELOW", "customer:second/item:packaging"),
            ("LOW_ANSWER", "customer:first/item:packaging"),
            ("LOW_ANSWER", "customer:second/item:packaging"),
        },
        usual="rather_satisfied",
    ),
    # all 满意 = 5/6 = 83.33…; the second 一般 (3/6) in the first four items of 10 marks each: 83.33… − 40 · 2/6 = 70,
    # which isn't below 70; those four items are 50 for the second, and (83.33… + 50)/2 = 66.67 for the wave
    Walk(
        "machinery-14",
        {},
        dict.fromkeys(["reliability", "safety", "performance", "workmanship"], "neutral"),
        (500 / 6, 70.0),
        (500 / 6 + 70) / 2,
        {
            (rule, f"{who}item:{item}")
            for item in ("reliability", "safety", "performance", "workmanship")
            for rule, who in (
                ("ITEM_BELOW", ""),
                ("ITEM_BELOW", "customer:second/"),
                ("LOW_ANSWER", "customer:second/"),
            )
        },
    ),
    # 6 · 100 + 3 · 60 + 2 · 40 − 20 = 840, / 12 = 70: not below 70; the second 100. Of the wave, items with 60 or 40 come
    # to 80 and 70, problem solving to (−20 + 100)/2 = 40
    Walk(
        "points-annual",
        {
            **dict.fromkeys(["complaints", "communication", "answer_speed"], "satisfied"),
            **dict.fromkeys(["expertise", "attitude"], "neutral"),
            "problem_solving": "very_dissatisfied",
        },
        {},
        (70.0, 100.0),
        85.0,
        {
            ("ITEM_BELOW", "item:problem_solving"),
            ("ITEM_BELOW", "customer:first/item:complaints"),
            ("ITEM_BELOW", "customer:first/item:communication"),
            ("ITEM_BELOW", "customer:first/item:answer_speed"),
            ("ITEM_BELOW", "customer:first/item:expertise"),
            ("ITEM_BELOW", "customer:first/item:attitude"),
            ("ITEM_BELOW", "customer:first/item:problem_solving"),
            ("LOW_ANSWER", "customer:first/item:expertise"),
            ("LOW_ANSWER", "customer:first/item:attitude"),
            ("LOW_ANSWER", "customer:first/item:problem_solving"),
        },
        usual="very_satisfied",
    ),
    # (97.5 + 87.5 + 87.5 + 75 + 65)/5 = 82.5; all 满意 = 87.5; sales (75 + 87.5)/2 = 81.25, service (65 + 87.5)/2 = 76.25
    Walk(
        "owner-residence",
        {"design": "very_satisfied", "sales": "neutral", "service": "dissatisfied"},
        {},
        (82.5, 87.5),
        85.0,
        {
            ("ITEM_BELOW", "customer:first/item:service"),
            ("LOW_ANSWER", "customer:first/item:sales"),
            ("LOW_ANSWER", "customer:first/item:service"),
        },
    ),
    # (95 + 87.5 + 60 + 72.5 + 80)/5 = 79, below 80; the second 95; property (60 + 95)/2 = 77.5, not red
    Walk(
        "owner-residence-number",
        {"design": 95, "construction": 87.5, "property": 60, "sales": 72.5, "service": 80},
        {},
        (79.0, 95.0),
        87.0,
        {("CUSTOMER_BELOW", "customer:first"), ("ITEM_BELOW", "customer:first/item:property")},
        usual=95,
    ),
    # seven items: (6 · 80 + 20)/7 = 500/7 = 71.43 and 80; facilities (20 + 80)/2 = 50
    Walk(
        "property-q4",
        {"facilities": "very_dissatisfied"},
        {},
        (500 / 7, 80.0),
        530 / 7,
        {
            ("INDEX_BELOW", "index"),
            ("CUSTOMER_BELOW", "customer:first"),
            ("ITEM_BELOW", "item:facilities"),
            ("ITEM_BELOW", "customer:first/item:facilities"),
            ("LOW_ANSWER", "customer:first/item:facilities"),
        },
    ),
    # three items: (100 + 80 + 60)/3 = 80, not below 80; the second (100 + 80 + 80)/3 = 86.67; service (60 + 80)/2 = 70
    # isn't below 70, but 60 of the first customer is
    Walk(
        "callback-1-3-12",
        {"product": "very_satisfied", "service": "neutral"},
        {"product": "very_satisfied"},
        (80.0, 260 / 3),
        250 / 3,
        {("ITEM_BELOW", "customer:first/item:service"), ("LOW_ANSWER", "customer:first/item:service")},
    ),
    # four items: (80 + 60 + 80 + 40)/4 = 65 and 80; 一般 isn't watched, 不满意 is; result (40 + 80)/2 = 60,
    # time (60 + 80)/2 = 70, red only for the first customer
    Walk(
        "work-order",
        {"time": "neutral", "result": "dissatisfied"},
        {},
        (65.0, 80.0),
        72.5,
        {
            ("INDEX_BELOW", "index"),
            ("CUSTOMER_BELOW", "customer:first"),
            ("ITEM_BELOW", "item:result"),
            ("ITEM_BELOW", "customer:first/item:result"),
            ("ITEM_BELOW", "customer:first/item:time"),
            ("LOW_ANSWER", "customer:first/item:result"),
        },
    ),
    # five items: all 80, and (80 · 4 + 100)/5 = 84: nothing to find
    Walk("it-ops-half-year", {}, {"skill": "very_satisfied"}, (80.0, 84.0), 82.0),
    # six items: (5 · 80 + 20)/6 = 70 and (5 · 80)/5 = 80 with a blank; shade is 20 in the one answer there is
    Walk(
        "dental-half-year",
        {"shade": "very_dissatisfied"},
        {"shade": ""},
        (70.0, 80.0),
        75.0,
        {
            ("INDEX_BELOW", "index"),
            ("CUSTOMER_BELOW", "customer:first"),
            ("ITEM_BELOW", "item:shade"),
            ("ITEM_BELOW", "customer:first/item:shade"),
            ("LOW_ANSWER", "customer:first/item:shade"),
        },
    ),
    # overall satisfaction stands beside the index: (5 · 80 + 100)/6 = 83.33… whatever it says, and it is red itself
    Walk(
        "service-2025",
        {"expertise": "very_satisfied", "overall": "very_dissatisfied"},
        {"overall": "very_dissatisfied"},
        (500 / 6, 80.0),
        490 / 6,
        {
            ("ITEM_BELOW", "item:overall"),
            ("ITEM_BELOW", "customer:first/item:overall"),
            ("ITEM_BELOW", "customer:second/item:overall"),
            ("LOW_ANSWER", "customer:first/item:overall"),
            ("LOW_ANSWER", "customer:second/item:overall"),
        },
    ),
    # six touchpoints: (3 · 100 + 2 · 80 + 60)/6 = 86.67 and (80 · 6)/6 = 80; repair (60 + 80)/2 = 70, not below 70
    Walk(
        "estate-experience",
        {**dict.fromkeys(["sales", "signing", "handover"], "very_satisfied"), "repair": "neutral"},
        {},
        (520 / 6, 80.0),
        500 / 6,
        {("ITEM_BELOW", "customer:first/item:repair"), ("LOW_ANSWER", "customer:first/item:repair")},
    ),
    # five items: (80 · 3 + 60 + 40)/5 = 68 and 80; procedures (60 + 80)/2 = 70, waiting (40 + 80)/2 = 60
    Walk(
        "bank-branch",
        {"procedures": "neutral", "waiting_time": "dissatisfied"},
        {},
        (68.0, 80.0),
        74.0,
        {
            ("INDEX_BELOW", "index"),
            ("CUSTOMER_BELOW", "customer:first"),
            ("ITEM_BELOW", "item:waiting_time"),
            ("ITEM_BELOW", "customer:first/item:procedures"),
            ("ITEM_BELOW", "customer:first/item:waiting_time"),
            ("LOW_ANSWER", "customer:first/item:procedures"),
            ("LOW_ANSWER", "customer:first/item:waiting_time"),
        },
    ),
)


@pytest.fixture
def session(sqlite_engine: Engine) -> Iterator[Session]:
    with write_session(sqlite_engine) as session:
        yield session


def test_every_preset_is_walked() -> None:
    assert {walk.preset for walk in WALKS} == {file.stem for file in make.PRESETS.glob("*.toml")}
    assert len({walk.preset.removesuffix("-number") for walk in WALKS}) == 13


@pytest.mark.parametrize("walk", WALKS, ids=lambda walk: walk.preset)
def test_a_preset_leads_from_customers_to_findings_and_a_closed_wave(session: Session, walk: Walk) -> None:
    wave = make.wave(session, make.scheme(session, walk.preset), "2026")
    customers = [make.customer(session, code) for code in ("first", "second")]
    for customer, answers in zip(customers, (walk.first, walk.second), strict=True):
        sent, _token = make.invitation(session, wave, customer)
        given = make.all_same(session, wave, walk.usual) | answers
        said = {item: answer for item, answer in given.items() if answer != ""}
        make.response(session, wave, said, customer=customer, invitation=sent)

    assert customer_scores(session, wave) == pytest.approx(dict(zip(("first", "second"), walk.scores, strict=True)))
    assert findings(session, wave) == walk.findings
    frozen = make.frozen(session, close_wave(session, wave=wave, by=SYSTEM, at=make.AT))
    assert frozen["index"]["score"] == pytest.approx(walk.index, abs=1e-8)
    assert (frozen["index"]["n"], frozen["customers"]) == (2, 2)
    assert (frozen["returns"]["sent"], frozen["returns"]["returned"]) == (2, 2)
    assert not list(verify(session))


def customer_scores(session: Session, wave: Wave) -> dict[str, float]:
    """Customer's code → score in points; each has one response."""
    rows = select(Customer.code, CustomerScore.total).where(
        CustomerScore.customer_id == Customer.id, CustomerScore.wave_id == wave.id
    )
    return {code: total / POINT for code, total in session.exec(rows.where(CustomerScore.composite == 0))}


def findings(session: Session, wave: Wave, state: str = "open") -> set[tuple[str, str]]:
    """(rule, about) of the wave, with codes in place of keys."""
    layout = layout_of_wave(session, wave)
    names = {f"item:{key}": f"item:{code}" for key, code in zip(layout.item_ids, layout.scheme.item_codes, strict=True)}
    names |= {f"customer:{one.id}": f"customer:{one.code}" for one in session.exec(select(Customer))}
    rows = select(Finding.rule, Finding.about).where(Finding.wave_id == wave.id, Finding.state == state)
    return {(rule, "/".join(names.get(part, part) for part in about.split("/"))) for rule, about in session.exec(rows)}
