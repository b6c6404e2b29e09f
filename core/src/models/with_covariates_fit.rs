//! Fitting the coefficients of covariates together with the parameters of the model.
//!
//! A customer's log-parameters are linear in what the solver works on, the logarithms of the baseline's parameters and the coefficients:
//!
//! ```text
//! ln θ_k = ln θ₀_k + Σ_c sign_kc γ_c z_c
//! ```
//!
//! so gradient and Hessian follow exactly from those of each record in its own parameters. They are summed over the records that share a
//! set of covariates before the chain rule is applied.

use super::Model;
use super::with_covariates::{
    CovariateBaseline, CovariateEffect, CovariateModel, CovariateOptions, CovariateProcess, Records, WithCovariates,
};
use crate::covariates::{DistinctRows, check_independent, moments};
use crate::error::Result;
use crate::fit::{Derivatives, FitContext, FitOptions, Fitted, LikelihoodRatio, Objective, Parameter, chunked_into, finish};
use crate::patterns::Patterns;
use crate::summary::CustomerSummary;

/// The most parameters that a model has.
const MOST: usize = 5;
/// Value, gradient, upper triangle of the Hessian of a model with that many.
const MOST_SUMS: usize = 1 + MOST + MOST * (MOST + 1) / 2;

/// A coefficient to be estimated.
#[derive(Debug, Clone)]
struct Column {
    process: CovariateProcess,
    covariate: String,
    /// Position of the covariate in the rows.
    position: usize,
    mean: f64,
    sd: f64,
}

/// All that a fit needs of the data.
pub(super) struct Fit<'a, M: CovariateBaseline> {
    options: &'a CovariateOptions,
    columns: Vec<Column>,
    rows: DistinctRows,
    records: M::Records,
    without_covariates: M::Records,
}

impl<'a, M: CovariateModel> Fit<'a, M> {
    /// Checks options and covariates.
    pub(super) fn prepare(customers: &CustomerSummary, weights: Option<&[f64]>, options: &'a CovariateOptions) -> Result<Self> {
        let select = |names: &[&str]| Ok(DistinctRows::of(&customers.select_covariates(M::WITH_COVARIATES, names)?, customers.len()));
        let patterns = |rows: &DistinctRows| Patterns::of_variants(customers, weights, rows.of_customer());
        let without_covariates = || match weights {
            Some(weights) => Patterns::weighted(customers, weights),
            None => Ok(Patterns::of(customers)),
        };
        Self::of_records(options, select, patterns, without_covariates)
    }
}

impl<'a, M: CovariateBaseline> Fit<'a, M> {
    /// Checks options and covariates: `select` gives the distinct rows of some columns, `records` the records that they tell apart.
    pub(super) fn of_records(
        options: &'a CovariateOptions,
        select: impl FnOnce(&[&str]) -> Result<DistinctRows>,
        records: impl FnOnce(&DistinctRows) -> Result<M::Records>,
        without_covariates: impl FnOnce() -> Result<M::Records>,
    ) -> Result<Self> {
        let selections = options.selections::<M>()?;
        let mut names: Vec<&str> = selections.iter().flat_map(|(_, names)| names.iter().map(String::as_str)).collect();
        names.sort_unstable();
        names.dedup();
        let rows = select(&names)?;
        let records = records(&rows)?;
        let mut row_weights = vec![0.0; rows.len()];
        for (i, weight) in records.weights().iter().enumerate() {
            row_weights[records.variant(i) as usize] += weight;
        }
        let moments = moments(&names, &rows, &row_weights)?;
        let mut columns = Vec::new();
        for (process, selection) in selections {
            let positions: Vec<usize> =
                selection.iter().filter_map(|name| names.iter().position(|&other| other == name.as_str())).collect();
            check_independent(&names, &positions, &rows, &row_weights, &moments)?;
            columns.extend(positions.into_iter().map(|position| {
                let (mean, sd) = moments[position];
                Column { process, covariate: names[position].to_owned(), position, mean, sd }
            }));
        }
        Ok(Fit { options, columns, rows, records, without_covariates: without_covariates()? })
    }

