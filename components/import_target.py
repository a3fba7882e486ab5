"""Where an import goes: a stored scheme, a preset, or a scheme made from the file; and the wave."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from components import states
from components.formats import period
from components.import_file import Upload
from components.texts import _, language, ngettext
from db.queries.imports import StoredScheme
from domain.code_lists import wordings_of
from domain.errors import Refusal
from domain.mapping import Mapping as ColumnMapping
from domain.mapping import comparable
from domain.new_scheme import code_from, period_from, scheme_from
from domain.periods import period_of
from domain.proposing import NoRatings, Proposal, propose
from domain.scheme import Scheme
from domain.scheme_file import dump, load

NEW: Final = "new"
LIKELY: Final = 0.5
"""A scheme is taken for the file's when at least this share of its items is among the columns."""
LONGEST_WAVE_CODE: Final = 40
MOST_OF_A_CODE_LIST: Final = 2_000_000


@dataclass(frozen=True)
class Target:
    """The scheme (its document, and as a value) and the wave, "" where none is chosen yet.

    `proposal` is the first mapping, None to map by hand; `wave_state` is "" of a new wave; `wordings` are what columns
    ask, by header, where a code list says so.
    """

    scheme: Scheme
    document: str
    wave: str
    wave_state: str
    proposal: Proposal | None
    is_new: bool = False
    wordings: Mapping[str, str] = field(default_factory=dict)


def with_items(target: Target, headers: Sequence[str], mapping: ColumnMapping) -> Target:
    """The new scheme with an item for each of these columns; raises SchemeInvalid."""
    assert target.proposal is not None
    made = scheme_from(
        headers,
        target.proposal.scale,
        code=target.scheme.code,
        name=target.scheme.name.zh or target.scheme.name.en,
        organiser=target.scheme.organiser,
        customers_named=_names_customers(mapping),
        wordings=target.wordings,
    )
    document = dump(made)
    return replace(target, scheme=load(document), document=document)


def chosen(
    upload: Upload, stored: Sequence[StoredScheme], mapped: Collection[str], *, begin: Mapping[str, str], organiser: str
) -> Target | None:
    """Scheme and wave, proposed from the file; None where it holds no ratings, or an entry is wrong.

    `mapped` are codes of schemes under which such a file was read before, the last one first; `begin` are the presets
    that the reader may begin, by code. A wave that is there is read by the version that it runs under.
    """
    documents = {s.code: s.document for s in stored} | dict(begin)
    schemes = {code: load(document) for code, document in documents.items()}
    table, taken = upload.table, dict.fromkeys(schemes)
    options = [*schemes, NEW]
    first = next((code for code in mapped if code in schemes), None) or _likely(schemes, table.headers)
    left, right = st.columns([1, 1.75], gap="small")
    with left:
        code = st.selectbox(
            _("Scheme"),
            options,
            index=options.index(first),
            format_func=lambda c: _("New scheme from this file") if c == NEW else schemes[c].name.in_(language()),
            key=f"import.scheme.{upload.key}",
        )
    here = next((s for s in stored if s.code == code), None)
    with right:
        places = st.columns([1.3, 1, 0.9] if code == NEW else [0.9, 2.3], gap="small")
        wave = _wave(places[-1 if code == NEW else 0], upload, here.waves if here else [], code)
    with left:
        wordings = _wordings(upload)
    document = here.documents.get(wave, here.document) if here else documents.get(code, "")
    rules = load(document) if document else None
    try:
        proposal = propose(
            table.headers, upload.sample, rules, tool=table.tool, wordings=wordings, remarks=table.remarks
        )
    except NoRatings as refusal:
        if rules is None:
            states.refused(refusal.explain(_))
            return None
        proposal = None
    if rules is None:
        assert proposal is not None
        made = _new_scheme(places, upload, proposal, organiser, taken, wordings)
        return None if made is None else Target(made, dump(made), wave, "", proposal, is_new=True, wordings=wordings)
    states_of = dict.fromkeys(here.waves, "open") | here.other_waves if here else {}
    return Target(rules, document, wave, states_of.get(wave, ""), proposal, wordings=wordings)


