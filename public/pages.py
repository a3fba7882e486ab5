"""The pages as text: a questionnaire's form, and the friendly pages where there is nothing (more) to fill in."""

from collections.abc import Sequence
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import Any, Final, NamedTuple

from babel.dates import format_date
from jinja2 import Environment, FileSystemLoader

from domain.errors import N_
from domain.filled_forms import Filled
from domain.questionnaire import Extra, Questionnaire, option_code
from locales import translator
from services.answering import Opened

FOLDER: Final = Path(__file__).parent
STYLES: Final = {
    f"/q/{file.stem}-{sha256(file.read_bytes()).hexdigest()[:8]}.css": file.read_bytes()
    for file in FOLDER.glob("*.css")
}
"""Stylesheets by their address, which is another one for another content, so that browsers may keep them for good."""
STYLE_PATH, PAPER_PATH = (next(path for path in STYLES if f"/{name}-" in path) for name in ("style", "paper"))
LONG_FORM: Final = 15
"""From so many items on each section offers to keep what was typed."""
VERDICTS: Final = (("improved", N_("Improved")), ("partly", N_("Partly")), ("not", N_("Not improved")))
LATE: Final = N_("The reply-by date has passed; your answer still helps us.")
ANONYMOUS: Final = N_("This survey is anonymous: your answers are kept without your name and without this link.")


class Friendly(NamedTuple):
    """A page without a form: its HTTP status, sign, title and what it says."""

    status: int
    mark: str
    title: str
    line: str


THANKS: Final = Friendly(200, "✓", N_("Thank you"), N_("Your answers have been received."))
FRIENDLY: Final = {
    "unknown": Friendly(
        404,
        "?",
        N_("This link leads nowhere"),
        N_("Please open it from the message once more, or ask who sent it to you."),
    ),
    "answered": Friendly(200, "✓", N_("Thank you"), N_("This questionnaire has been answered already.")),
    "expired": Friendly(
        410,
        "–",
        N_("The time to answer is over"),
        N_("Thank you for your interest. We will be glad to ask you next time."),
    ),
    "closed": Friendly(
        410, "–", N_("This survey has ended"), N_("Thank you for your interest. We will be glad to ask you next time.")
    ),
    "planned": Friendly(
        404, "–", N_("This survey has not begun yet"), N_("Please try again on the day of the survey.")
    ),
    "busy": Friendly(
        429,
        "–",
        N_("Too many answers from one place"),
        N_("Please try again in an hour. What you typed is still in your form."),
    ),
    "refused": Friendly(
        200,
        "–",
        N_("You are not taking part"),
        N_("That is all right. If you change your mind, use the same link again."),
    ),
    "trouble": Friendly(
        503, "!", N_("That did not work"), N_("Nothing is lost: go back and press Submit once more, in a moment.")
    ),
    "too_long": Friendly(413, "!", N_("That is too much text"), N_("Please go back and shorten what you wrote.")),
}
"""What a link opens → the page; none of them says who was asked, or by whom."""


class Shown(NamedTuple):
    """Where a page stands: its language ("zh_CN" or "en"), the address of its form and of itself in the other one."""

    language: str
    action: str
    other_language: str
    form: str = ""


environment: Final = Environment(
    loader=FileSystemLoader(FOLDER / "templates"), autoescape=True, trim_blocks=True, lstrip_blocks=True
)


def form(opened: Opened, shown: Shown, filled: Filled | None = None, note: str = "", *, preview: bool = False) -> str:
    """The questionnaire with what was typed, and what is wrong or missing beside each field."""
    asked, filled = opened.questionnaire, filled or Filled()
    assert asked is not None
    _ = translator(shown.language).gettext
    errors = {name: refusal.explain(_) for name, refusal in filled.errors.items()}
    empty = filled.is_empty and bool(filled.answers) and not errors
    return environment.get_template("form.html").render(
        **_asked(asked, shown.language),
        **_heading(asked, opened, shown),
        low=asked.low_position if asked.scheme.levels else 0,
        problems=opened.problems,
        keeps_sections=len(asked.scheme.items) > LONG_FORM,
        fields=opened.fields,
        errors=errors,
        missing=filled.missing,
        notes=_notes(note, errors, filled, empty, _),
        places=_places(asked, [*errors, *filled.missing], _),
        offer_gaps=bool(filled.missing) and not errors and not empty,
        form=shown.form,
        preview=preview,
    )


def paper(opened: Opened, shown: Shown, number: str) -> str:
    """The questionnaire to print on A4 and to be filled in by hand; `number` tells one sheet's wave and version."""
    asked = opened.questionnaire
    assert asked is not None
    _ = translator(shown.language).gettext
    by = _("Please answer by {day}.").format(day=day(opened.due_on, shown.language)) if opened.due_on else ""
    return environment.get_template("paper.html").render(
        **{**_asked(asked, shown.language), **_heading(asked, opened, shown), "style": PAPER_PATH},
        reply=by,
        number=number,
        asks_earlier=asked.ask_earlier,
    )


