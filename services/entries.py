"""Answers by phone, paper and visit are keyed, and a sample of them by a second person (rules.md 8)."""

import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

from sqlmodel import Session, col, select

from db import bulk
from db.models import (
    ENTRY_WAYS,
    Consent,
    Contact,
    Customer,
    EntryCheck,
    EntrySample,
    ExtraAnswer,
    HandEntry,
    Invitation,
    Wave,
)
from db.queries.entries import contacts_to_enter, customer_to_enter, entries_to_check
from db.queries.layouts import layout_of_version, layout_of_wave
from db.queries.responses import levels_of_response, response_for, response_with_key, wave_for
from domain.access import NotThere, Viewer
from domain.answers import Given, given_of, levels_of
from domain.errors import N_, Refusal
from domain.filled_forms import extras_named
from domain.sampling import chosen
from services import responses
from services.audit import audit
from services.questionnaires import questionnaire_of_wave
from services.training import check_trained
from services.waves import check_run_here

SEEDS: Final = 2**31 - 1


TAKEN_IN: Final = ("open", "closed")
"""States of a wave in which answers are keyed; what comes after closing waits for quality."""


class WaveNotOpen(Refusal):
    """Entries go into open waves; what comes later is imported and admitted by quality."""

    def __init__(self) -> None:
        super().__init__(N_("This wave takes no entries: it is not open."))


class WayUnknown(Refusal):
    """A channel that nobody keys."""

    def __init__(self) -> None:
        super().__init__(N_("Say how the answers were given: by phone, on paper or on a visit."))


class NothingRated(Refusal):
    """A row without a single rating."""

    def __init__(self) -> None:
        super().__init__(N_("Nothing is rated yet: at least one item needs an answer."))


class CustomerMissing(Refusal):
    """An entry without a customer in a wave that asks customers by name."""

    def __init__(self) -> None:
        super().__init__(N_("Choose the customer first."))


class NothingToCheck(Refusal):
    """No entry of somebody else is left to be drawn."""

    def __init__(self) -> None:
        super().__init__(N_("There is no entry of somebody else that hasn't been drawn yet."))


class NotTheChecker(Refusal):
    """Only who drew the sample keys it again, and never an own entry."""

    def __init__(self) -> None:
        super().__init__(N_("A sample is keyed again by whoever drew it, and not by whoever keyed it first."))


class CheckDone(Refusal):
    """An entry is keyed again once."""

    def __init__(self) -> None:
        super().__init__(N_("This entry has been checked already."))


def enter(
    session: Session,
    *,
    wave_id: int,
    customer_id: int | None,
    answers: Mapping[str, Given | None],
    channel: str,
    form_key: str,
    by: Viewer,
    at: datetime,
    contact_id: int | None = None,
    respondent: str = "",
    opinions: Sequence[str] = (),
    extras: Mapping[str, Sequence[str]] | None = None,
    agreed: bool = False,
    interviewer_id: int | None = None,
) -> int:
    """Writes what was answered by phone, on paper or on a visit; returns the response's key.

    What comes after closing is kept, marked after_close and not counted unless quality admits it.

    An open invitation of the contact (without one: of the customer) counts as returned. `agreed`: consent was given as
    spoken or signed. `extras` answers what is asked beside the items (see `extras_named`).
    The same form key again changes nothing. Anonymous waves keep neither customer nor contact.
    Raises CustomerMissing, WaveImported, WaveNotOpen, WayUnknown, NothingRated, NotTrained, ExtraAnswerInvalid, NotThere,
    NotAllowed and what `responses.submit` does.
    """
    by.check("enter_responses")
    wave = wave_for(session, by, wave_id)
    row_key = f"entry:{form_key}"
    known = response_with_key(session, wave_id, row_key)
    if known:
        return known[0]
    check_run_here(wave)
    if wave.state not in TAKEN_IN:
        raise WaveNotOpen
    if channel not in ENTRY_WAYS:
        raise WayUnknown
    if all(given is None for given in answers.values()):
        raise NothingRated
    check_trained(session, interviewer_id or by.user_id, layout_of_wave(session, wave).scheme)
    beside = extras_named(questionnaire_of_wave(session, wave), extras) if extras else {}
    customer, contact = _whom(session, wave, customer_id, contact_id, by)
    asked = _open_invitation(session, wave, customer, contact)
    name = contact.name if contact else respondent.strip()[:100]
    key = responses.submit(
        session,
        wave=wave,
        answers=answers,
        customer=customer,
        channel=channel,
        opinions=opinions,
        respondent="" if wave.is_anonymous else name,
        row_key=row_key,
        invitation=asked,
        by=by,
        at=at,
    )
    rows = [(key, question, value) for question, value in sorted(beside.items())]
    bulk.insert_rows(session, ExtraAnswer, ("response_id", "question", "value"), rows)
    entry = {"interviewer_id": interviewer_id or by.user_id or None, "entered_by_id": by.user_id or None}
    session.add(
        HandEntry(
            response_id=key,
            wave_id=wave_id,
            channel=channel,
            contact_id=contact.id if contact else None,
            entered_at=at,
            **entry,
        )
    )
    if agreed:
        version = questionnaire_of_wave(session, wave).consent_version
        session.add(Consent(wave_id=wave_id, response_id=key, given=True, version=version, channel=channel, at=at))
    session.flush()
    return key


