"""How a question with choices stands in a survey file."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Choice:
    """One column with the chosen option, or with several and `joined_by` between them; or a column for each option.

    `labels` say what an option is called whose cell is only its number.
    """

    text: str
    columns: tuple[str, ...]
    joined_by: str = ""
    labels: dict[str, str] = field(default_factory=dict)

    @property
    def is_multiple(self) -> bool:
        """Whether several options can be chosen."""
        return len(self.columns) > 1 or bool(self.joined_by)
