"""Where personal data stands: every column that holds texts is in one of the two lists below, and a test asks for it.

What people write may name people, so every free text counts. Names of customers are those of companies; names and
addresses of colleagues stay with their accounts, because records must say who did what (rules.md 10).
"""

from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from sqlalchemy import Column, Date, Table, literal
from sqlalchemy.orm import aliased
from sqlmodel import SQLModel, case, col, func, select

from db import bulk
from db.models import (
    Abnormality,
    Action,
    ActionEvent,
    ActionFile,
    ActionTelling,
    AnswerDraft,
    ApiRequest,
    AuditEvent,
    CallAttempt,
    Complaint,
    ComplaintClock,
    ComplaintEvent,
    ComplaintPicture,
    Contact,
    CountermeasureAudit,
    CustomerCall,
    Delivery,
    Discipline,
    EntryCheck,
    ExtraAnswer,
    FeedbackSlip,
    FilePart,
    HandEntry,
    ImportRun,
    Invitation,
    Job,
    MadeReport,
    Mail,
    Meeting,
    MeetingMinute,
    MeetingTopic,
    Minutes,
    MonthAnalysis,
    Notification,
    Opinion,
    Plan,
    PlanDepartment,
    PlanMember,
    PublicSummary,
    Reminder,
    ReportReview,
    Request,
    Response,
    ResponseFlag,
    RetentionRun,
    Rework,
    Share,
    SignInAttempt,
    SignInSession,
    StoredFile,
    Subject,
    Training,
    Visit,
    VisitDefect,
    Wave,
)

LOGS: Final = frozenset({"audit_event", "action_event", "complaint_event", "action_telling", "action_signature"})
"""Append-only: the database refuses to change them but for the texts, and those but within a run (migration 0022)."""

NEVER: Final = date(1970, 1, 1)
"""From when the term of a person runs who isn't active and of whom no record is left."""


@dataclass(frozen=True)
class Place:
    """A table with personal data: its columns, and when they go.

    `marked` texts become MARK, `numbered` ones MARK and the row's key (they must stay different), `emptied` ones "";
    `cut` are references to a person. `since`: moment or day from which the term of the kind of `record` runs, NULL
    while the record is in use. `longest`: kept as long as the scheme that
    keeps longest. `contact` is the person whom the row is about. All are expressions of one row.
    """

    model: type[SQLModel]
    record: str
    since: Any
    marked: tuple[str, ...] = ()
    emptied: tuple[str, ...] = ()
    numbered: tuple[str, ...] = ()
    cut: tuple[str, ...] = ()
    longest: bool = False
    scheme: Any = None
    customer: Any = None
    contact: Any = None

    @property
    def table(self) -> Table:
        """The table itself."""
        return bulk.table_of(self.model)

    @property
    def keys(self) -> list[Column[Any]]:
        """What names a row."""
        return list(self.table.primary_key.columns)

    @property
    def texts(self) -> tuple[str, ...]:
        """The columns that hold what people wrote."""
        return (*self.marked, *self.numbered, *self.emptied)


def _of(model: Any, key: Any, what: Any) -> Any:
    """What stands in the row of another table that `key` leads to."""
    return select(what).where(model.id == key).correlate_except(model).scalar_subquery()


def _last(model: Any, what: Any, *where: Any) -> Any:
    """The newest of several rows of another table."""
    return select(func.max(what)).where(*where).correlate_except(model).scalar_subquery()


def _scheme(wave_id: Any) -> Any:
    return _of(Wave, wave_id, Wave.scheme_id)


