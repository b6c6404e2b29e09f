//! sBG with covariates: customers of a contract who differ in what is known of them, too.

use super::retention::ln_likelihood;
use super::sbg::{PARAMETERS, add_tenure};
use super::with_covariates::{CovariateBaseline, Moved, Records};
use super::with_covariates_fit::Fit;
use super::{CovariateOptions, CovariateProcess, Model, RetentionModel, ShiftedBetaGeometric, WithCovariates};
use crate::covariates::{Covariates, DistinctRows, missing};
use crate::error::{Error, Result};
use crate::fit::{Dimension, FitOptions, Fitted, Parameter, chunked_sum};
use crate::simulation::{DrawContracts, RandomStream, SimulateContract};
use crate::tenures::{CustomerTenures, Tenure, Tenures};
use crate::time::TimeUnit;

/// Distinct tenures of customers with the same covariates.
#[derive(Debug)]
pub(crate) struct TenureRecords {
    rows: Vec<Tenure>,
    variants: Vec<u32>,
    weights: Vec<f64>,
    customers: usize,
}

impl TenureRecords {
    /// Customer i has set `variants[i]` of covariates.
    fn of(customers: &[Tenure], variants: &[u32]) -> Self {
        let mut order: Vec<(u32, Tenure)> = variants.iter().copied().zip(customers.iter().copied()).collect();
        order.sort_unstable_by_key(|(variant, row)| (*variant, row.key()));
        let mut records = TenureRecords { rows: Vec::new(), variants: Vec::new(), weights: Vec::new(), customers: 0 };
        for part in order.chunk_by(|one, next| one.0 == next.0) {
            for &row in Tenures::grouped(part.iter().map(|&(_, row)| row).collect()).rows() {
                records.rows.push(row);
                records.variants.push(part[0].0);
                records.weights.push(row.churned + row.active);
            }
        }
        records.customers = records.weights.iter().sum::<f64>().round() as usize;
        records
    }
}

impl Records for TenureRecords {
    type Unit = ();

    fn count(&self) -> usize {
        self.rows.len()
    }

    fn customers(&self) -> usize {
        self.customers
    }

    fn weights(&self) -> &[f64] {
        &self.weights
    }

    fn variant(&self, i: usize) -> u32 {
        self.variants[i]
    }

    fn longest(&self) -> f64 {
        self.rows.iter().fold(0.0, |longest, row| longest.max(f64::from(row.periods)))
    }

    fn unit(&self) {}

    fn time_unit(&self) -> Option<TimeUnit> {
        None
    }
}

impl Moved for ShiftedBetaGeometric {
    type Unit = ();
    type Records = TenureRecords;

    const WITH_COVARIATES: &'static str = "sBG with covariates";

    fn moves(process: CovariateProcess) -> &'static [(usize, f64)] {
        match process {
            CovariateProcess::Alpha => &[(0, 1.0)],
            CovariateProcess::Beta => &[(1, 1.0)],
            CovariateProcess::Shared => &[(0, 1.0), (1, 1.0)],
            _ => &[],
        }
    }

    fn described() -> Vec<Parameter> {
        Parameter::all(PARAMETERS, [Dimension::Number; 2])
    }

    fn own_unit(&self) {}

    fn from_values(p: &[f64], (): ()) -> Result<Self> {
        Self::new(p[0], p[1])
    }

    fn without_covariates(records: &TenureRecords, options: &FitOptions) -> Result<Fitted<Self>> {
        Self::fit_with(&Tenures::grouped(records.rows.clone()), options)
    }

    fn add_record(sums: &mut [f64], parameters: &[f64], records: &TenureRecords, i: usize) {
        add_tenure(sums, parameters, &records.rows[i]);
    }
}

impl CovariateBaseline for ShiftedBetaGeometric {}

