//! A purchase model whose parameters depend on what is known of each customer.

use hashbrown::HashSet;

use super::with_covariates_fit::Fit;
use super::{Discounted, DiscountedPurchases, Model, PurchaseModel, Quantity};
use crate::covariates::{Covariates, DistinctRows, missing};
use crate::error::{Error, Result};
use crate::fit::{FitOptions, FitWarning, Fitted, Parameter};
use crate::parallel;
use crate::patterns::Patterns;
use crate::simulation::{DrawEach, RandomStream, Simulate};
use crate::summary::{CustomerSummary, History};
use crate::time::{Span, TimeUnit};

/// What a coefficient acts on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum CovariateProcess {
    /// The purchase rates.
    Purchase,
    /// Dropout.
    Dropout,
    /// Both, by one coefficient.
    Shared,
    /// The first shape of the dropout probabilities alone (BG/NBD, MBG/NBD).
    A,
    /// The second shape of the dropout probabilities alone (BG/NBD, MBG/NBD).
    B,
    /// The first parameter of the churn probabilities (sBG).
    Alpha,
    /// The second parameter of the churn probabilities (sBG).
    Beta,
}

impl CovariateProcess {
    /// Every process.
    pub const ALL: [CovariateProcess; 7] = [
        CovariateProcess::Purchase,
        CovariateProcess::Dropout,
        CovariateProcess::Shared,
        CovariateProcess::A,
        CovariateProcess::B,
        CovariateProcess::Alpha,
        CovariateProcess::Beta,
    ];

    /// The word with which the names of its coefficients begin: `"purchase"`, `"dropout"`, `"shared"`, `"a"`, `"b"`, `"alpha"`, `"beta"`.
    pub fn name(self) -> &'static str {
        match self {
            CovariateProcess::Purchase => "purchase",
            CovariateProcess::Dropout => "dropout",
            CovariateProcess::Shared => "shared",
            CovariateProcess::A => "a",
            CovariateProcess::B => "b",
            CovariateProcess::Alpha => "alpha",
            CovariateProcess::Beta => "beta",
        }
    }
}

/// One coefficient: the effect of one covariate on one process.
///
/// It changes the logarithms of the parameters by ± γ z, z = (value − centre) / scale.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct CovariateEffect {
    /// What it acts on.
    pub process: CovariateProcess,
    /// The name of the covariate.
    pub covariate: String,
    /// γ.
    pub coefficient: f64,
    /// The value of the covariate at which it has no effect: 0, or the mean if it was standardised.
    pub centre: f64,
    /// The unit of the covariate, above 0: 1, or the standard deviation if it was standardised.
    pub scale: f64,
}

impl CovariateEffect {
    /// An effect of a covariate as it is, not standardised.
    pub fn new(process: CovariateProcess, covariate: &str, coefficient: f64) -> Self {
        CovariateEffect { process, covariate: covariate.to_owned(), coefficient, centre: 0.0, scale: 1.0 }
    }

    /// The same of the covariate less `centre`, divided by `scale`.
    pub fn standardized(mut self, centre: f64, scale: f64) -> Self {
        (self.centre, self.scale) = (centre, scale);
        self
    }

    /// The effect with this name, for example `"purchase:age"`.
    ///
    /// # Errors
    /// [`Error::InvalidParameter`] unless the name begins with a process and a colon.
    pub fn named(name: &str, coefficient: f64) -> Result<Self> {
        let process = |text: &str| CovariateProcess::ALL.into_iter().find(|process| process.name() == text);
        let parts = name.split_once(':').and_then(|(text, covariate)| Some((process(text)?, covariate)));
        let unknown = || Error::InvalidParameter {
            model: "a model with covariates",
            parameter: name.to_owned(),
            value: coefficient,
            requirement: "name it by its process (purchase, dropout, shared, a, b, alpha or beta), a colon and the covariate",
        };
        parts.map(|(process, covariate)| Self::new(process, covariate, coefficient)).ok_or_else(unknown)
    }

    /// The name of the coefficient, for example `"purchase:age"`.
    pub fn name(&self) -> String {
        format!("{}:{}", self.process.name(), self.covariate)
    }