_event = aliased(ActionEvent)
_ACTION_ENDED: Any = case(
    (col(Action.state) == "closed", col(Action.closed_at)),
    (col(Action.state) == "cancelled", _last(_event, _event.at, _event.action_id == Action.id)),
)
_COMPLAINT_ENDED: Any = case(
    (col(Complaint.state) == "closed", col(Complaint.closed_at)),
    (col(Complaint.state) == "rejected", col(Complaint.verified_at)),
)
_REQUEST_ENDED: Any = case((col(Request.state) == "settled", col(Request.closed_at)))
_WAVE_ENDED: Any = case(
    (col(Wave.state) == "closed", col(Wave.closed_at)),
    (col(Wave.state) == "void", func.coalesce(Wave.closed_at, Wave.created_at)),
)
_RESPONDENT: Any = func.coalesce(
    _of(Invitation, Response.invitation_id, Invitation.contact_id),
    select(HandEntry.contact_id)
    .where(HandEntry.response_id == Response.id)
    .correlate_except(HandEntry)
    .scalar_subquery(),
)


def _with_action(key: Any) -> dict[str, Any]:
    """What a row has of the action that it belongs to."""
    return {
        "record": "nonconformities",
        "since": _of(Action, key, _ACTION_ENDED),
        "scheme": _of(Action, key, _scheme(Action.wave_id)),
        "customer": _of(Action, key, Action.customer_id),
    }


def _with_meeting(key: Any) -> dict[str, Any]:
    return {
        "record": "process",
        "since": _of(Meeting, key, Meeting.held_on),
        "scheme": _of(Meeting, key, _scheme(Meeting.wave_id)),
    }


def _with_complaint(key: Any) -> dict[str, Any]:
    return {
        "record": "nonconformities",
        "since": _of(Complaint, key, _COMPLAINT_ENDED),
        "scheme": _of(Complaint, key, _scheme(Complaint.wave_id)),
        "customer": _of(Complaint, key, Complaint.customer_id),
    }


def _with_response(key: Any) -> dict[str, Any]:
    return {
        "record": "forms",
        "since": _of(Response, key, Response.received_at),
        "scheme": _of(Response, key, _scheme(Response.wave_id)),
        "customer": _of(Response, key, Response.customer_id),
        "contact": _of(Response, key, _RESPONDENT),
    }


def _with_invitation(key: Any) -> dict[str, Any]:
    return {
        "record": "forms",
        "scheme": _of(Invitation, key, _scheme(Invitation.wave_id)),
        "customer": _of(Invitation, key, Invitation.customer_id),
        "contact": _of(Invitation, key, Invitation.contact_id),
    }


def _with_call(key: Any) -> dict[str, Any]:
    return {
        "record": "process",
        "since": _of(CustomerCall, key, CustomerCall.ended_at),
        "scheme": _of(CustomerCall, key, CustomerCall.scheme_id),
        "customer": _of(CustomerCall, key, CustomerCall.customer_id),
        "contact": _of(CustomerCall, key, CustomerCall.contact_id),
    }


def _with_wave(key: Any) -> dict[str, Any]:
    return {"record": "forms", "since": _of(Wave, key, _WAVE_ENDED), "scheme": _scheme(key)}


def _newest_use(day: Any, model: Any) -> Any:
    return _last(model, day, model.contact_id == Contact.id)


_LAST_ASKED: Any = func.coalesce(
    _newest_use(Invitation.sent_on, Invitation),
    _newest_use(CustomerCall.due_on, CustomerCall),
    literal(NEVER, Date()),
)
_FILE_OWNER_ENDED: Any = func.coalesce(
    select(_of(Action, ActionFile.action_id, _ACTION_ENDED))
    .where(ActionFile.file_id == StoredFile.id)
    .correlate_except(ActionFile)
    .scalar_subquery(),
    select(func.min(_of(Complaint, ComplaintPicture.complaint_id, _COMPLAINT_ENDED)))
    .where(ComplaintPicture.file_id == StoredFile.id)
    .correlate_except(ComplaintPicture)
    .scalar_subquery(),
    _last(VisitDefect, VisitDefect.recorded_at, VisitDefect.picture_id == StoredFile.id),
    _last(MadeReport, MadeReport.made_at, MadeReport.file_id == StoredFile.id),
)

