"""What goes in and out of the JSON API, field by field; the OpenAPI document is made from these."""

from datetime import UTC, date, datetime
from typing import Annotated, Any, Final

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints, model_validator

MOST: Final = 500
"""Responses or invitations in one request."""
NO_NUL: Final = r"^[^\x00]*$"
SAYS_SOMETHING: Final = r"^[^\x00]*[^\x00\s][^\x00]*$"
FIRST_DAY, LAST_DAY = date(2000, 1, 1), date(2099, 12, 31)
FIRST, END = datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)
IN_TIME: Final[dict[str, Any]] = {"pattern": "^20[0-9]{2}-"}
NO_OTHERS: Final[dict[str, Any]] = {"additionalProperties": False}
"""What the description says of bounds of days, and of keys, for which JSON Schema has no other words."""

Text = Annotated[str, StringConstraints(max_length=200, pattern=NO_NUL)]
Name = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=SAYS_SOMETHING)]
Code = Annotated[str, StringConstraints(min_length=1, max_length=100, pattern=SAYS_SOMETHING)]
Words = Annotated[str, StringConstraints(max_length=10_000, pattern=NO_NUL)]
Answer = Annotated[str, StringConstraints(max_length=100, pattern=NO_NUL)] | float | None
Moment = Annotated[AwareDatetime, Field(ge=FIRST, lt=END, json_schema_extra=IN_TIME)]
Day = Annotated[date, Field(ge=FIRST_DAY, le=LAST_DAY, json_schema_extra=IN_TIME)]


class Document(BaseModel):
    """Unknown fields and values of another type are refused."""

    model_config = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False, frozen=True)


# In


class CustomerIn(Document):
    """A customer by its code. The other fields are for one that is new, and change none that is there."""

    code: Code
    name: Text = ""
    segment: Text = ""
    region: Text = ""


class ContactIn(Document):
    """A person at the customer: found by the mail address or, without one, by the name."""

    name: Name
    post: Text = ""
    mail: Text = ""
    phone: Text = ""
    language: Annotated[str, StringConstraints(pattern="^(zh_CN|en|)$")] = ""


class SubjectIn(Document):
    """What an invitation asks about: a work order, delivery, project …"""

    kind: Code
    code: Code
    name: Text = ""


class ResponseIn(Document):
    """One returned questionnaire.

    `id` is the sender's own: the same id with the same content again changes nothing, with other content it is refused.
    `invitation` is the last part of an invitation's link; customer, segment, region and channel are then the invitation's.
    """

    answers: Annotated[
        dict[Code, Answer],
        Field(
            max_length=1000,
            json_schema_extra=NO_OTHERS,
            description="Item code → level code, or a number 0–100 where the scheme asks for numbers; null is a blank.",
        ),
    ]
    id: Code | None = None
    invitation: Code | None = None
    customer: CustomerIn | None = None
    segment: Annotated[Text | None, Field(description="The customer's where left out.")] = None
    region: Annotated[Text | None, Field(description="The customer's where left out.")] = None
    channel: Text = "api"
    opinions: Annotated[list[Words], Field(max_length=50)] = []
    extras: Annotated[
        dict[Code, Words | Annotated[list[Text], Field(max_length=50)]],
        Field(
            max_length=100,
            json_schema_extra=NO_OTHERS,
            description="Answers beside the items, by the question's code; of options their places from 1; "
            "`importance:<item>` from 1 to 5.",
        ),
    ] = {}
    weight: Annotated[float | None, Field(ge=0, le=1e9)] = None
    respondent: Text = ""
    submitted_at: Annotated[Moment | None, Field(description="With its offset from UTC.")] = None

    @model_validator(mode="after")
    def _one_source(self) -> "ResponseIn":
        if self.invitation and self.customer:
            raise ValueError("name the invitation or the customer, not both")
        return self


class ResponsesIn(Document):
    """Several responses: all of them go in, or none."""

    responses: Annotated[list[ResponseIn], Field(min_length=1, max_length=MOST)]


class InvitationIn(Document):
    """Whom to ask, and what about. The same customer, contact and subject again is the same invitation."""

    customer: CustomerIn
    contact: ContactIn | None = None
    subject: SubjectIn | None = None
    sent_on: Annotated[Day | None, Field(description="The day of sending, today where left out.")] = None
    channel: Text = "api"


class InvitationsIn(Document):
    """Several invitations: all of them are made, or none."""

    invitations: Annotated[list[InvitationIn], Field(min_length=1, max_length=MOST)]


# Out


class ResponseOut(Document):
    """What became of a response: `status` is counted, invalid, after_close (it waits) or withdrawn."""

    id: str | None
    response: int
    is_new: bool
    status: str
    invalid_reason: str
    late: bool


