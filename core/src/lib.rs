//! What is this customer worth? Customer lifetime value, RFM, concentration and tiers from a transaction log.
//!
//! ```
//! use crm_value::{BgNbd, ClvModel, Concentration, DiscountRate, GammaGamma, PredictiveClv, Span, TimeUnit, TransactionLog, parse_dates};
//!
//! # let (mut ids, mut dates, mut amounts) = (Vec::new(), Vec::new(), Vec::new());
//! # for i in 0..200u64 { for j in 0..=(i % 7) { if (i + j) % 5 < 4 || j == 0 { ids.push(i); dates.push((i % 50) as i32 + (j * j * (i % 3 + 4)) as i32); amounts.push(10.0 + (i % 11) as f64 + (j % 3) as f64); } } }
//! let log = TransactionLog::from_columns(&ids, &dates, &amounts)?;
//! println!("{}", log.quality());
//! let customers = log.summarize().unit(TimeUnit::Week).build()?; // x, t_x, T and mean spend of every customer
//!
//! let purchases = BgNbd::fit(&customers)?;
//! let spend = GammaGamma::fit(&customers)?;
//! println!("{}", purchases.report());
//!
//! let clv = PredictiveClv::new(&purchases, &spend)
//!     .margin(0.30)
//!     .horizon(Span::new(3.0, TimeUnit::Year)?)
//!     .discount(DiscountRate::annual(0.10)?)
//!     .value(&customers)?; // one f64 per customer
//! let c = Concentration::of(&clv)?;
//! println!("top 10 % hold {:.1} % of future value, Gini {:.3}", 100.0 * c.top_share(0.10)?, c.gini());
//! # Ok::<(), crm_value::Error>(())
//! ```
#![forbid(unsafe_code)]

mod calendar;
mod clv;
mod cohort;
mod concentration;
mod covariates;
mod economics;
mod error;
mod fit;
mod ids;
mod log_sums;
mod matrix;
mod models;
mod opportunities;
mod parallel;
mod patterns;
mod quality;
mod review;
mod rfm;
mod segments;
mod simulation;
mod special;
#[cfg(feature = "serde")]
mod stored;
mod summary;
mod tenures;
mod time;
mod transactions;

pub use calendar::CalendarPeriod;
pub use clv::{
    Assumption, BlendedValue, ClvColumn, ClvComparison, ClvModel, CohortClv, CohortValue, ColdStart, ColdStartValue, CompoundedClv,
    ContractualClv, DiscountTiming, FirstMargin, Forecast, ForecastPeriod, ForecastTable, HistoricalClv, NextRenewal, PredictiveClv,
    ReachProbability, SimpleClv, margin_multiple,
};
pub use cohort::{
    AgeMetrics, Cohort, CohortCell, CohortMeasure, CohortTable, CohortTotals, Cohorts, KaplanMeier, Lifetimes, LogRank, LogRankGroup,
    PeriodMetrics, SurvivalStep,
};
pub use concentration::{
    AttributeConcentration, Concentration, CustomersForShare, Dependency, DependencyAlert, Dilemma, DilemmaOptions, Dilemmas, LevelShare,
    NegativePolicy, RuleTest, RuleVerdict, ShareRule, TailIndex, Tier, TierBasis, Tiers, WhaleCurve, WhalePoint,
};
pub use covariates::Covariates;
pub use economics::{
    Campaign, CampaignTotals, ContributionMargin, CustomerActivity, Investment, NetValue, PerCustomer, ReferralDepth, ReferralValue,
    Referrals, Targeting, cumulative_discounted, largest_acquisition_spend, largest_retention_spend, payback_period,
};
pub use error::{Error, ErrorKind, Result};
pub use fit::{
    Coefficient, ComparedModel, Comparison, Estimate, FitOptions, FitReport, FitWarning, Fitted, LikelihoodRatio, Monitor, NestedTest,
    Progress, PurchaseKind, Termination,
};
pub use ids::{CustomerId, CustomerIds, IdColumn, TextIds};
pub use matrix::{Action, ActionTable, CrmMatrix, MatrixAxis, MatrixCell, Relationship, Stage, StageBasis, StageRules, SuppressedMatrix};
pub use models::{
    BetaDiscreteWeibull, BgBb, BgCnbdK, BgNbd, CovariateBaseline, CovariateEffect, CovariateModel, CovariateOptions, CovariateProcess,
    DiscountedPurchases, GammaGamma, Geometric, GgompertzNbd, MbgCnbdK, MbgNbd, Model, Nbd, ParetoNbd, PurchaseModel, RetentionModel,
    ShiftedBetaGeometric, SpendModel, SpendPatterns, WithCovariates,
};
pub use ndarray;
pub use opportunities::{OpportunityHistory, OpportunityPeriod, OpportunitySummary, SummarizeOpportunities};
pub use patterns::Patterns;
pub use quality::DataQuality;
pub use review::{
    Bridge, Migration, Movement, MovementSummary, PeriodReview, ReviewOptions, ReviewPeriod, ReviewValue, TopTier, ValueAtRisk,
};
pub use rfm::{
    CutPoint, CutPoints, Direction, MailingDecision, MonetaryMeasure, PointBands, QuantileScores, Rfm, RfmAxis, RfmCutPoints, RfmScores,
    RfmrHistory, RfmrPoints, Segment, SegmentCheck, SegmentSummary, SegmentTable, ValueLevel,
};
pub use segments::{Labels, ProfileCell, SegmentMigration, SegmentProfile, TierAction, TierActions};
pub use simulation::{
    ContractSimulation, OpportunitySimulation, RandomStream, Simulate, SimulateContract, SimulateSpend, SimulatedContracts,
    SimulatedCustomers, SimulatedOpportunities, SimulatedPurchases, SimulatedTransactions, Simulation,
};
pub use summary::{CalibrationHoldout, CustomerSummary, History, RfmSummary, Summarize};
pub use tenures::Tenures;
pub use time::{Date, DiscountRate, Span, TimeUnit, TimestampUnit, parse_dates};
pub use transactions::{DateColumn, InvalidRows, LogOptions, MarginColumn, Missing, RefundPolicy, RowPolicy, TransactionLog, Transactions};

/// The README's Rust snippets, run as doctests.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
struct Readme;
