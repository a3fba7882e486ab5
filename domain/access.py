"""Who may do what, and which part of the data a reader asks for and may see (rules.md 11)."""

from dataclasses import dataclass

from domain.errors import N_, Refusal

SEES_ALL = frozenset(
    {"view_scores", "take_reports", "view_customers", "view_personal", "view_findings", "view_actions", "view_waves"}
)
EDITS = frozenset({"edit_schemes", "edit_customers"})
SURVEYS = frozenset({"run_waves", "enter_responses"})
COMPLAINTS = frozenset({"view_complaints", "edit_complaints"})
OPINIONS = frozenset({"view_opinions", "edit_opinions"})
JUDGES = frozenset({"verify_complaints", "edit_figures"})
SHARES = frozenset({"share_views"})
"""Who may make what they see readable for others; the own shares end by one's own hand."""
HOLDS = frozenset({"hold_meetings", "make_reports"})
"""Who holds meetings makes the reports for them, and evidence for auditors."""
ANYBODY = frozenset({"record_requests", "be_told", "attend_meetings"})
"""A contact slip is for everybody who is signed in (rules.md 7); a meeting for whom it names."""
SIGNS = frozenset({"sign_reports", "period_reports"})
"""Who writes and signs what the company says of itself: the causes of a month, and what leaves it for the public."""
CONTROLS = frozenset({"view_audit", "confirm_erasure"})
"""Who reads the audit trail, and agrees to what another person wants to anonymise or erase."""
PERMISSIONS: dict[str, frozenset[str]] = {
    "administrator": SEES_ALL
    | EDITS
    | COMPLAINTS
    | OPINIONS
    | JUDGES
    | HOLDS
    | ANYBODY
    | CONTROLS
    | SHARES
    | {"manage_shares"}
    | {"assign", "edit_actions", "import", "enter_responses"}
    | {"period_reports", "manage_users", "manage_api", "manage_messages", "manage_privacy"},
    "quality": SEES_ALL
    | EDITS
    | SURVEYS
    | COMPLAINTS
    | OPINIONS
    | JUDGES
    | HOLDS
    | ANYBODY
    | CONTROLS
    | SHARES
    | {"manage_shares"}
    | SIGNS
    | {"assign", "edit_actions", "approve", "import", "change_closed"},
    "organiser": SEES_ALL
    | EDITS
    | SURVEYS
    | COMPLAINTS
    | OPINIONS
    | HOLDS
    | SHARES
    | ANYBODY
    | {"assign", "edit_actions", "import"},
    "interviewer": ANYBODY | {"enter_responses", "view_waves"},
    "approver": ANYBODY
    | {
        "view_scores",
        "take_reports",
        "view_customers",
        "view_findings",
        "view_actions",
        "view_waves",
        "edit_actions",
        "approve",
    }
    | SIGNS,
    "department": COMPLAINTS
    | OPINIONS
    | ANYBODY
    | {"view_scores", "take_reports", "view_findings", "view_actions", "view_waves", "assign", "edit_actions"},
    "sales": SEES_ALL
    | COMPLAINTS
    | OPINIONS
    | SHARES
    | ANYBODY
    | {"assign", "edit_actions", "edit_customers", "enter_responses"},
    "viewer": ANYBODY
    | {"view_scores", "take_reports", "view_customers", "view_findings", "view_actions", "view_waves"},
}
"""What each role may do; *whose* data is narrowed further by the role: see `Viewer`."""


class NotAllowed(Refusal):
    """Somebody asks for what the own role doesn't include."""

    def __init__(self, permission: str) -> None:
        super().__init__(N_("Your role does not include this. Ask the administrator for it."))
        self.permission = permission


class NotThere(Refusal):
    """What was asked for isn't there, or isn't for this reader: both look the same from outside."""

    def __init__(self) -> None:
        super().__init__(N_("This does not exist, or you may not see it."))


