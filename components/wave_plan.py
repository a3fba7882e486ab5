"""Plan and approval of a wave."""

from components import states
from components.texts import _
from db.queries.waves import SurveyWave
from domain.access import Viewer


def draw(_viewer: Viewer, _wave: SurveyWave) -> None:
    """The section."""
    states.empty(":material/pending:", _("Nothing is recorded here yet."))
