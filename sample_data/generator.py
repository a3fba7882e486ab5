"""Makes the files in demo/ out of those in source/: `python -m sample_data`. The same bytes on every machine."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from sample_data import customers
from sample_data.answers import QUARTERS, RESPONDENT, digits, latent, opinion_of_customer
from sample_data.company import DEMO, ContactRow, QuestionnaireRow, write
from sample_data.customers import Profile
from sample_data.dice import Dice
from sample_data.opinions import Writer

WINDOW = 5
"""Working days in which a questionnaire comes back in time."""
DAYS_OF_OPEN = 3
"""Working days since the questionnaires of the open quarter went out."""
LOST = {1: (2, 0, 1), 2: (1, 1, 1), 3: (1, 0, 1), 4: (0, 1, 1), 5: (2, 1, 0), 6: (1, 1, 1), 7: (2, 1, 1), 8: (0, 2, 0)}
"""Quarter → questionnaires that are missing, undeliverable, and late."""
HALF = 0.52
"""Share of the open quarter's questionnaires that are in."""


@dataclass(frozen=True)
class Person:
    """A contact with the own leaning in points."""

    contact: ContactRow
    profile: Profile
    leaning: float


def files() -> dict[str, list[object]]:
    """Every file of demo/ with its rows."""
    profiles = customers.profiles()
    contacts = customers.contacts(profiles)
    return {
        "customers.csv": [profile.row for profile in profiles],
        "contacts.csv": list(contacts),
        "purchases.csv": list(customers.purchases(profiles)),
        "questionnaires.csv": list(questionnaires(profiles, contacts)),
    }


def questionnaires(profiles: list[Profile], contacts: list[ContactRow]) -> list[QuestionnaireRow]:
    """All questionnaires of the eight quarters, in the order of quarter, customer, contact."""
    dice, writer = Dice("questionnaires"), Writer()
    by_code = {profile.row.code: profile for profile in profiles}
    views = {code: opinion_of_customer(profile, Dice(f"views of {code}")) for code, profile in by_code.items()}
    people = [Person(contact, by_code[contact.customer], dice.normal(RESPONDENT)) for contact in contacts]
    rows = []
    for quarter in range(1, QUARTERS + 1):
        asked = [person for person in people if person.profile.since <= quarter]
        fates = _fates(len(asked), quarter, dice)
        back = [person for person, fate in zip(asked, fates, strict=True) if fate in ("returned", "late")]
        latents = [latent(views[p.contact.customer], quarter, p.leaning, dice) for p in back]
        answers = iter(digits(latents, quarter))
        rows += [_row(quarter, person, fate, answers, dice, writer) for person, fate in zip(asked, fates, strict=True)]
    return rows


def _fates(n: int, quarter: int, dice: Dice) -> list[str]:
    missing, undeliverable, late = LOST[quarter]
    fates = ["missing"] * missing + ["undeliverable"] * undeliverable + ["late"] * late
    if quarter == QUARTERS:
        fates += ["missing"] * (n - round(HALF * n) - len(fates))
    fates += ["returned"] * (n - len(fates))
    order = sorted((dice.share(), place) for place in range(n))
    return [fates[place] for _, place in order]


def _row(
    quarter: int, person: Person, fate: str, answers: Iterator[str], dice: Dice, writer: Writer
) -> QuestionnaireRow:
    who = (quarter, person.contact.customer, person.contact.number)
    if fate not in ("returned", "late"):
        return QuestionnaireRow(*who, fate, 0, 0, "")
    longest = DAYS_OF_OPEN if quarter == QUARTERS else WINDOW
    days = WINDOW + dice.whole(1, 3) if fate == "late" else dice.whole(0, longest)
    minute, given = dice.whole(8 * 60, 18 * 60 - 1), next(answers)
    return QuestionnaireRow(*who, "returned", days, minute, given, *writer.opinion(given, person.contact.language))


def write_files(folder: Path = DEMO) -> None:
    """Writes all files into the folder."""
    folder.mkdir(exist_ok=True)
    for name, rows in files().items():
        write(rows, folder / name)