PLACES: Final[tuple[Place, ...]] = (
    # answers, and how they were asked for; a person before the references to the person
    Place(
        *(Contact, "forms", case((col(Contact.active).is_(False), _LAST_ASKED))),
        marked=("name",),
        emptied=("post", "mail", "phone"),
        longest=True,
        customer=Contact.customer_id,
        contact=Contact.id,
    ),
    Place(
        *(Response, "forms", Response.received_at),
        emptied=("respondent",),
        scheme=_scheme(Response.wave_id),
        customer=Response.customer_id,
        contact=_RESPONDENT,
    ),
    Place(ExtraAnswer, marked=("value",), **_with_response(ExtraAnswer.response_id)),
    Place(ResponseFlag, marked=("about",), **_with_response(ResponseFlag.response_id)),
    Place(
        *(Opinion, "forms", Opinion.received_at),
        marked=("text", "answer", "not_adopted", "reward"),
        emptied=("said_by",),
        scheme=_scheme(Opinion.wave_id),
        customer=Opinion.customer_id,
        contact=_of(Response, Opinion.response_id, _RESPONDENT),
    ),
    Place(AnswerDraft, "forms", AnswerDraft.saved_at, marked=("fields",), scheme=_scheme(AnswerDraft.wave_id)),
    Place(Mail, since=Mail.queued_at, emptied=("address", "reason"), **_with_invitation(Mail.invitation_id)),
    Place(Reminder, since=Reminder.at, marked=("note",), **_with_invitation(Reminder.invitation_id)),
    Place(HandEntry, cut=("contact_id",), **_with_response(HandEntry.response_id)),
    Place(
        *(Invitation, "forms", Invitation.sent_on),
        cut=("contact_id",),
        scheme=_scheme(Invitation.wave_id),
        customer=Invitation.customer_id,
        contact=Invitation.contact_id,
    ),
    Place(
        *(Subject, "forms"),
        func.coalesce(
            _last(Response, Response.received_at, Response.subject_id == Subject.id),
            _last(Invitation, _of(Wave, Invitation.wave_id, _WAVE_ENDED), Invitation.subject_id == Subject.id),
        ),
        marked=("name",),
        longest=True,
    ),
    Place(Wave, "forms", _WAVE_ENDED, marked=("void_reason",), scheme=Wave.scheme_id),
    Place(
        Plan,
        marked=("objective", "scope", "channels", "agency", "milestones", "incentive", "comment"),
        **_with_wave(Plan.wave_id),
    ),
    Place(PlanMember, marked=("task",), **_with_wave(PlanMember.wave_id)),
    Place(PlanDepartment, marked=("help",), **_with_wave(PlanDepartment.wave_id)),
    Place(EntryCheck, marked=("verdict",), **_with_response(EntryCheck.response_id)),
    # actions, complaints, requests; their events keep who, when and what, and lose what was written
    Place(
        *(Action, "nonconformities", _ACTION_ENDED),
        marked=(
            *("title", "problem", "whys", "cause", "containment", "containment_not_applicable", "countermeasure"),
            *("prevention", "prevention_not_applicable", "evidence", "verdict_reason", "customer_told"),
            "cancel_reason",
        ),
        scheme=_scheme(Action.wave_id),
        customer=Action.customer_id,
    ),
    Place(ActionEvent, marked=("changes", "comment"), **_with_action(ActionEvent.action_id)),
    Place(ActionTelling, marked=("said",), **_with_action(ActionTelling.action_id)),
    Place(
        *(Complaint, "nonconformities", _COMPLAINT_ENDED),
        marked=("description", "effect", "reason"),
        scheme=_scheme(Complaint.wave_id),
        customer=Complaint.customer_id,
    ),
    Place(ComplaintClock, marked=("note",), **_with_complaint(ComplaintClock.complaint_id)),
    Place(ComplaintPicture, marked=("name",), **_with_complaint(ComplaintPicture.complaint_id)),
    Place(Discipline, marked=("content",), **_with_complaint(Discipline.complaint_id)),
    Place(Rework, marked=("place", "note"), **_with_complaint(Rework.complaint_id)),
    Place(
        CountermeasureAudit,
        marked=("note",),
        numbered=("countermeasure",),
        **_with_complaint(CountermeasureAudit.complaint_id),
    ),
    Place(Abnormality, marked=("problem", "cause", "prevention"), **_with_complaint(Abnormality.complaint_id)),
    Place(
        *(Request, "nonconformities", _REQUEST_ENDED),
        marked=("source", "said", "solution"),
        customer=Request.customer_id,
    ),
    Place(
        *(ComplaintEvent, "nonconformities"),
        func.coalesce(
            _of(Complaint, ComplaintEvent.complaint_id, _COMPLAINT_ENDED),
            _of(Request, ComplaintEvent.request_id, _REQUEST_ENDED),
        ),
        marked=("changes", "comment"),
        customer=func.coalesce(
            _of(Complaint, ComplaintEvent.complaint_id, Complaint.customer_id),
            _of(Request, ComplaintEvent.request_id, Request.customer_id),
        ),
    ),
    Place(StoredFile, "nonconformities", _FILE_OWNER_ENDED, marked=("name",)),
    Place(FilePart, "nonconformities", _of(StoredFile, FilePart.file_id, _FILE_OWNER_ENDED), emptied=("content",)),
    # the process: calls, visits, minutes, what machines note down
    Place(Minutes, marked=("said",), **(_with_complaint(Minutes.complaint_id) | {"record": "process"})),
    Place(Meeting, "process", Meeting.held_on, marked=("title",), scheme=_scheme(Meeting.wave_id)),
    Place(Share, "process", Share.ends_at, marked=("title",), customer=Share.customer_id),
    Place(MeetingTopic, marked=("title",), **_with_meeting(MeetingTopic.meeting_id)),
    Place(MeetingMinute, marked=("text",), **_with_meeting(MeetingMinute.meeting_id)),
    Place(MonthAnalysis, "process", MonthAnalysis.written_at, marked=("said",)),
    Place(ReportReview, marked=("said",), **_with_wave(ReportReview.wave_id)),
    Place(PublicSummary, marked=("changed_zh", "changed_en"), **_with_wave(PublicSummary.wave_id)),
    Place(CallAttempt, marked=("note",), **_with_call(CallAttempt.call_id)),
    Place(FeedbackSlip, marked=("problem", "result"), **_with_call(FeedbackSlip.call_id)),
    Place(
        *(CustomerCall, "process", CustomerCall.ended_at),
        marked=("special_needs", "buys_again", "reason"),
        cut=("contact_id",),
        scheme=CustomerCall.scheme_id,
        customer=CustomerCall.customer_id,
        contact=CustomerCall.contact_id,
    ),
    Place(
        *(Visit, "process", Visit.held_on),
        marked=(
            *("place", "people", "purpose", "steps", "record", "conclusions", "advantages", "competitors"),
            *("buying_habits", "people_news"),
        ),
        scheme=_scheme(Visit.wave_id),
        customer=Visit.customer_id,
    ),
    Place(
        *(VisitDefect, "process", VisitDefect.gone_on),
        marked=("touchpoint", "defect", "remark"),
        customer=_of(Visit, VisitDefect.visit_id, Visit.customer_id),
    ),
    Place(Training, "process", Training.held_on, marked=("content",)),
    Place(Notification, "process", Notification.at, marked=("facts",)),
    Place(Delivery, "process", Delivery.queued_at, marked=("reason",)),
    Place(Job, "process", Job.ended_at, marked=("payload", "result")),
    Place(ImportRun, "process", ImportRun.finished_at, marked=("file_name",)),
    Place(ApiRequest, "process", ApiRequest.at, marked=("answer",)),
    Place(SignInSession, "process", SignInSession.expires_at, emptied=("address", "browser")),
    Place(SignInAttempt, "process", SignInAttempt.at, emptied=("username", "address")),
    Place(AuditEvent, "process", AuditEvent.at, marked=("details",)),
    Place(RetentionRun, "process", RetentionRun.ended_at, marked=("reason",)),
)