def draw_sample(
    session: Session, *, wave_id: int, size: int, form_key: str, by: Viewer, at: datetime, seed: int | None = None
) -> EntrySample:
    """Draws entries of a wave that somebody else keyed, at random; the seed is kept. The same form key: the same sample.

    Raises NothingToCheck, NotAllowed, NotThere.
    """
    by.check("import")
    wave = wave_for(session, by, wave_id)
    known = session.exec(select(EntrySample).where(EntrySample.form_key == form_key)).first()
    if known:
        return known
    population = entries_to_check(session, by, wave)
    if not population or size < 1:
        raise NothingToCheck
    seed = secrets.randbelow(SEEDS) + 1 if seed is None else seed
    drawn = chosen(population, min(size, len(population)), seed)
    sample = EntrySample(
        form_key=form_key,
        wave_id=wave_id,
        checker_id=by.user_id or None,
        seed=seed,
        size=len(drawn),
        population=len(population),
        drawn_at=at,
    )
    session.add(sample)
    session.flush()
    for position, key in enumerate(drawn):
        session.add(EntryCheck(sample_id=sample.id or 0, response_id=key, position=position))
    session.flush()
    audit(
        session,
        by=by.user_id,
        at=at,
        verb="draw",
        about="entry_sample",
        about_id=sample.id,
        seed=seed,
        size=len(drawn),
        population=len(population),
    )
    return sample


def check_entry(
    session: Session,
    *,
    sample_id: int,
    response_id: int,
    answers: Mapping[str, Given | None],
    by: Viewer,
    at: datetime,
) -> EntryCheck:
    """Compares what a second person keyed, without having seen the first one's answers, cell by cell.

    Without a difference the entry is settled. Raises CheckDone, NotTheChecker, NotThere, NotAllowed, LevelUnknown.
    """
    by.check("import")
    check, _sample = _check(session, sample_id, response_id, by)
    if check.checked_at is not None:
        raise CheckDone
    response = response_for(session, by, response_id)
    if response.entered_by_id == by.user_id:
        raise NotTheChecker
    layout = layout_of_version(session, response.scheme_version_id)
    stored = levels_of_response(session, response_id, layout)
    again = levels_of(answers, layout.scheme)
    scheme = layout.scheme
    check.differences = {
        code: [given_of(int(one), scheme), given_of(int(two), scheme)]
        for code, one, two in zip(scheme.item_codes, stored, again, strict=True)
        if one != two
    }
    check.cells, check.wrong, check.checked_at = len(scheme.items), len(check.differences), at
    check.settled_at = None if check.differences else at
    session.add(check)
    session.flush()
    counted = {"sample": sample_id, "cells": check.cells, "wrong": check.wrong}
    audit(session, by=by.user_id, at=at, verb="check", about="response", about_id=response_id, **counted)
    return check


def settle(
    session: Session,
    *,
    sample_id: int,
    response_id: int,
    take: Sequence[str],
    reason: str,
    by: Viewer,
    at: datetime,
) -> EntryCheck:
    """Corrects the items of `take` to what was keyed the second time, with the reason; the others stay as they were.

    Raises ReasonMissing, NotTheChecker, NotThere, NotAllowed and what `responses.correct` does.
    """
    by.check("import")
    check, _sample = _check(session, sample_id, response_id, by)
    if check.checked_at is None or check.settled_at is not None:
        raise CheckDone
    if not reason.strip():
        raise responses.ReasonMissing
    answers = {code: check.differences[code][1] for code in take if code in check.differences}
    if answers:
        responses.correct(
            session, response_id=response_id, answers=answers, by=by, at=at, reason=reason, how="second entry"
        )
    else:
        audit(session, by=by.user_id, at=at, verb="settle", about="response", about_id=response_id, reason=reason)
    check.settled_at, check.verdict = at, reason.strip()
    session.add(check)
    session.flush()
    return check


def _check(session: Session, sample_id: int, response_id: int, by: Viewer) -> tuple[EntryCheck, EntrySample]:
    """An entry of a sample that this person drew, held until the transaction ends."""
    sample = session.get(EntrySample, sample_id)
    check = session.get(EntryCheck, (sample_id, response_id), with_for_update=True, populate_existing=True)
    if sample is None or check is None:
        raise NotThere
    wave_for(session, by, sample.wave_id)
    if (sample.checker_id or 0) != by.user_id:
        raise NotTheChecker
    return check, sample


def _whom(
    session: Session, wave: Wave, customer_id: int | None, contact_id: int | None, by: Viewer
) -> tuple[Customer | None, Contact | None]:
    """The customer and the contact there, if this person may key for them; nobody in an anonymous wave."""
    if wave.is_anonymous or not layout_of_wave(session, wave).scheme.customers_named:
        return None, None
    if customer_id is None:
        raise CustomerMissing
    customer = customer_to_enter(session, by, wave.id or 0, customer_id)
    if contact_id is None:
        return customer, None
    if contact_id not in {one.id for one in contacts_to_enter(session, by, wave.id or 0, customer_id)}:
        raise NotThere
    return customer, session.get(Contact, contact_id)


def _open_invitation(
    session: Session, wave: Wave, customer: Customer | None, contact: Contact | None
) -> Invitation | None:
    """What the answer belongs to: the contact's open invitation, else one of the customer that names nobody else."""
    if customer is None:
        return None
    waiting = select(Invitation).where(
        Invitation.wave_id == wave.id, Invitation.customer_id == customer.id, col(Invitation.state) != "answered"
    )
    found = session.exec(waiting.order_by(col(Invitation.id))).all()
    if contact is None:
        return found[0] if found else None
    mine = [one for one in found if one.contact_id in (contact.id, None)]
    return min(mine, key=lambda one: one.contact_id is None, default=None)
