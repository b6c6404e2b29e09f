//! Values that papers, spreadsheets and other packages print, each to half a unit of its last printed digit unless said otherwise.

use crm_value::{
    BgNbd, CustomerSummary, DiscountRate, DiscountedPurchases, GammaGamma, History, MbgNbd, Nbd, ParetoNbd, PurchaseModel, SpendModel,
    TimeUnit,
};

use crate::cdnow;
use crate::close::assert_near;

const WEEK: TimeUnit = TimeUnit::Week;

fn history(x: u32, t_x: f64, t_cal: f64) -> History {
    History::new(x, t_x, t_cal).unwrap()
}

/// Fader, Hardie & Lee (2005), rounded as printed.
fn paper_bg() -> BgNbd {
    BgNbd::new(0.243, 4.414, 0.793, 2.426, WEEK).unwrap()
}

/// The fits of the BTYD walkthrough.
fn walkthrough_bg() -> BgNbd {
    BgNbd::new(0.242_596_5, 4.413_685, 0.792_988_8, 2.426_166, WEEK).unwrap()
}

fn walkthrough_pareto() -> ParetoNbd {
    ParetoNbd::new(0.5534, 10.5802, 0.6061, 11.6562, WEEK).unwrap()
}

/// Parameters and log-likelihoods of the literature (CLVTools, lifetimes and pymc-marketing print these digits).
#[test]
fn the_cdnow_fits_of_every_model() {
    let customers = cdnow::split().calibration;
    let pareto = ParetoNbd::fit(&customers).unwrap();
    for (name, value, error) in
        [("r", 0.553, 0.047_626_4), ("alpha", 10.578, 0.842_722_2), ("s", 0.606, 0.187_259_4), ("beta", 11.669, 6.210_544_8)]
    {
        let estimate = pareto.report().estimate(name).unwrap();
        assert_near(estimate.value, value, 0.000_51);
        // Theirs come from a numerical Hessian at an optimum known to five digits.
        assert_near(estimate.standard_error.unwrap(), error, 2e-4 * error);
    }
    assert_near(pareto.report().log_likelihood, -9594.9762, 0.000_05);
    let mbg = MbgNbd::fit(&customers).unwrap();
    for (name, value) in [("r", 0.525), ("alpha", 6.183), ("a", 0.891), ("b", 1.614)] {
        assert_near(mbg.report().estimate(name).unwrap().value, value, 0.000_5);
    }
    assert_near(mbg.report().log_likelihood, -9582.1357, 0.000_05);
    assert_near(Nbd::fit(&customers).unwrap().report().log_likelihood, -9763.6576, 0.000_05);
    // lifetimes, Quickstart: standard errors of the fit to the summary file, which rounds the times to 0.01 week.
    let bg = BgNbd::fit(&customers).unwrap();
    for (name, error) in [("r", 0.012_557), ("alpha", 0.378_221), ("a", 0.185_719), ("b", 0.705_345)] {
        assert_near(bg.report().estimate(name).unwrap().standard_error.unwrap(), error, 2e-3 * error);
    }
}

/// Hardie's spreadsheet: the customer with x = 2, t_x = 30.43, T = 38.86, 39 weeks ahead.
#[test]
fn the_customer_of_the_spreadsheet() {
    let customer = history(2, 30.43, 38.86);
    assert_near(paper_bg().conditional_expectation(&customer, 39.0), 1.226, 0.000_5);
}

/// BTYD walkthrough, customer 1516: x = 26, t_x = 30.857, T = 31, 52 weeks ahead. Their inputs are known to four digits.
#[test]
fn customer_1516() {
    let customer = history(26, 30.857, 31.0);
    assert_near(walkthrough_pareto().conditional_expectation(&customer, 52.0), 25.456_47, 0.005);
    assert_near(walkthrough_pareto().p_alive(&customer), 0.997_874, 2e-5);
    assert_near(walkthrough_bg().conditional_expectation(&customer, 52.0), 25.756_59, 0.001);
    assert_near(walkthrough_bg().p_alive(&customer), 0.968_852_3, 5e-6);
}

