"""Writes docs/action-states.md from the table of steps in code: `python -m tools.action_states`."""

from pathlib import Path

from domain.action_states import FINAL, STATE_NAMES, TRANSITIONS, State, Transition

PLACE = Path(__file__).resolve().parent.parent / "docs" / "action-states.md"
HEAD = """# The states of a corrective action

Made from `TRANSITIONS` in domain/action_states.py by `python -m tools.action_states`; a test fails where it is out of date.
Each step asks for its gates (domain/action_gates.py) in the service, whoever calls it, in one transaction with its event.
"""


def page() -> str:
    """The page: a picture of the states and a table of the steps with what each needs."""
    rows = [
        f"| {STATE_NAMES[one.source]} | {one.name} | {STATE_NAMES[one.target]} | {_needs(one)} |" for one in TRANSITIONS
    ]
    table = "\n".join(["| from | step | to | needs |", "|---|---|---|---|", *rows])
    return f"{HEAD}\n```mermaid\n{picture()}\n```\n\n{table}\n"


def picture() -> str:
    """The states and steps as a Mermaid state diagram."""
    lines = ["stateDiagram-v2", *(f"    {one.value}: {STATE_NAMES[one]}" for one in State)]
    lines.append(f"    [*] --> {State.OPEN.value}")
    lines += [f"    {one.source.value} --> {one.target.value}: {one.name}" for one in TRANSITIONS]
    return "\n".join([*lines, *(f"    {one.value} --> [*]" for one in State if one in FINAL)])


def _needs(one: Transition) -> str:
    said = (" ".join((gate.__doc__ or gate.__name__).strip().split()).rstrip(".") for gate in one.gates)
    return "<br>".join(said) or "–"


if __name__ == "__main__":
    PLACE.write_text(page(), encoding="utf-8")