    /// The fit: first without covariates, which gives the start, then with them.
    pub(super) fn run(&self, options: &FitOptions) -> Result<Fitted<WithCovariates<M>>> {
        let described = M::described();
        let held = |name: &str| options.held().iter().find(|(held, _)| held == name).map(|&(_, value)| value);
        let all_held: Option<Vec<f64>> = described.iter().map(|parameter| held(parameter.name())).collect();
        let (nested, mut start) = match all_held {
            Some(values) => (None, values),
            None => {
                let nested = M::without_covariates(&self.without_covariates, &options.for_nested(&described))?;
                let start = nested.parameters().into_iter().map(|(_, value)| value).collect();
                (Some(nested), start)
            }
        };
        start.resize(described.len() + self.columns.len(), 1.0);

        let (mut iterations, mut evaluations) = (0, 0);
        let mut options = options.clone();
        for column in &self.columns {
            options = options.ridge(&column.name(), self.options.ridge);
        }
        if !self.options.standardize && !options.has_start() {
            // Columns far from 0 would make a long way from no effect to the best one; about their means it is short.
            let standardised = self.maximise(true, start.clone(), &options.unconstrained())?;
            (iterations, evaluations) = (standardised.report().iterations, standardised.report().evaluations);
            if standardised.report().converged() {
                options = options.start(&self.about_zero(&standardised));
            }
        }
        let mut fitted = self.maximise(self.options.standardize, start, &options)?;
        let warning = fitted.baseline().warning(self.records.longest());
        let report = fitted.report_mut();
        report.warnings.extend(warning);
        report.likelihood_ratio = nested.and_then(|nested| LikelihoodRatio::of(report, nested.report()));
        report.iterations += iterations;
        report.evaluations += evaluations;
        Ok(fitted)
    }

    fn maximise(&self, standardize: bool, start: Vec<f64>, options: &FitOptions) -> Result<Fitted<WithCovariates<M>>> {
        let mut parameters = M::described();
        let base = parameters.len();
        let coefficient = |column: &Column| Parameter::coefficient(column.name(), if standardize { 1.0 } else { column.sd });
        parameters.extend(self.columns.iter().map(coefficient));
        let context = FitContext {
            model: M::WITH_COVARIATES,
            unit: self.records.time_unit(),
            parameters,
            customers: self.records.customers(),
            patterns: self.records.count(),
            starts: vec![start],
            warnings: Vec::new(),
        };
        let objective = self.objective(standardize, options.thread_limit());
        finish(context, &objective, options, |values| {
            let (values, coefficients) = values.split_at(base);
            let effect = |(column, &coefficient): (&Column, &f64)| {
                let effect = CovariateEffect::new(column.process, &column.covariate, coefficient);
                if standardize { effect.standardized(column.mean, column.sd) } else { effect }
            };
            let effects = self.columns.iter().zip(coefficients).map(effect).collect();
            WithCovariates::new(M::from_values(values, self.records.unit())?, effects)
        })
    }

    pub(super) fn objective(&self, standardize: bool, threads: Option<usize>) -> CovariateObjective<'_, M> {
        let centres = self.columns.iter().map(|column| if standardize { column.mean } else { 0.0 }).collect();
        CovariateObjective { fit: self, centres, threads, weight: self.records.weights().iter().sum() }
    }

    /// Parameters and coefficients of a standardised fit, referred to covariates as they are.
    fn about_zero(&self, standardised: &WithCovariates<M>) -> Vec<f64> {
        let mut values: Vec<f64> = standardised.baseline().parameters().into_iter().map(|(_, value)| value).collect();
        for effect in standardised.effects() {
            for &(position, sign) in M::moves(effect.process) {
                values[position] *= (-sign * effect.coefficient * effect.centre / effect.scale).exp();
            }
        }
        values.extend(standardised.effects().iter().map(|effect| effect.coefficient / effect.scale));
        values
    }
}

