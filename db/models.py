"""The tables. Terms as in rules.md 1; ids inside, codes in URLs; what must never be false is a constraint here."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, Float, Index, Text, UniqueConstraint
from sqlmodel import Field, SQLModel

from db.columns import Json, Moment, count, key, link, maybe_link, text

ROLES = ("administrator", "quality", "organiser", "interviewer", "approver", "department", "sales", "viewer")
WAVE_STATES = ("planned", "open", "closed", "void")
INVITATION_STATES = ("sent", "answered", "undeliverable", "expired")
RESPONSE_STATUS = ("counted", "invalid", "after_close", "withdrawn")
OPINION_KINDS = ("", "problem", "suggestion", "praise", "request")
RULES = (
    *("INDEX_BELOW", "CUSTOMER_BELOW", "ITEM_BELOW", "DECLINE", "LOW_ANSWER", "RATE_BELOW", "COVERAGE_BELOW"),
    *("TOO_FEW_VALID", "SATISFACTION_RATE_BELOW", "OPINION", "COMPLAINT", "VISIT_DEFECT"),
)
FINDING_STATES = ("open", "cleared")
ACTION_STATES = (
    *("open", "analysing", "planned", "approved", "in_progress", "implemented", "verifying", "closed", "cancelled"),
)
JOB_STATES = ("queued", "running", "done", "failed", "cancelled")
WITHOUT_ROWID = {"sqlite_with_rowid": False}


def one_of(column: str, values: tuple[str, ...]) -> CheckConstraint:
    """A column that holds one of a few words."""
    listed = ", ".join(f"'{value}'" for value in values)
    return CheckConstraint(f"{column} IN ({listed})", name=f"{column}_known")


class Fact(SQLModel, table=True):
    """What the database says of itself: whether it is the demo, its organisation's name."""

    __tablename__ = "fact"
    name: str = Field(primary_key=True)
    value: str = text()


# Who


class Department(SQLModel, table=True):
    """A department that answers for items and acts on findings."""

    __tablename__ = "department"
    id: int | None = key()
    code: str = Field(unique=True)
    name_zh: str = text()
    name_en: str = text()


class User(SQLModel, table=True):
    """An account; role, department and activity are read on every run."""

    __tablename__ = "user_account"
    __table_args__ = (one_of("role", ROLES), CheckConstraint("username = lower(username)", name="username_lower"))
    id: int | None = key()
    username: str = Field(unique=True)
    name: str
    password_hash: str
    role: str
    department_id: int | None = maybe_link("department.id", index=True)
    is_head: bool = Field(default=False, description="head of the department: owner of its new actions")
    language: str = ""
    mail: str = ""
    active: bool = True
    created_at: datetime = Field(sa_type=Moment)
    version: int = 1


class SignInSession(SQLModel, table=True):
    """One sign-in of one user on one browser; ended by signing out, by expiry, or from elsewhere."""

    __tablename__ = "sign_in_session"
    id: int | None = key()
    token_hash: str = Field(unique=True)
    user_id: int = link("user_account.id", index=True)
    ticket_hash: str | None = Field(default=None, unique=True)
    ticket_until: datetime | None = Field(default=None, sa_type=Moment)
    created_at: datetime = Field(sa_type=Moment)
    seen_at: datetime = Field(sa_type=Moment)
    expires_at: datetime = Field(sa_type=Moment)
    ended_at: datetime | None = Field(default=None, sa_type=Moment)
    address: str = ""
    browser: str = ""


class SignInAttempt(SQLModel, table=True):
    """A failed try, counted per account and address, so that limits hold for all replicas and survive a restart."""

    __tablename__ = "sign_in_attempt"
    __table_args__ = (Index("sign_in_attempt_by_account", "username", "at"),)
    id: int | None = key()
    username: str
    address: str = Field(default="", index=True)
    at: datetime = Field(sa_type=Moment)


class AuditEvent(SQLModel, table=True):
    """Who did what to what, when: one row per service call; ids and field names only, never contents."""

    __tablename__ = "audit_event"
    __table_args__ = (Index("audit_event_about", "about", "about_id"),)
    id: int | None = key()
    at: datetime = Field(sa_type=Moment, index=True)
    user_id: int | None = maybe_link("user_account.id", index=True)
    verb: str
    about: str
    about_id: int | None = Field(default=None, sa_type=BigInteger)
    details: dict[str, Any] = Field(default_factory=dict, sa_type=Json)


# The rules of a survey