/// sBG with covariates, for customers of a contract.
///
/// ```
/// use crm_value::{
///     ContractSimulation, CovariateEffect, CovariateOptions, CovariateProcess, Covariates, ShiftedBetaGeometric, WithCovariates,
/// };
/// let online: Vec<f64> = (0..2_000).map(|i| f64::from(i % 2)).collect();
/// let covariates = Covariates::from_columns(&[("online", &online)])?;
/// let truth = WithCovariates::new(
///     ShiftedBetaGeometric::new(0.7, 2.0)?,
///     vec![CovariateEffect::new(CovariateProcess::Alpha, "online", 0.8)],
/// )?;
/// let tenures = ContractSimulation::observed_for(2_000, 8).seed(42).covariates(&covariates).run(&truth)?.tenures()?;
/// let fitted = WithCovariates::<ShiftedBetaGeometric>::fit(&tenures, &CovariateOptions::new().alpha(&["online"]))?;
/// assert!((fitted.effects()[0].coefficient - 0.8).abs() < 0.3);
/// // Two customers who joined, one of them online: the chance that each renews at least three times.
/// let two = Covariates::from_columns(&[("online", &[0.0, 1.0])])?;
/// let renew = fitted.survival_of(&two, &[0, 0], 3)?;
/// assert!(renew[1] < renew[0]);
/// # Ok::<(), crm_value::Error>(())
/// ```
impl WithCovariates<ShiftedBetaGeometric> {
    /// Fits by maximum likelihood with the default [`FitOptions`]. The tenures must be
    /// [those of customers with covariates](Tenures::from_customers_with_covariates).
    ///
    /// The report has the table of coefficients and the test against sBG without covariates, as that of the purchase models.
    ///
    /// # Errors
    /// [`Error::MissingCovariates`]; [`Error::ConstantColumn`] and [`Error::CollinearColumns`] for covariates whose effects cannot be estimated;
    /// [`Error::DuplicateColumn`] for a covariate given twice for one parameter; [`Error::Empty`] without any; [`Error::InvalidOption`];
    /// [`Error::DegenerateTenures`] if nobody left, or nobody renewed; [`Error::NotFinite`].
    pub fn fit(tenures: &Tenures, covariates: &CovariateOptions) -> Result<Fitted<Self>> {
        Self::fit_with(tenures, covariates, &FitOptions::default())
    }

    /// Fits by maximum likelihood. Weights are those of the tenures; standardising uses them too.
    ///
    /// # Errors
    /// As [`WithCovariates::fit`], and [`Error::InvalidOption`], [`Error::UnknownParameter`] (in `fix` or `prior`), [`Error::InvalidParameter`]
    /// (start and fixed values), [`Error::Cancelled`].
    pub fn fit_with(tenures: &Tenures, covariates: &CovariateOptions, options: &FitOptions) -> Result<Fitted<Self>> {
        tenures.check(ShiftedBetaGeometric::WITH_COVARIATES)?;
        prepare(tenures, covariates)?.run(options)
    }

    /// Probability that customers with these covariates who made `renewals[i]` renewals make at least `ahead` more, one per row of the table; new
    /// customers have made 0.
    ///
    /// # Errors
    /// As [`WithCovariates::customer_models`]; [`Error::LengthMismatch`] unless there is one number of renewals per row.
    pub fn survival_of(&self, covariates: &Covariates, renewals: &[u32], ahead: u32) -> Result<Vec<f64>> {
        self.each_of(covariates, renewals, |model, n| model.survival_given(n, ahead))
    }

    /// Expected renewals among the next `horizon` ones, one per row of the table.
    ///
    /// # Errors
    /// As [`WithCovariates::survival_of`].
    pub fn expected_renewals_of(&self, covariates: &Covariates, renewals: &[u32], horizon: u32) -> Result<Vec<f64>> {
        self.each_of(covariates, renewals, |model, n| model.expected_renewals(n, horizon))
    }