class ResponsesOut(Document):
    """In the order in which they came."""

    scheme: str
    wave: str
    responses: list[ResponseOut]


class InvitationOut(Document):
    """`link` opens the questionnaire; null where it can't be shown again. `due_on` is the last day in time."""

    invitation: int
    is_new: bool
    link: str | None
    sent_on: str
    due_on: str | None


class InvitationsOut(Document):
    """In the order in which they came."""

    scheme: str
    wave: str
    invitations: list[InvitationOut]


class WaveOut(Document):
    """`state` is planned, open, closed or void; `version` grows with every write."""

    wave: str
    state: str
    starts_on: str | None
    ends_on: str | None
    planned_n: int | None
    is_pilot: bool
    is_anonymous: bool
    version: int


class WavesOut(Document):
    """The waves of a scheme, the newest first."""

    scheme: str
    waves: list[WaveOut]


class ItemOut(Document):
    """One rated question."""

    code: str
    name: str
    dimension: str | None


class LevelOut(Document):
    """One answer of the scale; `score` is what it counts, in points of 100."""

    code: str
    name: str
    score: float


class AskedOut(WaveOut):
    """A wave with the codes that answers are sent by; `levels` is empty where numbers 0–100 are asked for."""

    scheme: str
    items: list[ItemOut]
    levels: list[LevelOut]


class IndexOut(Document):
    """Points 0–100, with n, standard deviation and 95 % interval; null where n is too small."""

    score: float | None
    n: int
    sd: float | None
    ci95: list[float | None] | None


class DimensionScoreOut(Document):
    """A dimension's score over the responses that answered any of its items."""

    code: str
    name: str
    score: float | None
    n: int


class ItemScoreOut(DimensionScoreOut):
    """An item's score; `mean_level` is on the survey's own scale, `top_two_box` a share 0–1."""

    dimension: str | None
    mean_level: float | None
    sd: float | None
    top_two_box: float | None
    blank: int


class RateOut(Document):
    """`rate` = returned in time / sent, 0–1; null where nothing was sent."""

    sent: int
    returned: int
    in_time: int
    rate: float | None


class ScoresOut(Document):
    """All scores of a wave, unrounded: what `cli.py scores --json` prints."""

    wave: str
    scheme: str
    valid: int
    invalid: int
    index: IndexOut
    satisfaction_rate: float | None
    dimensions: list[DimensionScoreOut]
    items: list[ItemScoreOut]
    customers: list[DimensionScoreOut]
    response_rate: RateOut


class NamedOut(Document):
    """Code and name."""

    code: str
    name: str


class ActionOut(Document):
    """An action about a finding."""

    number: int
    state: str


class FindingOut(Document):
    """A finding as `cli.py findings --json` prints it."""

    rule: str
    wave: str
    state: str
    customer: NamedOut | None
    item: NamedOut | None
    dimension: NamedOut | None
    department: str | None
    status: str | None
    score: float | None
    n: int | None
    bound: float | None
    previous: float | None
    previous_wave: str | None
    difference: float | None
    significant: bool | None
    low_answers: int | None
    since: str | None
    appeared_at: str | None
    cleared_at: str | None
    returned: int
    actions: list[ActionOut]


class FindingsOut(Document):
    """The findings of a wave, the wave's own first."""

    wave: str
    scheme: str
    findings: list[FindingOut]


class ReturnsOut(RateOut):
    """What became of questionnaires; `undeliverable` ones are part of `sent`, `invalid` ones of `returned`."""

    late: int
    invalid: int
    undeliverable: int


class GroupOut(ReturnsOut):
    """The questionnaires of one segment or channel."""

    name: str


class CoverageOut(Document):
    """Customers surveyed / customers in scope, 0–1."""

    surveyed: int
    in_scope: int
    share: float | None


class WaveReturnsOut(ReturnsOut):
    """Response rate of a wave: in all, by segment and by channel. Of anonymous waves no group under 5 is shown."""

    wave: str
    scheme: str
    state: str
    target: float | None
    due_on: str | None
    coverage: CoverageOut
    segments: list[GroupOut]
    channels: list[GroupOut]


class Trouble(Document):
    """`code` is for programs and stays, `message` for people; `field` is where in the request it is, or empty."""

    code: str
    message: str
    field: str


class Refused(Document):
    """What every answer of 400 and above says."""

    error: Trouble


def entries(body: Any) -> Any:
    """One thing or several, as a list."""
    return next((getattr(body, name) for name in ("responses", "invitations") if hasattr(body, name)), [body])
