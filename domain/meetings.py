"""A meeting's agenda by default, and where its slides are. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from domain.errors import N_, Refusal

TOPIC_KINDS: Final = (
    *("last_actions", "index", "returns", "dimensions", "items", "customers"),
    *("opinions", "complaints", "new_actions", "decisions", "own"),
)
"""The agenda in its usual order, and what the organiser adds."""
USUAL_AGENDA: Final = TOPIC_KINDS[:-1]
WALL_AGENDA: Final = ("index", "returns", "dimensions", "items", "customers", "opinions", "complaints", "new_actions")
"""What a wall screen can turn through without a meeting."""
MINUTE_KINDS: Final = ("shown", "decided", "assigned")
LONGEST_TITLE: Final = 120
LONGEST_LINE: Final = 2000
MOST_TOPICS: Final = 40
ROWS_ON_A_SLIDE: Final = 7
"""A table that is read from five metres has at most so many rows (design.md 5)."""


class TopicEmpty(Refusal):
    """A line of the agenda that says nothing."""

    def __init__(self) -> None:
        super().__init__(N_("A line of your own needs a title of at most {most} characters."), most=LONGEST_TITLE)


class AgendaTooLong(Refusal):
    """Nobody sits through this."""

    def __init__(self) -> None:
        super().__init__(N_("An agenda has at most {most} lines."), most=MOST_TOPICS)


@dataclass(frozen=True)
class Topic:
    """A line of the agenda: one of TOPIC_KINDS, and the organiser's own title ("" for the usual one)."""

    kind: str
    title: str = ""


def checked_agenda(topics: Sequence[Topic]) -> list[Topic]:
    """The agenda without outer blanks; raises TopicEmpty, AgendaTooLong.

    >>> checked_agenda([Topic("index"), Topic("own", " Fire drill ")])
    [Topic(kind='index', title=''), Topic(kind='own', title='Fire drill')]
    """
    found = [Topic(one.kind, one.title.strip()) for one in topics]
    if len(found) > MOST_TOPICS:
        raise AgendaTooLong
    if any(len(one.title) > LONGEST_TITLE or (one.kind == "own" and not one.title) for one in found):
        raise TopicEmpty
    return found


def pages(rows: int, at_once: int = ROWS_ON_A_SLIDE) -> int:
    """How many slides a table takes; one where it is empty.

    >>> pages(0), pages(7), pages(8)
    (1, 1, 2)
    """
    return max(1, -(-rows // at_once))


@dataclass(frozen=True)
class Slide:
    """One slide: a line of the agenda, or one red item of it; `key` stays the same while the meeting goes on."""

    key: str
    kind: str
    title: str = ""
    code: str = ""


def slides(topics: Sequence[Topic], red_items: Sequence[str]) -> list[Slide]:
    """The slides of an agenda: one for each line, and after the items one for each red one, worst first.

    >>> [one.key for one in slides([Topic("index"), Topic("items"), Topic("own", "Fire drill")], ["on_time"])]
    ['index', 'items', 'item:on_time', 'own:Fire drill']
    """
    found = []
    for topic in topics:
        key = f"{topic.kind}:{topic.title}" if topic.kind == "own" else topic.kind
        found.append(Slide(key, topic.kind, topic.title))
        if topic.kind == "items":
            found += [Slide(f"item:{code}", "item", "", code) for code in red_items]
    return found