impl Column {
    fn name(&self) -> String {
        CovariateEffect::new(self.process, &self.covariate, 0.0).name()
    }
}

/// The log-likelihood in the baseline's parameters and the exponentials of the coefficients per standard deviation.
pub(super) struct CovariateObjective<'a, M: CovariateBaseline> {
    fit: &'a Fit<'a, M>,
    /// Of each coefficient's covariate.
    centres: Vec<f64>,
    threads: Option<usize>,
    weight: f64,
}

/// Position of (i, j), i ≤ j, in the sums of a model with n parameters.
fn place(n: usize, i: usize, j: usize) -> usize {
    let (i, j) = (i.min(j), i.max(j));
    1 + n + i * n + j - i * (i + 1) / 2
}

impl<M: CovariateBaseline> CovariateObjective<'_, M> {
    /// Adds the histories in a range, which share a set of covariates; `logs` are the base parameters' logarithms and the coefficients.
    fn add(&self, range: std::ops::Range<usize>, logs: &[f64], base: usize, z: &mut [f64], out: &mut [f64]) {
        let records = &self.fit.records;
        let row = self.fit.rows.row(records.variant(range.start) as usize);
        let mut theta = [0.0; MOST];
        theta[..base].copy_from_slice(&logs[..base]);
        for (c, column) in self.fit.columns.iter().enumerate() {
            z[c] = (row[column.position] - self.centres[c]) / column.sd;
            for &(k, sign) in M::moves(column.process) {
                theta[k] += sign * logs[base + c] * z[c];
            }
        }
        let theta = theta.map(f64::exp);
        if theta[..base].iter().any(|&value| !(value > 0.0 && value.is_finite())) {
            out[0] = f64::NAN;
            return;
        }
        let mut sums = [0.0; MOST_SUMS];
        for i in range {
            M::add_record(&mut sums, &theta[..base], records, i);
        }
        // In the logarithms of the customer's own parameters.
        let n = logs.len();
        let mut gradient = [0.0; MOST];
        let mut hessian = [[0.0; MOST]; MOST];
        for k in 0..base {
            gradient[k] = sums[1 + k] * theta[k];
        }
        for k in 0..base {
            for l in 0..base {
                hessian[k][l] = sums[place(base, k, l)] * theta[k] * theta[l] + if k == l { gradient[k] } else { 0.0 };
            }
        }
        out[0] += sums[0];
        for k in 0..base {
            out[1 + k] += gradient[k];
            for l in k..base {
                out[1 + n + k * n + l] += hessian[k][l];
            }
        }
        for (c, column) in self.fit.columns.iter().enumerate() {
            let mut along = [0.0; MOST];
            for &(k, sign) in M::moves(column.process) {
                out[1 + base + c] += sign * z[c] * gradient[k];
                for l in 0..base {
                    along[l] += sign * z[c] * hessian[k][l];
                }
            }
            for l in 0..base {
                out[1 + n + l * n + base + c] += along[l];
            }
            for (d, other) in self.fit.columns.iter().enumerate().skip(c) {
                let across: f64 = M::moves(other.process).iter().map(|&(l, sign)| sign * along[l]).sum();
                out[1 + n + (base + c) * n + base + d] += z[d] * across;
            }
        }
    }
}