def _asked(asked: Questionnaire, language: str) -> dict[str, Any]:
    """What a template needs to know of the questions."""
    _ = translator(language).gettext
    return {
        "_": _,
        "lang": _lang(language),
        "style": STYLE_PATH,
        "sections": [
            {
                "name": section.name.in_(language) if section.name else "",
                "questions": [(number, item.name.in_(language)) for number, item in section.items],
            }
            for section in asked.sections
        ],
        "levels": [broken(level.name.in_(language)) for level in asked.scheme.levels],
        "level_texts": _level_texts(asked, language),
        "importance": asked.ask_importance,
        "extras": [_extra(extra, language) for extra in asked.extras],
        "verdicts": [(value, _(text)) for value, text in VERDICTS],
        "count": len(asked.scheme.items),
    }


def friendly(page: Friendly, shown: Shown, *, thanks: str = "", link: tuple[str, str] | None = None) -> str:
    """A page without a form."""
    _ = translator(shown.language).gettext
    return environment.get_template("page.html").render(
        lang=_lang(shown.language),
        style=STYLE_PATH,
        mark=page.mark,
        title=_(page.title),
        lines=[_(page.line), *([thanks] if thanks else [])],
        other_language=shown.other_language,
        link=(link[0], _(link[1])) if link else None,
    )


def _heading(asked: Questionnaire, opened: Opened, shown: Shown) -> dict[str, Any]:
    _, language = translator(shown.language), shown.language
    texts = {name: asked.text(name, language) for name in ("organisation", "title", "purpose", "consent")}
    facts = [
        _.ngettext("{n} question", "{n} questions", asked.questions).format(n=asked.questions),
        _.ngettext("about {n} minute", "about {n} minutes", asked.minutes).format(n=asked.minutes),
    ]
    line = _.gettext("{questions}, {minutes}.").format(questions=facts[0], minutes=facts[1])
    gap = "" if language == "zh_CN" else " "
    if opened.due_on:
        by = LATE if opened.is_late else N_("Please answer by {day}.")
        line += gap + _.gettext(by).format(day=day(opened.due_on, language))
    if opened.wave and opened.wave.is_anonymous:
        texts["consent"] += gap + _.gettext(ANONYMOUS)
    return {**texts, "facts": line, "action": shown.action, "other_language": shown.other_language}


def broken(text: str) -> str:
    """A level's name that may be broken where it is too long for its button.

    >>> broken("Very dissatisfied") == "Very dissatis\u00adfied"
    True
    """
    return text.replace("satisfied", "satis\u00adfied")


def day(on: date, language: str) -> str:
    """A day as it stands in a letter.

    >>> day(date(2026, 9, 16), "en"), day(date(2026, 9, 16), "zh_CN")
    ('September 16, 2026', '2026年9月16日')
    """
    return format_date(on, "long", locale=language)


def _level_texts(asked: Questionnaire, language: str) -> list[tuple[str, str]]:
    levels = [(level.name.in_(language), level.text.in_(language)) for level in asked.scheme.levels]
    return [pair for pair in levels if pair[1]]


def _extra(extra: Extra, language: str) -> dict[str, Any]:
    return {
        "field": f"x_{extra.code}",
        "kind": extra.kind,
        "name": extra.name.in_(language),
        "situation": extra.situation.in_(language),
        "required": extra.required,
        "options": [(option_code(place), option.in_(language)) for place, option in enumerate(extra.options)],
    }


def _notes(note: str, errors: dict[str, str], filled: Filled, empty: bool, _: Any) -> list[str]:
    found = [_(note)] if note else []
    if errors:
        found.append(_("Please correct what is marked. Nothing is lost."))
    if empty:
        found.append(_("Nothing is rated yet. Please answer at least one question."))
    elif filled.missing:
        found.append(_("Not answered yet: {count}.").format(count=len(filled.missing)))
    return found


def _places(asked: Questionnaire, names: Sequence[str], _: Any) -> list[tuple[str, str]]:
    """Where to go for what is wrong or missing: the element's id and its number, or the question's place."""
    extras = {f"x_{extra.code}": str(place) for place, extra in enumerate(asked.extras, len(asked.scheme.items) + 1)}
    found = {}
    for name in names:
        if name[1:].isdigit():
            found[f"i{name[1:]}"] = name[1:]
        elif name in extras:
            found[name] = extras[name]
    return list(found.items())


def _lang(language: str) -> str:
    return "zh" if language.startswith("zh") else "en"
