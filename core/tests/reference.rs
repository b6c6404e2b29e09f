//! High-precision reference values, read from `tests/reference/*.json` or the directory named by `CRM_VALUE_REFERENCE_DIR`.
//!
//! Every record is checked or reported by name; none is skipped. See `tests/reference/README.md` for the format and the definitions.

use std::collections::BTreeMap;
use std::path::PathBuf;

use crm_value::{
    BetaDiscreteWeibull, BgBb, BgCnbdK, BgNbd, ClvModel, CovariateEffect, CovariateProcess, Covariates, CustomerSummary, DiscountRate,
    DiscountTiming, DiscountedPurchases, GammaGamma, Geometric, GgompertzNbd, History, MbgCnbdK, MbgNbd, Nbd, OpportunityHistory,
    OpportunitySummary, ParetoNbd, PredictiveClv, PurchaseModel, RetentionModel, ShiftedBetaGeometric, Span, SpendModel, Tenures, TimeUnit,
    WithCovariates,
};
use serde_json::Value;

use crate::say;

/// Relative tolerance of a value; of a logarithm, absolute over max(1, |value|).
const TOLERANCE: f64 = 1e-10;

/// The directory of the values, and whether it is somebody else's.
pub(crate) fn directory() -> (PathBuf, bool) {
    match std::env::var_os("CRM_VALUE_REFERENCE_DIR") {
        Some(directory) => (directory.into(), true),
        None => (PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/reference"), false),
    }
}

/// Why a record has no value to compare.
enum Trouble {
    /// The model or quantity is not known to this version.
    Unknown(String),
    /// The library refused it.
    Refused(String),
}

impl From<String> for Trouble {
    fn from(reason: String) -> Self {
        Trouble::Refused(reason)
    }
}

fn refused(error: crm_value::Error) -> String {
    error.to_string()
}

#[derive(serde::Deserialize)]
struct Record {
    id: String,
    quantity: String,
    params: Value,
    inputs: Value,
    value: String,
}

impl Record {
    fn number(from: &Value, name: &str) -> Result<f64, String> {
        from.get(name).and_then(Value::as_f64).ok_or_else(|| format!("no number `{name}`"))
    }

    fn param(&self, name: &str) -> Result<f64, String> {
        Self::number(&self.params, name)
    }

    fn input(&self, name: &str) -> Result<f64, String> {
        Self::number(&self.inputs, name)
    }

    fn history(&self) -> Result<History, String> {
        let history = History::new(self.input("x")? as u32, self.input("t_x")?, self.input("T")?);
        match self.input("sum_log_itt") {
            Ok(sum) => history.and_then(|history| history.with_log_intervals(sum)),
            Err(_) => history,
        }
        .map_err(|error| error.to_string())
    }

    /// The value that the library gives.
    fn compute(&self, file: &str) -> Result<f64, Trouble> {
        match file.trim_end_matches("_extended").trim_end_matches("_posterior") {
            "bg_nbd" => self.purchase(&self.bg_nbd()?),
            "pareto_nbd" => self.purchase(&self.pareto_nbd()?),
            "ggompertz_nbd" => self.purchase(&self.ggompertz_nbd()?),
            "cnbd_k" | "cnbd_k_extended" => match self.params.get("model").and_then(Value::as_str) {
                Some("bg_cnbd_k") => self.purchase(&self.cnbd_k(BgCnbdK::new)?),
                Some("mbg_cnbd_k") => self.purchase(&self.cnbd_k(MbgCnbdK::new)?),
                other => Err(Trouble::Unknown(format!("model `{other:?}`"))),
            },
            "mbg_nbd" => self.purchase(&self.mbg_nbd()?),
            "nbd" => self.purchase(&Nbd::new(self.param("r")?, self.param("alpha")?, TimeUnit::Week).map_err(|error| error.to_string())?),
            "gamma_gamma" => self.spend(&self.gamma_gamma()?),
            "bg_bb" | "bg_bb_extended" => self.opportunity(),
            "geometric" => self.retention(&Geometric::new(self.param("theta")?).map_err(refused)?),
            "sbg" | "sbg_extended" => {
                self.retention(&ShiftedBetaGeometric::new(self.param("alpha")?, self.param("beta")?).map_err(refused)?)
            }
            "bdw" | "bdw_extended" => {
                let (alpha, beta, c) = (self.param("alpha")?, self.param("beta")?, self.param("c")?);
                self.retention(&BetaDiscreteWeibull::new(alpha, beta, c).map_err(refused)?)
            }
            "clv" => self.clv(),
            "static_covariates" => self.static_covariates(),
            "sbg_covariates" => self.sbg_covariates(),
            _ => Err(Trouble::Unknown(format!("model `{file}`"))),
        }
    }

    fn bg_nbd(&self) -> Result<BgNbd, String> {
        BgNbd::new(self.param("r")?, self.param("alpha")?, self.param("a")?, self.param("b")?, TimeUnit::Week)
            .map_err(|error| error.to_string())
    }

    fn mbg_nbd(&self) -> Result<MbgNbd, String> {
        MbgNbd::new(self.param("r")?, self.param("alpha")?, self.param("a")?, self.param("b")?, TimeUnit::Week)
            .map_err(|error| error.to_string())
    }

    fn pareto_nbd(&self) -> Result<ParetoNbd, String> {
        ParetoNbd::new(self.param("r")?, self.param("alpha")?, self.param("s")?, self.param("beta")?, TimeUnit::Week)
            .map_err(|error| error.to_string())
    }

    fn ggompertz_nbd(&self) -> Result<GgompertzNbd, String> {
        let param = |name| self.param(name);
        GgompertzNbd::new(param("r")?, param("alpha")?, param("b")?, param("s")?, param("beta")?, TimeUnit::Week)
            .map_err(|error| error.to_string())
    }

    fn cnbd_k<M>(&self, new: impl Fn(u32, f64, f64, f64, f64, TimeUnit) -> crm_value::Result<M>) -> Result<M, String> {
        let param = |name| self.param(name);
        new(param("k")? as u32, param("r")?, param("alpha")?, param("a")?, param("b")?, TimeUnit::Week).map_err(|error| error.to_string())
    }

    fn gamma_gamma(&self) -> Result<GammaGamma, String> {
        GammaGamma::new(self.param("p")?, self.param("q")?, self.param("v")?).map_err(|error| error.to_string())
    }

    fn purchase(&self, model: &dyn DiscountedPurchases) -> Result<f64, Trouble> {
        Ok(match self.quantity.as_str() {
            "log_likelihood" => model.ln_likelihood(&self.history()?),
            "p_alive" => model.p_alive(&self.history()?),
            "p_alive_at" => model.p_alive(&self.history()?) * model.survival_if_alive(&self.history()?, self.input("t")?),
            "conditional_expected_transactions" => model.conditional_expectation(&self.history()?, self.input("t")?),
            "conditional_expected_transactions_interval" => {
                model.p_alive(&self.history()?) * model.purchases_if_alive(&self.history()?, self.input("t1")?, self.input("t2")?)
            }
            "dert" => model.p_alive(&self.history()?) * model.discounted_if_alive(&self.history()?, self.input("delta")?, None),
            "dect" => {
                model.p_alive(&self.history()?) * model.discounted_if_alive(&self.history()?, self.input("delta")?, Some(self.input("t")?))
            }
            "p_active" => model.p_alive(&self.history()?) * model.activity_if_alive(&self.history()?, self.input("t1")?, self.input("t2")?),
            "conditional_pmf" => model.conditional_pmf(&self.history()?, self.input("n")? as u32, self.input("t")?),
            "expected_purchase_rate" => model.purchase_rate(&self.history()?),
            "expected_dropout" => model.dropout(&self.history()?),
            "pmf_interval" => model.pmf_between(self.input("n")? as u32, self.input("t1")?, self.input("t2")?),
            "expected_transactions" => model.expectation(self.input("t")?),
            "pmf" => model.pmf(self.input("n")? as u32, self.input("t")?),
            "log_pmf" => model.ln_pmf(self.input("n")? as u32, self.input("t")?),
            other => return Err(Trouble::Unknown(format!("quantity `{other}`"))),
        })
    }

    fn opportunity(&self) -> Result<f64, Trouble> {
        let model = BgBb::new(self.param("alpha")?, self.param("beta")?, self.param("gamma")?, self.param("delta")?).map_err(refused)?;
        let whole = |name| self.input(name).map(|value| value as u32);
        match self.quantity.as_str() {
            "expected_transactions" => return Ok(model.expectation(whole("n")?)),
            "pmf" => return Ok(model.pmf(whole("x")?, whole("n")?)),
            _ => {}
        }
        let history = OpportunityHistory::new(whole("x")?, whole("t_x")?, whole("n")?).map_err(refused)?;
        let row = |name| self.input(name).map(|value| [value]);
        let summary = OpportunitySummary::from_columns(None, &row("x")?, &row("t_x")?, &row("n")?).map_err(refused)?;
        Ok(match self.quantity.as_str() {
            "log_likelihood" => model.ln_likelihood(&history),
            "p_alive_n" => model.p_alive(&history),
            "p_alive_next" => model.p_alive_ahead(&history, 1),
            "p_alive_at" => model.p_alive_ahead(&history, whole("m")?),
            "conditional_expected_transactions" => model.purchases(&history, 0, whole("m")?),
            "conditional_expected_transactions_interval" => model.purchases(&history, whole("m1")?, whole("m2")?),
            "p_active" => model.p_active(&history, whole("m1")?, whole("m2")?),
            "conditional_pmf" => model.conditional_pmf(&history, whole("k")?, whole("m")?),
            "dert" => model.dert(&summary, self.input("d")?).map_err(refused)?[0],
            "dect" => model.dect(&summary, self.input("d")?, whole("m")?).map_err(refused)?[0],
            "mean_purchase_probability" => model.purchase_probability(&history),
            "mean_dropout_probability" => model.dropout_probability(&history),
            other => return Err(Trouble::Unknown(format!("quantity `{other}`"))),
        })
    }

    fn retention(&self, model: &dyn RetentionModel) -> Result<f64, Trouble> {
        let whole = |name| self.input(name).map(|value| value as u32);
        Ok(match self.quantity.as_str() {
            "survival" => model.survival(whole("t")?),
            "pmf" => model.churn_pmf(whole("t")?),
            "retention_rate" => model.retention_rate(whole("t")?),
            "survival_given" => model.survival_given(whole("n")?, whole("t")?),
            "del" => model.discounted_expected_lifetime(self.input("d")?).map_err(refused)?,
            // n is the period the customer is in, of whose renewals n − 1 are made.
            "derl" => model.discounted_expected_residual_lifetime(self.input("d")?, whole("n")? - 1).map_err(refused)?,
            "expected_tenure" => model.expected_tenure().ok_or_else(|| "infinite".to_owned())?,
            "expected_renewals" => model.expected_renewals(whole("n")?, whole("h")?),
            "discounted_renewals" => model.discounted_renewals(whole("n")?, self.input("d")?, whole("h")?).map_err(refused)?,
            other => return Err(Trouble::Unknown(format!("quantity `{other}`"))),
        })
    }

    fn static_covariates(&self) -> Result<f64, Trouble> {
        let text = |error: crm_value::Error| error.to_string();
        let numbers = |from: &Value, name: &str| -> Result<Vec<f64>, String> {
            let values = from.get(name).and_then(Value::as_array).ok_or_else(|| format!("no list `{name}`"))?;
            values.iter().map(|value| value.as_f64().ok_or_else(|| format!("no number in `{name}`"))).collect()
        };
        let (z_trans, z_life) = (numbers(&self.inputs, "z_trans")?, numbers(&self.inputs, "z_life")?);
        let names = |prefix: &str, values: &[f64]| (0..values.len()).map(|i| format!("{prefix}{i}")).collect::<Vec<_>>();
        let (trans, life) = (names("trans", &z_trans), names("life", &z_life));
        let values: Vec<[f64; 1]> = z_trans.iter().chain(&z_life).map(|&value| [value]).collect();
        let columns: Vec<(&str, &[f64])> =
            trans.iter().chain(&life).zip(&values).map(|(name, value)| (name.as_str(), value.as_slice())).collect();
        let history = self.history()?;
        let (x, t_x, t_cal) = ([f64::from(history.frequency())], [history.recency()], [history.age()]);
        let customers = CustomerSummary::from_columns(None, &x, &t_x, &t_cal, None, TimeUnit::Week)
            .and_then(|customers| customers.with_covariates(Covariates::from_columns(&columns)?))
            .map_err(text)?;
        let effects = |process, names: &[String], coefficients: Vec<f64>| {
            let effect = |(name, coefficient): (&String, f64)| CovariateEffect::new(process, name, coefficient);
            names.iter().zip(coefficients).map(effect).collect::<Vec<_>>()
        };
        let mut all = effects(CovariateProcess::Purchase, &trans, numbers(&self.params, "gamma_trans")?);
        let model: Box<dyn PurchaseModel> = match self.params.get("model").and_then(Value::as_str) {
            Some("pareto_nbd") => {
                let baseline =
                    ParetoNbd::new(self.param("r")?, self.param("alpha0")?, self.param("s")?, self.param("beta0")?, TimeUnit::Week);
                all.extend(effects(CovariateProcess::Dropout, &life, numbers(&self.params, "gamma_life")?));
                Box::new(baseline.and_then(|baseline| WithCovariates::new(baseline, all)).map_err(text)?)
            }
            Some("bg_nbd") => {
                let baseline = BgNbd::new(self.param("r")?, self.param("alpha0")?, self.param("a0")?, self.param("b0")?, TimeUnit::Week);
                let (a, b) = (numbers(&self.params, "gamma_a")?, numbers(&self.params, "gamma_b")?);
                if a == b {
                    all.extend(effects(CovariateProcess::Dropout, &life, a));
                } else {
                    all.extend(effects(CovariateProcess::A, &life, a));
                    all.extend(effects(CovariateProcess::B, &life, b));
                }
                Box::new(baseline.and_then(|baseline| WithCovariates::new(baseline, all)).map_err(text)?)
            }
            Some("mbg_nbd") => {
                let baseline = MbgNbd::new(self.param("r")?, self.param("alpha0")?, self.param("a0")?, self.param("b0")?, TimeUnit::Week);
                all.extend(effects(CovariateProcess::A, &life, numbers(&self.params, "gamma_a")?));
                all.extend(effects(CovariateProcess::B, &life, numbers(&self.params, "gamma_b")?));
                Box::new(baseline.and_then(|baseline| WithCovariates::new(baseline, all)).map_err(text)?)
            }
            Some("ggompertz_nbd") => {
                let (r, alpha, b) = (self.param("r")?, self.param("alpha0")?, self.param("b")?);
                let baseline = GgompertzNbd::new(r, alpha, b, self.param("s")?, self.param("beta0")?, TimeUnit::Week);
                all.extend(effects(CovariateProcess::Dropout, &life, numbers(&self.params, "gamma_life")?));
                Box::new(baseline.and_then(|baseline| WithCovariates::new(baseline, all)).map_err(text)?)
            }
            other => return Err(Trouble::Unknown(format!("model {other:?} with covariates"))),
        };
        match self.quantity.as_str() {
            "log_likelihood" => Ok(model.log_likelihood(&customers).map_err(text)?),
            "p_alive" => Ok(model.probability_alive(&customers).map_err(text)?[0]),
            "conditional_expected_transactions" => {
                let horizon = Span::new(self.input("t")?, TimeUnit::Week).map_err(text)?;
                Ok(model.expected_purchases(&customers, horizon).map_err(text)?[0])
            }
            other => Err(Trouble::Unknown(format!("quantity `{other}`"))),
        }
    }

    /// sBG of a customer with covariates z.
    fn sbg_covariates(&self) -> Result<f64, Trouble> {
        let numbers = |from: &Value, name: &str| -> Result<Vec<f64>, String> {
            let values = from.get(name).and_then(Value::as_array).ok_or_else(|| format!("no list `{name}`"))?;
            values.iter().map(|value| value.as_f64().ok_or_else(|| format!("no number in `{name}`"))).collect()
        };
        let columns: Vec<(String, [f64; 1])> =
            numbers(&self.inputs, "z")?.into_iter().enumerate().map(|(i, z)| (format!("z{i}"), [z])).collect();
        let columns: Vec<(&str, &[f64])> = columns.iter().map(|(name, value)| (name.as_str(), value.as_slice())).collect();
        let mut effects = Vec::new();
        for (process, name) in [(CovariateProcess::Alpha, "gamma_alpha"), (CovariateProcess::Beta, "gamma_beta")] {
            let gammas = numbers(&self.params, name)?;
            effects.extend(columns.iter().zip(gammas).map(|((name, _), gamma)| CovariateEffect::new(process, name, gamma)));
        }
        let baseline = ShiftedBetaGeometric::new(self.param("alpha0")?, self.param("beta0")?).map_err(refused)?;
        let model = WithCovariates::new(baseline, effects).map_err(refused)?;
        let customer = Covariates::from_columns(&columns).map_err(refused)?;
        let whole = |name| self.input(name).map(|value| value as u32);
        Ok(match self.quantity.as_str() {
            "log_likelihood" => {
                let (tenure, churned) = (self.input("t")?, whole("churned")? == 1);
                let tenures = Tenures::from_customers_with_covariates(&[tenure], &[churned], None, customer).map_err(refused)?;
                model.log_likelihood(&tenures).map_err(refused)?
            }
            "survival_given" => model.survival_of(&customer, &[whole("n")?], whole("t")?).map_err(refused)?[0],
            "derl" => model.residual_lifetimes_of(&customer, self.input("d")?, &[whole("n")? - 1]).map_err(refused)?[0],
            other => return Err(Trouble::Unknown(format!("quantity `{other}`"))),
        })
    }

    fn spend(&self, model: &GammaGamma) -> Result<f64, Trouble> {
        let text = |error: crm_value::Error| Trouble::Refused(error.to_string());
        match self.quantity.as_str() {
            "log_likelihood" => model.ln_likelihood(self.input("x")? as u32, self.input("zbar")?).map_err(text),
            "conditional_expected_spend" => model.expected_spend_given(self.input("x")? as u32, self.input("zbar")?).map_err(text),
            "population_mean_spend" => model.population_mean_spend().map_err(text),
            "spend_quantile" => {
                model.spend_quantile_given(self.input("x")? as u32, self.input("zbar")?, self.input("probability")?).map_err(text)
            }
            "mean_spend_quantile" => {
                model.mean_spend_quantile_given(self.input("x")? as u32, self.input("zbar")?, self.input("probability")?).map_err(text)
            }
            other => Err(Trouble::Unknown(format!("quantity `{other}`"))),
        }
    }

    fn clv(&self) -> Result<f64, Trouble> {
        let text = |error: crm_value::Error| Trouble::Refused(error.to_string());
        let one = |name| self.input(name).map(|value| [value]);
        let (x, t_x, t_cal, zbar) = (one("x")?, one("t_x")?, one("T")?, one("zbar")?);
        let customers = CustomerSummary::from_columns(None, &x, &t_x, &t_cal, Some(&zbar), TimeUnit::Week).map_err(text)?;
        let spend = self.gamma_gamma()?;
        let values = match self.quantity.as_str() {
            "clv_bg_nbd" => {
                let period = Span::new(self.input("period_length")?, TimeUnit::Week).map_err(text)?;
                let horizon = Span::new(self.input("periods")? * self.input("period_length")?, TimeUnit::Week).map_err(text)?;
                let rate = DiscountRate::per_span(self.input("d")?, period).map_err(text)?;
                let purchases = self.bg_nbd()?;
                let clv = PredictiveClv::new(&purchases, &spend).horizon(horizon).timing(DiscountTiming::EndOfPeriod(period));
                clv.discount(rate).value(&customers).map_err(text)?
            }
            "clv_pareto_nbd_dert" => {
                let purchases = self.pareto_nbd()?;
                let rate = DiscountRate::continuous(self.input("delta")?, TimeUnit::Week).map_err(text)?;
                PredictiveClv::new(&purchases, &spend).endless().discount(rate).value(&customers).map_err(text)?
            }
            other => return Err(Trouble::Unknown(format!("quantity `{other}`"))),
        };
        Ok(values[0])
    }
}

/// The error of a value as the tolerance measures it; infinite for NaN.
fn error_of(quantity: &str, actual: f64, expected: f64) -> f64 {
    let error = if quantity.starts_with("log_") {
        (actual - expected).abs() / expected.abs().max(1.0)
    } else if expected.abs() < f64::MIN_POSITIVE {
        // Below the normal range of f64: 0 or a denormal is right.
        if actual.abs() < f64::MIN_POSITIVE { 0.0 } else { f64::INFINITY }
    } else {
        (actual - expected).abs() / expected.abs()
    };
    if error.is_nan() { f64::INFINITY } else { error }
}

#[derive(Default)]
struct Tally {
    checked: usize,
    failed: usize,
    unknown: usize,
    worst: f64,
    worst_id: String,
}

fn files() -> Vec<(String, String)> {
    let mut files: Vec<(String, String)> = std::fs::read_dir(directory().0)
        .expect("the reference directory can be read")
        .map(|entry| entry.expect("its entries too").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "json") && path.file_stem().is_some_and(|stem| stem != "mle"))
        .map(|path| {
            let stem = path.file_stem().expect("a file has a name").to_string_lossy().into_owned();
            (stem, std::fs::read_to_string(&path).expect("a reference file can be read"))
        })
        .collect();
    files.sort();
    files
}

