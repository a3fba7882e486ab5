"""Refusals: what the application will not do, said in words that can be translated."""

from collections.abc import Callable


def N_(message: str) -> str:  # noqa: N802 - the customary name for "to be translated later"
    """The message itself; marks it for the message catalogue where no language is known yet."""
    return message


class Refusal(Exception):
    """Something was asked that the rules don't allow; subclasses are named for what is refused.

    `template` is the English source text with {named} placeholders, `values` what stands in them.

    >>> str(Refusal(N_("Line {line}: {value} is no level of {item}."), line=3, value="11", item="Q7ART"))
    'Line 3: 11 is no level of Q7ART.'
    """

    def __init__(self, template: str, **values: object) -> None:
        super().__init__(template)
        self.template = template
        self.values = values

    def __str__(self) -> str:
        return self.template.format_map(self.values)

    def explain(self, translate: Callable[[str], str]) -> str:
        """The same sentence in another language: `translate` turns the template into it."""
        return translate(self.template).format_map(self.values)