    /// γ z.
    fn of(&self, value: f64) -> f64 {
        self.coefficient * ((value - self.centre) / self.scale)
    }
}

/// Which covariates enter a model, and how.
///
/// | option | default | meaning |
/// |---|---|---|
/// | `purchase` | none | covariates of the purchase rates |
/// | `dropout` | none | covariates of dropout |
/// | `alpha`, `beta` | none | sBG: covariates of its first and of its second parameter |
/// | `shared` | none | covariates of both processes (sBG: of both parameters), with one coefficient |
/// | `separate_shapes` | no | BG/NBD, MBG/NBD: every `dropout` covariate gets a coefficient for a and one for b |
/// | `standardize` | no | coefficients per standard deviation, the other parameters those of a customer at the means |
/// | `ridge` | 0 | weight of a quadratic penalty on the coefficients |
///
/// `standardize` changes neither likelihood nor predictions, only what the numbers refer to. Fixed values, priors and starts of
/// [`FitOptions`] go by the coefficients' names, for example `"purchase:age"`, and are in the same units; starts are in the order of the report:
/// the parameters of the model, then the coefficients of `purchase`, `dropout` (or `a`, then `b`), `alpha`, `beta` and `shared`.
///
/// # Formula
/// ```text
/// maximised: ln L − ridge Σ ½ γ²          the same as a normal prior with mean 0 and variance 1 / ridge on every coefficient
/// ```
///
/// ```
/// use crm_value::CovariateOptions;
/// let covariates = CovariateOptions::new().purchase(&["age", "online"]).dropout(&["online"]).standardize(true);
/// ```
#[derive(Debug, Clone, PartialEq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(default))]
pub struct CovariateOptions {
    purchase: Vec<String>,
    dropout: Vec<String>,
    alpha: Vec<String>,
    beta: Vec<String>,
    shared: Vec<String>,
    separate_shapes: bool,
    pub(super) standardize: bool,
    pub(super) ridge: f64,
}

fn owned(names: &[&str]) -> Vec<String> {
    names.iter().map(|&name| name.to_owned()).collect()
}

impl CovariateOptions {
    /// No covariates yet, and the defaults of the table above.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the covariates of the purchase rates.
    pub fn purchase(mut self, covariates: &[&str]) -> Self {
        self.purchase = owned(covariates);
        self
    }

    /// Sets the covariates of dropout.
    pub fn dropout(mut self, covariates: &[&str]) -> Self {
        self.dropout = owned(covariates);
        self
    }

    /// Sets the covariates of alpha, the first parameter of sBG.
    pub fn alpha(mut self, covariates: &[&str]) -> Self {
        self.alpha = owned(covariates);
        self
    }

    /// Sets the covariates of beta, the second parameter of sBG.
    pub fn beta(mut self, covariates: &[&str]) -> Self {
        self.beta = owned(covariates);
        self
    }

    /// Sets the covariates that act on both processes (sBG: both parameters) with one coefficient.
    pub fn shared(mut self, covariates: &[&str]) -> Self {
        self.shared = owned(covariates);
        self
    }

    /// Whether each `dropout` covariate has a coefficient for a and another for b, so that it can move the mean dropout probability.
    pub fn separate_shapes(mut self, separate: bool) -> Self {
        self.separate_shapes = separate;
        self
    }

    /// Whether coefficients are per standard deviation of the covariate.
    pub fn standardize(mut self, standardize: bool) -> Self {
        self.standardize = standardize;
        self
    }

    /// Sets the weight of the quadratic penalty on the coefficients, at least 0.
    pub fn ridge(mut self, weight: f64) -> Self {
        self.ridge = weight;
        self
    }

    /// The names of the coefficients, for example `"purchase:age"`, in the order of the report.
    pub fn coefficient_names(&self) -> Vec<String> {
        let selections = self.by_process().into_iter();
        selections.flat_map(|(process, names)| names.iter().map(move |name| CovariateEffect::new(process, name, 0.0).name())).collect()
    }

    /// Whether no covariate was named.
    pub fn is_empty(&self) -> bool {
        self.by_process().is_empty()
    }

