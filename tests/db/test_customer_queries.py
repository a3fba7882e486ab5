"""Customers as they are read: the worst first, page by page, and only by those who may see them."""

from collections.abc import Iterator
from datetime import UTC, date, datetime

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, select

from db.models import Action, Customer, Opinion, Purchase, Wave
from db.queries import customer_file, customers
from db.queries.narrowing import WaveInfo, waves_in
from db.session import read_session, write_session
from domain.access import SYSTEM, NotAllowed, NotThere, Scope, Viewer
from services import actions
from tests import factories
from tests.company import AT, Company, found_company

NEVER = 10**9


@pytest.fixture
def company(engine: Engine) -> Company:
    return found_company(engine)


@pytest.fixture
def session(engine: Engine, company: Company) -> Iterator[Session]:
    with read_session(engine) as reading:
        yield reading


def scope(company: Company, by: str = "dora", **filters: object) -> Scope:
    return Scope(company.people[by], company.scheme_id, **filters)


def waves(session: Session, company: Company) -> list[WaveInfo]:
    return waves_in(session, scope(company))


def page(session: Session, company: Company, by: str = "dora", **asked: object) -> customers.CustomerPage:
    return customers.customer_page(session, scope(company, by), waves(session, company)[-1], **asked)


def codes(found: customers.CustomerPage) -> list[str]:
    return [row.customer.code for row in found.rows]


def answers(engine: Engine, scores: dict[str, str], *, document: str = "") -> tuple[int, dict[str, int]]:
    """A wave in which each customer gives one answer to everything; its scheme, and the customers' keys."""
    with write_session(engine) as session:
        wave = factories.wave(session, factories.scheme(session, document=document))
        keys = {}
        for code, given in scores.items():
            customer = factories.customer(session, code)
            factories.response(session, wave, given, customer=customer)
            keys[code] = customer.id or 0
        return wave.scheme_id, keys


def last_wave(session: Session, scheme_id: int, viewer: Viewer = SYSTEM) -> WaveInfo:
    return waves_in(session, Scope(viewer, scheme_id))[-1]


def test_the_worst_customer_comes_first_with_its_scores_and_their_n(session: Session, company: Company) -> None:
    found = page(session, company)
    assert codes(found) == ["alpha", "beta"]
    alpha = found.rows[0]
    assert (alpha.score.score, alpha.score.n) == (pytest.approx((76 + 81 + 1 / 3) / 2, abs=1e-8), 2)
    assert alpha.scores["delivery"].score == pytest.approx((60 + 260 / 3) / 2, abs=1e-8)
    assert alpha.scores["service"].score == 80.0


def test_a_customer_without_an_answer_in_the_wave_is_left_out(engine: Engine, company: Company) -> None:
    with write_session(engine) as session:
        factories.customer(session, "gamma")
    with read_session(engine) as session:
        assert codes(page(session, company)) == ["alpha", "beta"]


def test_only_below_leaves_red_and_amber_and_80_is_on_target(sqlite_engine: Engine) -> None:
    given = {"on": "satisfied", "amber": "neutral", "red": "dissatisfied", "best": "very_satisfied"}
    scheme_id, _ = answers(sqlite_engine, given)
    with read_session(sqlite_engine) as session:
        wave = last_wave(session, scheme_id)
        every = customers.customer_page(session, Scope(SYSTEM, scheme_id), wave)
        below = customers.customer_page(session, Scope(SYSTEM, scheme_id), wave, only_below=True)
    assert codes(every) == ["red", "amber", "on", "best"]
    assert (codes(below), below.total) == (["red", "amber"], 2)