NOT_PERSONAL: Final[dict[str, tuple[str, ...]]] = {
    "leader": ("name",),
    "made_report": ("form_key", "kind", "form", "language", "about", "figures"),
    "report_schedule": ("form_key", "kind", "form", "language", "occasion"),
    "report_sending": ("thing", "trouble"),
    "month_analysis": ("month",),
    "public_summary": ("state",),
    "chat_target": ("name", "kind", "address", "secret"),
    "telling_choice": ("rhythm", "zone"),
    "delivery": ("channel", "thing", "state"),
    # the organisation, its people's accounts, and customers, which are companies
    "fact": ("name", "value"),
    "department": ("code", "name_zh", "name_en"),
    "user_account": ("username", "name", "password_hash", "role", "language", "mail"),
    "customer": ("code", "name_zh", "name_en", "name_key", "segment", "region", "address"),
    "customer_merge": ("moved",),
    "purchase": ("product", "unit"),
    "cohort": ("segment", "region", "channel"),
    "contact": ("language",),
    "company_day": ("name",),
    # what is asked
    "scheme": ("code",),
    "scheme_version": ("document", "hash"),
    "dimension": ("code",),
    "item": ("code",),
    "item_link": ("kind",),
    "stored_mapping": ("fingerprint", "name", "document"),
    "questionnaire": ("document",),
    "choice_question": ("code", "text"),
    "subject": ("kind", "code"),
    # states, codes, hashes, figures and keys of records
    "sign_in_session": ("token_hash", "ticket_hash"),
    "audit_event": ("verb", "about"),
    "wave": ("code", "state", "origin", "position"),
    "plan": ("form_key", "methods", "sampling", "stratum", "filter", "incentive_how", "state"),
    "invitation": ("token_hash", "link_seed", "state"),
    "response": ("row_key", "content_hash", "status", "invalid_reason"),
    "extra_answer": ("question",),
    "response_flag": ("flag",),
    "opinion": ("kind", "source", "answered_how", "form_key"),
    "problem_answer": ("verdict",),
    "consent": ("version", "channel"),
    "answer_draft": ("key_hash",),
    "open_try": ("address_hash",),
    "open_link": ("link_seed", "token_hash"),
    "mail": ("kind", "state"),
    "reminder": ("how",),
    "hand_entry": ("channel",),
    "entry_sample": ("form_key",),
    "entry_check": ("differences",),
    "frozen_result": ("occasion", "compared_with", "figures", "sha256"),
    "finding": ("rule", "about", "state", "frozen"),
    "action": (*("form_key", "state", "figures", "cause_category", "countermeasure_kind", "cost_currency", "verdict"),),
    "action_event": ("verb", "from_state", "to_state"),
    "action_effect": ("verdict", "reason", "subjects"),
    "action_telling": ("outcome",),
    "complaint": ("form_key", "channel", "product", "part_number", "lot", "category", "responsibility", "state"),
    "complaint_clock": ("code",),
    "complaint_event": ("verb",),
    "complaint_rework": ("form_key",),
    "complaint_minutes": ("form_key",),
    "abnormality": ("part_number",),
    "quality_figure": ("code",),
    "request": ("form_key", "kind", "channel", "state"),
    "stored_file": ("sha256",),
    "customer_call": ("form_key", "kind", "state"),
    "call_attempt": ("form_key", "result"),
    "feedback_slip": ("form_key",),
    "visit": ("form_key", "kind", "state"),
    "visit_opinion": ("form_key",),
    "visit_defect": ("form_key",),
    "meeting": ("form_key",),
    "meeting_topic": ("kind",),
    "share": ("form_key", "token_hash", "link_seed", "view", "params", "slides", "password_hash"),
    "meeting_minute": ("form_key", "kind"),
    "notification": ("kind", "link", "once"),
    "job": ("kind", "form_key", "state"),
    "import_run": ("file_sha256", "mapping_hash", "mapping"),
    "api_token": ("name", "hint", "token_hash", "scopes"),
    "api_request": ("key", "request_hash"),
    "retention_run": ("form_key", "kind", "state", "terms", "planned", "position", "changed"),
}
"""Table → its other columns that hold text: codes, states, hashes, figures, names of things and of colleagues.

`response.row_key` stays so that the same file, imported again, doesn't bring back what was taken out.
"""