    /// The processes with their covariates, in the order of the report.
    pub(super) fn selections<M: Moved>(&self) -> Result<Vec<(CovariateProcess, &[String])>> {
        if !(self.ridge >= 0.0 && self.ridge.is_finite()) {
            let value = self.ridge.to_string();
            return Err(Error::InvalidOption { option: "ridge", value, requirement: "it must be finite and at least 0" });
        }
        if self.separate_shapes && M::moves(CovariateProcess::A).is_empty() {
            let (value, requirement) = ("true".to_owned(), "only BG/NBD and MBG/NBD have two shapes of dropout");
            return Err(Error::InvalidOption { option: "separate_shapes", value, requirement });
        }
        for selection in [&self.purchase, &self.dropout, &self.alpha, &self.beta] {
            let mut seen = HashSet::new();
            if let Some(repeated) = selection.iter().chain(&self.shared).find(|&name| !seen.insert(name)) {
                return Err(Error::DuplicateColumn { column: repeated.clone() });
            }
        }
        let selections = self.by_process();
        if selections.is_empty() {
            return Err(Error::Empty { what: "list of covariates".to_owned() });
        }
        if let Some((process, names)) = selections.iter().find(|(process, _)| M::moves(*process).is_empty()) {
            let requirement = "the model has no such process: sBG has alpha, beta and shared, the others purchase, dropout and shared";
            return Err(Error::InvalidOption { option: process.name(), value: names.join(", "), requirement });
        }
        Ok(selections)
    }

    fn by_process(&self) -> Vec<(CovariateProcess, &[String])> {
        let mut selections = vec![(CovariateProcess::Purchase, &*self.purchase)];
        if self.separate_shapes {
            selections.extend([(CovariateProcess::A, &*self.dropout), (CovariateProcess::B, &*self.dropout)]);
        } else {
            selections.push((CovariateProcess::Dropout, &*self.dropout));
        }
        selections.push((CovariateProcess::Alpha, &*self.alpha));
        selections.push((CovariateProcess::Beta, &*self.beta));
        selections.push((CovariateProcess::Shared, &*self.shared));
        selections.retain(|(_, names)| !names.is_empty());
        selections
    }
}

/// What a model tells of itself so that covariates can move it.
pub(crate) trait Moved: Model + Clone {
    /// The unit of its times, if it has any.
    type Unit: Copy;
    /// What its likelihood is a sum over.
    type Records: Records<Unit = Self::Unit>;

    /// The name of the model with covariates.
    const WITH_COVARIATES: &'static str;

    /// Positions of the parameters that a process moves, with the sign of the move; empty if the model has no such process.
    fn moves(process: CovariateProcess) -> &'static [(usize, f64)];

    /// The parameters.
    fn described() -> Vec<Parameter>;

    /// Its unit.
    fn own_unit(&self) -> Self::Unit;

    /// The model of parameters in their order.
    fn from_values(values: &[f64], unit: Self::Unit) -> Result<Self>;

    /// The fit without covariates.
    fn without_covariates(records: &Self::Records, options: &FitOptions) -> Result<Fitted<Self>>;

    /// Adds ln L of record `i`, times weight, with its derivatives in the natural parameters: value, gradient, upper triangle of the Hessian.
    fn add_record(sums: &mut [f64], parameters: &[f64], records: &Self::Records, i: usize);

    /// A warning that the parameters themselves give; `longest` is the longest history.
    fn warning(&self, _longest: f64) -> Option<FitWarning> {
        None
    }
}

/// Distinct records of customers, each with its weight and its set of covariates, by which they are sorted first.
pub(crate) trait Records: Sync {
    /// The unit of their times, if they have any.
    type Unit: Copy;

    /// Number of records.
    fn count(&self) -> usize;

    /// Number of customers.
    fn customers(&self) -> usize;

    /// The weight of each record.
    fn weights(&self) -> &[f64];

    /// The set of covariates of record `i`.
    fn variant(&self, i: usize) -> u32;

    /// The longest history.
    fn longest(&self) -> f64;

    /// Their unit.
    fn unit(&self) -> Self::Unit;

    /// The same for a report.
    fn time_unit(&self) -> Option<TimeUnit>;
}

impl Records for Patterns {
    type Unit = TimeUnit;

    fn count(&self) -> usize {
        self.len()
    }

    fn customers(&self) -> usize {
        self.customers()
    }

