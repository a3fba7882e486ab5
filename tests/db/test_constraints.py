"""What must never be false is refused by the database itself: each constraint of the schema is broken once.

Two valid rows go into every table; a third one differs from a valid one only in what the constraint forbids.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import (
    CheckConstraint,
    Column,
    Connection,
    Engine,
    ForeignKeyConstraint,
    PrimaryKeyConstraint,
    Table,
    UniqueConstraint,
    null,
)
from sqlalchemy.exc import IntegrityError
from sqlmodel import SQLModel

import db.models  # noqa: F401 - registers the tables
from db.session import engine_for
from tests import databases
from tests.conftest import KINDS
from tests.factories import AT

TABLES = SQLModel.metadata.sorted_tables
ALONE, FREE = {"item_link", "customer_merge", "customers_apart", "telling_choice"}, 9


def own(number: int) -> int:
    """A reference that no other row may have."""
    return number if number < 3 else FREE


CHOSEN: dict[tuple[str, str], Any] = {
    ("user_account", "role"): "viewer",
    ("finding", "rule"): "DECLINE",
    ("response", "score"): 80,
    ("job", "kind"): "import",
    ("customer_merge", "merged_id"): lambda number: 3 - min(number, 2),
    ("wave", "origin"): "run_here",
    ("customers_apart", "second_id"): lambda number: 3 - min(number, 2),
    ("training", "marks"): 80.0,
    ("item_link", "kind"): "split",
    ("item_link", "earlier_id"): lambda number: min(number, 2),
    ("plan", "wave_id"): own,
    ("frozen_result", "wave_id"): own,
    ("frozen_result", "number"): 0,
    ("share", "view"): "overview",
    ("share", "ends_at"): AT + timedelta(days=7),
    ("meeting_topic", "kind"): "index",
    ("meeting_minute", "kind"): "shown",
    ("meeting_minute", "text"): "Index 80",
    ("hand_entry", "response_id"): own,
    ("response_flag", "response_id"): own,
    ("open_link", "wave_id"): own,
    ("mail", "invitation_id"): own,
    ("mail", "kind"): "invitation",
    ("mail", "round"): 0,
    ("plan", "author_id"): 1,
    ("consent", "response_id"): None,
    ("plan", "sampling"): "all",
    ("reminder", "how"): "mail",
    ("consent", "given"): False,
    ("problem_answer", "verdict"): "partly",
    ("action_effect", "verdict"): "cannot_tell",
    ("action_telling", "outcome"): "told",
    ("action_telling", "said"): "Guards are thicker now",
    ("api_token", "expires_at"): AT + timedelta(days=1),
    ("choice_question", "code"): lambda number: f"file:{number}",
    ("entry_sample", "size"): 1,
    ("entry_sample", "population"): 5,
    ("visit", "kind"): "symposium",
    ("visit", "purpose"): "thanks",
    ("visit_defect", "defect"): "dirt",
    ("feedback_slip", "problem"): "late",
    ("visit_defect", "is_gone"): False,
    ("customer_call", "kind"): "free",
    ("hand_entry", "channel"): "paper",
    ("response_flag", "flag"): "duplicate",
    ("call_attempt", "result"): "spoken",
    ("feedback_slip", "result"): "",
    ("request", "kind"): "enquiry",
    ("request", "channel"): "phone",
    ("request", "said"): "Where is it?",
    ("complaint", "channel"): "mail",
    ("complaint", "category"): "other",
    ("complaint", "description"): "scratched",
    ("complaint_clock", "code"): "slip",
    ("complaint_clock", "started_at"): AT,
    ("complaint_event", "complaint_id"): 1,
    ("complaint_discipline", "step"): lambda number: number,
    ("complaint_slip", "told_at"): AT,
    ("complaint_rework", "quantity"): 5,
    ("complaint_rework", "bad"): 1,
    ("quality_figure", "code"): "part_fault",
    ("notification", "kind"): "assigned",
    ("chat_target", "kind"): "slack",
    ("telling_choice", "digest_at"): 510,
    ("action_file", "file_id"): own,
    ("action_signature", "submitted_id"): own,
    ("made_report", "kind"): "evidence",
    ("made_report", "form"): "zip",
    ("made_report", "file_id"): own,
    ("report_template", "file_id"): own,
    ("report_schedule", "kind"): "results",
    ("report_schedule", "form"): "xlsx",
    ("report_schedule", "occasion"): "after_closing",
    ("report_sending", "trouble"): "not allowed",
    ("month_analysis", "said"): "The carrier was late",
    ("public_summary", "wave_id"): own,
    ("report_review", "wave_id"): own,
    ("report_review", "said"): "Agreed",
    ("retention_run", "kind"): "retention",
    ("retention_run", "proposed_by_id"): 1,
    ("log_pass", "run_id"): own,
}
"""Columns whose valid values follow from no type: the value, or what makes it out of the row's number."""
WITH_IT: dict[tuple[str, str], dict[str, Any]] = {
    ("meeting", "signed_by_id"): {"signed_at": AT},
    ("share", "item_id"): {"view": "item"},
    ("share", "meeting_id"): {"view": "meeting"},
    ("share", "revoked_by_id"): {"revoked_at": AT},
    ("meeting_minute", "action_id"): {"kind": "assigned"},
    ("meeting_minute", "owner_id"): {"kind": "decided"},
    ("retention_run", "contact_id"): {"kind": "erasure", "reason": "asked"},
    ("consent", "response_id"): {"given": True},
    ("plan", "approved_by_id"): {"state": "approved", "approved_at": AT},
    ("mail", "job_id"): {"state": "sending"},
    ("customer_call", "purchase_id"): {"kind": "1m"},
    ("plan_department", "signed_by_id"): {"signed_at": AT},
    ("complaint_minutes", "approved_by_id"): {"approved_at": AT},
    ("complaint_event", "request_id"): {"complaint_id": None},
    ("action_file", "removed_by_id"): {"removed_at": AT},
    ("report_sending", "made_id"): {"trouble": ""},
    ("month_analysis", "signed_by_id"): {"signed_at": AT},
    ("report_review", "signed_by_id"): {"signed_at": AT},
    ("public_summary", "approved_by_id"): {"approved_at": AT},
}
"""What must stand beside a value that may be missing, where it is there."""
NOBODY = 10**6

