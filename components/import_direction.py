"""Numbers could run both ways: which end of the scale is the best answer? Asked once for all items that share it."""

import streamlit as st

from components.import_file import Upload
from components.texts import _
from domain.mapping import ALL_ITEMS, Mapping
from domain.proposing import Proposal


def asked(upload: Upload, proposal: Proposal, place: str) -> bool | None:
    """Whether 1 is the best answer; None while that is open.

    A tool whose numbers are only the order of options gets no answer beforehand; elsewhere the highest number is taken.
    """
    last = len(proposal.numbers)
    words = {False: _("{n} is the best answer", n=last), True: _("1 is the best answer")}
    with st.container(border=True, horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown(f":orange-badge[:material/swap_vert: {_('Scale 1 to {n}', n=last)}]", width="content")
        chosen: bool | None = st.segmented_control(
            _("Which end is best?"),
            list(words),
            default=None if is_open(proposal) else False,
            format_func=words.__getitem__,
            label_visibility="collapsed",
            key=f"import.direction.{upload.key}.{place}",
            width="content",
        )
        said = _("The file does not say it. One answer for all items; single ones can be turned below.")
        st.caption(said, width="content")
    return chosen


def is_open(proposal: Proposal) -> bool:
    """Whether the proposal can't say what the numbers mean."""
    known = proposal.mapping.values.get(ALL_ITEMS, {})
    return bool(proposal.numbers_open) or not all(str(n) in known for n in range(1, len(proposal.numbers) + 1))


def first(proposal: Proposal, best_first: bool | None) -> Mapping:
    """The proposed mapping with the answer; without one, nothing is said of the numbers."""
    return proposal.mapping if best_first is None else proposal.with_best_first(best_first=best_first)