    fn weights(&self) -> &[f64] {
        self.weights()
    }

    fn variant(&self, i: usize) -> u32 {
        self.histories()[i].variant()
    }

    fn longest(&self) -> f64 {
        self.histories().iter().fold(0.0_f64, |longest, history| longest.max(history.age()))
    }

    fn unit(&self) -> TimeUnit {
        self.unit()
    }

    fn time_unit(&self) -> Option<TimeUnit> {
        Some(self.unit())
    }
}

/// The models that [`WithCovariates`] can be of: those of purchases ([`CovariateModel`]), and sBG ([`crate::ShiftedBetaGeometric`]).
#[allow(private_bounds, reason = "what a model tells of itself is not for others to implement")]
pub trait CovariateBaseline: Moved {}

/// The purchase models that [`WithCovariates`] can be of: BG/NBD, MBG/NBD, Pareto/NBD, GGompertz/NBD.
#[allow(private_bounds, reason = "what a model tells of itself is not for others to implement")]
pub trait CovariateModel: CovariateBaseline + Moved<Unit = TimeUnit, Records = Patterns> + DiscountedPurchases + Simulate {}

/// A model whose parameters depend on covariates: columns that are known of each customer and do not change.
///
/// # Formula
/// With z a customer's covariates (less their centre, over their scale), γ the coefficients of a process, and α₀, ... the parameters of the
/// baseline, a customer with z = 0:
/// ```text
/// all            α = α₀ e^(−γ_purchase·z)                                     γ > 0: buys more often
/// BG, MBG/NBD    a = a₀ e^(γ_dropout·z),  b = b₀ e^(γ_dropout·z)              or γ_a for a and γ_b for b
/// Pareto/NBD     β = β₀ e^(−γ_dropout·z)                                      γ > 0: leaves earlier
/// GGompertz/NBD  β = β₀ e^(−γ_dropout·z)
/// sBG            α = α₀ e^(γ_alpha·z),  β = β₀ e^(γ_beta·z)                   γ_alpha > 0: leaves earlier; γ_beta > 0: stays longer
/// ```
/// r and s are the same for all. So e^(γ_purchase) is the factor by which one unit of a covariate multiplies the mean purchase rate, and for
/// Pareto/NBD and GGompertz/NBD e^(γ_dropout) that of the mean risk of leaving. For BG/NBD and MBG/NBD one coefficient for a and b leaves the
/// mean dropout probability a / (a + b) as it is and changes how far customers differ in it; `separate_shapes` lets the mean move. The same
/// holds for sBG: e^(γ_alpha − γ_beta) is the factor of the odds of the mean churn probability α / (α + β), and a shared coefficient leaves it as
/// it is.
///
/// # Methods
/// Of a purchase model it is a [`PurchaseModel`] and [`DiscountedPurchases`]. The methods that take a [`CustomerSummary`], and so [`crate::PredictiveClv`] too, use
/// each customer's covariates, which the summary must hold ([`CustomerSummary::with_covariates`]), and give the same value for a customer
/// whatever other customers the summary holds. The kernels for one [`History`] and the methods for a new customer are those of the baseline;
/// [`WithCovariates::customer_models`] gives the model of customers with other covariates. Of sBG it is a [`crate::RetentionModel`] whose
/// methods are those of the baseline, but for the log-likelihood; what ends in `_of` asks for customers with covariates.
///
/// # Examples
/// ```
/// use crm_value::{BgNbd, CovariateEffect, CovariateProcess, Covariates, CustomerSummary, PurchaseModel, TimeUnit, WithCovariates};
/// let baseline = BgNbd::new(0.243, 4.414, 0.793, 2.426, TimeUnit::Week)?;
/// let model = WithCovariates::new(baseline, vec![CovariateEffect::new(CovariateProcess::Purchase, "online", 0.5)])?;
/// let customers = CustomerSummary::from_columns(None, &[2.0, 2.0], &[30.43, 30.43], &[38.86, 38.86], None, TimeUnit::Week)?
///     .with_covariates(Covariates::from_columns(&[("online", &[0.0, 1.0])])?)?;
/// let alive = model.probability_alive(&customers)?;
/// assert!((alive[0] - 0.7266).abs() < 1e-3 && alive[1] < alive[0]); // a frequent buyer's silence says more
/// # Ok::<(), crm_value::Error>(())
/// ```
///
/// # References
/// Fader & Hardie (2007), Incorporating Time-Invariant Covariates into the Pareto/NBD and BG/NBD Models; Abe (2009), "Counting Your Customers"
/// One by One, Marketing Science 28(3) (why covariates); the form for GGompertz/NBD carries the first over to the scale β of Bemmaor & Glady
/// (2012), that for sBG the first's a and b to the α and β of Fader & Hardie (2007), How to Project Customer Retention (as PyMC-Marketing does,
/// with the other sign).
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(
    feature = "serde",
    serde(
        try_from = "stored::Stored<M>",
        into = "stored::Stored<M>",
        bound = "M: CovariateBaseline + serde::Serialize + serde::de::DeserializeOwned"
    )
)]
pub struct WithCovariates<M> {
    baseline: M,
    effects: Vec<CovariateEffect>,
}

