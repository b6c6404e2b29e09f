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
from crm_value.clv import (
    BlendedValue,
    ClvComparison,
    ClvTotals,
    ColdStart,
    ColdStartValue,
    CompoundedClv,
    Forecast,
    ForecastTable,
    HistoricalClv,
    PredictiveClv,
    Range,
    SimpleClv,
    compare_clv,
    margin_multiple,
)
from crm_value.concentration import Concentration, CustomersForShare, Tier, Tiers, abc, tiers
from crm_value.economics import (
    Campaign,
    CampaignTotals,
    Investment,
    NetValue,
    Referrals,
    ReferralValue,
    Targeting,
    contribution_margin,
    cumulative_discounted,
    largest_acquisition_spend,
    largest_retention_spend,
    payback_period,
)
from crm_value.contractual import BetaDiscreteWeibull, Geometric, ShiftedBetaGeometric, Tenures
from crm_value.discrete import BgBb, OpportunitySummary
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
from crm_value.models import (
    BgCnbdK,
    BgNbd,
    Comparison,
    GammaGamma,
    GgompertzNbd,
    MbgCnbdK,
    MbgNbd,
    Nbd,
    ParetoNbd,
    compare,
)
from crm_value.rfm import Rfm, RfmScores, Segment, SegmentCheck, SegmentTable
from crm_value.summary import CalibrationHoldout, CustomerSummary, RfmSummary, TransactionLog, summarize

__version__ = version()

__all__ = [
    "BetaDiscreteWeibull",
    "BgBb",
    "BgCnbdK",
    "BgNbd",
    "BlendedValue",
    "CalibrationHoldout",
    "Campaign",
    "CampaignTotals",
    "CancelledError",
    "ClvComparison",
    "ClvTotals",
    "ColdStart",
    "ColdStartValue",
    "Comparison",
    "CompoundedClv",
    "Concentration",
    "ConvergenceWarning",
    "CrmValueError",
    "CustomerSummary",
    "CustomersForShare",
    "CutPoints",
    "DataQuality",
    "DiscountRate",
    "FitError",
    "FitReport",
    "FitWarning",
    "Forecast",
    "ForecastTable",
    "GammaGamma",
    "Geometric",
    "GgompertzNbd",
    "HistoricalClv",
    "InvalidDataError",
    "InvalidParameterError",
    "Investment",
    "MbgCnbdK",
    "MbgNbd",
    "MissingColumnError",
    "Nbd",
    "NetValue",
    "NotFittedError",
    "OpportunitySummary",
    "ParetoNbd",
    "PredictiveClv",
    "Range",
    "ReferralValue",
    "Referrals",
    "Rfm",
    "RfmCutPoints",
    "RfmScores",
    "RfmSummary",
    "Segment",
    "SegmentCheck",
    "SegmentTable",
    "ShiftedBetaGeometric",
    "SimpleClv",
    "Span",
    "StoredFormError",
    "Targeting",
    "Tenures",
    "Tier",
    "Tiers",
    "TransactionLog",
    "UndefinedMeanError",
    "UnitMismatchError",
    "UnknownColumnError",
    "WrongTypeError",
    "abc",
    "compare",
    "compare_clv",
    "contribution_margin",
    "cumulative_discounted",
    "errors",
    "largest_acquisition_spend",
    "largest_retention_spend",
    "margin_multiple",
    "payback_period",
    "summarize",
    "tiers",
]
