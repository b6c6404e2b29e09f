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
from crm_value._core import CutPoints, DataQuality, DiscountRate, FitReport, RfmCutPoints, Span, version
from crm_value.clv import HistoricalClv, PredictiveClv
from crm_value.cohort import CohortTable, CohortTotals, KaplanMeier, LogRank, LogRankGroup, log_rank
from crm_value.concentration import Concentration, CustomersForShare, Tier, Tiers, abc, tiers
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
from crm_value.matrix import Action, CrmMatrix, MatrixAxis, default_stage_rules, stages
from crm_value.models import BgNbd, Comparison, GammaGamma, GgompertzNbd, MbgNbd, Nbd, ParetoNbd, compare
from crm_value.review import Bridge, PeriodReview, ValueAtRisk
from crm_value.rfm import Rfm, RfmScores, Segment, SegmentCheck, SegmentTable
from crm_value.summary import CalibrationHoldout, CustomerSummary, RfmSummary, TransactionLog, summarize

__version__ = version()

__all__ = [
    "Action",
    "BgNbd",
    "Bridge",
    "CalibrationHoldout",
    "CancelledError",
    "CohortTable",
    "CohortTotals",
    "Comparison",
    "Concentration",
    "ConvergenceWarning",
    "CrmMatrix",
    "CrmValueError",
    "CustomerSummary",
    "CustomersForShare",
    "CutPoints",
    "DataQuality",
    "DiscountRate",
    "FitError",
    "FitReport",
    "FitWarning",
    "GammaGamma",
    "GgompertzNbd",
    "HistoricalClv",
    "InvalidDataError",
    "InvalidParameterError",
    "KaplanMeier",
    "LogRank",
    "LogRankGroup",
    "MatrixAxis",
    "MbgNbd",
    "MissingColumnError",
    "Nbd",
    "NotFittedError",
    "ParetoNbd",
    "PeriodReview",
    "PredictiveClv",
    "Rfm",
    "RfmCutPoints",
    "RfmScores",
    "RfmSummary",
    "Segment",
    "SegmentCheck",
    "SegmentTable",
    "Span",
    "StoredFormError",
    "Tier",
    "Tiers",
    "TransactionLog",
    "UndefinedMeanError",
    "UnitMismatchError",
    "UnknownColumnError",
    "ValueAtRisk",
    "WrongTypeError",
    "abc",
    "compare",
    "default_stage_rules",
    "errors",
    "log_rank",
    "stages",
    "summarize",
    "tiers",
]
