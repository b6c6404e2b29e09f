//! Models with covariates: recovery of known coefficients, invariances, predictions.

use crm_value::{
    BgNbd, ClvModel, CovariateEffect, CovariateModel, CovariateOptions, CovariateProcess, Covariates, CustomerSummary, DiscountRate,
    DiscountedPurchases, Error, ErrorKind, FitOptions, Fitted, GammaGamma, GgompertzNbd, MbgNbd, ParetoNbd, PredictiveClv, PurchaseModel,
    Span, TimeUnit, WithCovariates,
};

use crate::close::assert_close;
use crate::say;

/// A small generator of random numbers (Steele, Lea & Flood 2014), seeded, so that the customers are always the same.
struct Random(u64);

impl Random {
    fn uniform(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (((z ^ (z >> 31)) >> 11) as f64 + 0.5) / (1u64 << 53) as f64
    }

    fn exponential(&mut self, rate: f64) -> f64 {
        -self.uniform().ln() / rate
    }

    fn normal(&mut self) -> f64 {
        (-2.0 * self.uniform().ln()).sqrt() * (std::f64::consts::TAU * self.uniform()).cos()
    }

    /// Marsaglia & Tsang (2000), shapes below 1 by u^(1/shape).
    fn gamma(&mut self, shape: f64, rate: f64) -> f64 {
        if shape < 1.0 {
            return self.gamma(shape + 1.0, rate) * self.uniform().powf(1.0 / shape);
        }
        let d = shape - 1.0 / 3.0;
        loop {
            let x = self.normal();
            let v = (1.0 + x / (9.0 * d).sqrt()).powi(3);
            if v > 0.0 && self.uniform().ln() < 0.5 * x * x + d - d * v + d * v.ln() {
                return d * v / rate;
            }
        }
    }

    fn beta(&mut self, a: f64, b: f64) -> f64 {
        let (x, y) = (self.gamma(a, 1.0), self.gamma(b, 1.0));
        x / (x + y)
    }
}

/// How a simulated customer leaves.
#[derive(Clone, Copy)]
enum Leaving {
    /// a, b, and whether a coin is tossed after the first purchase too.
    Coin(f64, f64, bool),
    /// s, β.
    Exponential(f64, f64),
    /// b, s, β.
    Gompertz(f64, f64, f64),
}

/// One customer's x, t_x within (0, end].
fn simulate(random: &mut Random, (r, alpha): (f64, f64), leaving: Leaving, end: f64) -> (f64, f64) {
    let rate = random.gamma(r, alpha);
    let (coin, first, death) = match leaving {
        Leaving::Coin(a, b, first) => (random.beta(a, b), first, f64::INFINITY),
        Leaving::Exponential(s, beta) => {
            let hazard = random.gamma(s, beta);
            (0.0, false, random.exponential(hazard))
        }
        Leaving::Gompertz(b, s, beta) => {
            let eta = random.gamma(s, beta);
            (0.0, false, (random.exponential(eta)).ln_1p() / b)
        }
    };
    let (mut x, mut t) = (0.0, 0.0);
    if first && random.uniform() < coin {
        return (0.0, 0.0);
    }
    loop {
        let next = t + random.exponential(rate);
        if !(next < end.min(death)) {
            return (x, t);
        }
        (x, t) = (x + 1.0, next);
        if random.uniform() < coin {
            return (x, t);
        }
    }
}

