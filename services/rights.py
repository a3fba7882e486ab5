"""Who may manage accounts, read in the transaction that changes them."""

from sqlmodel import Session

from db.models import User
from domain.access import PERMISSIONS, NotAllowed


def check_administrator(session: Session, by: int | None) -> None:
    """Raises NotAllowed unless `by` is an active administrator or None, the command line."""
    if by is None:
        return
    user = session.get(User, by, populate_existing=True)
    if user is None or not user.active or "manage_users" not in PERMISSIONS[user.role]:
        raise NotAllowed("manage_users")
