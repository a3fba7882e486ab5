"""New findings that a target is missed are told to the department's head and to quality: those of a wave together, at most once an hour.

A finding says itself whether it was told (`told`), in the transaction in which it appeared, so a customer's Submit pays
nothing for it and nothing is lost. Waves of the past that an import brings in are told of in no way but by the newest.
"""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Engine, update
from sqlmodel import Session, col, func, select

from db.models import TO_TELL, TOLD_RULES, Finding, ItemRow, Job, Notification, Wave
from db.queries.layouts import layout_of_wave
from db.session import read_session, write_session
from domain.rule_names import RULE_NAMES
from locales import translator
from services import notifying
from services.effects import heads_of, quality_people

EVERY: Final = timedelta(hours=1)
LINK: Final = "/findings"


def tell_red(engine: Engine, *, at: datetime) -> int:
    """Tells what has become red and is so still; how many people were told of something."""
    with read_session(engine) as session:
        waves = session.exec(select(Finding.wave_id).where(TO_TELL).distinct().order_by(col(Finding.wave_id))).all()
    told = 0
    for wave_id in waves:
        with write_session(engine) as session:
            told += _of_wave(session, wave_id, at)
    return told


def _of_wave(session: Session, wave_id: int, at: datetime) -> int:
    wave = session.exec(select(Wave).where(Wave.id == wave_id).with_for_update()).one()
    if wave.origin == "imported" and session.exec(select(Job.id).where(Job.kind == "import", BUSY).limit(1)).first():
        return 0
    found = select(Finding).where(Finding.wave_id == wave_id, TO_TELL)
    if wave.state == "open" and _is_newest(session, wave):
        by_department: dict[int | None, list[Finding]] = defaultdict(list)
        for one in session.exec(found.where(Finding.state == "open").order_by(col(Finding.id))):
            by_department[one.department_id].append(one)
        ready = [some for department, some in by_department.items() if not _recently(session, wave_id, department, at)]
        told = sum(_tell(session, wave, some, at) for some in ready)
        done = [one.id for some in ready for one in some]
    else:
        told, done = 0, [one.id for one in session.exec(found)]
    for start in range(0, len(done), 500):
        some_ids = col(Finding.id).in_(done[start : start + 500])
        session.connection().execute(update(Finding).where(some_ids).values(told=True))
    return told


BUSY: Final = col(Job.state).in_(("queued", "running"))


def _tell(session: Session, wave: Wave, red: Sequence[Finding], at: datetime) -> int:
    """One notification of several findings of a department; it names the gravest, and never a customer."""
    first, department = min(red, key=lambda one: TOLD_RULES.index(one.rule)), red[0].department_id
    to = sorted({*(heads_of(session, department) if department else ()), *quality_people(session)})
    notifying.tell(
        session,
        kind="red_finding",
        to=to,
        link=LINK,
        facts={"wave": wave.code, "n": str(len(red)), **_titles(session, wave, first)},
        once=f"{_stem(wave.id or 0, department)}{red[-1].id}",
        at=at,
    )
    return len(to)


def _titles(session: Session, wave: Wave, first: Finding) -> dict[str, str]:
    """What a finding is about in both languages: the name of its item, else what its rule says."""
    if first.rule != "ITEM_BELOW":
        words = RULE_NAMES[first.rule]
        return {"title": words, "title_zh_CN": translator("zh_CN").gettext(words)}
    code = session.exec(select(ItemRow.code).where(ItemRow.id == first.item_id)).first() or ""
    items = {item.code: item.name for item in layout_of_wave(session, wave).scheme.items}
    name = items.get(code)
    return {"title": name.in_("en"), "title_zh_CN": name.in_("zh_CN")} if name else {"title": code}


def _recently(session: Session, wave_id: int, department: int | None, at: datetime) -> bool:
    """Whether somebody heard of this wave's and department's findings within the hour."""
    same = col(Notification.once).startswith(_stem(wave_id, department), autoescape=True)
    last = select(func.max(col(Notification.at))).where(Notification.kind == "red_finding", same)
    found = session.exec(last).one()
    return found is not None and found > at - EVERY


def _is_newest(session: Session, wave: Wave) -> bool:
    later = select(Wave.id).where(Wave.scheme_id == wave.scheme_id, col(Wave.position) > wave.position)
    return session.exec(later.where(Wave.state != "void", ~col(Wave.is_pilot)).limit(1)).first() is None


def _stem(wave_id: int, department: int | None) -> str:
    return f"red:{wave_id}:{department or 0}:"