class SchemeRow(SQLModel, table=True):
    """A scheme, the line of its versions."""

    __tablename__ = "scheme"
    id: int | None = key()
    code: str = Field(unique=True)
    organiser_id: int | None = maybe_link("department.id")


class SchemeVersion(SQLModel, table=True):
    """One immutable version of a scheme: its TOML document and the document's hash."""

    __tablename__ = "scheme_version"
    __table_args__ = (UniqueConstraint("scheme_id", "number"), UniqueConstraint("scheme_id", "hash"))
    id: int | None = key()
    scheme_id: int = link("scheme.id")
    number: int
    document: str = Field(sa_type=Text)
    hash: str
    created_at: datetime = Field(sa_type=Moment)
    created_by_id: int | None = maybe_link("user_account.id")


class DimensionRow(SQLModel, table=True):
    """A dimension, or a named index, of a scheme: stable over its versions; id > 0 is its composite number."""

    __tablename__ = "dimension"
    __table_args__ = (UniqueConstraint("scheme_id", "code"),)
    id: int | None = key()
    scheme_id: int = link("scheme.id")
    code: str


class ItemRow(SQLModel, table=True):
    """An item of a scheme: stable over its versions; names, weight and department stand in the version."""

    __tablename__ = "item"
    __table_args__ = (UniqueConstraint("scheme_id", "code"),)
    id: int | None = key()
    scheme_id: int = link("scheme.id")
    code: str


class StoredMapping(SQLModel, table=True):
    """A mapping that somebody corrected, to be used again for the next file with the same headers."""

    __tablename__ = "stored_mapping"
    __table_args__ = (UniqueConstraint("scheme_id", "fingerprint"),)
    id: int | None = key()
    scheme_id: int = link("scheme.id")
    fingerprint: str
    name: str = ""
    document: str = Field(sa_type=Text)
    used_at: datetime = Field(sa_type=Moment)
    created_by_id: int | None = maybe_link("user_account.id")


# Who is asked


class Customer(SQLModel, table=True):
    """A customer; `name_key` is the name without spelling differences (width, case, spaces)."""

    __tablename__ = "customer"
    id: int | None = key()
    code: str = Field(unique=True)
    name_zh: str = text()
    name_en: str = text()
    name_key: str = Field(default="", index=True)
    segment: str = ""
    region: str = ""
    sales_owner_id: int | None = maybe_link("user_account.id", index=True)
    department_id: int | None = maybe_link("department.id")
    address: str = text()
    active: bool = True
    created_at: datetime = Field(sa_type=Moment)


class Purchase(SQLModel, table=True):
    """What a customer bought: quantity, promised and actual delivery, end of warranty."""

    __tablename__ = "purchase"
    __table_args__ = (CheckConstraint("quantity >= 0", name="quantity_not_negative"),)
    id: int | None = key()
    customer_id: int = link("customer.id", index=True)
    product: str
    quantity: float = Field(sa_type=Float)
    unit: str = ""
    promised_on: date | None = None
    delivered_on: date | None = None
    warranty_ends_on: date | None = None


class Contact(SQLModel, table=True):
    """A person at a customer: personal data."""

    __tablename__ = "contact"
    id: int | None = key()
    customer_id: int = link("customer.id", index=True)
    name: str
    post: str = ""
    mail: str = ""
    phone: str = ""
    language: str = ""
    active: bool = True


class Cohort(SQLModel, table=True):
    """One combination of segment, region and channel, as they were when the response came."""

    __tablename__ = "cohort"
    __table_args__ = (UniqueConstraint("segment", "region", "channel"),)
    id: int | None = key()
    segment: str = ""
    region: str = ""
    channel: str = ""


# Waves and what comes back


class Wave(SQLModel, table=True):
    """One run of a scheme for one period; `version` counts its writes and is what open screens poll.

    `unnamed` counts its counted responses without a customer; `position` sorts the waves of a scheme in time.
    """

    __tablename__ = "wave"
    __table_args__ = (
        UniqueConstraint("scheme_id", "code"),
        one_of("state", WAVE_STATES),
        CheckConstraint("(state = 'closed') = (closed_at IS NOT NULL) OR state = 'void'", name="closed_has_time"),
        CheckConstraint("state <> 'void' OR void_reason <> ''", name="void_has_reason"),
    )
    id: int | None = key()
    scheme_id: int = link("scheme.id")
    scheme_version_id: int = link("scheme_version.id")
    code: str
    state: str = "open"
    is_pilot: bool = False
    is_anonymous: bool = False
    starts_on: date | None = None
    ends_on: date | None = None
    position: str
    planned_n: int | None = None
    unnamed: int = count()
    closed_at: datetime | None = Field(default=None, sa_type=Moment)
    void_reason: str = text()
    frozen: dict[str, Any] | None = Field(default=None, sa_type=Json)
    version: int = count()
    created_at: datetime = Field(sa_type=Moment)