def _wordings(upload: Upload) -> dict[str, str]:
    """What the columns ask, by the code list that the reader adds; nothing without one."""
    with st.popover(_("Code list"), icon=":material/menu_book:"):
        file = st.file_uploader(
            _("Code list of the survey"), type=["txt", "csv", "tsv"], key=f"import.codes.{upload.key}"
        )
        st.caption(
            _("One line for each column: its code, then what it asks. Items are then compared by their wording.")
        )
        if file is None:
            return {}
        content = file.getvalue()[:MOST_OF_A_CODE_LIST]
        found = wordings_of(_text(content), upload.table.headers)
        st.caption(ngettext("{n} column found in it", "{n} columns found in it", len(found)))
    return found


def _text(content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("gb18030", errors="replace")


def _likely(schemes: dict[str, Scheme], headers: Sequence[str]) -> str:
    """The scheme most of whose items are columns of the file, by code or name."""
    compared = [comparable(header).casefold() for header in headers]
    shares = {code: _share(scheme, compared) for code, scheme in schemes.items()}
    best = max(shares, key=lambda code: shares[code], default=NEW)
    return best if shares.get(best, 0) >= LIKELY else NEW


def _share(scheme: Scheme, headers: list[str]) -> float:
    there = set(headers)
    found = 0
    for item in scheme.items:
        names = {comparable(name).casefold() for name in (item.code, item.name.zh, item.name.en) if name}
        found += bool(names & there) or any(name in header for name in names if len(name) > 3 for header in headers)
    return found / len(scheme.items)


def _wave(place: DeltaGenerator, upload: Upload, waves: Sequence[str], code: str) -> str:
    told = period_from(upload.table.filename)
    options = list(dict.fromkeys([told, *waves] if told else waves))
    found = place.selectbox(
        _("Wave"),
        options,
        index=0 if options else None,
        format_func=period,
        accept_new_options=True,
        placeholder="2026-Q3",
        help=_("Choose an open wave, or type the code of a new one: 2026-Q3, 2026-H1, 2026-11 or 2026."),
        key=f"import.wave.{upload.key}.{code}",
    )
    return wave_code(found or "")


def wave_code(typed: str) -> str:
    """The code that was meant.

    >>> wave_code(" 2026-Q3 "), wave_code("2026q3"), wave_code("2026 Q3"), wave_code("Pilot 2026")
    ('2026-Q3', '2026-Q3', '2026-Q3', 'Pilot 2026')
    """
    code = " ".join(re.sub(r"[^\w .\-/+]", " ", typed).split())[:LONGEST_WAVE_CODE]
    told = period_from(code)
    is_whole = told.replace("-", "") == re.sub(r"[-_ ]", "", code).upper()
    return told if told and is_whole and period_of(code) is None else code


def _new_scheme(
    places: Sequence[DeltaGenerator],
    upload: Upload,
    proposal: Proposal,
    organiser: str,
    taken: Collection[str],
    wordings: Mapping[str, str],
) -> Scheme | None:
    table = upload.table
    stem = re.sub(r"\.\w{2,4}$", "", table.filename)
    name = places[0].text_input(_("Name of the new scheme"), stem, key=f"import.name.{upload.key}")
    code = code_from(
        places[1].text_input(
            _("Its code"),
            code_from(table.filename),
            key=f"import.code.{upload.key}",
            help=_("Stands in addresses: a–z, 0–9 and hyphens."),
        )
    )
    if code in taken:
        states.refused(_("There is a scheme “{scheme}” already: choose it, or type another code.", scheme=code))
        return None
    try:
        made = scheme_from(
            list(proposal.mapping.items.values()),
            proposal.scale,
            code=code,
            name=name.strip() or stem,
            organiser=organiser,
            customers_named=_names_customers(proposal.mapping),
            wordings=wordings,
        )
        return load(dump(made))
    except Refusal as refusal:
        states.refused(refusal.explain(_))
        return None


def _names_customers(mapping: ColumnMapping) -> bool:
    return "customer" in mapping.columns or "customer_name" in mapping.columns
