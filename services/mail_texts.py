"""What stands in the mails: invitation, reminder and test, in the language of whoever reads them."""

from dataclasses import dataclass
from datetime import date
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import parseaddr
from typing import Final, NamedTuple

from babel.dates import format_date

from domain.customer_cells import is_chinese
from domain.errors import N_
from domain.mail_addresses import address_of
from locales import SOURCE_LANGUAGE, translator

SUBJECTS: Final = {
    "invitation": N_("How satisfied are you with us? {survey}"),
    "reminder": N_("A reminder: how satisfied are you with us? {survey}"),
}
ASKS: Final = {
    "invitation": N_("We would like to know how satisfied you are with us. The questionnaire takes a few minutes:"),
    "reminder": N_("A while ago we asked how satisfied you are with us. Your answer is not in yet, and it counts:"),
}
CONSENT: Final = N_(
    "Answering is voluntary. Your answers are used only to improve our products and service, and are anonymised after 3 years."
)
OWN_LINK: Final = N_("This link is yours: please do not pass it on.")
ANONYMOUS: Final = N_("This survey is anonymous: your answers are kept without your name and without this link.")
NO_MORE: Final = N_("If you do not want to be asked again, please reply to this mail.")


class Attached(NamedTuple):
    """A file that goes with a mail; `subtype` is what follows "application/" in its type."""

    name: str
    subtype: str
    content: bytes


@dataclass(frozen=True)
class Letter:
    """What a mail to a contact says: `kind` is invitation or reminder; names are texts from outside."""

    kind: str
    to_name: str
    address: str
    language: str
    survey: str
    link: str
    due_on: date | None = None
    is_anonymous: bool = False


def mail_of(letter: Letter, *, sender: str, key: str) -> EmailMessage:
    """The message, ready to be handed over. `key` tells this mail from all others, and is the same when it is sent again."""
    _ = translator(letter.language).gettext
    lines = [
        _("Dear {name},").format(name=one_line(letter.to_name)) if letter.to_name else _("Good day,"),
        _(ASKS[letter.kind]),
        letter.link,
        *(_("Please answer by {day}.").format(day=_day(one, letter.language)) for one in _days(letter)),
        " ".join(_(line) for line in (CONSENT, ANONYMOUS if letter.is_anonymous else OWN_LINK, NO_MORE)),
        one_line(parseaddr(sender)[0]) or (address_of(sender) or ""),
    ]
    subject = _(SUBJECTS[letter.kind]).format(survey=letter.survey)
    return message_of(sender, letter.to_name, letter.address, subject, "\n\n".join(lines), key)


def test_mail_of(address: str, language: str, *, sender: str, link: str, key: str) -> EmailMessage:
    """A mail to oneself that shows whether mails leave the house, and where links lead."""
    _ = translator(language).gettext
    body = "\n\n".join([_("This is a test: mails leave, and links in them begin like this one."), link])
    return message_of(sender, "", address, _("Test of the mail server"), body, key)


def language_for(wanted: str, name: str) -> str:
    """The contact's language; without one, Chinese for a name in Chinese characters.

    >>> language_for("", "朱娟"), language_for("", "Ann Lee"), language_for("en", "朱娟")
    ('zh_CN', 'en', 'en')
    """
    if wanted:
        return wanted
    return "zh_CN" if is_chinese(name) else SOURCE_LANGUAGE


def one_line(text: str) -> str:
    """The text without line ends and other control characters.

    >>> one_line("Ann\\r\\nBcc: all@example.com")
    'Ann Bcc: all@example.com'
    """
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def message_of(sender: str, name: str, address: str, subject: str, body: str, key: str) -> EmailMessage:
    """A plain text message that no absence answers; `key` becomes its Message-ID."""
    message = EmailMessage()
    message["From"] = sender
    message["To"] = Address(one_line(name), addr_spec=address)
    message["Subject"] = one_line(subject)
    message["Message-ID"] = f"<{key}@{(address_of(sender) or '').rpartition('@')[2]}>"
    message["Auto-Submitted"] = "auto-generated"  # nobody's absence answers it
    message.set_content(body)
    return message


def _days(letter: Letter) -> list[date]:
    return [letter.due_on] if letter.due_on else []


def _day(on: date, language: str) -> str:
    return format_date(on, "long", locale=language)
