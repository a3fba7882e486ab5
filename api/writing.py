"""What programs send becomes responses and invitations: once for each key, in one transaction."""

from dataclasses import asdict
from datetime import datetime
from typing import Any

from api.documents import CustomerIn, InvitationIn, ResponseIn, ResponseOut, entries
from api.figures import day
from db.session import write_session
from domain.access import SYSTEM
from domain.api_access import Caller
from domain.customer_entries import ContactEntry
from services.api_customers import NamedCustomer
from services.api_invitations import Invited, Wanted, invite, invited_before
from services.api_requests import Done, once
from services.api_responses import Incoming, take_in
from services.api_waves import wave_of_caller
from settings import settings

Answer = tuple[dict[str, Any], bool]
"""{"status", "document"}, and whether it is the answer to an earlier request with the same key."""


def responses(caller: Caller, scheme: str, wave: str, *, body: Any, key: str | None, said: str, at: datetime) -> Answer:
    """Takes responses in. Raises as `take_in` and `once`, and NotThere."""
    sent: list[ResponseIn] = entries(body)
    with write_session() as session:
        found = wave_of_caller(session, caller, scheme, wave)

        def work() -> Done:
            incoming = [_incoming(one) for one in sent]
            taken = take_in(session, wave_id=found.id, incoming=incoming, may_add=_may_add(caller), by=SYSTEM, at=at)
            rows = [{"id": one.id, **asdict(what)} for one, what in zip(sent, taken, strict=True)]
            new = sum(what.is_new for what in taken)
            return {"status": 201 if new else 200, "rows": rows}, {"wave": found.id, "responses": new}

        kept, is_replayed = once(session, caller=caller, key=key, request_hash=said, at=at, work=work)
    rows = [{name: row[name] for name in ResponseOut.model_fields} for row in kept["rows"]]  # JSONB forgets the order
    return {"status": kept["status"], "document": {"scheme": scheme, "wave": wave, "responses": rows}}, is_replayed


def invitations(
    caller: Caller, scheme: str, wave: str, *, body: Any, key: str | None, said: str, at: datetime
) -> Answer:
    """Makes invitations. Of the answer only their keys are kept: links are made again. Raises as `invite` and `once`."""
    sent: list[InvitationIn] = entries(body)
    with write_session() as session:
        found = wave_of_caller(session, caller, scheme, wave)

        def work() -> Done:
            made = invite(
                session,
                wave_id=found.id,
                wanted=[_wanted(one) for one in sent],
                may_add=_may_add(caller),
                today=at.astimezone(settings().zone).date(),
                by=SYSTEM,
                at=at,
            )
            new = len({one.invitation.id for one in made if one.is_new})
            kept = {"status": 201 if new else 200, "made": [[one.invitation.id, one.is_new] for one in made]}
            return kept, {"wave": found.id, "invitations": new}

        kept, is_replayed = once(session, caller=caller, key=key, request_hash=said, at=at, work=work)
        there = invited_before(session, SYSTEM, wave_id=found.id, ids=[made for made, _ in kept["made"]])
    rows = [_invited(Invited(there[made], is_new)) for made, is_new in kept["made"]]
    return {"status": kept["status"], "document": {"scheme": scheme, "wave": wave, "invitations": rows}}, is_replayed


def _incoming(one: ResponseIn) -> Incoming:
    return Incoming(
        answers=one.answers,
        id=one.id or "",
        invitation=one.invitation or "",
        customer=_customer(one.customer) if one.customer else None,
        segment=one.segment,
        region=one.region,
        channel=one.channel,
        opinions=tuple(one.opinions),
        extras={name: tuple(said) if isinstance(said, list) else (said,) for name, said in one.extras.items()},
        weight=one.weight,
        respondent=one.respondent,
        submitted_at=one.submitted_at,
    )


def _wanted(one: InvitationIn) -> Wanted:
    return Wanted(
        customer=_customer(one.customer),
        contact=ContactEntry(**one.contact.model_dump()) if one.contact else None,
        subject=(one.subject.kind, one.subject.code, one.subject.name) if one.subject else None,
        sent_on=one.sent_on,
        channel=one.channel,
    )


def _customer(one: CustomerIn) -> NamedCustomer:
    return NamedCustomer(**one.model_dump())


def _invited(one: Invited) -> dict[str, Any]:
    row = one.invitation
    return {
        "invitation": row.id,
        "is_new": one.is_new,
        "link": one.link,
        "sent_on": day(row.sent_on),
        "due_on": day(row.due_on),
    }


def _may_add(caller: Caller) -> bool:
    return "customers:write" in caller.scopes
