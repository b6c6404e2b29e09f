//! Do several groups of customers stay equally long?

use statrs::distribution::{ChiSquared, ContinuousCDF};

use super::survival::check_durations;
use crate::error::{Error, Result};

/// One group of a [`LogRank`] test.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct LogRankGroup {
    /// The group's number as given.
    pub group: u32,
    /// Its customers.
    pub customers: usize,
    /// Those who churned.
    pub observed: usize,
    /// Those who would have if all groups stayed equally long.
    pub expected: f64,
}

/// Log-rank test that several groups of customers, for example cohorts, stay equally long.
///
/// # Formula
/// ```text
/// E_j  = Σ_i d_i n_ij / n_i                                                       over the times t_i at which d_i of n_i churn
/// V_jl = Σ_i d_i (n_i − d_i) / (n_i − 1) · n_ij / n_i · (δ_jl − n_il / n_i)
/// χ²   = (O − E)' V⁻ (O − E)      with as many degrees of freedom as V has rank
/// ```
/// For groups that are all at risk together that is the number of groups less one.
///
/// # Examples
/// ```
/// use crm_value::LogRank;
/// let test = LogRank::of(&[1.0, 2.0, 3.0, 4.0], &[true; 4], &[0, 1, 0, 1])?;
/// // Expected of group 0: 2/4 + 1/3 + 1/2 + 0/1.
/// assert!((test.groups()[0].expected - 4.0 / 3.0).abs() < 1e-15);
/// # Ok::<(), crm_value::Error>(())
/// ```
///
/// # References
/// N. Mantel (1966), Cancer Chemotherapy Reports 50, 163-170; J. D. Kalbfleisch, R. L. Prentice (2002), *The Statistical Analysis of Failure
/// Time Data*, 2nd ed., section 1.5.
#[derive(Debug, Clone)]
pub struct LogRank {
    groups: Vec<LogRankGroup>,
    statistic: Option<(f64, usize, f64)>,
}

/// A pivot this small against its variance is rounding: the direction has no variance of its own.
const NO_VARIANCE: f64 = 1e-10;

impl LogRank {
    /// Most groups that can be compared.
    pub const MAX_GROUPS: usize = 200;

    /// Compares the groups from one duration (≥ 0), churn flag and group number per customer.
    ///
    /// # Errors
    /// As [`KaplanMeier::of`](crate::KaplanMeier::of); [`Error::InvalidOption`] unless there are 2 to [`LogRank::MAX_GROUPS`] groups.
    pub fn of(durations: &[f64], churned: &[bool], groups: &[u32]) -> Result<Self> {
        check_durations(durations, churned)?;
        if groups.len() != durations.len() {
            let (actual, expected) = (groups.len(), durations.len());
            return Err(Error::LengthMismatch { column: "group".to_owned(), actual, reference: "duration".to_owned(), expected });
        }
        let mut numbers = groups.to_vec();
        numbers.sort_unstable();
        numbers.dedup();
        let k = numbers.len();
        if !(2..=Self::MAX_GROUPS).contains(&k) {
            return Err(Error::InvalidOption { option: "groups", value: k.to_string(), requirement: "compare 2 to 200 groups" });
        }
        let group_of = |number: u32| numbers.partition_point(|&other| other < number);
        let mut rows: Vec<(f64, bool, usize)> =
            (0..durations.len()).map(|row| (durations[row] + 0.0, churned[row], group_of(groups[row]))).collect();
        rows.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));

        let mut at_risk = vec![0usize; k];
        rows.iter().for_each(|&(_, _, group)| at_risk[group] += 1);
        let customers = at_risk.clone();
        let (mut observed, mut expected) = (vec![0usize; k], vec![0.0; k]);
        let mut variance = vec![vec![0.0; k]; k];
        let mut total = rows.len();
        for same_time in rows.chunk_by(|a, b| a.0.total_cmp(&b.0).is_eq()) {
            let events = same_time.iter().filter(|row| row.1).count();
            if events > 0 {
                let (d, n) = (events as f64, total as f64);
                let spread = if total > 1 { d * (n - d) / (n - 1.0) } else { 0.0 };
                for j in 0..k {
                    let share = at_risk[j] as f64 / n;
                    expected[j] += d * share;
                    variance[j][j] += spread * share;
                    for l in 0..k {
                        variance[j][l] -= spread * share * (at_risk[l] as f64 / n);
                    }
                }
            }
            for &(_, churned, group) in same_time {
                at_risk[group] -= 1;
                observed[group] += usize::from(churned);
            }
            total -= same_time.len();
        }
        let difference = observed.iter().zip(&expected).map(|(&observed, expected)| observed as f64 - expected).collect();
        let groups = (0..k)
            .map(|j| LogRankGroup { group: numbers[j], customers: customers[j], observed: observed[j], expected: expected[j] })
            .collect();
        Ok(LogRank { groups, statistic: quadratic_form(variance, difference) })
    }

    /// The groups in rising order of their numbers.
    pub fn groups(&self) -> &[LogRankGroup] {
        &self.groups
    }

    /// χ² of the test, ≥ 0; `None` if the data cannot tell (nobody churned, or no two groups were ever at risk together).
    pub fn chi_square(&self) -> Option<f64> {
        self.statistic.map(|(chi_square, _, _)| chi_square)
    }

    /// Degrees of freedom of χ²; 0 if there is none.
    pub fn degrees_of_freedom(&self) -> usize {
        self.statistic.map_or(0, |(_, degrees, _)| degrees)
    }

    /// Probability of a χ² at least as large if all groups stayed equally long.
    pub fn p_value(&self) -> Option<f64> {
        self.statistic.map(|(_, _, p)| p)
    }
}

/// z' V⁻ z with the rank of V and the p-value, by elimination; rows without variance of their own are left out, as the generalised inverse
/// does.
fn quadratic_form(mut variance: Vec<Vec<f64>>, mut z: Vec<f64>) -> Option<(f64, usize, f64)> {
    let k = z.len();
    let scale: Vec<f64> = (0..k).map(|j| variance[j][j]).collect();
    let (mut chi_square, mut rank) = (0.0, 0);
    for i in 0..k {
        let pivot = variance[i][i];
        if !(pivot > NO_VARIANCE * scale[i]) {
            continue;
        }
        chi_square += z[i] * z[i] / pivot;
        rank += 1;
        let (above, below) = variance.split_at_mut(i + 1);
        for (row, z_j) in below.iter_mut().zip(i + 1..) {
            let factor = row[i] / pivot;
            z[z_j] -= factor * z[i];
            for (value, from) in row.iter_mut().zip(&above[i]).skip(i) {
                *value -= factor * from;
            }
        }
    }
    let law = ChiSquared::new(rank as f64).ok()?;
    Some((chi_square, rank, law.sf(chi_square)))
}