    /// DERL ([`RetentionModel::discounted_expected_residual_lifetime`]) at a discount rate of `d` per period, one per row of the table.
    ///
    /// # Errors
    /// As [`WithCovariates::survival_of`]; [`Error::UnboundedValue`] unless `d` is finite and above 0.
    pub fn residual_lifetimes_of(&self, covariates: &Covariates, d: f64, renewals: &[u32]) -> Result<Vec<f64>> {
        super::bg_bb::check_endless_rate(d)?;
        self.each_of(covariates, renewals, |model, n| (1.0 + d) * model.discounted_renewals_given(n, d, None))
    }

    /// DEL ([`RetentionModel::discounted_expected_lifetime`]) of customers about to join, at a discount rate of `d` per period, one per row of
    /// the table.
    ///
    /// # Errors
    /// As [`WithCovariates::customer_models`]; [`Error::UnboundedValue`] unless `d` is finite and above 0.
    pub fn discounted_lifetimes_of(&self, covariates: &Covariates, d: f64) -> Result<Vec<f64>> {
        super::bg_bb::check_endless_rate(d)?;
        self.each_of(covariates, &vec![0; covariates.len()], |model, _| 1.0 + model.discounted_renewals_given(0, d, None))
    }

    /// Expected tenure of new customers with these covariates in periods, the first included; `None` where it is infinite.
    ///
    /// # Errors
    /// As [`WithCovariates::customer_models`].
    pub fn expected_tenures_of(&self, covariates: &Covariates) -> Result<Vec<Option<f64>>> {
        Ok(self.customer_models(covariates)?.iter().map(RetentionModel::expected_tenure).collect())
    }

    fn each_of(&self, covariates: &Covariates, renewals: &[u32], f: impl Fn(&ShiftedBetaGeometric, u32) -> f64 + Sync) -> Result<Vec<f64>> {
        if renewals.len() != covariates.len() {
            let (column, reference) = ("renewals".to_owned(), covariates.names()[0].clone());
            return Err(Error::LengthMismatch { column, actual: renewals.len(), reference, expected: covariates.len() });
        }
        let models = self.customer_models(covariates)?;
        Ok(crate::parallel::map(models.len(), 20, |i| f(&models[i], renewals[i])))
    }
}

fn prepare<'a>(tenures: &Tenures, options: &'a CovariateOptions) -> Result<Fit<'a, ShiftedBetaGeometric>> {
    let select = |names: &[&str]| {
        let customers = by_customer(tenures, names)?;
        Ok(DistinctRows::of(&customers.covariates.select(ShiftedBetaGeometric::WITH_COVARIATES, names)?, customers.rows.len()))
    };
    let records = |rows: &DistinctRows| Ok(TenureRecords::of(&by_customer(tenures, &[])?.rows, rows.of_customer()));
    let without_covariates = || Ok(TenureRecords::of(tenures.rows(), &vec![0; tenures.rows().len()]));
    Fit::of_records(options, select, records, without_covariates)
}

fn by_customer<'a>(tenures: &'a Tenures, names: &[&str]) -> Result<&'a CustomerTenures> {
    tenures.by_customer().ok_or_else(|| missing(ShiftedBetaGeometric::WITH_COVARIATES, names))
}

/// The answers of the baseline, but for the log-likelihood, which is that of the customers with their covariates.
impl RetentionModel for WithCovariates<ShiftedBetaGeometric> {
    fn survival_given(&self, renewals: u32, ahead: u32) -> f64 {
        self.baseline().survival_given(renewals, ahead)
    }

    fn churn_given(&self, renewals: u32) -> f64 {
        self.baseline().churn_given(renewals)
    }

    fn discounted_renewals_given(&self, renewals: u32, d: f64, horizon: Option<u32>) -> f64 {
        self.baseline().discounted_renewals_given(renewals, d, horizon)
    }

    fn expected_remaining_renewals(&self, renewals: u32) -> Option<f64> {
        self.baseline().expected_remaining_renewals(renewals)
    }

    fn models_of(&self, covariates: Option<&Covariates>) -> Result<Option<Vec<ShiftedBetaGeometric>>> {
        let covariates = covariates.ok_or_else(|| missing(self.name(), &self.covariate_names()))?;
        self.customer_models(covariates).map(Some)
    }