class Subject(SQLModel, table=True):
    """What an invitation asks about where that isn't simply the customer: a project, delivery, branch, employee."""

    __tablename__ = "subject"
    __table_args__ = (UniqueConstraint("kind", "code"),)
    id: int | None = key()
    kind: str
    code: str
    name: str = text()


class Invitation(SQLModel, table=True):
    """One questionnaire sent to one contact of one customer in one wave; only the token's hash is kept."""

    __tablename__ = "invitation"
    __table_args__ = (
        one_of("state", INVITATION_STATES),
        CheckConstraint("(state = 'answered') = (returned_on IS NOT NULL)", name="answered_has_day"),
        CheckConstraint("(returned_on IS NULL) = (in_time IS NULL)", name="returned_in_time_or_late"),
        Index("invitation_of_wave", "wave_id", "customer_id"),
    )
    id: int | None = key()
    wave_id: int = link("wave.id")
    customer_id: int | None = maybe_link("customer.id", index=True)
    contact_id: int | None = maybe_link("contact.id")
    subject_id: int | None = maybe_link("subject.id")
    cohort_id: int = link("cohort.id")
    token_hash: str = Field(unique=True)
    state: str = "sent"
    sent_on: date
    due_on: date | None = None
    returned_on: date | None = None
    in_time: bool | None = None


class Response(SQLModel, table=True):
    """One returned questionnaire; score in 1e-9 points. A change is ± deltas on the roll-ups, rows are never deleted."""

    __tablename__ = "response"
    __table_args__ = (
        UniqueConstraint("wave_id", "row_key"),
        one_of("status", RESPONSE_STATUS),
        CheckConstraint("status <> 'counted' OR score IS NOT NULL", name="counted_has_score"),
        CheckConstraint("status <> 'invalid' OR invalid_reason <> ''", name="invalid_has_reason"),
        CheckConstraint("weight IS NULL OR weight >= 0", name="weight_not_negative"),
        Index("response_of_customer", "customer_id", "wave_id"),
    )
    id: int | None = key()
    wave_id: int = link("wave.id")
    scheme_version_id: int = link("scheme_version.id")
    cohort_id: int = link("cohort.id")
    customer_id: int | None = maybe_link("customer.id")
    invitation_id: int | None = maybe_link("invitation.id", unique=True)
    subject_id: int | None = maybe_link("subject.id")
    row_key: str
    content_hash: str
    status: str = "counted"
    invalid_reason: str = ""
    late: bool = False
    score: int | None = Field(default=None, sa_type=BigInteger)
    weight: float | None = Field(default=None, sa_type=Float)
    respondent: str = text()
    submitted_at: datetime | None = Field(default=None, sa_type=Moment)
    received_at: datetime = Field(sa_type=Moment)
    import_run_id: int | None = maybe_link("import_run.id")
    entered_by_id: int | None = maybe_link("user_account.id")


class Answer(SQLModel, table=True):
    """One item's level (position, best first) or hundredths of a number 0–100; a blank has no row."""

    __tablename__ = "answer"
    __table_args__ = (CheckConstraint("level >= 0 AND level <= 10000", name="level_in_range"), WITHOUT_ROWID)
    response_id: int = link("response.id", primary_key=True)
    item_id: int = link("item.id", primary_key=True)
    level: int


class Opinion(SQLModel, table=True):
    """Free text from a customer, from a survey or at any other time."""

    __tablename__ = "opinion"
    __table_args__ = (one_of("kind", OPINION_KINDS), Index("opinion_of_wave", "wave_id", "id"))
    id: int | None = key()
    wave_id: int | None = maybe_link("wave.id")
    response_id: int | None = maybe_link("response.id", index=True)
    customer_id: int | None = maybe_link("customer.id", index=True)
    item_id: int | None = maybe_link("item.id")
    kind: str = ""
    text: str = Field(sa_type=Text)
    received_at: datetime = Field(sa_type=Moment)


# Roll-ups: kept by every write in its transaction, recounted by `verify`, repaired by `rebuild`


class TallyCounts(SQLModel):
    """How often each level was chosen (best first), or n, Σ, Σ² of hundredths on a number scale."""

    n0: int = count()
    n1: int = count()
    n2: int = count()
    n3: int = count()
    n4: int = count()
    n5: int = count()
    n6: int = count()
    n7: int = count()
    n8: int = count()
    n9: int = count()
    n10: int = count()
    n: int = count()
    total: int = count()
    squares: int = count()


