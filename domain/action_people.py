"""Who can own a corrective action and who can approve it, and whom the form proposes (rules.md 6). Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from domain.access import PERMISSIONS, Viewer
from domain.action_gates import ActorFacts

LIMITED_ROLES = frozenset({"department", "sales"})
"""Roles that see only a part of all actions, and so can't stand in for another department."""
CONFIRMING_ROLES = frozenset({"organiser", "quality"})
"""Who may confirm that an action was effective (rules.md 6)."""


@dataclass(frozen=True)
class Person:
    """An active account, as far as the choice of people needs it."""

    id: int
    name: str
    role: str
    department_id: int | None = None
    is_head: bool = False

    def may(self, permission: str) -> bool:
        """Whether the role includes a permission."""
        return permission in PERMISSIONS[self.role]


def owners(people: Sequence[Person], department_id: int | None) -> list[Person]:
    """Who can own an action of a department, its head first; where it has nobody, whoever sees all actions."""
    able = [person for person in people if person.may("edit_actions")]
    own = [person for person in able if person.department_id == department_id]
    instead = [person for person in able if person.role not in LIMITED_ROLES]
    return sorted(own or instead, key=lambda person: (not person.is_head, person.name))


def proposed_owner(people: Sequence[Person], department_id: int | None) -> Person | None:
    """Whom the form proposes: the head of the department, else the first of it; nobody where it has nobody.

    >>> ann, ben = Person(1, "Ann", "department", 7), Person(2, "Ben", "department", 8, is_head=True)
    >>> proposed_owner([ann, ben], 7) == ann, proposed_owner([ann, ben], 9)
    (True, None)
    """
    return next((person for person in owners(people, department_id) if person.department_id == department_id), None)


def must_be_told(people: Sequence[Person], department_id: int | None) -> list[int]:
    """Who gets the slip of a confirmed complaint (rules.md 7): quality, the heads of the department that acts, else all of it.

    >>> ann, ben = Person(1, "Ann", "quality"), Person(2, "Ben", "department", 7)
    >>> must_be_told([ann, ben, Person(3, "Cy", "department", 7, is_head=True), Person(4, "Di", "department", 8)], 7)
    [1, 3]
    """
    own = [one for one in people if one.department_id == department_id and one.may("view_complaints")]
    acting = [one for one in own if one.is_head] or own
    return list(dict.fromkeys(one.id for one in [*(one for one in people if one.role == "quality"), *acting]))


def approvers(people: Sequence[Person], owner_id: int | None, *, first: Sequence[str] = ("quality",)) -> list[Person]:
    """Who can approve an action of this owner: never the owner; the roles that the scheme names come first."""
    able = [person for person in people if person.may("approve") and person.id != owner_id]
    return sorted(able, key=lambda person: (person.role not in first, person.name))


def may_edit(viewer: Viewer, *, owner_id: int, created_by_id: int, department_id: int) -> bool:
    """Whether somebody may change an action that is in sight.

    Sales see what is done for their customers, and change only what is their own or their department's.
    """
    own = viewer.user_id in (owner_id, created_by_id) or viewer.department_id == department_id
    return viewer.may("edit_actions") and (viewer.role not in LIMITED_ROLES or own)


def actor_of(by: Viewer) -> ActorFacts:
    """The user as the gates see them; confirming effects is for the organiser and quality."""
    return ActorFacts(
        by.user_id,
        may_approve=by.may("approve"),
        may_confirm=by.role in CONFIRMING_ROLES,
        department=by.department_id,
        stands_in=by.role == "quality",
    )
