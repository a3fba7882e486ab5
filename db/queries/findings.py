"""Findings with what they are about, their figures, since when they hold, and the actions that handle them."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import Select
from sqlmodel import Session, col, select

from db.models import Action, ActionFinding, Customer, Department, DimensionRow, Finding, VisitDefect, Wave
from db.queries.figures import About, from_frozen
from db.queries.layouts import layout_of_version
from db.queries.narrowing import waves_in
from db.queries.presented import compared_with
from db.queries.sight import findings_in_sight
from db.queries.subjects import SubjectReader
from domain.access import NotThere, Scope, Viewer
from domain.finding_reasons import Family, family
from domain.return_findings import RETURN_RULES, Gap
from domain.scheme import Name
from domain.scores import Score
from domain.subjects import WORDED, ActionLink, Figures, FindingRow, Subject

__all__ = ["FindingRow", "figures_now", "finding", "finding_for", "finding_rows"]

COLUMNS: tuple[Any, ...] = (Finding, Wave, Customer, Department, DimensionRow.code)
"""What a row of findings is made of."""


def finding_rows(session: Session, viewer: Viewer, ids: Sequence[int]) -> list[FindingRow]:
    """Findings by their keys, in that order; those that the viewer may not see are left out."""
    viewer.check("view_findings")
    statement: Select[Any] = (
        select(*COLUMNS)
        .join(Wave, col(Wave.id) == Finding.wave_id)
        .join(Customer, col(Customer.id) == Finding.customer_id, isouter=True)
        .join(Department, col(Department.id) == Finding.department_id, isouter=True)
        .join(DimensionRow, col(DimensionRow.id) == Finding.dimension_id, isouter=True)
        .where(col(Finding.id).in_(ids), *findings_in_sight(viewer))
    )
    found = {row[0].id: row for row in session.execute(statement)} if ids else {}
    rows = [found[key] for key in dict.fromkeys(ids) if key in found]
    reader = SubjectReader(session, [wave for _, wave, _, _, _ in rows])
    known = _figures(session, reader, [(finding, wave) for finding, wave, *_ in rows])
    words = _words(session, [finding for finding, *_ in rows])
    since, handled = _since(session, [(f, w) for f, w, *_ in rows]), _actions(session, list(found))
    return [
        FindingRow(
            finding.id or 0,
            finding.rule,
            finding.about,
            finding.state,
            _subject(
                reader,
                finding,
                reader.subject(_about(finding), customer, dimension, known[finding.id or 0]),
                words.get(finding.id or 0, ""),
            ),
            finding.department_id,
            None if department is None else Name(department.name_zh, department.name_en),
            finding.appeared_at,
            finding.cleared_at,
            finding.returned,
            since[finding.id or 0],
            tuple(handled[finding.id or 0]),
        )
        for finding, _, customer, department, dimension in rows
    ]


def _figures(session: Session, reader: SubjectReader, rows: Sequence[tuple[Finding, Wave]]) -> dict[int, Figures]:
    """finding → its figures: those of a closed wave as they were when it closed, of an open one as they are."""
    live = reader.figures(_about(finding) for finding, wave in rows if not _is_frozen(finding, wave))
    previous = compared_with(session, {finding.wave_id for finding, wave in rows if _is_frozen(finding, wave)})
    return {
        finding.id or 0: from_frozen(
            _about(finding),
            finding.frozen or {},
            reader.layouts[finding.wave_id].scheme,
            previous.get(finding.wave_id, ""),
        )
        if _is_frozen(finding, wave)
        else live[_about(finding)]
        for finding, wave in rows
    }


def _is_frozen(finding: Finding, wave: Wave) -> bool:
    return wave.state == "closed" and "score" in (finding.frozen or {})


def figures_now(session: Session, viewer: Viewer, ids: Sequence[int]) -> dict[int, Figures]:
    """Finding → its figures as they are now, whatever was presented.

    Those that the viewer may not see are left out, and those that no score made: of complaints, opinions, returns.
    """
    viewer.check("view_findings")
    scored = col(Finding.rule).not_in((*WORDED, *RETURN_RULES))
    found = select(Finding, Wave).join(Wave, col(Wave.id) == Finding.wave_id).where(scored)
    rows = session.exec(found.where(col(Finding.id).in_(ids), *findings_in_sight(viewer))).all() if ids else []
    reader = SubjectReader(session, [wave for _, wave in rows])
    live = reader.figures(_about(one) for one, _ in rows)
    return {one.id or 0: live[_about(one)] for one, _ in rows}


def _words(session: Session, rows: Sequence[Finding]) -> dict[int, str]:
    """finding → what was seen on a visit; of a complaint or an opinion its number."""
    found = {row.id or 0: row.about.rpartition(":")[2] for row in rows if row.rule in WORDED}
    seen = select(VisitDefect.finding_id, VisitDefect.defect).where(col(VisitDefect.finding_id).in_(list(found)))
    return found | {key or 0: defect for key, defect in (session.exec(seen) if found else ())}


def _subject(reader: SubjectReader, row: Finding, subject: Subject, words: str) -> Subject:
    """The subject; that of a finding about returns is what came back, and has no score."""
    if row.rule in WORDED:
        return replace(subject, figures=Figures(Score(0, None)), rule=row.rule, words=words)
    if row.rule not in RETURN_RULES:
        return subject
    missed = row.state == "open"
    figures = Figures(Score(0, None), status="amber" if missed else "ok")
    gap = Gap(**row.frozen) if row.frozen else reader.gaps(row.wave_id).get(row.rule)
    return replace(subject, figures=figures, rule=row.rule, gap=gap)


def finding(session: Session, viewer: Viewer, finding_id: int) -> FindingRow:
    """One finding; raises NotThere, NotAllowed."""
    rows = finding_rows(session, viewer, [finding_id])
    if not rows:
        raise NotThere
    return rows[0]


def finding_for(
    session: Session,
    viewer: Viewer,
    wave_id: int,
    *,
    customer_id: int | None = None,
    item_id: int | None = None,
    dimension_code: str | None = None,
) -> list[int]:
    """Keys of the open findings behind a cell: of the item, of the dimension and its items, or of the whole.

    With a customer those at the customer, without one those of the whole wave.
    """
    viewer.check("view_findings")
    statement = select(Finding.id).where(
        Finding.wave_id == wave_id,
        Finding.state == "open",
        Finding.customer_id == customer_id,
        *findings_in_sight(viewer),
    )
    if item_id is not None:
        statement = statement.where(Finding.item_id == item_id)
    elif dimension_code:
        items, dimension = _of_dimension(session, wave_id, dimension_code)
        statement = statement.where(col(Finding.item_id).in_(items) | (col(Finding.dimension_id) == dimension))
    else:
        statement = statement.where(col(Finding.item_id).is_(None), col(Finding.dimension_id).is_(None))
    return [key for key in session.exec(statement.order_by(col(Finding.id))) if key is not None]


def questions_tested(session: Session, scope: Scope) -> Family:
    """The p-values of all questions of the scope's last wave against the wave before, adjusted together.

    Every question is in the family, whoever asks, so that what is significant doesn't depend on the reader.
    """
    scope.viewer.check("view_findings")
    waves = waves_in(session, scope)[-1:]
    if not waves:
        return Family()
    (wave,) = waves
    reader = SubjectReader(session, [session.get_one(Wave, wave.id)])
    abouts = [About(wave.id, None, item) for item in wave.layout.item_ids]
    changes = {about.item_id or 0: known.difference for about, known in reader.figures(abouts).items()}
    p_values = {item: one.p_value for item, one in changes.items() if one is not None and one.p_value is not None}
    return family(p_values, is_open=wave.state == "open", planned=wave.planned_n)


def _about(row: Finding) -> About:
    return About(row.wave_id, row.customer_id, row.item_id, row.dimension_id or 0)


def _of_dimension(session: Session, wave_id: int, code: str) -> tuple[list[int], int]:
    wave = session.get(Wave, wave_id)
    if wave is None:
        raise NotThere
    layout = layout_of_version(session, wave.scheme_version_id)
    composites = dict(zip(layout.scheme.composites, layout.composite_ids, strict=True))
    mine = zip(layout.scheme.items, layout.item_ids, strict=True)
    return [key for item, key in mine if item.dimension == code], composites.get(code, 0)


def _since(session: Session, rows: Sequence[tuple[Finding, Wave]]) -> dict[int, str]:
    """First wave of the unbroken run of each finding, back through the waves of its scheme that count."""
    if not rows:
        return {}
    schemes = {wave.scheme_id for _, wave in rows}
    waves = session.exec(
        select(Wave.id, Wave.code, Wave.scheme_id, Wave.position)
        .where(col(Wave.scheme_id).in_(schemes), col(Wave.state).in_(("open", "closed")), col(Wave.is_pilot).is_(False))
        .order_by(col(Wave.position).desc())
    ).all()
    held = session.exec(
        select(Finding.wave_id, Finding.rule, Finding.about)
        .where(col(Finding.wave_id).in_([key for key, *_ in waves]), Finding.state == "open")
        .where(col(Finding.rule).in_({finding.rule for finding, _ in rows}))
        .where(col(Finding.about).in_({finding.about for finding, _ in rows}))
    )
    holds = set(held)
    since = {}
    for finding, wave in rows:
        since[finding.id or 0] = wave.code
        for key, code, scheme, position in waves:
            if scheme != wave.scheme_id or position >= wave.position:
                continue
            if (key, finding.rule, finding.about) not in holds:
                break
            since[finding.id or 0] = code
    return since


def _actions(session: Session, ids: Sequence[int]) -> dict[int, list[ActionLink]]:
    statement = (
        select(ActionFinding.finding_id, Action.number, Action.state)
        .join(Action, col(Action.id) == ActionFinding.action_id)
        .where(col(ActionFinding.finding_id).in_(ids))
        .order_by(col(Action.number).desc())
    )
    links = defaultdict(list)
    for key, number, state in session.exec(statement) if ids else ():
        links[key].append(ActionLink(number, state))
    return links