def test_a_customer_at_the_red_bound_is_below_even_where_the_target_is_lower(sqlite_engine: Engine) -> None:
    lower = factories.preset("iatf-quarterly").replace("customer = 80", "customer = 50")
    lower = lower.replace("red_at_or_below = 70", "red_at_or_below = 60")
    scheme_id, _ = answers(sqlite_engine, {"at_red": "neutral", "above": "satisfied"}, document=lower)
    with read_session(sqlite_engine) as session:
        wave = last_wave(session, scheme_id)
        below = customers.customer_page(session, Scope(SYSTEM, scheme_id), wave, only_below=True)
    assert codes(below) == ["at_red"]


@pytest.mark.parametrize(("search", "found"), [("ALPH", ["alpha"]), ("阿尔", ["alpha"]), ("Bet", ["beta"]), ("x", [])])
def test_a_search_looks_in_code_and_both_names(
    session: Session, company: Company, search: str, found: list[str]
) -> None:
    assert codes(page(session, company, search=search)) == found


def test_an_offset_past_the_end_shows_the_last_page(session: Session, company: Company) -> None:
    last = page(session, company, offset=50, limit=1)
    assert (codes(last), last.total, last.offset) == (["beta"], 2, 1)


def test_no_customer_is_an_empty_page(session: Session, company: Company) -> None:
    nobody = page(session, company, search="nobody", offset=50)
    assert (nobody.rows, nobody.total, nobody.offset) == ([], 0, 0)


def test_kept_customers_stay_in_their_order_with_new_figures(session: Session, company: Company) -> None:
    order = [company.customers["beta"], company.customers["alpha"]]
    kept = page(session, company, keep=order)
    assert kept.ids == order
    assert kept.rows[1].score.n == 2


def test_where_a_kept_customer_is_gone_the_page_is_sorted_anew(session: Session, company: Company) -> None:
    order = [company.customers["beta"], NEVER, company.customers["alpha"]]
    assert codes(page(session, company, keep=order)) == ["alpha", "beta"]


def test_sales_keeps_only_the_own_customers_even_when_others_are_asked_for(session: Session, company: Company) -> None:
    assert codes(page(session, company, "fay")) == ["alpha"]
    assert codes(page(session, company, "fay", keep=[company.customers["beta"]])) == ["alpha"]
    assert page(session, company, "fay", search="beta").total == 0


def test_a_viewer_sees_the_matrix_and_a_department_does_not(session: Session, company: Company) -> None:
    assert codes(page(session, company, "bob")) == ["alpha", "beta"]
    with pytest.raises(NotAllowed):
        page(session, company, "charlie")


def test_trends_have_a_place_for_each_wave(session: Session, company: Company) -> None:
    alpha = company.customers["alpha"]
    trends = customers.score_trends(session, [alpha], waves(session, company))
    assert trends[alpha] == [80.0, pytest.approx(78 + 2 / 3, abs=1e-8)]


def test_histories_reach_further_back_only_where_the_status_has_not_changed(session: Session, company: Company) -> None:
    alpha, beta = company.customers["alpha"], company.customers["beta"]
    before, now = waves(session, company)
    unbroken = customers.score_histories(session, [alpha, beta], [before, before, now], recent=2)
    assert unbroken[alpha][0] is None, "amber now, on target before: nothing older is needed"
    assert unbroken[beta][0] == 80.0, "on target in both recent waves: when did it begin?"
    assert [unbroken[key][1:] for key in (alpha, beta)] == [
        customers.score_trends(session, [key], [before, now])[key] for key in (alpha, beta)
    ]


def assigned(engine: Engine, company: Company, **about: object) -> int:
    with write_session(engine) as session:
        fields = {"title": "Late deliveries", "department_id": company.departments["logistics"]}
        fields |= {"owner_id": company.people["alice"].user_id, "approver_id": None, "due_on": date(2026, 10, 1)}
        saved = actions.assign(
            session, **{**fields, "form_key": repr(about), **about}, by=company.people["dora"], at=AT
        )
        return saved.number


