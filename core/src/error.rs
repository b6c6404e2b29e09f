//! The crate's one error type and its field-less kind.

use crate::time::TimeUnit;

/// Everything that can go wrong, with the values that made it go wrong.
///
/// Data errors name the column, the row (0-based, counted over the whole input) and the offending value, and say what to do.
/// [`Error::kind`] gives the field-less [`ErrorKind`] from which the C codes and the Python exceptions are derived.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// An input has no rows.
    #[error("{what} has no rows; give at least one")]
    Empty {
        /// The input that is empty, for example "transaction log".
        what: String,
    },
    /// Two columns that belong together differ in length.
    #[error("column `{column}` has {actual} rows, but `{reference}` has {expected}; all columns of one table need the same length")]
    LengthMismatch {
        /// The column at fault.
        column: String,
        /// Its length.
        actual: usize,
        /// The column it was compared with.
        reference: String,
        /// The length it should have.
        expected: usize,
    },
    /// A number is NaN or infinite.
    #[error(
        "column `{column}`, row {row}: {value} is not a finite number; correct or remove the row (a transaction log can drop its invalid rows)"
    )]
    NonFinite {
        /// The column at fault.
        column: String,
        /// Row, 0-based.
        row: usize,
        /// The offending value.
        value: f64,
    },
    /// An entry is missing (null).
    #[error(
        "column `{column}`, row {row}: the value is missing; fill it in or remove the row (a transaction log can drop its invalid rows)"
    )]
    Missing {
        /// The column at fault.
        column: String,
        /// Row, 0-based.
        row: usize,
    },
    /// A text is not a date.
    #[error("column `{column}`, row {row}: cannot read `{value}` as a date; write dates as YYYY-MM-DD or YYYYMMDD")]
    UnparsableDate {
        /// The column at fault.
        column: String,
        /// Row, 0-based.
        row: usize,
        /// The text found.
        value: String,
    },
    /// A date lies outside the supported range (years -9999 to 9999).
    #[error(
        "column `{column}`, row {row}: {value} {unit} since 1970-01-01 lies outside the years -9999 to 9999; check the unit of the column"
    )]
    DateOutOfRange {
        /// The column at fault.
        column: String,
        /// Row, 0-based.
        row: usize,
        /// The value as given.
        value: i64,
        /// Unit of the value: "days", "seconds", ...
        unit: &'static str,
    },
    /// The observation ends before the first purchase.
    #[error("the observation ends on {end}, before the first purchase on {first}; give a later end")]
    EndBeforeFirstPurchase {
        /// The end given, as a civil date.
        end: String,
        /// The first purchase in the log, as a civil date.
        first: String,
    },
    /// The calibration period does not end before the holdout period does.
    #[error("the calibration ends on {calibration_end}, but the holdout ends on {holdout_end}; the holdout must end later")]
    EmptyHoldout {
        /// End of the calibration, as a civil date.
        calibration_end: String,
        /// End of the holdout, as a civil date.
        holdout_end: String,
    },
    /// No row is a purchase: the log holds refunds only, or every row was dropped.
    #[error("no purchase is left among {rows} rows ({dropped} dropped); check the sign of `{column}` and the row policies")]
    NoPurchases {
        /// Rows read.
        rows: usize,
        /// Rows dropped by policy.
        dropped: usize,
        /// The amount column.
        column: String,
    },
    /// All customers bought only once, so no purchase rate can be learnt.
    #[error(
        "no customer bought again ({customers} observed), so {model} cannot be fitted; observe longer, use coarser data, or build the model from known parameters"
    )]
    NoRepeatPurchases {
        /// The model that was to be fitted.
        model: &'static str,
        /// Number of customers.
        customers: usize,
    },
    /// A last purchase lies after the end of observation.
    #[error("column `{column}`, row {row}: recency {recency} exceeds T {age}; both count from the first purchase in the same unit")]
    RecencyExceedsAge {
        /// The recency column.
        column: String,
        /// Row, 0-based.
        row: usize,
        /// Time of the last purchase.
        recency: f64,
        /// Age at the end of observation.
        age: f64,
    },
    /// Frequency and recency contradict each other.
    #[error(
        "column `{column}`, row {row}: recency {recency} contradicts frequency {frequency}; recency is 0 without repeat purchases and above 0 with them"
    )]
    InconsistentRecency {
        /// The recency column.
        column: String,
        /// Row, 0-based.
        row: usize,
        /// Time of the last purchase.
        recency: f64,
        /// Number of repeat purchases.
        frequency: u32,
    },
    /// A quantity that cannot be negative is.
    #[error("column `{column}`, row {row}: {value} is negative; it must be 0 or more")]
    Negative {
        /// The column at fault.
        column: String,
        /// Row, 0-based.
        row: usize,
        /// The offending value.
        value: f64,
    },
    /// A count is not a whole number between 0 and 2^32 - 1.
    #[error("column `{column}`, row {row}: {value} is not a whole number from 0 to 4294967295; correct or remove the row")]
    NotACount {
        /// The column at fault.
        column: String,
        /// Row, 0-based.
        row: usize,
        /// The offending value.
        value: f64,
    },
    /// A quantity that must be above 0 is not.
    #[error("column `{column}`, row {row}: {value} is not a finite number above 0; correct or remove the row")]
    NotPositive {
        /// The column at fault.
        column: String,
        /// Row, 0-based.
        row: usize,
        /// The offending value.
        value: f64,
    },
    /// A refund was found though the policy rejects them.
    #[error("column `{column}`, row {row}: {value} is a refund and the refund policy is `reject`; choose `net` or `drop`")]
    Refund {
        /// The amount column.
        column: String,
        /// Row, 0-based.
        row: usize,
        /// The offending amount.
        value: f64,
    },
    /// A zero amount was found though the policy rejects them.
    #[error("column `{column}`, row {row}: the amount is 0 and the zero policy is `reject`; choose `keep` or `drop`")]
    ZeroAmount {
        /// The amount column.
        column: String,
        /// Row, 0-based.
        row: usize,
    },
    /// A row repeats another one though the policy rejects that.
    #[error("customer {customer} has {count} identical rows on {date} and the duplicate policy is `reject`; choose `keep` or `drop`")]
    DuplicateRow {
        /// The customer id.
        customer: String,
        /// The civil date.
        date: String,
        /// How often the row occurs.
        count: usize,
    },
    /// A customer occurs twice where each may occur once.
    #[error("customer {customer} occurs more than once; a customer table has one row per customer")]
    DuplicateCustomer {
        /// The customer id.
        customer: String,
    },
    /// Two things are measured in different time units.
    #[error("{left} is in {left_unit}s, but {right} is in {right_unit}s; bring both to one unit")]
    UnitMismatch {
        /// The first thing.
        left: &'static str,
        /// Its unit.
        left_unit: TimeUnit,
        /// The second thing.
        right: &'static str,
        /// Its unit.
        right_unit: TimeUnit,
    },
    /// A discount rate is not above -1 (or not finite).
    #[error("discount rate {value} is not a finite number above -1 (10 % is 0.10)")]
    DiscountRate {
        /// The offending rate.
        value: f64,
    },
    /// An infinite horizon needs a discount rate above 0.
    #[error("the value over an infinite horizon is unbounded at discount rate {value}; give a rate above 0 or a finite horizon")]
    UnboundedValue {
        /// The offending rate.
        value: f64,
    },
    /// A horizon or period is not above 0 (or not finite).
    #[error("{what} {value} is not a finite number above 0; give the length of time it is to cover")]
    Horizon {
        /// What was given: "horizon", "period".
        what: &'static str,
        /// The offending length.
        value: f64,
    },
    /// An interval ends before it starts, or starts before 0.
    #[error("the interval from {from} to {to} is not a forward interval; give 0 <= from < to")]
    Interval {
        /// Start.
        from: f64,
        /// End.
        to: f64,
    },
    /// A model parameter is outside its range.
    #[error("parameter `{parameter}` of {model} is {value}; {requirement}")]
    InvalidParameter {
        /// The model.
        model: &'static str,
        /// The parameter.
        parameter: String,
        /// The offending value.
        value: f64,
        /// What it must satisfy.
        requirement: &'static str,
    },
    /// Times that must not fall do.
    #[error("column `{column}`, row {row}: {value} comes after {previous}; sort the times in rising order")]
    Unsorted {
        /// The column.
        column: String,
        /// The first row that is smaller than the one before it.
        row: usize,
        /// Its value.
        value: f64,
        /// The value before it.
        previous: f64,
    },
    /// An option is outside its range.
    #[error("option `{option}` is {value}; {requirement}")]
    InvalidOption {
        /// The option.
        option: &'static str,
        /// The value given, as text.
        value: String,
        /// What it must satisfy.
        requirement: &'static str,
    },
    /// A fixed value or prior names a parameter that the model does not have. Of kind [`ErrorKind::InvalidOption`].
    #[error("option `{option}` is `{value}`; {model} has no such parameter, only {available}")]
    UnknownParameter {
        /// The option.
        option: &'static str,
        /// The name given.
        value: String,
        /// The model.
        model: &'static str,
        /// The names it has.
        available: String,
    },
    /// The mean spend does not exist because q <= 1.
    #[error(
        "the population mean spend does not exist because q = {q} <= 1; spend is too heavy-tailed for customers without repeat purchases: report a median, or leave them out"
    )]
    UndefinedMean {
        /// The fitted q.
        q: f64,
    },
    /// A number of bins is outside 1 to 100.
    #[error("{bins} bins asked for; give 1 to 100")]
    Bins {
        /// The number asked for.
        bins: usize,
    },
    /// Cut points do not rise strictly.
    #[error("cut point {index} is {value}; cut points must be finite and rise strictly")]
    CutPoints {
        /// Position, 0-based.
        index: usize,
        /// The offending value.
        value: f64,
    },
    /// A share is outside its range.
    #[error("{what} is {value}; it must lie in [0, 1]")]
    Share {
        /// What was given: "fraction of customers", ...
        what: &'static str,
        /// The offending value.
        value: f64,
    },
    /// Tier bounds do not rise strictly to 1.
    #[error("tier bound {index} is {value}; bounds are cumulative shares that rise strictly from above 0 and end at 1")]
    TierBounds {
        /// Position, 0-based.
        index: usize,
        /// The offending value.
        value: f64,
    },
    /// A concentration measure needs a positive total.
    #[error(
        "the values sum to {total}; shares need a total above 0: leave out or clamp negative values, or draw a whale curve, which takes any total"
    )]
    TotalNotPositive {
        /// The total.
        total: f64,
    },
    /// A segment table cannot be used.
    #[error("segment table: {reason}")]
    SegmentTable {
        /// Why.
        reason: String,
    },
    /// A column asked for does not exist.
    #[error("there is no column `{column}`; the table has {available}")]
    UnknownColumn {
        /// The column asked for.
        column: String,
        /// The columns there are, as text.
        available: String,
    },
    /// A column has a type that cannot be read.
    #[error("column `{column}` has type {actual}; expected {expected}")]
    WrongType {
        /// The column at fault.
        column: String,
        /// The type found.
        actual: String,
        /// The types that can be read.
        expected: &'static str,
    },
    /// A calculation needs a column that is not there.
    #[error("{what} needs {column}, which is not there; {advice}")]
    MissingColumn {
        /// The calculation.
        what: &'static str,
        /// The column.
        column: &'static str,
        /// What to do.
        advice: &'static str,
    },
    /// A sum of logarithms exceeds what equal parts would give.
    #[error(
        "column `{column}`, row {row}: {value} exceeds {largest}, the sum of the logarithms of {frequency} equal parts, which is the largest there can be; take natural logarithms, in the unit of the other columns, of the repeat purchases only"
    )]
    LogSum {
        /// The column at fault.
        column: String,
        /// Row, 0-based.
        row: usize,
        /// The offending sum.
        value: f64,
        /// The largest possible sum.
        largest: f64,
        /// Number of repeat purchases.
        frequency: u32,
    },
    /// A covariate does not vary.
    #[error("covariate `{column}` is {value} for every customer, so no effect of it can be estimated; leave it out")]
    ConstantColumn {
        /// The covariate.
        column: String,
        /// Its one value.
        value: f64,
    },
    /// A covariate says nothing that others do not say.
    #[error(
        "covariate `{column}` is a linear combination of {others} and a constant, so their effects cannot be told apart; leave one out (of the 0/1 columns of a category, one is always left out)"
    )]
    CollinearColumns {
        /// The covariate.
        column: String,
        /// The others, as text.
        others: String,
    },
    /// Two columns of a table have the same name.
    #[error("column `{column}` occurs more than once; give every column a name of its own")]
    DuplicateColumn {
        /// The name.
        column: String,
    },
    /// The customer summary, or the table of new customers, lacks covariates of the model.
    #[error("{model} needs the covariates {covariates}, which these customers do not have; add them to the customers")]
    MissingCovariates {
        /// The model.
        model: &'static str,
        /// Those that are missing, as text.
        covariates: String,
    },
    /// A customer of the summary is not in a table that is joined to it.
    #[error("customer {customer} has no row in {table}; give one for every customer")]
    CustomerNotFound {
        /// The customer id.
        customer: String,
        /// The table.
        table: &'static str,
    },
    /// The input is larger than the index type allows.
    #[error("{what} has {rows} rows; at most 4294967295 are supported, split the input")]
    TooLarge {
        /// The input.
        what: &'static str,
        /// Its rows.
        rows: usize,
    },
    /// The log-likelihood was not finite anywhere the solver looked.
    #[error("the fit of {model} found no point with a finite log-likelihood; check the scale of the data or give start values")]
    NotFinite {
        /// The model.
        model: &'static str,
    },
    /// The caller's monitor stopped the work.
    #[error("cancelled by the caller")]
    Cancelled,
    /// Survivor counts of a cohort rise.
    #[error(
        "column `{column}`, row {row}: {value} customers survive after {previous} in the period before; survivor counts can only fall, so count returning customers as a new cohort"
    )]
    RisingSurvivors {
        /// The column of counts at fault.
        column: String,
        /// Row (period), 0-based.
        row: usize,
        /// The count that is too high.
        value: f64,
        /// The count before it.
        previous: f64,
    },
    /// More purchases, or a later one, than there were opportunities.
    #[error(
        "column `{column}`, row {row}: {value} exceeds the {opportunities} opportunities observed; both count the periods after the first purchase"
    )]
    ExceedsOpportunities {
        /// The column at fault.
        column: String,
        /// Row, 0-based.
        row: usize,
        /// The frequency or recency.
        value: u32,
        /// The opportunities.
        opportunities: u32,
    },
    /// More purchases than opportunities up to the last purchase.
    #[error(
        "column `{column}`, row {row}: frequency {frequency} exceeds recency {recency}; an opportunity holds at most one purchase, and recency is the last one that does"
    )]
    FrequencyExceedsRecency {
        /// The frequency column.
        column: String,
        /// Row, 0-based.
        row: usize,
        /// Number of purchases.
        frequency: u32,
        /// Opportunity of the last one.
        recency: u32,
    },
    /// More periods than a model in discrete time can be asked for.
    #[error("column `{column}`, row {row}: {value} periods are more than {limit}; count in longer periods")]
    TooManyPeriods {
        /// The column at fault.
        column: String,
        /// Row, 0-based.
        row: usize,
        /// The number of periods.
        value: u32,
        /// The largest number.
        limit: u32,
    },
    /// Nobody left, or everybody left at the first renewal, so that nothing can be learnt about churn.
    #[error("{what} ({customers} customers), so {model} cannot be fitted; observe longer, or build the model from known parameters")]
    DegenerateTenures {
        /// The model that was to be fitted.
        model: &'static str,
        /// "no customer left", or "every customer left at the first renewal".
        what: &'static str,
        /// Number of customers.
        customers: usize,
    },
    /// A stored object cannot be read.
    #[error("cannot read the stored {what}: {reason}")]
    Deserialize {
        /// What was to be read.
        what: &'static str,
        /// Why it failed.
        reason: String,
    },
    /// A row names a customer that the table does not have.
    #[error("column `{column}`, row {row}: there is no customer {customer} in {table}; add the customer or remove the row")]
    UnknownCustomer {
        /// The column at fault.
        column: String,
        /// Row, 0-based.
        row: usize,
        /// The customer named.
        customer: String,
        /// Where it was looked for.
        table: &'static str,
    },
    /// A customer is named as its own referrer.
    #[error("column `{column}`, row {row}: customer {customer} is said to have referred itself; correct or empty the entry")]
    SelfReferral {
        /// The column at fault.
        column: String,
        /// Row, 0-based.
        row: usize,
        /// The customer.
        customer: String,
    },
    /// Referrals run in a circle.
    #[error(
        "column `{column}`, row {row}: customer {customer} comes back to itself after {length} referrals; correct or empty one entry of the loop"
    )]
    ReferralLoop {
        /// The column at fault.
        column: String,
        /// First row of the loop, 0-based.
        row: usize,
        /// The customer of that row.
        customer: String,
        /// Number of customers in the loop.
        length: usize,
    },
    /// A measure does not exist for these values.
    #[error("the {measure} does not exist here: {reason}")]
    Undefined {
        /// The measure.
        measure: &'static str,
        /// Why, and what to do.
        reason: String,
    },
    /// Labels of customers contradict themselves.
    #[error("labels: {reason}")]
    Labels {
        /// Why.
        reason: String,
    },
}

