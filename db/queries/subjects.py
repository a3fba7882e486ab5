"""What figures are about, with its names and previous wave: the index, a dimension, an item, a customer, an item at a customer."""

from collections.abc import Iterable

from sqlmodel import Session, select

from db.models import Customer, SchemeRow, Wave
from db.queries.figures import About, figures
from db.queries.item_links import origin_ids
from db.queries.layouts import layout_of_version
from db.queries.narrowing import customers_in_sight, may_see_scheme, visible_items
from db.queries.return_figures import return_figures
from db.queries.standing import previous_wave
from db.rollups import Layout
from domain.access import NotThere, Scope, Viewer
from domain.return_findings import Gap, gaps
from domain.scheme import Name
from domain.subjects import Figures, Subject


def subject_of(
    session: Session,
    viewer: Viewer,
    wave_id: int,
    *,
    customer_id: int | None = None,
    item_id: int | None = None,
    dimension_code: str | None = None,
) -> Subject:
    """The figures of a cell, whether or not it is a finding; raises NotThere for what the viewer may not see."""
    wave = session.exec(select(Wave).join(SchemeRow).where(Wave.id == wave_id, may_see_scheme(viewer))).first()
    if wave is None:
        raise NotThere
    reader = SubjectReader(session, [wave])
    layout = reader.layouts[wave_id]
    scope = Scope(viewer, wave.scheme_id, customer_id=customer_id)
    _check_items(session, scope, layout, item_id, dimension_code)
    customer = None
    if customer_id is not None:
        seen = select(Customer).where(Customer.id == customer_id, *customers_in_sight(viewer))
        customer = session.exec(seen).first()
    needs_customer = viewer.only_customers_of is not None or customer_id is not None
    if needs_customer and customer is None:
        raise NotThere
    about = About(wave_id, customer_id, item_id, reader.composite(wave_id, dimension_code))
    return reader.subject(about, customer, dimension_code, reader.figures([about])[about])


def _check_items(session: Session, scope: Scope, layout: Layout, item_id: int | None, dimension: str | None) -> None:
    seen = visible_items(session, scope, layout)
    wanted = [
        shown
        for shown, key, item in zip(seen, layout.item_ids, layout.scheme.items, strict=True)
        if key == item_id or (item_id is None and item.dimension == dimension) or (item_id is None and not dimension)
    ]
    if not wanted or not all(wanted):
        raise NotThere


class SubjectReader:
    """Waves with their layouts and previous waves, to read and name what is in them."""

    def __init__(self, session: Session, waves: Iterable[Wave]) -> None:
        self.session = session
        self.waves = {wave.id or 0: wave for wave in waves}
        self.layouts = {key: layout_of_version(session, wave.scheme_version_id) for key, wave in self.waves.items()}
        self.before: dict[int, tuple[int, str]] = {}
        self.origins: dict[int, dict[int, tuple[int, ...]]] = {}
        self.returned: dict[int, dict[str, Gap]] = {}
        for key, wave in self.waves.items():
            if earlier := previous_wave(session, wave):
                self.before[key] = (earlier.id or 0, earlier.code)
                if (origins := origin_ids(session, wave, earlier.id or 0, self.layouts[key])) is not None:
                    self.origins[key] = origins
                self.layouts.setdefault(earlier.id or 0, layout_of_version(session, earlier.scheme_version_id))

    def figures(self, abouts: Iterable[About]) -> dict[About, Figures]:
        return figures(self.session, abouts, self.layouts, self.before, self.origins)

    def gaps(self, wave_id: int) -> dict[str, Gap]:
        """What came back of a wave against its bounds, by rule; read once."""
        if wave_id not in self.returned:
            layout = self.layouts[wave_id]
            now = return_figures(self.session, self.waves[wave_id], layout)
            self.returned[wave_id] = gaps(now, layout.scheme.targets)
        return self.returned[wave_id]

    def composite(self, wave_id: int, dimension_code: str | None) -> int:
        layout = self.layouts[wave_id]
        return dict(zip(layout.scheme.composites, layout.composite_ids, strict=True)).get(dimension_code or "", 0)

    def subject(self, about: About, customer: Customer | None, dimension: str | None, known: Figures) -> Subject:
        layout = self.layouts[about.wave_id]
        by_key = dict(zip(layout.item_ids, layout.scheme.items, strict=True))
        return Subject(
            about.wave_id,
            self.waves[about.wave_id].code,
            about.customer_id,
            customer.code if customer else "",
            Name(customer.name_zh, customer.name_en) if customer else None,
            about.item_id,
            by_key.get(about.item_id or 0),
            layout.scheme.dimension_by_code.get(dimension or ""),
            known,
        )