impl<M: CovariateBaseline> WithCovariates<M> {
    /// The model with known parameters and coefficients.
    ///
    /// # Errors
    /// [`Error::Empty`] without effects; [`Error::DuplicateColumn`] for two of one name; [`Error::InvalidParameter`] unless coefficients and
    /// centres are finite, scales finite and above 0, and the model has the processes.
    pub fn new(baseline: M, effects: Vec<CovariateEffect>) -> Result<Self> {
        if effects.is_empty() {
            return Err(Error::Empty { what: "list of covariate effects".to_owned() });
        }
        for (i, effect) in effects.iter().enumerate() {
            let refuse = |value: f64, requirement: &'static str| {
                Err(Error::InvalidParameter { model: M::WITH_COVARIATES, parameter: effect.name(), value, requirement })
            };
            if effects[..i].iter().any(|other| (other.process, &other.covariate) == (effect.process, &effect.covariate)) {
                return Err(Error::DuplicateColumn { column: effect.name() });
            }
            if M::moves(effect.process).is_empty() {
                return refuse(effect.coefficient, "the model has no such process");
            }
            if !effect.coefficient.is_finite() {
                return refuse(effect.coefficient, "a coefficient must be finite");
            }
            if !effect.centre.is_finite() {
                return refuse(effect.centre, "a centre must be finite");
            }
            if !(effect.scale > 0.0 && effect.scale.is_finite()) {
                return refuse(effect.scale, "a scale must be finite and above 0");
            }
        }
        Ok(WithCovariates { baseline, effects })
    }

    /// The model of a customer whose covariates have no effect: all 0, or at their means if they were standardised.
    pub fn baseline(&self) -> &M {
        &self.baseline
    }

    /// The coefficients.
    pub fn effects(&self) -> &[CovariateEffect] {
        &self.effects
    }

    /// The names of the covariates that customers need.
    pub fn covariate_names(&self) -> Vec<&str> {
        let mut names: Vec<&str> = Vec::new();
        for effect in &self.effects {
            if !names.contains(&effect.covariate.as_str()) {
                names.push(&effect.covariate);
            }
        }
        names
    }

    /// The model of each of these customers, one per row of the table.
    ///
    /// # Errors
    /// [`Error::MissingCovariates`]; [`Error::InvalidParameter`] if a customer's covariates move a parameter out of the range of f64.
    pub fn customer_models(&self, covariates: &Covariates) -> Result<Vec<M>> {
        let names = self.covariate_names();
        let columns = covariates.select(M::WITH_COVARIATES, &names)?;
        let mover = self.mover(&names);
        (0..covariates.len()).map(|i| mover.model(|column| columns[column][i])).collect()
    }

    /// One model per distinct set of covariates in `rows` customers' columns, which are in the order of [`WithCovariates::covariate_names`].
    pub(super) fn distinct(&self, columns: &[&[f64]], rows: usize) -> Result<(Vec<M>, DistinctRows)> {
        let rows = DistinctRows::of(columns, rows);
        let names = self.covariate_names();
        let mover = self.mover(&names);
        let models = (0..rows.len()).map(|i| mover.model(|column| rows.row(i)[column])).collect::<Result<_>>()?;
        Ok((models, rows))
    }

    fn mover(&self, names: &[&str]) -> Mover<'_, M> {
        let column = |effect: &CovariateEffect| names.iter().position(|&name| name == effect.covariate).unwrap_or_default();
        Mover {
            values: self.baseline.parameters().into_iter().map(|(_, value)| value).collect(),
            names: self.baseline.parameters().into_iter().map(|(name, _)| name).collect(),
            effects: self.effects.iter().map(|effect| (column(effect), effect)).collect(),
            model: self,
        }
    }
}

