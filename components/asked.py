"""What somebody asked for on a screen, for the page to do."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Asked:
    """A verb with its values; `done` is what to say when it has worked, "" for the usual."""

    verb: str
    values: dict[str, Any]
    done: str = ""