#[test]
fn reference_values_hold_and_their_tolerances_can_fail() {
    let (mut problems, mut unknown) = (Vec::new(), Vec::new());
    let mut total = 0;
    for (file, text) in files() {
        let records: Vec<Record> = serde_json::from_str(&text).expect("a reference file is a list of records");
        let mut tallies: BTreeMap<&str, Tally> = BTreeMap::new();
        for record in &records {
            let tally = tallies.entry(&record.quantity).or_default();
            tally.checked += 1;
            total += 1;
            let expected: f64 = record.value.parse().expect("a value is a decimal number");
            let actual = match record.compute(&file) {
                Ok(actual) => actual,
                Err(Trouble::Refused(reason)) => {
                    tally.failed += 1;
                    problems.push(format!("{}: {reason}", record.id));
                    continue;
                }
                Err(Trouble::Unknown(what)) => {
                    tally.unknown += 1;
                    unknown.push(format!("{}: unknown {what}", record.id));
                    continue;
                }
            };
            let error = error_of(&record.quantity, actual, expected);
            if error >= tally.worst {
                (tally.worst, tally.worst_id) = (error, record.id.clone());
            }
            if error > TOLERANCE {
                tally.failed += 1;
                problems.push(format!(
                    "{} {} {} {}: {actual:e} instead of {expected:e}, error {error:.1e}",
                    record.id, record.quantity, record.params, record.inputs
                ));
            }
            // A tolerance that accepts a value moved by three tolerances tests nothing.
            if expected.abs() >= f64::MIN_POSITIVE {
                let log = record.quantity.starts_with("log_");
                let moved = if log { expected + 3.0 * TOLERANCE * expected.abs().max(1.0) } else { expected * (1.0 + 3.0 * TOLERANCE) };
                assert!(
                    error_of(&record.quantity, actual, moved) > TOLERANCE || error > TOLERANCE,
                    "{}: the tolerance cannot fail",
                    record.id
                );
            } else {
                assert!(error_of(&record.quantity, 1e-300, expected) > TOLERANCE, "{}: the tolerance cannot fail", record.id);
            }
        }
        for (quantity, tally) in tallies {
            let Tally { checked, failed, unknown, worst, worst_id } = tally;
            say(&format!(
                "reference {file:<26} {quantity:<44} {checked:>4} values, {failed:>2} failed, {unknown:>2} unknown, worst error {worst:.1e} ({worst_id})"
            ));
        }
    }
    say(&format!("reference: {total} values, {} failed, {} unknown", problems.len(), unknown.len()));
    for line in &unknown {
        say(&format!("reference: {line}"));
    }
    let (directory, foreign) = directory();
    assert!(total > unknown.len(), "no reference value was checked in {}", directory.display());
    assert!(problems.is_empty(), "{} of {total} reference values failed:\n{}", problems.len(), problems.join("\n"));
    assert!(foreign || unknown.is_empty(), "the project's own reference values must all be known");
}
