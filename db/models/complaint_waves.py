"""In which waves' periods complaints fall (rules.md 3.6 and 5)."""

from sqlmodel import SQLModel

from db.columns import link


class ComplaintWave(SQLModel, table=True):
    """A complaint was verified in the period of this wave; its points are taken here where the scheme takes any."""

    __tablename__ = "complaint_wave"
    wave_id: int = link("wave.id", primary_key=True)
    complaint_id: int = link("complaint.id", primary_key=True, index=True)