impl<M: CovariateModel> WithCovariates<M> {
    /// Fits by maximum likelihood with the default [`FitOptions`]. The summary must hold the covariates.
    ///
    /// The report's [`coefficients`](crate::FitReport::coefficients) are the table of coefficients with Wald tests, its
    /// [`likelihood_ratio`](crate::FitReport::likelihood_ratio) the test against the model without covariates.
    ///
    /// # Errors
    /// [`Error::MissingCovariates`]; [`Error::ConstantColumn`] and [`Error::CollinearColumns`] for covariates whose effects cannot be estimated;
    /// [`Error::DuplicateColumn`] for a covariate given twice for one process; [`Error::Empty`] without any; [`Error::InvalidOption`];
    /// [`Error::NoRepeatPurchases`] if nobody bought again; [`Error::NotFinite`].
    pub fn fit(customers: &CustomerSummary, covariates: &CovariateOptions) -> Result<Fitted<Self>> {
        Self::fit_with(customers, covariates, &FitOptions::default())
    }

    /// Fits by maximum likelihood.
    ///
    /// # Errors
    /// As [`WithCovariates::fit`], and [`Error::InvalidOption`], [`Error::UnknownParameter`] (in `fix` or `prior`), [`Error::InvalidParameter`]
    /// (start and fixed values), [`Error::Cancelled`].
    pub fn fit_with(customers: &CustomerSummary, covariates: &CovariateOptions, options: &FitOptions) -> Result<Fitted<Self>> {
        Fit::prepare(customers, None, covariates)?.run(options)
    }

    /// Fits to customers with weights, customer i with `weights[i]` (finite, above 0). Standardising uses the weights too.
    ///
    /// # Errors
    /// As [`WithCovariates::fit_with`], and for the weights [`Error::LengthMismatch`], [`Error::NonFinite`], [`Error::NotPositive`].
    pub fn fit_weighted(
        customers: &CustomerSummary,
        weights: &[f64],
        covariates: &CovariateOptions,
        options: &FitOptions,
    ) -> Result<Fitted<Self>> {
        Fit::prepare(customers, Some(weights), covariates)?.run(options)
    }

    /// Expected repeat purchases of new customers with these covariates within `horizon` after the first purchase, one per row of the table.
    ///
    /// # Errors
    /// As [`WithCovariates::customer_models`].
    pub fn expected_purchases_new_customers(&self, covariates: &Covariates, horizon: Span) -> Result<Vec<f64>> {
        let t = horizon.in_unit(self.unit());
        let models = self.customer_models(covariates)?;
        Ok(parallel::map(models.len(), 200, |i| models[i].expectation(t)))
    }

    /// Probability that new customers with these covariates make exactly `n` repeat purchases within `horizon`, one per row of the table.
    ///
    /// # Errors
    /// As [`WithCovariates::customer_models`].
    pub fn purchase_probabilities(&self, covariates: &Covariates, n: u32, horizon: Span) -> Result<Vec<f64>> {
        let t = horizon.in_unit(self.unit());
        let models = self.customer_models(covariates)?;
        Ok(parallel::map(models.len(), 200, |i| models[i].pmf(n, t)))
    }

    /// The model with the covariates of these customers put in.
    fn bind(&self, customers: &CustomerSummary) -> Result<Bound<'_, M>> {
        let columns = customers.select_covariates(M::WITH_COVARIATES, &self.covariate_names())?;
        let (models, rows) = self.distinct(&columns, customers.len())?;
        Ok(Bound { model: self, models, rows })
    }
}

impl<M: CovariateModel> Simulate for WithCovariates<M> {
    /// Draws a customer of the baseline.
    fn draw(&self, random: &mut RandomStream, until: f64, purchases: &mut Vec<f64>) -> Option<f64> {
        self.baseline.draw(random, until, purchases)
    }

