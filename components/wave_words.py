"""How a wave is named on screens: its period, its state with a sign, whether it counts, and what keyed answers lack."""

from typing import Final

from components import formats, states
from components.formats import plain
from components.texts import _, ngettext
from db.queries.waves import SurveyWave
from domain.errors import N_
from domain.key_rows import Keyed

STATES: Final = {
    "planned": (N_("In planning"), "blue", "edit_calendar"),
    "open": (N_("Running"), "green", "play_circle"),
    "closed": (N_("Closed"), "gray", "lock"),
    "void": (N_("Void"), "orange", "block"),
}
"""State → its word, colour and sign."""


def period(wave: SurveyWave) -> str:
    """The period as it stands in text."""
    return plain(formats.period(wave.code))


def state(wave: SurveyWave) -> str:
    """The word for a state."""
    return _(STATES[wave.state][0])


def state_and_kind(wave: SurveyWave) -> str:
    """The state, and what is special about the wave: "Running · Imported"."""
    kinds = [_("Pilot")] * wave.is_pilot + [_("Imported")] * wave.is_imported
    return " · ".join([state(wave), *kinds])


def imported(caption: str) -> None:
    """What a section says that an imported wave doesn't have."""
    states.empty(":material/upload_file:", _("The answers of this wave were imported"), caption, key="wave.imported")


def badges(wave: SurveyWave) -> str:
    """The state, that a pilot isn't counted, and that answers were collected elsewhere."""
    word, colour, sign = STATES[wave.state]
    pilot = f" :violet-badge[:material/science: {_('Pilot, not counted')}]" if wave.is_pilot else ""
    imported = f" :gray-badge[:material/upload_file: {_('Imported')}]" if wave.is_imported else ""
    return f":{colour}-badge[:material/{sign}: {_(word)}]{pilot}{imported}"


def wrong_keys(now: Keyed) -> str:
    """What is wrong with a row of keys that can't be saved: keys that mean nothing, too many, or too few."""
    if now.wrong:
        keys = ", ".join(sorted(set(now.wrong.values())))
        return _("These keys mean nothing here: {keys}. Nothing is saved yet.", keys=keys)
    if now.extra:
        return ngettext(
            "One key too many. Nothing is saved yet.", "{n} keys too many. Nothing is saved yet.", now.extra
        )
    return ngettext(
        "One item has no key yet: a blank is 0 or -. Nothing is saved yet.",
        "{n} items have no key yet: a blank is 0 or -. Nothing is saved yet.",
        now.missing,
    )