impl Error {
    /// The column at fault, for errors about one.
    pub fn column(&self) -> Option<&str> {
        match self {
            Error::LengthMismatch { column, .. }
            | Error::NonFinite { column, .. }
            | Error::Missing { column, .. }
            | Error::UnparsableDate { column, .. }
            | Error::DateOutOfRange { column, .. }
            | Error::NoPurchases { column, .. }
            | Error::RecencyExceedsAge { column, .. }
            | Error::InconsistentRecency { column, .. }
            | Error::Negative { column, .. }
            | Error::NotACount { column, .. }
            | Error::NotPositive { column, .. }
            | Error::Refund { column, .. }
            | Error::ZeroAmount { column, .. }
            | Error::RisingSurvivors { column, .. }
            | Error::ExceedsOpportunities { column, .. }
            | Error::FrequencyExceedsRecency { column, .. }
            | Error::TooManyPeriods { column, .. }
            | Error::LogSum { column, .. }
            | Error::UnknownColumn { column, .. }
            | Error::UnknownCustomer { column, .. }
            | Error::SelfReferral { column, .. }
            | Error::ReferralLoop { column, .. }
            | Error::ConstantColumn { column, .. }
            | Error::CollinearColumns { column, .. }
            | Error::DuplicateColumn { column }
            | Error::WrongType { column, .. } => Some(column),
            Error::MissingColumn { column, .. } => Some(column),
            _ => None,
        }
    }