    fn of_customers(&self, covariates: Option<&Covariates>) -> Result<Option<Box<dyn DrawEach + '_>>> {
        let names = self.covariate_names();
        let table = covariates.ok_or_else(|| missing(M::WITH_COVARIATES, &names))?;
        let (models, rows) = self.distinct(&table.select(M::WITH_COVARIATES, &names)?, table.len())?;
        Ok(Some(Box::new(Bound { model: self, models, rows })))
    }
}

impl<M: CovariateModel> DrawEach for Bound<'_, M> {
    fn draw(&self, i: usize, random: &mut RandomStream, until: f64, purchases: &mut Vec<f64>) -> Option<f64> {
        self.models[self.rows.of_customer()[i] as usize].draw(random, until, purchases)
    }

    fn expectation(&self, t: f64) -> f64 {
        let expected = parallel::map(self.models.len(), 200, |i| self.models[i].expectation(t));
        self.rows.of_customer().iter().map(|&row| expected[row as usize]).sum()
    }
}

/// Makes the models of customers.
struct Mover<'a, M> {
    values: Vec<f64>,
    names: Vec<&'static str>,
    /// With the position of the covariate.
    effects: Vec<(usize, &'a CovariateEffect)>,
    model: &'a WithCovariates<M>,
}

impl<M: CovariateBaseline> Mover<'_, M> {
    fn model(&self, value: impl Fn(usize) -> f64) -> Result<M> {
        let mut shifts = vec![0.0; self.values.len()];
        for &(column, effect) in &self.effects {
            let shift = effect.of(value(column));
            for &(position, sign) in M::moves(effect.process) {
                shifts[position] += sign * shift;
            }
        }
        let values: Vec<f64> = self.values.iter().zip(shifts).map(|(value, shift)| value * f64::exp(shift)).collect();
        if let Some(i) = values.iter().position(|&value| !(value > 0.0 && value.is_finite())) {
            let (parameter, requirement) = (self.names[i].to_owned(), "a customer's covariates move it out of range; check their scale");
            return Err(Error::InvalidParameter { model: M::WITH_COVARIATES, parameter, value: values[i], requirement });
        }
        M::from_values(&values, self.model.baseline.own_unit())
    }
}

impl<M: CovariateBaseline> Model for WithCovariates<M> {
    fn name(&self) -> &'static str {
        M::WITH_COVARIATES
    }

    /// Those of the baseline.
    fn parameters(&self) -> Vec<(&'static str, f64)> {
        self.baseline.parameters()
    }
}

/// The kernels for one customer, which those of a model they are taken from answer.
macro_rules! kernels_of {
    ($self:ident, $history:ident => $model:expr) => {
        fn ln_likelihood(&$self, $history: &History) -> f64 {
            $model.ln_likelihood($history)
        }

        fn p_alive(&$self, $history: &History) -> f64 {
            $model.p_alive($history)
        }

        fn p_dead(&$self, $history: &History) -> f64 {
            $model.p_dead($history)
        }

        fn survival_if_alive(&$self, $history: &History, t: f64) -> f64 {
            $model.survival_if_alive($history, t)
        }

        fn purchases_if_alive(&$self, $history: &History, from: f64, to: f64) -> f64 {
            $model.purchases_if_alive($history, from, to)
        }

        fn pmf_if_alive(&$self, $history: &History, n: u32, t: f64) -> f64 {
            $model.pmf_if_alive($history, n, t)
        }

        fn activity_if_alive(&$self, $history: &History, from: f64, to: f64) -> f64 {
            $model.activity_if_alive($history, from, to)
        }

        fn purchase_rate(&$self, $history: &History) -> f64 {
            $model.purchase_rate($history)
        }

        fn dropout(&$self, $history: &History) -> f64 {
            $model.dropout($history)
        }

        fn future_key(&$self, $history: &History) -> (u64, u64, u64) {
            $model.future_key($history)
        }
    };
}

impl<M: CovariateModel> PurchaseModel for WithCovariates<M> {
    kernels_of!(self, history => self.baseline);

    fn unit(&self) -> TimeUnit {
        self.baseline.unit()
    }