def test_open_actions_are_found_by_customer_and_by_finding_each_once(engine: Engine, company: Company) -> None:
    alpha, beta = company.customers["alpha"], company.customers["beta"]
    with read_session(engine) as session:
        finding = company.finding(session, "CUSTOMER_BELOW", "alpha/").id
    by_finding = assigned(engine, company, finding_ids=[finding])
    direct = assigned(engine, company, customer_id=beta, wave_id=company.now)
    cancelled = assigned(engine, company, customer_id=alpha, wave_id=company.now, title="Not needed")
    with write_session(engine) as session:
        row = session.exec(select(Action).where(Action.number == cancelled)).one()
        actions.cancel(
            session,
            action_id=row.id or 0,
            version=row.version,
            reason="twice",
            by=company.people["dora"],
            at=AT,
        )
    with read_session(engine) as session:
        seen = customers.open_actions(session, company.people["dora"], [alpha, beta])
        by_fay = customers.open_actions(session, company.people["fay"], [alpha, beta])
        by_charlie = customers.open_actions(session, company.people["charlie"], [alpha, beta])
    assert seen == {alpha: [by_finding], beta: [direct]}
    assert by_fay == {alpha: [by_finding]}
    assert by_charlie == {}


def test_unknown_and_hidden_customers_look_the_same(session: Session, company: Company) -> None:
    assert customers.customer_by_code(session, company.people["fay"], "alpha").code == "alpha"
    for code in ("beta", "no such code"):
        with pytest.raises(NotThere):
            customers.customer_by_code(session, company.people["fay"], code)
    with pytest.raises(NotAllowed):
        customers.customer_by_code(session, company.people["charlie"], "alpha")


def test_dimensions_are_those_with_an_item_of_the_chosen_department(session: Session, company: Company) -> None:
    wave = waves(session, company)[-1]
    logistics = scope(company, department_id=company.departments["logistics"])
    assert customers.dimensions_in(session, logistics, wave) == ["delivery"]
    assert len(customers.dimensions_in(session, scope(company), wave)) == 5


# The file of one customer


@pytest.fixture
def told(engine: Engine, company: Company) -> None:
    """alpha has said something, bought something, and has a contact; somebody of it answered under another scheme."""
    with write_session(engine) as session:
        alpha = session.get(Customer, company.customers["alpha"])
        assert alpha is not None
        wave = session.get(Wave, company.now)
        assert wave is not None
        factories.response(
            session, wave, {"on_time": "neutral"}, customer=alpha, respondent="Ms Li", opinions=["Too late again"]
        )
        factories.contact(session, alpha, name="Ms Li")
        promised, delivered = date(2026, 3, 2), date(2026, 3, 5)
        bought = {"product": "Gear", "quantity": 5.0, "promised_on": promised, "delivered_on": delivered}
        session.add(Purchase(customer_id=alpha.id or 0, **bought))
        session.add(Opinion(customer_id=alpha.id, text="Called us", received_at=datetime(2026, 1, 1, tzinfo=UTC)))
        of_service = factories.preset("owner-residence").replace("customer_service", "service")
        other = factories.wave(session, factories.scheme(session, document=of_service), code="2026-Q3")
        factories.response(session, other, "satisfied", customer=alpha)


def test_every_answer_of_a_questionnaire_is_there_and_low_ones_say_so(
    engine: Engine, company: Company, told: None
) -> None:
    with read_session(engine) as session:
        found = customer_file.questionnaires(session, company.people["dora"], company.customers["alpha"])
    assert [(one.wave, one.scheme.code) for one in found].count(("2026-Q3", "iatf-quarterly")) == 3
    mine = next(one for one in found if one.respondent == "Ms Li")
    assert (mine.score, mine.state, mine.levels) == (60.0, "counted", {"on_time": 2})
    neutral = mine.answer("on_time")
    assert neutral is not None
    assert (neutral.level.en, neutral.score, neutral.status) == ("Neutral", 60.0, "red")
    assert mine.answer("price") is None