@dataclass(frozen=True)
class Guest:
    """What a share leaves of its maker's sight: permissions, and where they are given the only customer, item or meeting.

    Raises nothing and writes nothing: whoever has only a link is nobody in the audit trail.
    """

    share_id: int
    maker_id: int
    permissions: frozenset[str]
    customer_id: int | None = None
    item_id: int | None = None
    meeting_id: int | None = None


SMALLEST_SHARED_GROUP = 5
"""Responses under which a share shows no figures of a group."""


@dataclass(frozen=True)
class Viewer:
    """Who asks: read from the database on every run, never kept.

    A *department* sees its own items, findings and actions; *sales* the own customers; an *organiser* the schemes of
    the own department; everybody else with the permission sees all.
    """

    user_id: int
    username: str
    name: str
    role: str
    department_id: int | None = None
    language: str = ""
    guest: Guest | None = None

    def may(self, permission: str) -> bool:
        """Whether the role includes a permission, and a share leaves it."""
        return permission in PERMISSIONS[self.role] and (self.guest is None or permission in self.guest.permissions)

    def check(self, permission: str) -> None:
        """Raises NotAllowed where the role doesn't include the permission."""
        if not self.may(permission):
            raise NotAllowed(permission)

    def check_account(self) -> None:
        """Raises NotAllowed for the guest of a share: what is taken along, queued or prepared is for people with accounts."""
        if self.guest is not None:
            raise NotAllowed("account")

    @property
    def only_department(self) -> int | None:
        """The department whose items, findings and actions are all that this viewer sees; None: no such limit.

        A department user without a department sees none (0 is no department's id).
        """
        return (self.department_id or 0) if self.role == "department" else None

    @property
    def only_customers_of(self) -> int | None:
        """The sales owner whose customers are all that this viewer sees; None: no such limit."""
        if self.role != "sales":
            return None
        return self.guest.maker_id if self.guest else self.user_id

    @property
    def only_schemes_of(self) -> int | None:
        """The organising department whose schemes are all that this viewer sees; None: no such limit."""
        return (self.department_id or 0) if self.role == "organiser" else None

    @property
    def only_customer(self) -> int | None:
        """The one customer that a share is about; None: no such limit."""
        return self.guest.customer_id if self.guest else None

    @property
    def only_item(self) -> int | None:
        """The one item that a share is about; None: no such limit."""
        return self.guest.item_id if self.guest else None

    @property
    def least(self) -> int:
        """Responses that a group must have to be shown; a share about one named customer shows that customer's own."""
        return SMALLEST_SHARED_GROUP if self.guest and self.guest.customer_id is None else 1

    @property
    def sees_names(self) -> bool:
        """Whether names of people may be shown: always inside, in a share where its maker chose so."""
        return self.guest is None or self.may("view_personal")


SYSTEM = Viewer(user_id=0, username="system", name="System", role="quality")
"""The command line and the scheduler: whoever can run them can read the database anyway."""


@dataclass(frozen=True)
class Scope:
    """What narrows a read: who asks, and the filters of the screen. Empty text or None means not filtered.

    `first` and `last` are wave codes of the scheme; `department` is the one responsible for the item.
    """

    viewer: Viewer
    scheme_id: int
    first: str = ""
    last: str = ""
    segment: str = ""
    region: str = ""
    channel: str = ""
    customer_id: int | None = None
    department_id: int | None = None

    @property
    def departments(self) -> frozenset[int] | None:
        """Departments whose items are in sight; None: all."""
        wanted = {self.department_id} - {None}
        own = {self.viewer.only_department} - {None}
        both = (wanted & own) if wanted and own else (wanted | own)
        if wanted and own and not both:
            return frozenset({0})
        return frozenset(d for d in both if d is not None) if both else None

    @property
    def by_customer(self) -> bool:
        """Whether the customer tier must be read, because only some customers are asked for or allowed."""
        return self.customer_id is not None or any(
            one is not None for one in (self.viewer.only_customers_of, self.viewer.only_customer)
        )