    fn expectation(&self, t: f64) -> f64 {
        self.baseline.expectation(t)
    }

    fn pmf(&self, n: u32, t: f64) -> f64 {
        self.baseline.pmf(n, t)
    }

    fn pmf_between(&self, n: u32, from: f64, to: f64) -> f64 {
        self.baseline.pmf_between(n, from, to)
    }

    fn map(&self, customers: &CustomerSummary, quantity: Quantity) -> Result<Vec<f64>> {
        self.bind(customers)?.map(customers, quantity)
    }
}

impl<M: CovariateModel> DiscountedPurchases for WithCovariates<M> {
    fn discounted_if_alive(&self, history: &History, delta: f64, horizon: Option<f64>) -> f64 {
        self.baseline.discounted_if_alive(history, delta, horizon)
    }

    fn weighted_purchases_if_alive(&self, history: &History, times: &[f64], weights: &[f64]) -> f64 {
        self.baseline.weighted_purchases_if_alive(history, times, weights)
    }

    fn map_discounted(&self, customers: &CustomerSummary, quantity: Discounted<'_>) -> Result<Vec<f64>> {
        self.bind(customers)?.map_discounted(customers, quantity)
    }
}

/// The model bound to the customers of a summary: one model per distinct set of covariates, which [`History::variant`] picks.
#[derive(Debug)]
struct Bound<'a, M> {
    model: &'a WithCovariates<M>,
    models: Vec<M>,
    rows: DistinctRows,
}

impl<M: CovariateModel> Bound<'_, M> {
    fn of(&self, history: &History) -> &M {
        self.models.get(history.variant() as usize).unwrap_or(&self.model.baseline)
    }
}

impl<M: CovariateModel> Model for Bound<'_, M> {
    fn name(&self) -> &'static str {
        M::WITH_COVARIATES
    }

    fn parameters(&self) -> Vec<(&'static str, f64)> {
        self.model.parameters()
    }
}

impl<M: CovariateModel> PurchaseModel for Bound<'_, M> {
    kernels_of!(self, history => self.of(history));

    fn unit(&self) -> TimeUnit {
        self.model.unit()
    }

    fn expectation(&self, t: f64) -> f64 {
        self.model.expectation(t)
    }

    fn pmf(&self, n: u32, t: f64) -> f64 {
        self.model.pmf(n, t)
    }

    fn pmf_between(&self, n: u32, from: f64, to: f64) -> f64 {
        self.model.pmf_between(n, from, to)
    }

    fn history_of(&self, customers: &CustomerSummary, i: usize) -> History {
        self.model.baseline.history_of(customers, i).with_variant(self.rows.of_customer()[i])
    }
}

impl<M: CovariateModel> DiscountedPurchases for Bound<'_, M> {
    fn discounted_if_alive(&self, history: &History, delta: f64, horizon: Option<f64>) -> f64 {
        self.of(history).discounted_if_alive(history, delta, horizon)
    }

    fn weighted_purchases_if_alive(&self, history: &History, times: &[f64], weights: &[f64]) -> f64 {
        self.of(history).weighted_purchases_if_alive(history, times, weights)
    }
}

#[cfg(feature = "serde")]
mod stored {
    use super::{CovariateBaseline, CovariateEffect, WithCovariates};
    use crate::models::stored::{VERSION, check};

    /// The stored form; holds no customer data.
    #[derive(serde::Serialize, serde::Deserialize)]
    pub(super) struct Stored<M> {
        model: String,
        version: u32,
        baseline: M,
        effects: Vec<CovariateEffect>,
    }

    impl<M: CovariateBaseline> From<WithCovariates<M>> for Stored<M> {
        fn from(model: WithCovariates<M>) -> Self {
            let WithCovariates { baseline, effects } = model;
            Stored { model: M::WITH_COVARIATES.to_owned(), version: VERSION, baseline, effects }
        }
    }

    impl<M: CovariateBaseline> TryFrom<Stored<M>> for WithCovariates<M> {
        type Error = crate::error::Error;
        fn try_from(stored: Stored<M>) -> crate::error::Result<Self> {
            check(M::WITH_COVARIATES, &stored.model, stored.version)?;
            WithCovariates::new(stored.baseline, stored.effects)
        }
    }
}
