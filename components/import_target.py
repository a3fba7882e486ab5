"""Where an import goes: a stored scheme, a preset, or a scheme made from the file; and the wave."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import streamlit as st

from components import states
from components.texts import _, language
from db.queries.imports import StoredScheme
from domain.errors import Refusal
from domain.mapping import Mapping, comparable
from domain.new_scheme import code_from, period_from, scheme_from
from domain.proposing import NoRatings, Proposal, propose
from domain.scheme import Scheme
from domain.scheme_file import dump, load
from services.reading import Table

PRESETS = Path(__file__).parents[1] / "sample_data" / "presets"
NEW = "new"
LIKELY = 0.5
"""A scheme is taken for the file's when at least this share of its items is among the columns."""


@dataclass(frozen=True)
class Target:
    """The scheme (its document, and as a value) and the wave; `proposal` is the first mapping, None to map by hand."""

    scheme: Scheme
    document: str
    wave: str
    proposal: Proposal | None


def chosen(table: Table, stored: Sequence[StoredScheme], *, organiser: str) -> Target | None:
    """Scheme and wave, proposed from the file; None where it holds no ratings, or an entry is wrong."""
    documents = {s.code: s.document for s in stored} | _presets({s.code for s in stored})
    schemes = {code: load(document) for code, document in documents.items()}
    sample = table.sample()
    columns = st.columns([1.4, 1], gap="small")
    options = [*schemes, NEW]
    with columns[0]:
        code = st.selectbox(
            _("Scheme"),
            options,
            index=options.index(_likely(schemes, table)),
            format_func=lambda c: _("New scheme from this file") if c == NEW else schemes[c].name.in_(language()),
            key=f"import.scheme.{table.sha256}",
        )
    try:
        proposal = propose(table.headers, sample, schemes.get(code))
    except NoRatings as refusal:
        if code == NEW:
            states.refused(refusal.explain(_))
            return None
        proposal = None
    waves = next((s.waves for s in stored if s.code == code), [])
    with columns[1]:
        wave = _wave(table, waves, code)
    if code == NEW and proposal is not None:
        made = _new_scheme(table, proposal, organiser)
        return None if made is None else Target(made, dump(made), wave, proposal)
    return Target(schemes[code], documents[code], wave, proposal) if wave else None


def _presets(stored: set[str]) -> dict[str, str]:
    texts = [path.read_text(encoding="utf-8") for path in sorted(PRESETS.glob("*.toml"))]
    found = {load(text).code: text for text in texts}
    return {code: text for code, text in found.items() if code not in stored}


def _likely(schemes: dict[str, Scheme], table: Table) -> str:
    """The scheme most of whose items are columns of the file, by code or name."""
    headers = [comparable(header).casefold() for header in table.headers]
    shares = {code: _share(scheme, headers) for code, scheme in schemes.items()}
    best = max(shares, key=lambda code: shares[code], default=NEW)
    return best if shares.get(best, 0) >= LIKELY else NEW


def _share(scheme: Scheme, headers: list[str]) -> float:
    there = set(headers)
    found = 0
    for item in scheme.items:
        names = {comparable(name).casefold() for name in (item.code, item.name.zh, item.name.en) if name}
        found += bool(names & there) or any(name in header for name in names if len(name) > 3 for header in headers)
    return found / len(scheme.items)


def _wave(table: Table, waves: list[str], code: str) -> str:
    told = period_from(table.filename)
    options = list(dict.fromkeys([told, *waves] if told else waves))
    found = st.selectbox(
        _("Wave"),
        options,
        index=0 if options else None,
        accept_new_options=True,
        placeholder=_("for example 2026-Q3, 2026-H1, 2026-11 or 2026"),
        help=_("Choose an open wave, or type the code of a new one."),
        key=f"import.wave.{table.sha256}.{code}",
    )
    return (found or "").strip()


def _new_scheme(table: Table, proposal: Proposal, organiser: str) -> Scheme | None:
    columns = st.columns([1.4, 1], gap="small")
    stem = re.sub(r"\.\w{2,4}$", "", table.filename)
    name = columns[0].text_input(_("Name of the new scheme"), stem, key=f"import.name.{table.sha256}")
    code = columns[1].text_input(
        _("Its code"),
        code_from(table.filename),
        key=f"import.code.{table.sha256}",
        help=_("Stands in addresses: a–z, 0–9 and hyphens."),
    )
    try:
        made = scheme_from(
            list(proposal.mapping.items.values()),
            proposal.scale,
            code=code_from(code),
            name=name or stem,
            organiser=organiser,
            customers_named=_names_customers(proposal.mapping),
        )
        return load(dump(made))
    except Refusal as refusal:
        states.refused(refusal.explain(_))
        return None


def _names_customers(mapping: Mapping) -> bool:
    return "customer" in mapping.columns or "customer_name" in mapping.columns
