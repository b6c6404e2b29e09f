"""What is this customer worth? Customer lifetime value, RFM, concentration and tiers from a transaction log.

>>> import crm_value as cv
>>> orders = {
...     "customer": [1, 1, 2, 2, 2, 3, 4, 4, 5],
...     "date": ["2026-01-01", "2026-02-10", "2026-01-03", "2026-01-20", "2026-04-01",
...              "2026-01-09", "2026-01-12", "2026-05-02", "2026-01-15"],
...     "amount": [20.0, 35.0, 15.0, 18.0, 12.0, 40.0, 22.0, 31.0, 9.0],
... }
>>> customers = cv.summarize(orders, "customer", unit="week", observed_until="2026-06-30")
>>> customers
CustomerSummary(5 customers, 3 with repeat purchases, time in weeks, until 2026-06-30)
>>> bg = cv.BgNbd.from_params(r=0.243, alpha=4.414, a=0.793, b=2.426, unit="week")
>>> bg.probability_alive(customers).round(2)
array([0.44, 0.55, 1.  , 0.66, 1.  ])
"""

from crm_value import errors
from crm_value._core import CutPoints, DataQuality, DiscountRate, FitReport, Labels, RfmCutPoints, Span, version
from crm_value.clv import HistoricalClv, PredictiveClv, ReachProbability
from crm_value.concentration import (
    AttributeConcentration,
    Concentration,
    CustomersForShare,
    Dependency,
    Dilemmas,
    LevelShare,
    RuleTest,
    TailIndex,
    Tier,
    Tiers,
    WhaleCurve,
    WhalePoint,
    abc,
    tiers,
)
from crm_value.errors import (
    CancelledError,
    ConvergenceWarning,
    CrmValueError,
    FitError,
    FitWarning,
    InvalidDataError,
    InvalidParameterError,
    MissingColumnError,
    NotFittedError,
    StoredFormError,
    UndefinedMeanError,
    UnitMismatchError,
    UnknownColumnError,
    WrongTypeError,
)
from crm_value.models import BgNbd, Comparison, GammaGamma, GgompertzNbd, MbgNbd, Nbd, ParetoNbd, compare
from crm_value.rfm import (
    PointBands,
    Rfm,
    RfmrPoints,
    RfmScores,
    Segment,
    SegmentCheck,
    SegmentTable,
    mailing_decisions,
    value_levels,
)
from crm_value.segments import SegmentMigration, SegmentProfile, TierAction, TierActions
from crm_value.summary import CalibrationHoldout, CustomerSummary, RfmrHistory, RfmSummary, TransactionLog, summarize

__version__ = version()

__all__ = [
    "AttributeConcentration",
    "BgNbd",
    "CalibrationHoldout",
    "CancelledError",
    "Comparison",
    "Concentration",
    "ConvergenceWarning",
    "CrmValueError",
    "CustomerSummary",
    "CustomersForShare",
    "CutPoints",
    "DataQuality",
    "Dependency",
    "Dilemmas",
    "DiscountRate",
    "FitError",
    "FitReport",
    "FitWarning",
    "GammaGamma",
    "GgompertzNbd",
    "HistoricalClv",
    "InvalidDataError",
    "InvalidParameterError",
    "Labels",
    "LevelShare",
    "MbgNbd",
    "MissingColumnError",
    "Nbd",
    "NotFittedError",
    "ParetoNbd",
    "PointBands",
    "PredictiveClv",
    "ReachProbability",
    "Rfm",
    "RfmCutPoints",
    "RfmScores",
    "RfmSummary",
    "RfmrHistory",
    "RfmrPoints",
    "RuleTest",
    "Segment",
    "SegmentCheck",
    "SegmentMigration",
    "SegmentProfile",
    "SegmentTable",
    "Span",
    "StoredFormError",
    "TailIndex",
    "Tier",
    "TierAction",
    "TierActions",
    "Tiers",
    "TransactionLog",
    "UndefinedMeanError",
    "UnitMismatchError",
    "UnknownColumnError",
    "WhaleCurve",
    "WhalePoint",
    "WrongTypeError",
    "abc",
    "compare",
    "errors",
    "mailing_decisions",
    "summarize",
    "tiers",
    "value_levels",
]
