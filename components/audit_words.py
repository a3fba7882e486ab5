"""What is said of the audit trail: words of the code, as people read them."""

from typing import Final

from components.texts import _
from domain.errors import N_

ABOUT: Final[dict[str, str]] = {
    "action": N_("Action"),
    "complaint": N_("Complaint"),
    "request": N_("Request"),
    "customer": N_("Customer"),
    "contacts": N_("Customers and contacts"),
    "wave": N_("Wave"),
    "overview": N_("Overview"),
    "recipients": N_("Recipients"),
    "chase_list": N_("Chase list"),
    "invitation": N_("Invitation"),
    "response": N_("Response"),
    "questionnaire": N_("Questionnaire"),
    "plan": N_("Plan"),
    "mail": N_("Mail"),
    "call": N_("Call"),
    "visit": N_("Visit"),
    "user": N_("Account"),
    "sign_in_session": N_("Sign-in"),
    "scheme": N_("Scheme"),
    "scheme_version": N_("Version of a scheme"),
    "item_link": N_("Question over time"),
    "api_token": N_("API token"),
    "company_day": N_("Working day"),
    "quality_figure": N_("Quality figure"),
    "entry_sample": N_("Check of entries"),
    "contact": N_("Person"),
    "retention": N_("Terms of records"),
    "retention_run": N_("Anonymising"),
    "audit": N_("Audit log"),
    "demo": N_("Sample company"),
    "opinion": N_("Opinion"),
    "action_event": N_("History of an action"),
    "complaint_event": N_("History of a complaint"),
    "extra_answer": N_("Written answer"),
    "audit_event": N_("Audit log"),
    "stored_file": N_("File"),
    "file_part": N_("Content of a file"),
    "job": N_("Job"),
    "report": N_("Report"),
    "report_template": N_("Template of the slides"),
}
"""What an event is about → its name, a message."""
VERBS: Final[dict[str, str]] = {
    "view": N_("was shown"),
    "export": N_("exported"),
    "download": N_("downloaded"),
    "sign_in": N_("signed in"),
    "sign_out": N_("signed out"),
    "sign_out_everywhere": N_("signed out everywhere"),
    "set_password": N_("set a password"),
    "change_password": N_("changed the password"),
    "add": N_("added"),
    "change": N_("changed"),
    "edit": N_("edited"),
    "save": N_("saved"),
    "remove": N_("removed"),
    "cancel": N_("cancelled"),
    "open": N_("opened"),
    "close": N_("closed"),
    "assign": N_("assigned"),
    "analyse": N_("began the analysis"),
    "plan": N_("planned"),
    "submit": N_("submitted"),
    "approve": N_("approved"),
    "start": N_("started"),
    "implement": N_("reported as implemented"),
    "measure": N_("measured the effect"),
    "verify": N_("checked the effect"),
    "reopen": N_("reopened"),
    "comment": N_("commented"),
    "record": N_("recorded"),
    "settle": N_("settled"),
    "send": N_("sent"),
    "remind": N_("reminded"),
    "import": N_("imported"),
    "merge": N_("merged"),
    "undo_merge": N_("undid a merge"),
    "enter": N_("entered answers"),
    "correct": N_("corrected"),
    "withdraw": N_("withdrew"),
    "admit": N_("admitted after closing"),
    "judge": N_("judged rates after the window"),
    "propose": N_("proposed"),
    "confirm": N_("confirmed"),
    "anonymise": N_("anonymised"),
    "finish": N_("finished"),
    "set": N_("set"),
    "add_file": N_("added a file"),
    "remove_file": N_("removed a file"),
}
"""Verb → what somebody did, a message; verbs that are rarely looked for are shown as the code has them."""


def about(code: str) -> str:
    """The name of what an event is about."""
    return _(ABOUT[code]) if code in ABOUT else code.replace("_", " ")


def verb(code: str) -> str:
    """What was done."""
    return _(VERBS[code]) if code in VERBS else code.replace("_", " ")