BREAKS: dict[tuple[str, str], list[dict[str, Any]]] = {
    ("made_report", "kind_known"): [{"kind": "novel"}],
    ("made_report", "form_known"): [{"form": "exe"}],
    ("made_report", "figures_known"): [{"figures": "guessed"}],
    ("report_schedule", "kind_known"): [{"kind": "novel"}],
    ("report_schedule", "form_known"): [{"form": "exe"}],
    ("report_schedule", "occasion_known"): [{"occasion": "full moon"}],
    ("report_sending", "made_or_trouble"): [{"trouble": ""}, {"made_id": 1}],
    ("month_analysis", "signed_has_name"): [{"signed_at": AT}, {"signed_by_id": 1}],
    ("month_analysis", "has_text"): [{"said": ""}],
    ("report_review", "signed_has_name"): [{"signed_at": AT}, {"signed_by_id": 1}],
    ("report_review", "has_text"): [{"said": ""}],
    ("public_summary", "state_known"): [{"state": "shouted"}],
    ("public_summary", "approved_has_time"): [{"approved_at": AT}],
    ("public_summary", "approved_has_name"): [{"state": "approved"}],
    ("public_summary", "approved_by_another"): [{"asked_by_id": 1, "approved_by_id": 1, "approved_at": AT}],
    ("retention_run", "kind_known"): [{"kind": "purge"}],
    ("retention_run", "state_known"): [{"state": "half"}],
    ("retention_run", "erasure_has_person"): [
        {"kind": "erasure", "contact_id": None, "reason": "asked"},
        {"contact_id": 1},
    ],
    ("retention_run", "erasure_has_reason"): [{"kind": "erasure", "contact_id": 1, "reason": ""}],
    ("retention_run", "decided_by_another"): [{"proposed_by_id": 1, "decided_by_id": 1}],
    ("retention_run", "decided_has_name"): [{"state": "running"}],
    ("retention_run", "done_has_time"): [{"state": "done", "decided_by_id": 2}, {"ended_at": AT}],
    ("user_account", "username_lower"): [{"username": "Alice"}],
    ("user_account", "role_known"): [{"role": "king"}, {"role": ""}],
    ("job", "state_known"): [{"state": "lost"}],
    ("purchase", "quantity_not_negative"): [{"quantity": -0.5}],
    ("wave", "closed_has_time"): [{"state": "closed", "closed_at": None}, {"state": "open", "closed_at": AT}],
    ("wave", "origin_known"): [{"origin": "bought"}],
    ("customers_apart", "two_apart"): [{"first_id": 1, "second_id": 1}],
    ("wave", "state_known"): [{"state": "shut"}],
    ("wave", "void_has_reason"): [{"state": "void", "void_reason": ""}],
    ("meeting", "signed_has_name"): [{"signed_at": AT}],
    ("meeting", "sent_after_signing"): [{"sent_at": AT}],
    ("meeting", "position_counts"): [{"position": -1}],
    ("meeting", "not_after_itself"): [{"id": 3, "previous_id": 3}],
    ("share", "view_known"): [{"view": "users"}],
    ("share", "ends_later"): [{"ends_at": AT}],
    ("share", "revoked_has_name"): [{"revoked_at": AT}, {"revoked_by_id": 1}],
    ("share", "turn_in_reason"): [{"view": "meeting", "meeting_id": 1, "seconds": seconds} for seconds in (-1, 601)],
    ("share", "only_slides_turn"): [{"seconds": 20}],
    ("share", "meeting_is_named"): [{"view": "meeting"}, {"meeting_id": 1}],
    ("share", "customer_is_named"): [{"view": "customer"}],
    ("share", "item_is_named"): [{"view": "item"}, {"item_id": 1}],
    ("meeting_topic", "kind_known"): [{"kind": "gossip"}],
    ("meeting_topic", "own_has_title"): [{"kind": "own", "title": ""}],
    ("meeting_minute", "kind_known"): [{"kind": "whispered"}],
    ("meeting_minute", "minute_has_text"): [{"text": ""}],
    ("meeting_minute", "assigned_has_action"): [{"kind": "assigned"}, {"action_id": 1}],
    ("meeting_minute", "decided_has_owner"): [{"owner_id": 1}, {"due_on": date(2026, 10, 9)}],
    ("frozen_result", "occasion_known"): [{"occasion": "party"}],
    ("frozen_result", "one_closing"): [{"number": 1}, {"occasion": "meeting"}, {"occasion": "meeting", "number": -1}],
    ("notification", "kind_known"): [{"kind": "gossip"}],
    ("chat_target", "kind_known"): [{"kind": "irc"}],
    ("chat_target", "target_has_name"): [{"name": ""}],
    ("telling_choice", "rhythm_known"): [{"rhythm": "never"}],
    ("telling_choice", "digest_in_day"): [{"digest_at": 1440}, {"digest_at": -1}],
    ("telling_choice", "quiet_in_day"): [{"quiet_from": 1440}, {"quiet_until": -1}],
    ("delivery", "state_known"): [{"state": "lost"}],
    ("delivery", "sending_has_claim"): [{"state": "sending", "claim": None}, {"state": "queued", "claim": 1}],
    ("action", "closed_has_time"): [{"state": "closed", "closed_at": None}, {"state": "open", "closed_at": AT}],
    ("action", "state_known"): [{"state": "done"}],
    ("action", "cancelled_has_reason"): [{"state": "cancelled", "cancel_reason": ""}],
    ("action", "has_title"): [{"title": ""}],
    ("action", "round_counts_from_one"): [{"round": 0}],
    ("action", "cost_has_currency"): [
        {"cost_cents": -1, "cost_currency": "CNY"},
        {"cost_cents": 5, "cost_currency": ""},
    ],
    ("action_file", "file_of_a_round"): [{"round": 0}],
    ("action_file", "removed_by_somebody"): [{"removed_at": AT, "removed_by_id": None}],
    ("action_signature", "place_in_chain"): [{"place": -1}],
    ("action_effect", "verdict_known"): [{"verdict": "maybe"}],
    ("action_effect", "effect_of_a_round"): [{"round": 0}],
    ("action_telling", "outcome_known"): [{"outcome": "mailed"}],
    ("action_telling", "told_has_text"): [{"outcome": "told", "said": ""}],
    ("finding", "cleared_has_time"): [{"state": "cleared", "cleared_at": None}, {"state": "open", "cleared_at": AT}],
    ("finding", "state_known"): [{"state": "gone"}],
    ("request", "kind_known"): [{"kind": "praise"}],
    ("request", "channel_known"): [{"channel": "smoke"}],
    ("request", "state_known"): [{"state": "lost"}],
    ("request", "has_text"): [{"said": ""}],
    ("request", "closed_has_time"): [{"state": "closed", "closed_at": None}, {"closed_at": AT}],
    ("request", "assigned_has_department"): [{"state": "assigned", "department_id": None}],
    ("request", "settled_is_satisfied"): [{"state": "settled", "closed_at": AT, "satisfied": None}],
    ("complaint", "channel_known"): [{"channel": "smoke"}],
    ("complaint", "category_known"): [{"category": "price"}],
    ("complaint", "responsibility_known"): [{"responsibility": "theirs"}],
    ("complaint", "state_known"): [{"state": "lost", "verified_at": AT}],
    ("complaint", "has_description"): [{"description": ""}],
    ("complaint", "quantity_not_negative"): [{"quantity": -1.0}],
    ("complaint", "share_within_one"): [{"defect_share": 1.5}, {"defect_share": -0.1}],
    ("complaint", "judged_has_time"): [{"verified_at": AT}, {"state": "verified", "verified_at": None}],
    ("complaint", "closed_has_time"): [{"closed_at": AT}, {"state": "closed", "verified_at": AT, "closed_at": None}],
    ("complaint", "round_counts_from_one"): [{"round": 0}],
    ("complaint_clock", "code_known"): [{"code": "lunch"}],
    ("complaint_clock", "done_after_start"): [{"done_at": AT - timedelta(minutes=1)}],
    ("complaint_event", "about_one_of_them"): [{"complaint_id": None}, {"request_id": 1}],
    ("complaint_discipline", "step_of_8d"): [{"step": 9}, {"step": -1}],
    ("complaint_slip", "read_after_told"): [{"read_at": AT - timedelta(minutes=1)}],
    ("complaint_rework", "bad_within_quantity"): [{"bad": 6}, {"bad": -1}, {"quantity": -1}],
    ("complaint_minutes", "approved_has_time"): [{"approved_at": AT}, {"approved_by_id": 1}],
    ("quality_figure", "code_known"): [{"code": "mood"}],
    ("quality_figure", "value_not_negative"): [{"value": -1.0}],
    ("finding", "rule_known"): [{"rule": "MOOD"}],
    ("invitation", "answered_has_day"): [
        {"state": "answered", "returned_on": None, "in_time": None},
        {"state": "sent", "returned_on": date(2026, 10, 9), "in_time": True},
    ],
    ("invitation", "returned_in_time_or_late"): [{"state": "answered", "returned_on": date(2026, 10, 9)}],
    ("invitation", "state_known"): [{"state": "opened"}],
    ("response", "counted_has_score"): [{"status": "counted", "score": None}],
    ("response", "invalid_has_reason"): [{"status": "invalid", "invalid_reason": ""}],
    ("response", "status_known"): [{"status": "maybe"}],
    ("response", "weight_not_negative"): [{"weight": -1.0}],
    ("answer", "level_in_range"): [{"level": -1}, {"level": 10_001}],
    ("opinion", "kind_known"): [{"kind": "rumour"}],
    ("opinion", "source_known"): [{"source": "gossip"}],
    ("opinion", "answered_how_known"): [{"answered_how": "smoke"}],
    ("opinion", "answered_has_text"): [{"answer": "done"}, {"answered_on": date(2026, 10, 9)}],
    ("opinion", "rewarded_has_what"): [{"reward": "a card"}, {"rewarded_on": date(2026, 10, 9)}],
    ("customer", "value_not_negative"): [{"value": -1.0}],
    ("customer", "not_merged_into_itself"): [{"id": 3, "merged_into_id": 3}],
    ("customer_merge", "two_customers"): [{"kept_id": 1, "merged_id": 1}],
    ("training", "marks_in_range"): [{"marks": -1.0}, {"marks": 100.5}],
    ("training", "hours_positive"): [{"hours": 0.0}],
    ("item_link", "kind_known"): [{"kind": "like"}],
    ("item_link", "renamed_is_another"): [
        {"kind": "renamed", "item_id": 1, "earlier_id": 1},
        {"kind": "same", "item_id": 1, "earlier_id": 2},
    ],
    ("plan", "state_known"): [{"state": "lost"}],
    ("plan", "sampling_known"): [{"sampling": "guess"}],
    ("plan", "incentive_how_known"): [{"incentive_how": "never"}],
    ("plan", "approved_has_time"): [{"state": "approved", "approved_by_id": 2, "approved_at": None}],
    ("plan", "approved_has_name"): [{"state": "approved", "approved_by_id": None, "approved_at": AT}],
    ("plan", "not_approved_by_author"): [{"state": "approved", "approved_by_id": 1, "approved_at": AT, "author_id": 1}],
    ("plan", "budget_not_negative"): [{"budget": -1.0}, {"incentive_budget": -1.0}],
    ("plan_department", "signed_has_time"): [{"signed_by_id": 1, "signed_at": None}],
    ("questionnaire", "number_counts"): [{"number": 0}],
    ("mail", "kind_known"): [{"kind": "letter"}],
    ("mail", "state_known"): [{"state": "lost"}],
    ("mail", "reminder_has_round"): [{"kind": "reminder", "round": 0}, {"kind": "invitation", "round": 1}],
    ("mail", "sending_has_job"): [{"state": "sending", "job_id": None}],
    ("reminder", "round_counts"): [{"round": 0}],
    ("reminder", "how_known"): [{"how": "shout"}],
    ("consent", "given_has_response"): [{"given": True, "response_id": None}],
    ("problem_answer", "verdict_known"): [{"verdict": "maybe"}],
    ("api_token", "token_has_name"): [{"name": ""}],
    ("api_token", "token_ends_later"): [{"expires_at": AT}],
    ("api_token", "token_may_be_used"): [{"per_minute": 0}],
    ("choice_question", "code_of_a_file"): [{"code": "q1"}],
    ("entry_sample", "size_within_population"): [{"size": 0}, {"size": 6}],
    ("visit", "kind_known"): [{"kind": "party"}],
    ("visit", "state_known"): [{"state": "lost"}],
    ("visit", "visit_has_customer"): [{"kind": "visit", "customer_id": None}],
    ("visit", "has_purpose"): [{"purpose": ""}],
    ("visit", "held_has_day"): [{"state": "held", "held_on": None}],
    ("visit_defect", "gone_has_day"): [
        {"is_gone": True, "gone_on": None},
        {"is_gone": False, "gone_on": date(2026, 10, 9)},
    ],
    ("visit_defect", "has_defect"): [{"defect": ""}],
    ("customer_call", "state_known"): [{"state": "lost"}],
    ("customer_call", "kind_known"): [{"kind": "2m", "purchase_id": 1}],
    ("customer_call", "due_by_purchase"): [{"kind": "1m", "purchase_id": None}, {"kind": "free", "purchase_id": 1}],
    ("customer_call", "ended_has_time"): [{"state": "settled", "ended_at": None}, {"state": "due", "ended_at": AT}],
    ("customer_call", "cancelled_has_reason"): [{"state": "cancelled", "ended_at": AT, "reason": ""}],
    ("entry_check", "cells_have_wrong"): [{"checked_at": AT, "cells": 5, "wrong": None}],
    ("entry_check", "checked_has_cells"): [{"checked_at": AT, "cells": None, "wrong": None}],
    ("entry_check", "wrong_within_cells"): [{"checked_at": AT, "cells": 5, "wrong": 6}],
    ("entry_check", "settled_after_check"): [{"settled_at": AT, "checked_at": None, "cells": None, "wrong": None}],
    ("hand_entry", "channel_known"): [{"channel": "smoke"}],
    ("response_flag", "flag_known"): [{"flag": "odd"}],
    ("call_attempt", "result_known"): [{"result": "lost"}],
    ("feedback_slip", "answered_has_result"): [
        {"answered_at": AT, "result": ""},
        {"answered_at": None, "result": "done"},
    ],
    ("feedback_slip", "has_problem"): [{"problem": ""}],
}


