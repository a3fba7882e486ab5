"""Roll-ups: kept by every write in its transaction, recounted by `verify`, repaired by `rebuild`."""

from sqlalchemy import BigInteger
from sqlmodel import Field, SQLModel

from db.columns import WITHOUT_ROWID, about, count


class TallyCounts(SQLModel):
    """How often each level was chosen (best first), or n, Σ, Σ² of hundredths on a number scale."""

    n0: int = count()
    n1: int = count()
    n2: int = count()
    n3: int = count()
    n4: int = count()
    n5: int = count()
    n6: int = count()
    n7: int = count()
    n8: int = count()
    n9: int = count()
    n10: int = count()
    n: int = count()
    total: int = count()
    squares: int = count()


class ScoreSums(SQLModel):
    """`domain.scores.Sums` of a composite: 0 is the index, else the id of a dimension or named index."""

    n: int = count()
    satisfied: int = count()
    total: int = count()
    squares_high: int = count()
    squares_low: int = count()


class ReturnCounts(SQLModel):
    """What became of the questionnaires; `late` counts late returns, `valid` counted responses."""

    sent: int = count()
    returned: int = count()
    in_time: int = count()
    late: int = count()
    undeliverable: int = count()
    valid: int = count()
    invalid: int = count()


class CohortTally(TallyCounts, table=True):
    """Levels of an item in a cohort of a wave."""

    __tablename__ = "cohort_tally"
    __table_args__ = (WITHOUT_ROWID,)
    wave_id: int = about()
    item_id: int = about()
    cohort_id: int = about()


class CustomerTally(TallyCounts, table=True):
    """Levels of an item at a customer in a wave."""

    __tablename__ = "customer_tally"
    __table_args__ = (WITHOUT_ROWID,)
    wave_id: int = about()
    customer_id: int = about()
    item_id: int = about()


class CohortScore(ScoreSums, table=True):
    """Scores of a composite in a cohort of a wave."""

    __tablename__ = "cohort_score"
    __table_args__ = (WITHOUT_ROWID,)
    wave_id: int = about()
    composite: int = Field(primary_key=True, sa_type=BigInteger)
    cohort_id: int = about()


class CustomerScore(ScoreSums, table=True):
    """Scores of a composite at a customer in a wave.

    In composite 0 also what complaints take from the customer's score (rules.md 3.6): how many, and 1e-9 points.
    """

    __tablename__ = "customer_score"
    __table_args__ = (WITHOUT_ROWID,)
    wave_id: int = about()
    composite: int = Field(primary_key=True, sa_type=BigInteger)
    customer_id: int = about()
    deducted: int = count()
    complaints: int = count()


class CohortReturn(ReturnCounts, table=True):
    """Returns of a cohort in a wave."""

    __tablename__ = "cohort_return"
    __table_args__ = (WITHOUT_ROWID,)
    wave_id: int = about()
    cohort_id: int = about()


class CustomerReturn(ReturnCounts, table=True):
    """Returns of a customer in a wave."""

    __tablename__ = "customer_return"
    __table_args__ = (WITHOUT_ROWID,)
    wave_id: int = about()
    customer_id: int = about()
