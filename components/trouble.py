"""What a reader sees when a page fails: what is safe, and a number under which the log knows more."""

import logging
import secrets

from components import states
from components.texts import _
from db.session import DatabaseTrouble
from domain.errors import Refusal

log = logging.getLogger(__name__)


def show(error: Exception) -> bool:
    """Draws an error that a page didn't expect, and logs it; True tells Streamlit that it was shown."""
    if isinstance(error, Refusal):
        states.refused(error.explain(_))
        return True
    reference = secrets.token_hex(3).upper()
    log.error("Reference %s", reference, exc_info=error)
    if isinstance(error, DatabaseTrouble):
        states.unreachable("", reference)
    else:
        states.error(
            _("This page has failed."), _("Nothing was saved. Try again, or tell the administrator."), reference
        )
    return True