    /// The row at fault (0-based), for errors about one.
    pub fn row(&self) -> Option<usize> {
        match *self {
            Error::NonFinite { row, .. }
            | Error::Missing { row, .. }
            | Error::UnparsableDate { row, .. }
            | Error::DateOutOfRange { row, .. }
            | Error::RecencyExceedsAge { row, .. }
            | Error::InconsistentRecency { row, .. }
            | Error::Negative { row, .. }
            | Error::NotACount { row, .. }
            | Error::NotPositive { row, .. }
            | Error::Refund { row, .. }
            | Error::ZeroAmount { row, .. }
            | Error::UnknownCustomer { row, .. }
            | Error::SelfReferral { row, .. }
            | Error::ReferralLoop { row, .. }
            | Error::RisingSurvivors { row, .. }
            | Error::ExceedsOpportunities { row, .. }
            | Error::FrequencyExceedsRecency { row, .. }
            | Error::TooManyPeriods { row, .. }
            | Error::LogSum { row, .. } => Some(row),
            _ => None,
        }
    }
}

/// Shorthand for results of this crate.
pub type Result<T, E = Error> = std::result::Result<T, E>;

macro_rules! kinds {
    ($($(#[$doc:meta])* $name:ident = $code:literal),+ $(,)?) => {
        /// The kind of an [`Error`], without its values. Codes are stable: never renumbered, never reused.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        #[repr(i32)]
        pub enum ErrorKind { $($(#[$doc])* $name = $code),+ }

        impl ErrorKind {
            /// Every kind, in the order of its code.
            pub const ALL: &'static [ErrorKind] = &[$(ErrorKind::$name),+];

            /// The stable number of this kind (1 or more; the C interface returns it).
            pub fn code(self) -> i32 {
                self as i32
            }

            /// The name of this kind, for example `"NonFinite"`.
            pub fn name(self) -> &'static str {
                match self { $(ErrorKind::$name => stringify!($name)),+ }
            }
        }

        impl Error {
            /// The field-less kind of this error.
            pub fn kind(&self) -> ErrorKind {
                match self {
                    Error::UnknownParameter { .. } => ErrorKind::InvalidOption,
                    $(Error::$name { .. } => ErrorKind::$name),+
                }
            }
        }
    };
}

kinds! {
    /// An input has no rows.
    Empty = 1,
    /// Columns differ in length.
    LengthMismatch = 2,
    /// A number is NaN or infinite.
    NonFinite = 3,
    /// An entry is null.
    Missing = 4,
    /// A text is not a date.
    UnparsableDate = 5,
    /// A date is outside the supported range.
    DateOutOfRange = 6,
    /// Observation ends before the first purchase.
    EndBeforeFirstPurchase = 7,
    /// The holdout does not end after the calibration.
    EmptyHoldout = 8,
    /// No row is a purchase.
    NoPurchases = 9,
    /// All customers are one-time buyers.
    NoRepeatPurchases = 10,
    /// recency > T.
    RecencyExceedsAge = 11,
    /// Frequency and recency contradict each other.
    InconsistentRecency = 12,
    /// A value is negative.
    Negative = 13,
    /// A value is not a whole number.
    NotACount = 14,
    /// A value is not above 0.
    NotPositive = 15,
    /// A refund under policy `reject`.
    Refund = 16,
    /// A zero amount under policy `reject`.
    ZeroAmount = 17,
    /// Identical rows under policy `reject`.
    DuplicateRow = 18,
    /// A customer occurs twice in a customer table.
    DuplicateCustomer = 19,
    /// Time units differ.
    UnitMismatch = 20,
    /// Discount rate out of range.
    DiscountRate = 21,
    /// Infinite horizon without a positive discount rate.
    UnboundedValue = 22,
    /// Horizon or period out of range.
    Horizon = 23,
    /// An interval that does not run forward.
    Interval = 24,
    /// Model parameter out of range.
    InvalidParameter = 25,
    /// Option out of range.
    InvalidOption = 26,
    /// The population mean spend does not exist (q <= 1).
    UndefinedMean = 27,
    /// Number of bins out of range.
    Bins = 28,
    /// Cut points do not rise.
    CutPoints = 29,
    /// Share out of range.
    Share = 30,
    /// Tier bounds do not rise to 1.
    TierBounds = 31,
    /// Total not above 0.
    TotalNotPositive = 32,
    /// Unusable segment table.
    SegmentTable = 33,
    /// Unknown column name.
    UnknownColumn = 34,
    /// Wrong column type.
    WrongType = 35,
    /// The summary lacks a column.
    MissingColumn = 36,
    /// Too many rows.
    TooLarge = 37,
    /// No finite log-likelihood.
    NotFinite = 38,
    /// Stopped by the caller.
    Cancelled = 39,
    /// A stored object cannot be read.
    Deserialize = 40,
    /// Survivor counts rise.
    RisingSurvivors = 41,
    /// More purchases, or a later one, than opportunities.
    ExceedsOpportunities = 42,
    /// More purchases than opportunities up to the last purchase.
    FrequencyExceedsRecency = 43,
    /// More periods than can be handled.
    TooManyPeriods = 44,
    /// Nobody left, or everybody at once.
    DegenerateTenures = 45,
    /// A row names a customer that is not there.
    UnknownCustomer = 46,
    /// A customer is its own referrer.
    SelfReferral = 47,
    /// Referrals run in a circle.
    ReferralLoop = 48,
    /// A measure does not exist for these values.
    Undefined = 51,
    /// Unusable labels.
    Labels = 52,
    /// A sum of logarithms exceeds that of equal parts.
    LogSum = 61,
    /// A covariate does not vary.
    ConstantColumn = 64,
    /// Covariates depend on each other linearly.
    CollinearColumns = 65,
    /// A column name occurs twice.
    DuplicateColumn = 66,
    /// Customers without the covariates of the model.
    MissingCovariates = 67,
    /// A customer is not in a table that is joined to the summary.
    CustomerNotFound = 68,
    /// Times are not in rising order.
    Unsorted = 72,
}