class ScoreSums(SQLModel):
    """`domain.scores.Sums` of a composite: 0 is the index, else the id of a dimension or named index."""

    n: int = count()
    satisfied: int = count()
    total: int = count()
    squares_high: int = count()
    squares_low: int = count()


class ReturnCounts(SQLModel):
    """What became of the questionnaires; `late` counts late returns, `valid` counted responses."""

    sent: int = count()
    returned: int = count()
    in_time: int = count()
    late: int = count()
    undeliverable: int = count()
    valid: int = count()
    invalid: int = count()


class CohortTally(TallyCounts, table=True):
    """Levels of an item in a cohort of a wave."""

    __tablename__ = "cohort_tally"
    __table_args__ = (WITHOUT_ROWID,)
    wave_id: int = link("wave.id", primary_key=True)
    item_id: int = link("item.id", primary_key=True)
    cohort_id: int = link("cohort.id", primary_key=True)


class CustomerTally(TallyCounts, table=True):
    """Levels of an item at a customer in a wave."""

    __tablename__ = "customer_tally"
    __table_args__ = (WITHOUT_ROWID,)
    wave_id: int = link("wave.id", primary_key=True)
    customer_id: int = link("customer.id", primary_key=True)
    item_id: int = link("item.id", primary_key=True)


class CohortScore(ScoreSums, table=True):
    """Scores of a composite in a cohort of a wave."""

    __tablename__ = "cohort_score"
    __table_args__ = (WITHOUT_ROWID,)
    wave_id: int = link("wave.id", primary_key=True)
    composite: int = Field(primary_key=True, sa_type=BigInteger)
    cohort_id: int = link("cohort.id", primary_key=True)


class CustomerScore(ScoreSums, table=True):
    """Scores of a composite at a customer in a wave."""

    __tablename__ = "customer_score"
    __table_args__ = (WITHOUT_ROWID,)
    wave_id: int = link("wave.id", primary_key=True)
    composite: int = Field(primary_key=True, sa_type=BigInteger)
    customer_id: int = link("customer.id", primary_key=True)


class CohortReturn(ReturnCounts, table=True):
    """Returns of a cohort in a wave."""

    __tablename__ = "cohort_return"
    __table_args__ = (WITHOUT_ROWID,)
    wave_id: int = link("wave.id", primary_key=True)
    cohort_id: int = link("cohort.id", primary_key=True)


class CustomerReturn(ReturnCounts, table=True):
    """Returns of a customer in a wave."""

    __tablename__ = "customer_return"
    __table_args__ = (WITHOUT_ROWID,)
    wave_id: int = link("wave.id", primary_key=True)
    customer_id: int = link("customer.id", primary_key=True)


# The loop


class Finding(SQLModel, table=True):
    """Something that rules.md 5 says must be analysed: one row per wave, rule and what it is about; never deleted."""

    __tablename__ = "finding"
    __table_args__ = (
        UniqueConstraint("wave_id", "rule", "about"),
        one_of("rule", RULES),
        one_of("state", FINDING_STATES),
        CheckConstraint("(state = 'cleared') = (cleared_at IS NOT NULL)", name="cleared_has_time"),
        Index("finding_of_customer", "wave_id", "customer_id"),
    )
    id: int | None = key()
    wave_id: int = link("wave.id")
    rule: str
    about: str
    item_id: int | None = maybe_link("item.id", index=True)
    dimension_id: int | None = maybe_link("dimension.id")
    customer_id: int | None = maybe_link("customer.id")
    department_id: int | None = maybe_link("department.id", index=True)
    state: str = "open"
    appeared_at: datetime = Field(sa_type=Moment)
    cleared_at: datetime | None = Field(default=None, sa_type=Moment)
    returned: int = 0
    frozen: dict[str, Any] | None = Field(default=None, sa_type=Json)


