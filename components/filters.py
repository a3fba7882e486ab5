"""The filter bar, drawn once beside the title of a screen."""

from domain.access import Viewer


def bar(viewer: Viewer, page: str) -> None:
    """Nothing to filter yet."""