impl<M: CovariateBaseline> Objective for CovariateObjective<'_, M> {
    fn total_weight(&self) -> f64 {
        self.weight
    }

    fn evaluate(&self, parameters: &[f64]) -> Derivatives {
        let (n, base) = (parameters.len(), parameters.len() - self.fit.columns.len());
        let logs: Vec<f64> = parameters.iter().map(|value| value.ln()).collect();
        let records = &self.fit.records;
        let mut sums = vec![0.0; 1 + n + n * n];
        chunked_into(records.count(), self.threads, &mut sums, |range, sums| {
            let mut z = vec![0.0; self.fit.columns.len()];
            let mut start = range.start;
            while start < range.end {
                let variant = records.variant(start);
                let end = (start + 1..range.end).find(|&i| records.variant(i) != variant).unwrap_or(range.end);
                self.add(start..end, &logs, base, &mut z, sums);
                start = end;
            }
        });
        let hessian = (0..n * n).map(|at| sums[1 + n + (at / n).min(at % n) * n + (at / n).max(at % n)]).collect();
        Derivatives { value: sums[0], gradient: sums[1..=n].to_vec(), hessian }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::covariates::Covariates;
    use crate::fit::check_derivatives;
    use crate::models::{BgNbd, GgompertzNbd, MbgNbd, ParetoNbd, PurchaseModel};
    use crate::time::TimeUnit;

    fn customers() -> CustomerSummary {
        let x: Vec<f64> = (0..60).map(|i| f64::from(i * i % 23)).collect();
        let age: Vec<f64> = (0..60).map(|i| 10.0 + f64::from(i % 7) * 3.5).collect();
        let recency: Vec<f64> = (0..60).map(|i| if x[i] > 0.0 { age[i] * (0.2 + (i % 8) as f64 / 10.0) } else { 0.0 }).collect();
        let column = |period: u32, step: f64| (0..60).map(|i| f64::from(i * i % period) * step + 0.3).collect::<Vec<f64>>();
        let columns = [("one", column(7, 0.4)), ("two", column(11, -0.2)), ("three", column(2, 1.0))];
        let columns: Vec<(&str, &[f64])> = columns.iter().map(|(name, values)| (*name, values.as_slice())).collect();
        let customers = CustomerSummary::from_columns(None, &x, &recency, &age, None, TimeUnit::Week).unwrap();
        customers.with_covariates(Covariates::from_columns(&columns).unwrap()).unwrap()
    }

    /// The derivatives against differences, and the value against the sum of the customers' own likelihoods.
    fn check<M: CovariateModel>(options: &CovariateOptions, base: &[f64], coefficients: &[f64]) {
        let customers = customers();
        let fit = Fit::<M>::prepare(&customers, None, options).unwrap();
        let parameters: Vec<f64> = base.iter().copied().chain(coefficients.iter().map(|value| value.exp())).collect();
        for standardize in [false, true] {
            let objective = fit.objective(standardize, None);
            check_derivatives(&objective, &parameters);
            let effect = |(column, &coefficient): (&Column, &f64)| {
                let centre = if standardize { column.mean } else { 0.0 };
                CovariateEffect::new(column.process, &column.covariate, coefficient).standardized(centre, column.sd)
            };
            let effects = fit.columns.iter().zip(coefficients).map(effect).collect();
            let model = WithCovariates::new(M::from_values(base, TimeUnit::Week).unwrap(), effects).unwrap();
            let expected = model.log_likelihood(&customers).unwrap();
            let value = objective.evaluate(&parameters).value;
            assert!((value - expected).abs() < 1e-11 * expected.abs(), "{value} is not {expected}");
        }
    }

    #[test]
    fn derivatives_equal_differences_and_the_value_is_the_sum_of_the_likelihoods() {
        let options = CovariateOptions::new().purchase(&["one", "two"]).dropout(&["two"]).shared(&["three"]);
        let coefficients = [0.3, -0.2, 0.15, 0.4];
        check::<BgNbd>(&options, &[0.243, 4.414, 0.793, 2.426], &coefficients);
        check::<MbgNbd>(&options, &[3.0, 0.5, 0.4, 0.9], &coefficients);
        check::<ParetoNbd>(&options, &[0.553, 10.578, 0.606, 11.669], &coefficients);
        check::<GgompertzNbd>(&options, &[0.553, 10.578, 0.01, 0.603, 0.1], &coefficients);
        let separate = options.separate_shapes(true);
        check::<BgNbd>(&separate, &[0.243, 4.414, 0.793, 2.426], &[0.3, -0.2, 0.15, -0.3, 0.4]);
        check::<MbgNbd>(&separate, &[0.243, 4.414, 0.793, 2.426], &[0.3, -0.2, 0.15, -0.3, 0.4]);
    }
}