def test_names_and_words_of_people_are_read_by_those_who_may_only(engine: Engine, company: Company, told: None) -> None:
    alpha, dora, bob = company.customers["alpha"], company.people["dora"], company.people["bob"]
    with read_session(engine) as session:
        assert [one.text for one in customer_file.customer_opinions(session, dora, alpha)] == [
            "Too late again",
            "Called us",
        ]
        assert [one.name for one in customer_file.contacts(session, dora, alpha)] == ["Ms Li"]
        assert [(one.product, one.days_late) for one in customer_file.purchases(session, dora, alpha)] == [("Gear", 3)]
        for read in (customer_file.customer_opinions, customer_file.contacts, customer_file.purchases):
            assert read(session, bob, alpha) == []
        assert {one.respondent for one in customer_file.questionnaires(session, bob, alpha)} == {""}


@pytest.mark.parametrize("part", ["answers", "opinions", "findings", "contacts"])
def test_a_stranger_to_the_customer_reads_no_part_of_its_file(
    engine: Engine, company: Company, told: None, part: str
) -> None:
    hidden = company.customers["beta"]
    with read_session(engine) as session:
        for read in (customer_file.questionnaires, customer_file.customer_actions, customer_file.contacts):
            with pytest.raises(NotThere):
                read(session, company.people["fay"], hidden)
            with pytest.raises(NotAllowed):
                read(session, company.people["charlie"], hidden)
        with pytest.raises(NotThere):
            customer_file.file_part(session, scope(company, "fay", customer_id=hidden), part)
        with pytest.raises(NotThere):
            customer_file.customer_results(session, scope(company, "fay", customer_id=hidden), waves(session, company))


def test_an_organiser_reads_only_what_was_answered_under_the_own_schemes(
    engine: Engine, company: Company, told: None
) -> None:
    alpha = company.customers["alpha"]
    with read_session(engine) as session:
        by_erik = customer_file.questionnaires(session, company.people["erik"], alpha)
        by_ivan = customer_file.questionnaires(session, company.people["ivan"], alpha)
        words = customer_file.customer_opinions(session, company.people["ivan"], alpha)
    assert {one.scheme.code for one in by_erik} == {"iatf-quarterly"}
    assert {one.scheme.code for one in by_ivan} == {"owner-residence"}
    assert [one.text for one in words] == ["Called us"], "said at any other time, not in a survey"


def test_actions_of_a_customer_name_who_acts_until_when_open_ones_first(engine: Engine, company: Company) -> None:
    number = assigned(engine, company, customer_id=company.customers["alpha"], wave_id=company.now)
    with read_session(engine) as session:
        found = customer_file.customer_actions(session, company.people["bob"], company.customers["alpha"])
    assert [(one.number, one.owner, one.due_on, one.is_over) for one in found] == [
        (number, "Alice", date(2026, 10, 1), False)
    ]
    assert found[0].days_left(date(2026, 10, 13)) == -12


def test_a_customer_score_counts_responses_also_where_the_index_is_over_customers(sqlite_engine: Engine) -> None:
    with write_session(sqlite_engine) as session:
        wave = factories.wave(session, factories.scheme(session, "machinery-14"))
        customer = factories.customer(session)
        for given in ("very_satisfied", "satisfied"):
            factories.response(session, wave, given, customer=customer)
        scheme_id, key = wave.scheme_id, customer.id
    with read_session(sqlite_engine) as session:
        only = Scope(SYSTEM, scheme_id, customer_id=key)
        (found,) = customer_file.customer_results(session, only, [last_wave(session, scheme_id)])
    assert (found.index.n, found.index.score) == (2, pytest.approx((100 + 500 / 6) / 2, abs=1e-6))


def test_the_sales_owner_is_named(engine: Engine, company: Company) -> None:
    with read_session(engine) as session:
        alpha, beta = (session.get_one(Customer, company.customers[code]) for code in ("alpha", "beta"))
        assert [customer_file.sales_owner(session, SYSTEM, one) for one in (alpha, beta)] == ["Fay", ""]