/// Customers with a continuous covariate `age` (about 45, sd 12) and a 0/1 covariate `online`; `given` is the model of (age − 45) / 12 and
/// online. Ages run from 26 to 52.
fn customers(n: usize, seed: u64, given: impl Fn(f64, f64) -> ((f64, f64), Leaving)) -> CustomerSummary {
    let mut random = Random(seed);
    let (mut x, mut t_x, mut t_cal, mut age, mut online) = (Vec::new(), Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for i in 0..n {
        let (z, w) = (random.normal(), if random.uniform() < 0.4 { 1.0 } else { 0.0 });
        let (purchases, leaving) = given(z, w);
        let end = 26.0 + (i % 27) as f64;
        let (frequency, recency) = simulate(&mut random, purchases, leaving, end);
        x.push(frequency);
        t_x.push(recency);
        t_cal.push(end);
        age.push(45.0 + 12.0 * z);
        online.push(w);
    }
    let covariates = Covariates::from_columns(&[("age", &age), ("online", &online)]).unwrap();
    CustomerSummary::from_columns(None, &x, &t_x, &t_cal, None, TimeUnit::Week).unwrap().with_covariates(covariates).unwrap()
}

fn bg_customers(n: usize, seed: u64) -> CustomerSummary {
    customers(n, seed, |z, w| {
        let gamma = (0.3 * z - 0.2 * w).exp();
        ((0.8, 6.0 * (-0.25 * z - 0.6 * w).exp()), Leaving::Coin(0.9 * gamma, 2.5 * gamma, false))
    })
}

fn both() -> CovariateOptions {
    CovariateOptions::new().purchase(&["age", "online"]).dropout(&["age", "online"])
}

/// The estimates lie within three standard errors of the truth: the parameters of a customer of age 45, then the coefficients.
#[track_caller]
fn recovers<M: CovariateModel>(customers: &CustomerSummary, options: &CovariateOptions, truth: &[f64]) {
    let start = std::time::Instant::now();
    let fitted = WithCovariates::<M>::fit(customers, &options.clone().standardize(true)).unwrap();
    let seconds = start.elapsed().as_secs_f64();
    let report = fitted.report();
    assert!(report.converged() && report.warnings.is_empty(), "{report}");
    assert_eq!(report.estimates.len(), truth.len());
    let mut worst = 0.0_f64;
    for (estimate, &truth) in report.estimates.iter().zip(truth) {
        let error = estimate.standard_error.unwrap();
        let z = (estimate.value - truth) / error;
        assert!(z.abs() < 3.0, "{}: {} ± {error} is not {truth}", estimate.name, estimate.value);
        worst = worst.max(z.abs());
    }
    let Some(test) = &report.likelihood_ratio else { panic!("a fit without priors has a likelihood-ratio test") };
    assert!(test.degrees_of_freedom == 4 && test.p_value < 1e-300 && test.statistic > 1_000.0, "{test:?}");
    say(&format!(
        "recovery {:<28} {} customers: worst estimate {worst:.2} standard errors off, {seconds:.1} s",
        report.model,
        customers.len()
    ));
}

/// The truth in standardised covariates: mean and sd of both columns as the fit finds them.
fn standardised(fitted: &CustomerSummary, coefficients: [[f64; 2]; 2]) -> ([f64; 2], Vec<f64>) {
    let moments = |name: &str| {
        let values = fitted.covariates().unwrap().column(name).unwrap();
        let mean = values.iter().sum::<f64>() / values.len() as f64;
        (mean, (values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / values.len() as f64).sqrt())
    };
    let ((age, age_sd), (online, online_sd)) = (moments("age"), moments("online"));
    // Coefficients are per 12 years from 45 on, and per online.
    let at_means = coefficients.map(|[per_age, per_online]| per_age * (age - 45.0) / 12.0 + per_online * online);
    (at_means, coefficients.iter().flat_map(|[per_age, per_online]| [per_age / 12.0 * age_sd, per_online * online_sd]).collect())
}

#[test]
fn coefficients_of_100_000_customers_are_recovered() {
    const N: usize = 100_000;
    let purchase = [0.25, 0.6];
    let truth = |customers: &CustomerSummary, dropout: [f64; 2], base: &dyn Fn(f64, f64) -> Vec<f64>| {
        let ([at_purchase, at_dropout], coefficients) = standardised(customers, [purchase, dropout]);
        let mut truth = base((-at_purchase).exp(), at_dropout.exp());
        truth.extend(coefficients);
        truth
    };
    let data = bg_customers(N, 1);
    recovers::<BgNbd>(&data, &both(), &truth(&data, [0.3, -0.2], &|up, down| vec![0.8, 6.0 * up, 0.9 * down, 2.5 * down]));
    let data = customers(N, 2, |z, w| {
        let gamma = (0.3 * z - 0.2 * w).exp();
        ((0.8, 6.0 * (-0.25 * z - 0.6 * w).exp()), Leaving::Coin(0.9 * gamma, 2.5 * gamma, true))
    });
    recovers::<MbgNbd>(&data, &both(), &truth(&data, [0.3, -0.2], &|up, down| vec![0.8, 6.0 * up, 0.9 * down, 2.5 * down]));
    let data =
        customers(N, 3, |z, w| ((0.8, 6.0 * (-0.25 * z - 0.6 * w).exp()), Leaving::Exponential(0.9, 20.0 * (-0.3 * z + 0.4 * w).exp())));
    recovers::<ParetoNbd>(&data, &both(), &truth(&data, [0.3, -0.4], &|up, down| vec![0.8, 6.0 * up, 0.9, 20.0 / down]));
    let data =
        customers(N, 4, |z, w| ((0.8, 6.0 * (-0.25 * z - 0.6 * w).exp()), Leaving::Gompertz(0.08, 0.9, 8.0 * (-0.3 * z + 0.4 * w).exp())));
    recovers::<GgompertzNbd>(&data, &both(), &truth(&data, [0.3, -0.4], &|up, down| vec![0.8, 6.0 * up, 0.08, 0.9, 8.0 / down]));
}

#[test]
fn standardised_or_not_likelihood_and_predictions_are_the_same() {
    let data = bg_customers(3_000, 5);
    let horizon = Span::new(52.0, TimeUnit::Week).unwrap();
    let raw = WithCovariates::<BgNbd>::fit(&data, &both()).unwrap();
    let standardised = WithCovariates::<BgNbd>::fit(&data, &both().standardize(true)).unwrap();
    assert!(raw.report().converged() && standardised.report().converged(), "{} {}", raw.report(), standardised.report());
    assert_close(raw.report().log_likelihood, standardised.report().log_likelihood, 1e-12);
    for (one, other) in raw.effects().iter().zip(standardised.effects()) {
        assert_close(one.coefficient, other.coefficient / other.scale, 1e-6);
        assert_eq!((one.centre, one.scale), (0.0, 1.0));
    }
    let rows = (raw.report().coefficients(0.95).unwrap(), standardised.report().coefficients(0.95).unwrap());
    for (one, other) in rows.0.iter().zip(&rows.1) {
        assert_close(one.z.unwrap(), other.z.unwrap(), 1e-5);
    }
    let purchases = (raw.expected_purchases(&data, horizon).unwrap(), standardised.expected_purchases(&data, horizon).unwrap());
    let alive = (raw.probability_alive(&data).unwrap(), standardised.probability_alive(&data).unwrap());
    for i in 0..data.len() {
        assert_close(purchases.0[i], purchases.1[i], 1e-6);
        assert_close(alive.0[i], alive.1[i], 1e-6);
    }
}

/// A copy of the customers with covariate columns made from theirs.
fn with_columns(data: &CustomerSummary, columns: &[(&str, &dyn Fn(usize) -> f64)]) -> CustomerSummary {
    let values: Vec<Vec<f64>> = columns.iter().map(|(_, value)| (0..data.len()).map(value).collect()).collect();
    let named: Vec<(&str, &[f64])> = columns.iter().zip(&values).map(|((name, _), values)| (*name, values.as_slice())).collect();
    data.clone().with_covariates(Covariates::from_columns(&named).unwrap()).unwrap()
}

#[test]
fn the_unit_and_the_origin_of_a_covariate_do_not_matter() {
    let data = bg_customers(3_000, 6);
    let age = data.covariates().unwrap().column("age").unwrap().to_vec();
    let options = CovariateOptions::new().purchase(&["age"]).dropout(&["age"]);
    let plain = WithCovariates::<BgNbd>::fit(&data, &options).unwrap();
    // A year of birth, an income, a share: far from 0, large, small.
    for (shift, scale) in [(-2_020.0, -1.0), (0.0, 1e6), (0.0, 1e-7), (1e4, 3.0)] {
        let moved = with_columns(&data, &[("age", &|i| (age[i] + shift) * scale)]);
        let fitted = WithCovariates::<BgNbd>::fit(&moved, &options).unwrap();
        assert!(fitted.report().converged() && fitted.report().warnings.is_empty(), "{}", fitted.report());
        assert_close(fitted.report().log_likelihood, plain.report().log_likelihood, 1e-11);
        for (one, other) in fitted.effects().iter().zip(plain.effects()) {
            assert_close(one.coefficient * scale, other.coefficient, 1e-5);
        }
    }
}

#[test]
fn a_customer_is_predicted_alike_in_any_company_and_as_by_its_own_model() {
    let data = bg_customers(400, 7);
    let baseline = ParetoNbd::new(0.553, 10.578, 0.606, 11.669, TimeUnit::Week).unwrap();
    let effects = vec![
        CovariateEffect::new(CovariateProcess::Purchase, "age", 0.3).standardized(45.0, 12.0),
        CovariateEffect::new(CovariateProcess::Shared, "online", -0.4),
    ];
    let model = WithCovariates::new(baseline, effects).unwrap();
    let rate = DiscountRate::annual(0.1).unwrap();
    let horizon = Span::new(26.0, TimeUnit::Week).unwrap();
    let (alive, purchases) = (model.probability_alive(&data).unwrap(), model.expected_purchases(&data, horizon).unwrap());
    let dert = model.discounted_expected_residual_transactions(&data, rate).unwrap();
    let (age, online) = (data.covariates().unwrap().column("age").unwrap(), data.covariates().unwrap().column("online").unwrap());
    let spend = GammaGamma::new(6.25, 3.74, 15.44).unwrap();
    for i in [0, 17, 399] {
        let (x, t_x, t_cal) = ([f64::from(data.frequency()[i])], [data.recency()[i]], [data.age()[i]]);
        let covariates = Covariates::from_columns(&[("online", &[online[i]]), ("age", &[age[i]])]).unwrap();
        let alone = CustomerSummary::from_columns(None, &x, &t_x, &t_cal, None, TimeUnit::Week).unwrap();
        let alone = alone.with_covariates(covariates.clone()).unwrap();
        assert_eq!(model.probability_alive(&alone).unwrap(), [alive[i]]);
        assert_eq!(model.expected_purchases(&alone, horizon).unwrap(), [purchases[i]]);
        assert_eq!(model.discounted_expected_residual_transactions(&alone, rate).unwrap(), [dert[i]]);
        // The definition, with this customer's own parameters.
        let z = (age[i] - 45.0) / 12.0;
        let (alpha, beta) = (10.578 * (-0.3 * z + 0.4 * online[i]).exp(), 11.669 * (0.4 * online[i]).exp());
        let own = ParetoNbd::new(0.553, alpha, 0.606, beta, TimeUnit::Week).unwrap();
        assert_close(own.p_alive(&data.history(i).unwrap()), alive[i], 1e-12);
        assert_close(own.expected_purchases(&alone, horizon).unwrap()[0], purchases[i], 1e-12);
        assert_close(
            own.expected_purchases_new_customer(horizon),
            model.expected_purchases_new_customers(&covariates, horizon).unwrap()[0],
            1e-12,
        );
        assert_close(own.purchase_probability(2, horizon), model.purchase_probabilities(&covariates, 2, horizon).unwrap()[0], 1e-12);
        let priced = CustomerSummary::from_columns(None, &x, &t_x, &t_cal, Some(&[30.0]), TimeUnit::Week).unwrap();
        let priced = priced.with_covariates(covariates).unwrap();
        let clv = |value: Result<Vec<f64>, Error>| value.unwrap()[0];
        assert_close(
            clv(PredictiveClv::new(&model, &spend).endless().value(&priced)),
            clv(PredictiveClv::new(&own, &spend).endless().value(&priced)),
            1e-12,
        );
    }
    // The kernels are those of the baseline.
    let history = data.history(3).unwrap();
    assert_eq!(model.p_alive(&history).to_bits(), model.baseline().p_alive(&history).to_bits());
}

#[test]
fn the_order_of_customers_and_their_number_do_not_matter() {
    let data = bg_customers(1_500, 8);
    let n = data.len();
    let column = |name: &str| data.covariates().unwrap().column(name).unwrap().to_vec();
    let (age, online) = (column("age"), column("online"));
    let rearranged = |order: &[usize]| {
        let take = |values: &dyn Fn(usize) -> f64| order.iter().map(|&i| values(i)).collect::<Vec<f64>>();
        let (x, t_x, t_cal) = (take(&|i| f64::from(data.frequency()[i])), take(&|i| data.recency()[i]), take(&|i| data.age()[i]));
        let covariates = Covariates::from_columns(&[("age", &take(&|i| age[i])), ("online", &take(&|i| online[i]))]).unwrap();
        CustomerSummary::from_columns(None, &x, &t_x, &t_cal, None, TimeUnit::Week).unwrap().with_covariates(covariates).unwrap()
    };
    let options = both().standardize(true);
    let fitted = WithCovariates::<BgNbd>::fit(&data, &options).unwrap();
    let reversed: Vec<usize> = (0..n).rev().collect();
    assert_eq!(WithCovariates::<BgNbd>::fit(&rearranged(&reversed), &options).unwrap(), fitted);
    let one_thread = WithCovariates::<BgNbd>::fit_with(&data, &options, &FitOptions::new().threads(1)).unwrap();
    assert_eq!(one_thread, fitted);
    // Weight 2 is the customer twice.
    let weights: Vec<f64> = (0..n).map(|i| if i % 3 == 0 { 2.0 } else { 1.0 }).collect();
    let repeated: Vec<usize> = (0..n).flat_map(|i| std::iter::repeat_n(i, weights[i] as usize)).collect();
    let weighted = WithCovariates::<BgNbd>::fit_weighted(&data, &weights, &options, &FitOptions::new()).unwrap();
    let twice = WithCovariates::<BgNbd>::fit(&rearranged(&repeated), &options).unwrap();
    assert_close(weighted.report().log_likelihood, twice.report().log_likelihood, 1e-12);
    for (one, other) in weighted.report().estimates.iter().zip(&twice.report().estimates) {
        assert_close(one.value, other.value, 1e-7);
        assert_close(one.standard_error.unwrap(), other.standard_error.unwrap(), 1e-6);
    }
}

#[test]
fn coefficients_without_effect_have_uniform_p_values() {
    // 60 samples of 600 customers with two columns that mean nothing: 240 p-values of a uniform distribution.
    let mut p_values = Vec::new();
    let mut tests = Vec::new();
    for seed in 0..60 {
        let data = customers(600, 1_000 + seed, |_, _| ((0.8, 6.0), Leaving::Exponential(0.9, 20.0)));
        let fitted = WithCovariates::<ParetoNbd>::fit(&data, &both().standardize(true)).unwrap();
        p_values.extend(fitted.report().coefficients(0.95).unwrap().iter().map(|row| row.p_value.unwrap()));
        tests.push(fitted.report().likelihood_ratio.as_ref().unwrap().p_value);
    }
    for (what, p_values) in [("Wald", &p_values), ("likelihood-ratio", &tests)] {
        let n = p_values.len() as f64;
        let below = |level: f64| p_values.iter().filter(|&&p| p < level).count() as f64 / n;
        say(&format!("p-values of {what} tests without effect: {:.3} below 0.05, {:.3} below 0.5, of {n}", below(0.05), below(0.5)));
        // Three standard errors of a proportion.
        for level in [0.05, 0.25, 0.5, 0.75] {
            assert!(
                (below(level) - level).abs() < 3.0 * (level * (1.0 - level) / n).sqrt() + 1.0 / n,
                "{what}: {} below {level}",
                below(level)
            );
        }
    }
}

#[test]
fn fixed_values_priors_and_shared_coefficients() {
    let data = bg_customers(2_000, 9);
    let free = WithCovariates::<BgNbd>::fit(&data, &both()).unwrap();
    let value = |fitted: &Fitted<WithCovariates<BgNbd>>, name: &str| fitted.report().estimate(name).unwrap().value;
    // Held at the estimate, nothing else moves; held elsewhere, the likelihood falls.
    let options = FitOptions::new().fix("purchase:age", value(&free, "purchase:age"));
    let held = WithCovariates::<BgNbd>::fit_with(&data, &both(), &options).unwrap();
    assert_close(held.report().log_likelihood, free.report().log_likelihood, 1e-12);
    assert_close(value(&held, "dropout:online"), value(&free, "dropout:online"), 1e-5);
    assert!(held.report().estimate("purchase:age").unwrap().fixed && held.report().coefficients(0.9).unwrap()[0].p_value.is_none());
    assert_eq!(held.report().likelihood_ratio.as_ref().unwrap().degrees_of_freedom, 3);
    // All coefficients held at 0: the model without covariates.
    let zero =
        ["purchase:age", "purchase:online", "dropout:age", "dropout:online"].iter().fold(FitOptions::new(), |o, name| o.fix(name, 0.0));
    let none = WithCovariates::<BgNbd>::fit_with(&data, &both(), &zero).unwrap();
    let plain = BgNbd::fit(&data).unwrap();
    assert_close(none.report().log_likelihood, plain.report().log_likelihood, 1e-12);
    assert_close(none.baseline().alpha(), plain.alpha(), 1e-6);
    assert_eq!(none.report().likelihood_ratio, None);
    // A ridge is a normal prior; the penalised fit maximises what it says.
    let ridge = WithCovariates::<BgNbd>::fit(&data, &both().ridge(400.0)).unwrap();
    let priors = ["purchase:age", "purchase:online", "dropout:age", "dropout:online"];
    let priors = priors.iter().fold(FitOptions::new(), |options, name| options.prior(name, 0.0, 0.05));
    let prior = WithCovariates::<BgNbd>::fit_with(&data, &both(), &priors).unwrap();
    assert_eq!(ridge.report(), prior.report());
    let squares: f64 = ridge.effects().iter().map(|effect| effect.coefficient.powi(2)).sum();
    assert_close(ridge.report().penalty, 0.5 * 400.0 * squares, 1e-10);
    let objective = |fitted: &Fitted<WithCovariates<BgNbd>>| {
        fitted.report().log_likelihood - 200.0 * fitted.effects().iter().map(|effect| effect.coefficient.powi(2)).sum::<f64>()
    };
    assert!(objective(&ridge) > objective(&free) && ridge.report().log_likelihood < free.report().log_likelihood);
    assert_eq!(ridge.report().likelihood_ratio, None);
    // One coefficient for both processes has the likelihood of two that are held equal.
    let shared = WithCovariates::<BgNbd>::fit(&data, &CovariateOptions::new().shared(&["online"])).unwrap();
    let gamma = value(&shared, "shared:online");
    let two = CovariateOptions::new().purchase(&["online"]).dropout(&["online"]);
    let equal = FitOptions::new().fix("purchase:online", gamma).fix("dropout:online", gamma);
    let equal = WithCovariates::<BgNbd>::fit_with(&data, &two, &equal).unwrap();
    assert_close(equal.report().log_likelihood, shared.report().log_likelihood, 1e-12);
    assert!(shared.report().log_likelihood < WithCovariates::<BgNbd>::fit(&data, &two).unwrap().report().log_likelihood);
    // One coefficient each for a and b: the common one is a case of it.
    let common = WithCovariates::<BgNbd>::fit(&data, &CovariateOptions::new().dropout(&["online"])).unwrap();
    let separate = WithCovariates::<BgNbd>::fit(&data, &CovariateOptions::new().dropout(&["online"]).separate_shapes(true)).unwrap();
    assert!(separate.report().log_likelihood >= common.report().log_likelihood);
    let names: Vec<&str> = separate.report().estimates.iter().map(|estimate| estimate.name.as_str()).collect();
    assert_eq!(names, ["r", "alpha", "a", "b", "a:online", "b:online"]);
}

#[test]
fn bad_input() {
    let expect = |error: Error, kind: ErrorKind, parts: &[&str]| {
        assert_eq!(error.kind(), kind, "{error}");
        for part in parts {
            assert!(error.to_string().contains(part), "`{error}` does not say `{part}`");
        }
    };
    let table = |columns: &[(&str, &[f64])]| Covariates::from_columns(columns).unwrap_err();
    expect(table(&[]), ErrorKind::Empty, &["covariates"]);
    expect(table(&[("age", &[])]), ErrorKind::Empty, &["covariates"]);
    expect(table(&[("age", &[1.0, 2.0]), ("size", &[1.0])]), ErrorKind::LengthMismatch, &["`size`", "1", "`age`", "2"]);
    expect(table(&[("age", &[1.0]), ("age", &[2.0])]), ErrorKind::DuplicateColumn, &["`age`"]);
    expect(table(&[("age", &[1.0, f64::NAN])]), ErrorKind::NonFinite, &["`age`", "row 1", "NaN"]);
    expect(table(&[("age", &[1.0, 2.0]), ("size", &[f64::INFINITY, 1.0])]), ErrorKind::NonFinite, &["`size`", "row 0", "inf"]);
    let matrix = crm_value::ndarray::array![[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]];
    assert_eq!(Covariates::from_matrix(&["a", "b"], matrix.view()).unwrap().column("b").unwrap(), [2.0, 4.0, 6.0]);
    expect(Covariates::from_matrix(&["a"], matrix.view()).unwrap_err(), ErrorKind::LengthMismatch, &["1", "2"]);

    let data = bg_customers(200, 10);
    let n = data.len();
    let named = CustomerSummary::from_columns(Some((&["ann", "bob"]).into()), &[0.0, 0.0], &[0.0, 0.0], &[9.0, 9.0], None, TimeUnit::Week);
    let named = named.unwrap();
    let sizes = Covariates::from_columns(&[("size", &[7.0, 8.0, 9.0])]).unwrap();
    let joined = named.clone().with_covariates_by_id((&["bob", "eve", "ann"]).into(), &sizes).unwrap();
    assert_eq!(joined.covariates().unwrap().column("size").unwrap(), [9.0, 7.0]);
    let numbered = CustomerSummary::from_columns(None, &[0.0, 0.0], &[0.0, 0.0], &[9.0, 9.0], None, TimeUnit::Week).unwrap();
    let joined = numbered.with_covariates_by_id((&[-5i64, 1, 0]).into(), &sizes).unwrap();
    assert_eq!(joined.covariates().unwrap().column("size").unwrap(), [9.0, 8.0]);
    let join = |ids: &[&str]| named.clone().with_covariates_by_id(ids.into(), &sizes).unwrap_err();
    expect(join(&["bob", "eve", "joe"]), ErrorKind::CustomerNotFound, &["ann", "covariates"]);
    expect(join(&["bob", "ann", "bob"]), ErrorKind::DuplicateCustomer, &["bob"]);
    expect(join(&["bob", "ann"]), ErrorKind::LengthMismatch, &["customer_id", "2", "3"]);
    let short = Covariates::from_columns(&[("age", &[1.0, 2.0])]).unwrap();
    expect(data.clone().with_covariates(short).unwrap_err(), ErrorKind::LengthMismatch, &["`age`", "2", "200"]);
    let fit = |data: &CustomerSummary, options: CovariateOptions| WithCovariates::<BgNbd>::fit(data, &options).unwrap_err();
    let purchase = |names: &[&str]| CovariateOptions::new().purchase(names);
    expect(fit(&data, purchase(&["age", "height", "width"])), ErrorKind::MissingCovariates, &["`height`, `width`", "BG/NBD"]);
    let bare = CustomerSummary::from_columns(None, &[1.0], &[1.0], &[2.0], None, TimeUnit::Week).unwrap();
    expect(fit(&bare, purchase(&["age"])), ErrorKind::MissingCovariates, &["`age`"]);
    expect(fit(&data, CovariateOptions::new()), ErrorKind::Empty, &["covariates"]);
    expect(fit(&data, purchase(&["age", "age"])), ErrorKind::DuplicateColumn, &["`age`"]);
    expect(fit(&data, purchase(&["age"]).shared(&["age"])), ErrorKind::DuplicateColumn, &["`age`"]);
    for weight in [-1.0, f64::NAN, f64::INFINITY] {
        expect(fit(&data, purchase(&["age"]).ridge(weight)), ErrorKind::InvalidOption, &["`ridge`"]);
    }
    let separate = CovariateOptions::new().dropout(&["age"]).separate_shapes(true);
    expect(WithCovariates::<ParetoNbd>::fit(&data, &separate).unwrap_err(), ErrorKind::InvalidOption, &["separate_shapes"]);
    let unknown = FitOptions::new().fix("purchase:height", 1.0);
    expect(
        WithCovariates::<BgNbd>::fit_with(&data, &purchase(&["age"]), &unknown).unwrap_err(),
        ErrorKind::InvalidOption,
        &["purchase:height"],
    );
    let infinite = FitOptions::new().fix("purchase:age", f64::INFINITY);
    expect(
        WithCovariates::<BgNbd>::fit_with(&data, &purchase(&["age"]), &infinite).unwrap_err(),
        ErrorKind::InvalidParameter,
        &["purchase:age"],
    );
    let wrong_weights = WithCovariates::<BgNbd>::fit_weighted(&data, &[1.0], &purchase(&["age"]), &FitOptions::new());
    expect(wrong_weights.unwrap_err(), ErrorKind::LengthMismatch, &["weight"]);

    let age = data.covariates().unwrap().column("age").unwrap().to_vec();
    let constant = with_columns(&data, &[("age", &|i| age[i]), ("one", &|_| 3.5)]);
    expect(fit(&constant, purchase(&["age", "one"])), ErrorKind::ConstantColumn, &["`one`", "3.5"]);
    let zero = with_columns(&data, &[("none", &|_| 0.0)]);
    expect(fit(&zero, purchase(&["none"])), ErrorKind::ConstantColumn, &["`none`", "0"]);
    // All 0/1 columns of a category sum to the constant.
    let category = |value: usize| move |i: usize| if i % 3 == value { 1.0 } else { 0.0 };
    let (red, green, blue) = (category(0), category(1), category(2));
    let trap = with_columns(&data, &[("age", &|i| age[i]), ("red", &red), ("green", &green), ("blue", &blue)]);
    let all = ["age", "red", "green", "blue"];
    expect(fit(&trap, purchase(&all)), ErrorKind::CollinearColumns, &["`blue`", "`red`, `green`"]);
    expect(fit(&trap, CovariateOptions::new().dropout(&all)), ErrorKind::CollinearColumns, &["`blue`", "`red`, `green`"]);
    assert!(!fit(&trap, purchase(&all)).to_string().contains("`age`"));
    WithCovariates::<BgNbd>::fit(&trap, &purchase(&["age", "red", "green"]).dropout(&["blue"])).unwrap();
    assert_eq!(n, 200);

    let model = |effects| WithCovariates::new(ParetoNbd::new(0.5, 10.0, 0.6, 12.0, TimeUnit::Week).unwrap(), effects);
    let effect = |coefficient| CovariateEffect::new(CovariateProcess::Dropout, "age", coefficient);
    expect(model(vec![]).unwrap_err(), ErrorKind::Empty, &["effects"]);
    expect(model(vec![effect(0.1), effect(0.2)]).unwrap_err(), ErrorKind::DuplicateColumn, &["dropout:age"]);
    for value in [f64::NAN, f64::INFINITY] {
        expect(model(vec![effect(value)]).unwrap_err(), ErrorKind::InvalidParameter, &["dropout:age", "finite"]);
        expect(model(vec![effect(0.1).standardized(value, 1.0)]).unwrap_err(), ErrorKind::InvalidParameter, &["centre"]);
        expect(model(vec![effect(0.1).standardized(0.0, value)]).unwrap_err(), ErrorKind::InvalidParameter, &["scale"]);
    }
    expect(model(vec![effect(0.1).standardized(0.0, 0.0)]).unwrap_err(), ErrorKind::InvalidParameter, &["scale"]);
    let shape = CovariateEffect::new(CovariateProcess::A, "age", 0.1);
    expect(model(vec![shape]).unwrap_err(), ErrorKind::InvalidParameter, &["a:age", "no such process"]);
    for name in ["age", "price:age", ":age", "Purchase:age"] {
        expect(CovariateEffect::named(name, 0.5).unwrap_err(), ErrorKind::InvalidParameter, &[name, "purchase, dropout"]);
    }
    assert_eq!(CovariateEffect::named("a:age: years", 0.5).unwrap(), CovariateEffect::new(CovariateProcess::A, "age: years", 0.5));
    let wild = model(vec![effect(100.0)]).unwrap();
    expect(wild.probability_alive(&data).unwrap_err(), ErrorKind::InvalidParameter, &["`beta`", "out of range"]);
    let missing = Covariates::from_columns(&[("size", &[1.0])]).unwrap();
    expect(wild.customer_models(&missing).unwrap_err(), ErrorKind::MissingCovariates, &["`age`", "Pareto/NBD"]);
    expect(wild.probability_alive(&bare).unwrap_err(), ErrorKind::MissingCovariates, &["`age`"]);
}

#[cfg(feature = "serde")]
#[test]
fn the_stored_form_holds_no_customers_and_is_checked_on_reading() {
    let data = bg_customers(500, 11);
    let fitted = WithCovariates::<BgNbd>::fit(&data, &both().standardize(true)).unwrap();
    let text = serde_json::to_string(&fitted).unwrap();
    assert!(text.len() < 4_000, "{text}");
    assert_eq!(serde_json::from_str::<Fitted<WithCovariates<BgNbd>>>(&text).unwrap(), fitted);
    let model = serde_json::to_string(fitted.model()).unwrap();
    let refused = |text: &str, part: &str| {
        let error = serde_json::from_str::<WithCovariates<BgNbd>>(text).unwrap_err().to_string();
        assert!(error.contains(part), "`{error}` does not say `{part}`");
    };
    refused(&model.replace("BG/NBD with covariates", "Pareto/NBD with covariates"), "Pareto/NBD");
    refused(&model.replacen("\"version\":1", "\"version\":9", 1), "version 9");
    refused(&model.replacen("\"scale\":", "\"scale\":-", 1), "scale");
    let options = both().ridge(2.0);
    assert_eq!(serde_json::from_str::<CovariateOptions>(&serde_json::to_string(&options).unwrap()).unwrap(), options);
}