/// The increasing-frequency paradox: t_x = 20, T = 39, 52 weeks ahead, x = 10, 15, 20, 25.
#[test]
fn the_increasing_frequency_paradox() {
    let published = [
        (10, 0.706_228_9, 0.347_460_6),
        (15, 0.144_239_6, 0.042_833_91),
        (20, 0.022_506_58, 0.004_158_973),
        (25, 0.003_092_67, 0.000_358_368_5),
    ];
    for (x, pareto, bg) in published {
        let customer = history(x, 20.0, 39.0);
        assert_near(walkthrough_pareto().conditional_expectation(&customer, 52.0), pareto, 5e-4 * pareto);
        assert_near(walkthrough_bg().conditional_expectation(&customer, 52.0), bg, 5e-4 * bg);
    }
}

/// E[X(t)] of Hardie's sheet, of the walkthrough, and of pymc-marketing's tests.
#[test]
fn unconditional_expectations() {
    for (t, expected) in [(0.1429, 0.0078), (1.0, 0.0532), (3.0, 0.1506), (31.8571, 1.0405), (32.0, 1.0437), (78.0, 1.8576)] {
        // The sheet holds unrounded parameters; the walkthrough's are the nearest known.
        assert_near(walkthrough_bg().expectation(t), expected, 0.000_4);
    }
    assert_near(walkthrough_bg().expectation(52.0), 1.444_004, 1e-5);
    assert_near(walkthrough_pareto().expectation(52.0), 1.473_434, 5e-4);
    for (t, bg, pareto, mbg) in [
        (1.0, 0.053_267_891_2, 0.051_004_534_0, 0.053_084_795_3),
        (3.0, 0.150_865_230_9, 0.146_124_272_2, 0.150_863_288_6),
        (6.0, 0.280_755_893_6, 0.275_050_637_4, 0.281_360_224_0),
    ] {
        assert_near(paper_bg().expectation(t), bg, 1e-10);
        assert_near(walkthrough_pareto().expectation(t), pareto, 1e-10);
        assert_near(MbgNbd::new(0.525, 6.183, 0.891, 1.614, WEEK).unwrap().expectation(t), mbg, 1e-10);
    }
}

/// BTYD manual and lifetimes' tests.
#[test]
fn probabilities_of_counts() {
    let model = paper_bg();
    assert_near(model.pmf(10, 2.0), 1.078_69e-7, 5e-13);
    assert_near(model.pmf(0, 39.0), 0.573_786_4, 5e-8);
    let published = [
        0.001_999_521_4,
        0.001_517_023_6,
        0.001_163_315_0,
        0.000_900_314_8,
        0.000_702_363_8,
        0.000_551_790_2,
        0.000_436_191_3,
        0.000_346_717_1,
        0.000_276_961_3,
        0.000_222_226_0,
    ];
    for (n, expected) in (11..=20).zip(published) {
        assert_near(model.pmf(n, 30.0), expected, 5.1e-11);
    }
}

/// Log-likelihoods per customer of Hardie's sheet, T = 38.86.
#[test]
fn likelihoods_of_single_customers() {
    let sheet = [
        (2, 30.43, -9.4596),
        (1, 1.71, -4.4711),
        (0, 0.0, -0.5538),
        (7, 29.43, -21.8644),
        (1, 5.0, -4.8651),
        (2, 35.71, -9.5367),
        (5, 24.43, -17.3593),
    ];
    for (x, t_x, expected) in sheet {
        // The listing rounds the times to 0.01 week, the sheet does not: 0.004 weeks move a log-likelihood by 0.001.
        assert_near(walkthrough_bg().ln_likelihood(&history(x, t_x, 38.86)), expected, 0.001);
    }
}

/// Fader & Hardie (2013), first ten customers, with the parameters 6.25, 3.74, 15.44; the sheet's carry more digits.
#[test]
fn expected_spend_of_the_first_ten_customers() {
    let model = GammaGamma::new(6.25, 3.74, 15.44).unwrap();
    let customers = cdnow::split().calibration;
    let spend = model.expected_spend(&customers).unwrap();
    let sheet = [24.65, 18.91, 35.17, 35.17, 35.17, 71.46, 18.91, 35.17, 27.28, 35.17];
    for (actual, expected) in spend.into_iter().zip(sheet) {
        assert_near(actual, expected, 0.06);
    }
    // lifetimes' documentation, fitted to the summary file with its rounded means; its optimiser stops at five digits.
    let customers = crate::maximum_likelihood::rounded_summary();
    let fitted = GammaGamma::fit(&customers).unwrap().expected_spend(&customers).unwrap();
    for (i, expected) in [(0, 24.658_619), (1, 18.911_489), (2, 35.170_981), (5, 71.462_843), (8, 27.282_408)] {
        assert_near(fitted[i], expected, 0.002);
    }
}

