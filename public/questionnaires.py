"""What a request for a questionnaire is answered: the form, a friendly page, or what has been done with it."""

import logging
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final
from urllib.parse import parse_qs, urlencode

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from db.session import DatabaseTrouble, read_session, write_session
from domain.errors import N_
from domain.filled_forms import Fields
from public import pages
from public.pages import FRIENDLY, THANKS, Shown
from public.plain_http import HEADERS, html
from services import answering
from services.answering import Link, Opened
from services.recording import WaveChangedMeanwhile

log = logging.getLogger(__name__)
MOST_FIELDS, LONGEST_TOKEN = 500, 64
ANSWER: Final = "/answer"
"""Where forms go: another address than the form's own, so that Back leads to it, filled in, when the network has failed."""
OTHER_LANGUAGE: Final = "other"
"""The press that shows the form in the other language, with what was typed."""
LANGUAGES: Final = {"zh": "zh_CN", "en": "en"}
KEPT: Final = N_("Kept. You can close this page and go on later with the same link.")
AGAIN: Final = N_("Please check your answers and press Submit once more.")


def answered(request: Request, body: bytes) -> Response:
    """The answer to a request whose body has come."""
    link = link_of(request)
    respond: Callable[[], Response] = (
        (lambda: taken_in(request, link, fields_of(body)))
        if request.method == "POST"
        else (lambda: shown(request, link))
    )
    try:
        try:
            return respond()
        except WaveChangedMeanwhile:
            return respond()  # it is closed, or open, now
    except (*DatabaseTrouble, WaveChangedMeanwhile):
        log.exception("A questionnaire could not be read or written")
        return page("trouble", shown_by(request, link))


def too_long(request: Request) -> Response:
    """Nobody types as much as this."""
    return page("too_long", shown_by(request, link_of(request)))


def shown(request: Request, link: Link) -> Response:
    """GET: the form with what was kept, or a friendly page."""
    if request.url.path.endswith(ANSWER):
        return onward(request, link, "")
    if "thanks" in request.query_params and link.is_public:
        return page("thanks", shown_by(request, link))
    with read_session() as session:
        found = answering.opened(session, link, at=datetime.now(UTC))
        return as_page(request, link, found, KEPT if "kept" in request.query_params else "")


def taken_in(request: Request, link: Link, given: Fields) -> Response:
    """POST: an answer, something to keep, or a refusal. What is done is followed by a redirect, so Back repeats nothing."""
    sent = given.get("form", [""])[0]
    if link.is_public:
        link = Link(link.token, True, sent if answering.is_our_form(link.token, sent) else "")
    now, press = datetime.now(UTC), given.get("do", [""])[0]
    if any(given.get("website", ())):  # no person sees this field
        return page("thanks", shown_by(request, link))
    address = request.client.host if request.client else ""
    if not answering.is_our_form(link.token, sent):
        with read_session() as session:
            found = answering.opened(session, link, at=now)
            return as_page(request, link, answering.with_typed(found, given), AGAIN)
    if press == "refuse":
        with write_session() as session:
            return as_page(request, link, answering.refuse(session, link, at=now))
    if press in ("keep", OTHER_LANGUAGE) or (press[:1] == "s" and press[1:].isdigit()):
        with write_session() as session:
            found = answering.keep(session, link, given=given, address=address, at=now)
        if found.state != "ask":
            return as_page(request, link, found)
        if press == OTHER_LANGUAGE:
            return RedirectResponse(shown_by(request, link, found).other_language, 303, headers=HEADERS)
        return onward(request, link, "kept", f"#{press}" if press[1:].isdigit() else "")
    with write_session() as session:
        outcome = answering.answer(session, link, given=given, with_gaps=press == "gaps", address=address, at=now)
    if outcome.stored:
        return onward(request, link, "thanks")
    return as_page(request, link, outcome.opened, "", outcome)


def as_page(
    request: Request, link: Link, found: Opened, note: str = "", outcome: answering.Outcome | None = None
) -> Response:
    """What a link opens, as a page."""
    where = shown_by(request, link, found)
    if found.state != "ask":
        is_thanks = found.state == "answered" and "thanks" in request.query_params
        return page("thanks" if is_thanks else found.state, where, found)
    text = pages.form(found, where, outcome.form if outcome else None, note)
    return html(text, 422 if outcome else 200, where.language)


def page(state: str, where: Shown, found: Opened | None = None) -> Response:
    """A friendly page."""
    friendly = THANKS if state == "thanks" else FRIENDLY[state]
    asked = found.questionnaire if found and state in ("thanks", "answered") else None
    thanks = asked.text("thanks", where.language) if asked else ""
    again = (where.action.replace(ANSWER, "", 1), N_("Open the questionnaire")) if state == "refused" else None
    text = pages.friendly(friendly, where, thanks=thanks, link=again)
    return html(text, friendly.status, where.language)


def onward(request: Request, link: Link, what: str, place: str = "") -> Response:
    """To the same address with what has just been done."""
    return RedirectResponse(address_of(request, link, what) + place, 303, headers=HEADERS)


def link_of(request: Request) -> Link:
    """The link that was followed."""
    token, is_public = request.path_params["token"][:LONGEST_TOKEN], request.url.path.startswith("/q/open/")
    form = request.query_params.get("form", "") if is_public else ""
    return Link(token, is_public, form if form and answering.is_our_form(token, form) else "")


def shown_by(request: Request, link: Link, found: Opened | None = None) -> Shown:
    """How the page is shown: its language, the address of its form and of itself in the other language."""
    language = language_of(request, found.language if found else "")
    form = link.form or answering.new_form(link.token)
    other = "en" if language == "zh_CN" else "zh"
    what = next((name for name in ("kept", "thanks") if name in request.query_params), "")
    return Shown(language, address_of(request, link, "", place=ANSWER), address_of(request, link, what, other), form)


def address_of(request: Request, link: Link, what: str, language: str = "", place: str = "") -> str:
    """Our own address for a link, with the chosen language."""
    chosen = language or request.query_params.get("lang", "")
    query = {
        **({"lang": chosen} if chosen in LANGUAGES else {}),
        **({"form": link.form} if link.form and what != "thanks" else {}),
        **({what: "1"} if what else {}),
    }
    path = f"/q/open/{link.token}" if link.is_public else f"/q/{link.token}"
    return f"{path}{place}?{urlencode(query)}" if query else f"{path}{place}"


def language_of(request: Request, preferred: str) -> str:
    """The language of a page: `lang=` in the address, else the browser's, where it takes either, else the contact's."""
    chosen = LANGUAGES.get(request.query_params.get("lang", ""))
    if chosen:
        return chosen
    wanted = request.headers.get("accept-language", "").lower()
    ranked = sorted(map(_ranked, filter(None, wanted.split(","))), reverse=True)
    first = next((name[:2] for _rank, name in ranked if name[:2] in LANGUAGES), "")
    return LANGUAGES.get(first) or preferred or "en"


def _ranked(part: str) -> tuple[float, str]:
    name, _, weight = part.strip().partition(";q=")
    try:
        return float(weight or 1), name
    except ValueError:
        return 0.0, name


def fields_of(body: bytes) -> Fields:
    """A posted form, or as much of it as can be read."""
    try:
        return parse_qs(body.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=MOST_FIELDS)
    except ValueError:
        return {}