@pytest.fixture(scope="module", params=KINDS)
def filled(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """A database of each kind with two valid rows in every table."""
    with database(request.param, tmp_path_factory.mktemp("constraints")) as url:
        engine = engine_for(url)
        with engine.begin() as connection:
            for table in TABLES:
                connection.execute(table.insert(), [row(table, number) for number in rows_of(table)])
        yield engine
        engine.dispose()


@contextmanager
def database(kind: str, folder: Path) -> Iterator[str]:
    name, _, version = kind.partition("-")
    if name == "sqlite":
        yield databases.sqlite_database(folder)
        return
    with databases.postgresql_database(int(version)) as url:
        yield url


@pytest.fixture
def connection(filled: Engine) -> Iterator[Connection]:
    """What one test changes, another doesn't see."""
    with filled.connect() as connection, connection.begin() as transaction:
        yield connection
        transaction.rollback()


def rows_of(table: Table) -> tuple[int, ...]:
    """Two rows, but one where a third would have nothing left to refer to; and a free wave and invitation."""
    return (
        (1,)
        if table.name in ALONE
        else (1, 2, FREE)
        if table.name in ("wave", "invitation", "response", "action_event", "stored_file", "retention_run")
        else (1, 2)
    )


def row(table: Table, number: int) -> dict[str, Any]:
    """A valid row; its references differ from one another, so that a third row is new where keys are references."""
    references = [column.name for column in table.columns if column.foreign_keys]
    return {column.name: value(table, column, number, references) for column in table.columns}


def value(table: Table, column: Column[Any], number: int, references: list[str]) -> Any:
    if (table.name, column.name) in CHOSEN:
        chosen = CHOSEN[table.name, column.name]
        return chosen(number) if callable(chosen) else chosen
    if column.nullable:
        return None
    if column.foreign_keys:
        return min(number, 2) if number < 3 or table.name in ALONE else 1 + (column.name == references[0])
    if column.default is not None and column.default.is_scalar and column.name not in unique_columns(table):
        return column.default.arg
    return plain(column, number)


def plain(column: Column[Any], number: int) -> Any:
    if column.type.__class__.__name__ == "Moment":
        return AT
    samples = {str: f"{column.name}{number}", date: date(2026, 10, number), dict: {}, bytes: b"x", bool: False}
    kind = getattr(column.type, "impl_instance", column.type).python_type
    return samples.get(kind, number if kind is int else 1.0)


def is_refused(connection: Connection, table: Table, changes: dict[str, Any]) -> str:
    """What the database says to the changed third row, "" when it takes it; nothing stays."""
    savepoint = connection.begin_nested()
    try:
        connection.execute(table.insert().values({**row(table, 3), **changes}))
    except IntegrityError as error:
        return f"{error.orig}"
    else:
        return ""
    finally:
        savepoint.rollback()


def constraints(kind: type[Any]) -> list[tuple[Table, Any]]:
    return [(table, one) for table in TABLES for one in table.constraints if isinstance(one, kind)]


def test_a_third_row_goes_into_every_table(connection: Connection) -> None:
    assert {table.name: said for table in TABLES if (said := is_refused(connection, table, {}))} == {}


def test_every_check_is_tried() -> None:
    assert {(table.name, one.name) for table, one in constraints(CheckConstraint)} == set(BREAKS)


def test_every_check_refuses_what_it_forbids(connection: Connection) -> None:
    tables = SQLModel.metadata.tables
    for (table, name), attempts in BREAKS.items():
        for changes in attempts:
            assert name in is_refused(connection, tables[table], changes), (table, name, changes)


def test_nothing_unique_is_there_twice(connection: Connection) -> None:
    named = [(table, one.columns) for table, one in constraints(UniqueConstraint)]
    indexed = [(table, index.columns) for table in TABLES for index in table.indexes if index.unique]
    keys = [(table, one.columns) for table, one in constraints(PrimaryKeyConstraint)]
    assert len(named) + len(indexed) > 15
    for table, columns in [*named, *indexed, *keys]:
        savepoint = connection.begin_nested()
        taken = {column.name: row(table, 1)[column.name] for column in columns}
        if None in taken.values():  # unique where it is given
            taken = {column.name: 1 if column.foreign_keys else "given" for column in columns}
            for name in [*taken]:
                taken |= WITH_IT.get((table.name, name), {})
            first = {**row(table, 3), **changed_keys(table), **taken}
            connection.execute(table.insert().values(first))
        assert is_refused(connection, table, taken), (table.name, sorted(taken))
        savepoint.rollback()


def changed_keys(table: Table) -> dict[str, Any]:
    """What else must differ between two rows that share a unique value."""
    differs = unique_columns(table) | {column.name for column in table.primary_key}
    return {name: v for name in differs if (v := row(table, 4)[name]) is not None and name not in references_of(table)}


def unique_columns(table: Table) -> set[str]:
    constraints = [one for one in table.constraints if isinstance(one, UniqueConstraint)]
    return {c.name for one in [*constraints, *(i for i in table.indexes if i.unique)] for c in one.columns}


def references_of(table: Table) -> set[str]:
    return {column.name for column in table.columns if column.foreign_keys}


def test_every_reference_leads_somewhere(connection: Connection) -> None:
    references = [(table, one.columns.keys()) for table, one in constraints(ForeignKeyConstraint)]
    assert len(references) > 60
    for table, (name,) in references:
        savepoint = connection.begin_nested()
        with pytest.raises(IntegrityError, match=r"(?i)foreign key"):
            connection.execute(
                table.insert().values({**row(table, 3), **WITH_IT.get((table.name, name), {}), name: NOBODY})
            )
        savepoint.rollback()


def test_items_of_answers_neither_go_nor_change(connection: Connection) -> None:
    """On PostgreSQL triggers see to that, a statement at a time (docs/adr/0014)."""
    tables = SQLModel.metadata.tables
    answer, item, only_answered = tables["answer"], tables["item"], 50
    connection.execute(item.insert().values(row(item, 3) | {"id": only_answered}))
    rows = [row(answer, 3) | {"response_id": FREE, "item_id": number} for number in (1, only_answered)]
    connection.execute(answer.insert().values(rows))
    this = item.c.id == only_answered
    for attempt in (
        answer.insert().values([rows[0] | {"item_id": number} for number in (2, NOBODY)]),
        answer.update().values(item_id=NOBODY).where(answer.c.item_id == only_answered),
        item.update().values(id=NOBODY).where(this),
        item.delete().where(this),
    ):
        savepoint = connection.begin_nested()
        with pytest.raises(IntegrityError, match=r"(?i)foreign key"):
            connection.execute(attempt)
        savepoint.rollback()


def test_what_is_needed_is_there(connection: Connection) -> None:
    for table in TABLES:
        for column in table.columns:
            if not column.nullable and not (column.primary_key and column.name == "id"):
                assert is_refused(connection, table, {column.name: null()}), (
                    f"{table.name}.{column.name} may be missing"
                )