/// Fader, Hardie & Lee (2005): DERT at 15 % a year of Pareto/NBD fitted to 78 weeks, x = 7, t_x = 35, T = 77.86; and x = 1..10 at t_x = 30.
/// The numbers are evaluations of their formula by another program; the paper gives the call.
#[test]
fn discounted_residual_transactions() {
    let model = ParetoNbd::new(0.562_996_6, 12.559_037_0, 0.408_109_5, 10.514_804_8, WEEK).unwrap();
    let rate = DiscountRate::continuous(0.0027, WEEK).unwrap();
    let dert = |x: f64, t_x: f64| {
        let customer = CustomerSummary::from_columns(None, &[x], &[t_x], &[77.86], None, WEEK).unwrap();
        model.discounted_expected_residual_transactions(&customer, rate).unwrap()[0]
    };
    assert_near(dert(7.0, 35.0), 1.864_183, 5e-7);
    let published = [2.199_16, 2.843_53, 2.867_13, 2.445_41, 1.840_50, 1.262_42, 0.809_62, 0.494_80, 0.292_02, 0.167_93];
    for (x, expected) in (1..=10).zip(published) {
        assert_near(dert(f64::from(x), 30.0), expected, 5.1e-6);
    }
}

/// BTYD walkthrough, pages 11, 13, 14: holdout by calibration frequency, and weekly tracking of weeks 20 to 25.
#[test]
fn pareto_holdout_and_tracking() {
    let split = cdnow::split();
    let customers = &split.calibration;
    let expected = ParetoNbd::fit(customers).unwrap().expected_purchases(customers, split.holdout).unwrap();
    assert_near(expected.iter().sum(), 1665.5, 0.05);
    let published = [0.138, 0.600, 1.196, 1.714, 2.399, 2.907, 3.819, 6.403];
    for (class, mean) in published.into_iter().enumerate() {
        let members: Vec<usize> = (0..customers.len()).filter(|&i| customers.frequency()[i].min(7) as usize == class).collect();
        assert_near(members.iter().map(|&i| expected[i]).sum::<f64>() / members.len() as f64, mean, 0.001);
    }
    let mbg = MbgNbd::fit(customers).unwrap().expected_purchases(customers, split.holdout).unwrap();
    assert_near(mbg.iter().sum(), 1576.7, 0.05);

    // Expected repeat purchases of all customers by the end of a week: each has been a customer since their first day.
    let fitted = ParetoNbd::fit(customers).unwrap();
    let longest = 273.0 / 7.0;
    let cumulative = |week: f64| -> f64 {
        customers.age().iter().map(|age| longest - age).filter(|birth| week > *birth).map(|birth| fitted.expectation(week - birth)).sum()
    };
    for (week, published) in [(20, 1308.856), (21, 1385.275), (22, 1459.923), (23, 1532.906), (24, 1604.32), (25, 1674.253)] {
        // Their weeks of birth are whole weeks, hence the width.
        assert_near(cumulative(f64::from(week)), published, 0.02 * published);
    }
}

/// A user's report: P(alive) came out as NaN for four customers of a large shop (r .5143, alpha 2.8845, s .2856, beta 14.1087).
#[test]
fn frequent_customers_have_a_finite_probability() {
    let model = ParetoNbd::new(0.5143, 2.8845, 0.2856, 14.1087, WEEK).unwrap();
    // By mpmath, 40 digits, from the integral over the time of death.
    let expected = [0.999_605_371_502_799_5, 0.999_531_626_354_771, 0.748_144_783_761_892_8, 0.994_214_998_810_190_6];
    for ((x, t_x, t_cal), expected) in
        [(221, 103.43, 103.57), (254, 97.14, 97.29), (161, 94.71, 98.00), (204, 98.57, 99.43)].into_iter().zip(expected)
    {
        assert_near(model.p_alive(&history(x, t_x, t_cal)), expected, 1e-12);
    }
}