class Action(SQLModel, table=True):
    """What a department does about findings (rules.md 6); `version` stops two editors from losing each other's work."""

    __tablename__ = "action"
    __table_args__ = (
        one_of("state", ACTION_STATES),
        CheckConstraint("round >= 1", name="round_counts_from_one"),
        CheckConstraint("(state = 'closed') = (closed_at IS NOT NULL)", name="closed_has_time"),
        CheckConstraint("state <> 'cancelled' OR cancel_reason <> ''", name="cancelled_has_reason"),
        CheckConstraint("title <> ''", name="has_title"),
    )
    id: int | None = key()
    number: int = Field(unique=True, sa_type=BigInteger)
    form_key: str = Field(unique=True)
    title: str
    state: str = Field(default="open", index=True)
    round: int = 1
    version: int = 1
    wave_id: int | None = maybe_link("wave.id", index=True)
    customer_id: int | None = maybe_link("customer.id", index=True)
    department_id: int = link("department.id", index=True)
    owner_id: int = link("user_account.id", index=True)
    approver_id: int | None = maybe_link("user_account.id")
    due_on: date = Field(index=True)
    figures: dict[str, Any] = Field(default_factory=dict, sa_type=Json)
    problem: str = text()
    cause: str = text()
    cause_category: str = ""
    containment: str = text()
    containment_not_applicable: str = text()
    countermeasure: str = text()
    prevention: str = text()
    prevention_not_applicable: str = text()
    evidence: str = text()
    approved_by_id: int | None = maybe_link("user_account.id")
    verified_by_id: int | None = maybe_link("user_account.id")
    verdict: str = ""
    customer_told: str = text()
    customer_told_on: date | None = None
    customer_confirmed: bool = False
    not_reached: int = 0
    cancel_reason: str = text()
    created_at: datetime = Field(sa_type=Moment)
    created_by_id: int = link("user_account.id")
    closed_at: datetime | None = Field(default=None, sa_type=Moment)


class ActionFinding(SQLModel, table=True):
    """Several findings can be handled by one action, and a finding by several actions in turn."""

    __tablename__ = "action_finding"
    action_id: int = link("action.id", primary_key=True)
    finding_id: int = link("finding.id", primary_key=True, index=True)


class ActionEvent(SQLModel, table=True):
    """One change of an action: who, when, what from and to; nothing is overwritten."""

    __tablename__ = "action_event"
    __table_args__ = (Index("action_event_in_order", "action_id", "id"),)
    id: int | None = key()
    action_id: int = link("action.id")
    at: datetime = Field(sa_type=Moment)
    user_id: int | None = maybe_link("user_account.id")
    verb: str
    from_state: str = ""
    to_state: str = ""
    changes: dict[str, Any] = Field(default_factory=dict, sa_type=Json)
    comment: str = text()


# Long work


class Job(SQLModel, table=True):
    """Work that outlives a page: its progress, its lease, the wish to stop it."""

    __tablename__ = "job"
    __table_args__ = (one_of("state", JOB_STATES), Index("job_by_state", "state", "id"))
    id: int | None = key()
    kind: str
    form_key: str = Field(unique=True)
    state: str = "queued"
    payload: dict[str, Any] = Field(default_factory=dict, sa_type=Json)
    result: dict[str, Any] = Field(default_factory=dict, sa_type=Json)
    done: int = count()
    total: int = count()
    cancel_wanted: bool = False
    leased_until: datetime | None = Field(default=None, sa_type=Moment)
    created_at: datetime = Field(sa_type=Moment)
    created_by_id: int | None = maybe_link("user_account.id", index=True)
    ended_at: datetime | None = Field(default=None, sa_type=Moment)


class StoredFile(SQLModel, table=True):
    """An uploaded file, kept in parts of 1 MB; uploads are removed after their import."""

    __tablename__ = "stored_file"
    id: int | None = key()
    name: str
    size: int = Field(sa_type=BigInteger)
    sha256: str = Field(index=True)
    created_at: datetime = Field(sa_type=Moment)
    created_by_id: int | None = maybe_link("user_account.id")


class FilePart(SQLModel, table=True):
    """One megabyte of a stored file."""

    __tablename__ = "file_part"
    file_id: int = link("stored_file.id", primary_key=True)
    number: int = Field(primary_key=True)
    content: bytes


class ImportRun(SQLModel, table=True):
    """One file going into one wave; `rows_done` is the progress mark of the last committed transaction."""

    __tablename__ = "import_run"
    __table_args__ = (UniqueConstraint("wave_id", "file_sha256", "mapping_hash"),)
    id: int | None = key()
    wave_id: int = link("wave.id")
    file_name: str
    file_sha256: str
    mapping_hash: str
    mapping: str = text()
    rows_done: int = count()
    written: int = count()
    invalid: int = count()
    already_in: int = count()
    refused: int = count()
    finished_at: datetime | None = Field(default=None, sa_type=Moment)
    started_at: datetime = Field(sa_type=Moment)
    started_by_id: int | None = maybe_link("user_account.id")