    fn log_likelihood(&self, tenures: &Tenures) -> Result<f64> {
        let names = self.covariate_names();
        let customers = by_customer(tenures, &names)?;
        let columns = customers.covariates.select(self.name(), &names)?;
        let (models, rows) = self.distinct(&columns, customers.rows.len())?;
        let records = TenureRecords::of(&customers.rows, rows.of_customer());
        let terms = records.rows.iter().zip(&records.variants).map(|(row, &variant)| ln_likelihood(&models[variant as usize], row));
        Ok(chunked_sum(&terms.collect::<Vec<f64>>()))
    }
}

impl SimulateContract for WithCovariates<ShiftedBetaGeometric> {
    /// Draws a customer of the baseline.
    fn draw(&self, random: &mut RandomStream) -> Option<u32> {
        self.baseline().draw(random)
    }

    fn of_customers(&self, covariates: Option<&Covariates>) -> Result<Option<Box<dyn DrawContracts + '_>>> {
        Ok(self.models_of(covariates)?.map(|models| Box::new(models) as Box<dyn DrawContracts>))
    }
}

impl DrawContracts for Vec<ShiftedBetaGeometric> {
    fn draw(&self, i: usize, random: &mut RandomStream) -> Option<u32> {
        self[i].draw(random)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fit::{Objective, check_derivatives};
    use crate::models::CovariateEffect;

    /// Against central differences of the sum of log-gammas in 60 digits (mpmath 1.4.1).
    #[test]
    fn derivatives_equal_high_precision_differences() {
        const TENURE: [f64; 6] = [1.0, 3.0, 8.0, 13.0, 2.0, 40.0];
        const WEIGHTS: [f64; 6] = [1.0, 2.0, 1.0, 0.5, 3.0, 1.0];
        const ONE: [f64; 6] = [0.5, -1.25, 2.0, 0.5, -1.25, 1.0];
        const TWO: [f64; 6] = [0.0, 1.0, 0.0, 1.0, 1.0, 0.0];
        const VALUE: f64 = -20.689_979_230_325_12;
        // In ln alpha, ln beta, and the coefficients alpha:one, beta:one, shared:two.
        const GRADIENT: [f64; 5] =
            [0.588_988_822_578_426_3, -0.900_426_454_946_056_1, -4.922_265_640_515_098, 4.138_874_919_675_579, 0.064_984_961_590_155_56];
        const HESSIAN: [[f64; 5]; 5] = [
            [-4.704_080_870_501_348, 2.593_825_045_297_843_5, -3.851_117_137_565_603_7, 1.433_397_224_725_222_7, -0.268_769_422_150_767],
            [
                2.593_825_045_297_843_5,
                -1.729_109_489_126_235_7,
                1.433_397_224_725_222_7,
                0.142_321_194_581_725_65,
                -0.009_236_776_370_592_644,
            ],
            [-3.851_117_137_565_603_7, 1.433_397_224_725_222_7, -8.133_480_427_891_454, 4.620_283_784_100_063, -0.059_992_313_991_601_8],
            [1.433_397_224_725_222_7, 0.142_321_194_581_725_65, 4.620_283_784_100_063, -3.206_834_490_340_600_8, 0.416_007_550_358_762_97],
            [
                -0.268_769_422_150_767,
                -0.009_236_776_370_592_644,
                -0.059_992_313_991_601_8,
                0.416_007_550_358_762_97,
                -0.278_006_198_521_359_7,
            ],
        ];
        let churned = [true, false, true, false, true, true];
        let covariates = Covariates::from_columns(&[("one", &ONE), ("two", &TWO)]).unwrap();
        let tenures = Tenures::from_customers_with_covariates(&TENURE, &churned, Some(&WEIGHTS), covariates).unwrap();
        let options = CovariateOptions::new().alpha(&["one"]).beta(&["one"]).shared(&["two"]);
        let fit = prepare(&tenures, &options).unwrap();
        // The solver's coefficients are per standard deviation.
        let total: f64 = WEIGHTS.iter().sum();
        let sd = |column: &[f64]| {
            let mean = column.iter().zip(WEIGHTS).map(|(value, weight)| value * weight).sum::<f64>() / total;
            (column.iter().zip(WEIGHTS).map(|(value, weight)| weight * (value - mean).powi(2)).sum::<f64>() / total).sqrt()
        };
        let scale = [1.0, 1.0, sd(&ONE), sd(&ONE), sd(&TWO)];
        let coefficients = [0.3, -0.2, 0.4];
        let sought = coefficients.iter().zip(&scale[2..]).map(|(coefficient, sd)| (coefficient * sd).exp());
        let parameters: Vec<f64> = [0.668, 3.806].into_iter().chain(sought).collect();
        let at = fit.objective(false, None).evaluate(&parameters);
        assert!((at.value - VALUE).abs() < 1e-13 * VALUE.abs());
        for i in 0..5 {
            assert!((at.gradient[i] * scale[i] - GRADIENT[i]).abs() < 1e-12 * (1.0 + GRADIENT[i].abs()), "{i}: {:?}", at.gradient);
            for j in 0..5 {
                let value = at.hessian[i * 5 + j] * scale[i] * scale[j];
                assert!((value - HESSIAN[i][j]).abs() < 1e-11, "{i} {j}: {value} is not {}", HESSIAN[i][j]);
            }
        }
    }

    #[test]
    fn derivatives_equal_differences_and_the_value_is_the_sum_of_the_likelihoods() {
        let (mut tenure, mut churned) = (Vec::new(), Vec::new());
        let mut columns: [Vec<f64>; 2] = Default::default();
        for i in 0..90_u32 {
            tenure.push(f64::from(1 + i * i % 13));
            churned.push(i % 3 > 0);
            columns[0].push(f64::from(i * i % 7) * 0.4 + 0.3);
            columns[1].push(f64::from(i % 2));
        }
        let weights: Vec<f64> = (0..90).map(|i| 0.5 + f64::from(i % 4)).collect();
        let covariates = Covariates::from_columns(&[("one", &columns[0]), ("two", &columns[1])]).unwrap();
        let tenures = Tenures::from_customers_with_covariates(&tenure, &churned, Some(&weights), covariates).unwrap();
        let options = CovariateOptions::new().alpha(&["one"]).beta(&["one"]).shared(&["two"]);
        let fit = prepare(&tenures, &options).unwrap();
        let coefficients = [0.3, -0.2, 0.4];
        for base in [[0.668, 3.806], [5.0, 2.0], [0.05, 0.1]] {
            let parameters: Vec<f64> = base.into_iter().chain(coefficients.map(f64::exp)).collect();
            for standardize in [false, true] {
                check_derivatives(&fit.objective(standardize, None), &parameters);
            }
            let scaled = |process, name: &str, coefficient: f64, column: &[f64]| {
                let total: f64 = weights.iter().sum();
                let mean = column.iter().zip(&weights).map(|(value, weight)| value * weight).sum::<f64>() / total;
                let variance = column.iter().zip(&weights).map(|(value, weight)| weight * (value - mean).powi(2)).sum::<f64>() / total;
                CovariateEffect::new(process, name, coefficient).standardized(mean, variance.sqrt())
            };
            let effects = vec![
                scaled(CovariateProcess::Alpha, "one", coefficients[0], &columns[0]),
                scaled(CovariateProcess::Beta, "one", coefficients[1], &columns[0]),
                scaled(CovariateProcess::Shared, "two", coefficients[2], &columns[1]),
            ];
            let model = WithCovariates::new(ShiftedBetaGeometric::new(base[0], base[1]).unwrap(), effects).unwrap();
            let expected = model.log_likelihood(&tenures).unwrap();
            let value = fit.objective(true, None).evaluate(&parameters).value;
            assert!((value - expected).abs() < 1e-11 * expected.abs(), "{value} is not {expected}");
        }
    }
}
