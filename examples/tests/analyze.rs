//! The `analyze` example from arguments to printed report.

#![allow(clippy::float_cmp, reason = "numbers are compared as they are printed")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use crm_value_examples::{FAILURE, SUCCESS, USAGE, run};

/// Exit code, report, messages.
fn analyze(arguments: &[&str]) -> (u8, String, String) {
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let code = run([&["analyze"], arguments].concat(), &mut out, &mut err, false);
    (code, String::from_utf8_lossy(&out).into_owned(), String::from_utf8_lossy(&err).into_owned())
}

fn report(arguments: &[&str]) -> String {
    let (code, out, err) = analyze(arguments);
    assert_eq!((code, err.as_str()), (SUCCESS, ""), "{arguments:?}");
    out
}

fn refusal(arguments: &[&str], expected: u8) -> String {
    let (code, out, err) = analyze(arguments);
    assert_eq!((code, out.as_str()), (expected, ""), "{arguments:?}: {err}");
    err
}

/// A file that is gone when the test ends.
struct Csv(PathBuf);

impl Csv {
    fn new(name: &str, content: impl AsRef<[u8]>) -> std::io::Result<Self> {
        let path = std::env::temp_dir().join(format!("crm_value-analyze-{}-{name}.csv", std::process::id()));
        std::fs::write(&path, content)?;
        Ok(Csv(path))
    }

    fn path(&self) -> &str {
        self.0.to_str().unwrap_or_default()
    }
}

impl Drop for Csv {
    fn drop(&mut self) {
        // A file left behind in the temporary directory does no harm.
        let _ = std::fs::remove_file(&self.0);
    }
}

/// The lines of a section without its heading and empty lines.
fn section<'r>(report: &'r str, title: &str) -> Vec<&'r str> {
    let lines = report.lines().skip_while(|line| !line.starts_with(title)).skip(1).take_while(|line| !line.contains("──"));
    let lines: Vec<&str> = lines.filter(|line| !line.is_empty()).collect();
    assert!(!lines.is_empty(), "no section {title} in\n{report}");
    lines
}

/// The numbers in the line that starts with `label`.
fn numbers(lines: &[&str], label: &str) -> Vec<f64> {
    let line = lines.iter().find_map(|line| line.trim_start().strip_prefix(label));
    let Some(line) = line else { panic!("no line `{label}` in {lines:#?}") };
    line.split_whitespace().filter_map(|word| word.replace(',', "").parse().ok()).collect()
}

/// The words of a section.
fn words(lines: &[&str]) -> String {
    lines.iter().flat_map(|line| line.split_whitespace()).collect::<Vec<_>>().join(" ")
}

fn assert_near(actual: f64, expected: f64, tolerance: f64) {
    assert!((actual - expected).abs() <= tolerance, "{actual} is not {expected}");
}

/// The bundled log, read here without the library: customer, day, amount.
fn cdnow() -> Vec<(u32, String, f64)> {
    let row = |line: &str| {
        let fields: Vec<&str> = line.split(',').collect();
        Some((fields[0].parse().ok()?, fields[1].to_owned(), fields[3].parse().ok()?))
    };
    include_str!("../data/cdnow.csv").lines().skip(1).filter_map(row).collect()
}

#[test]
fn bundled_log_reconciles_with_the_rows() {
    let rows = cdnow();
    let total: f64 = rows.iter().map(|row| row.2).sum();
    let days: BTreeSet<(u32, &str)> = rows.iter().map(|(customer, day, _)| (*customer, day.as_str())).collect();
    let mut before: BTreeMap<u32, usize> = BTreeMap::new();
    let mut after = 0;
    for (customer, day) in &days {
        if *day <= "1997-09-30" {
            *before.entry(*customer).or_default() += 1;
        } else {
            after += 1;
        }
    }
    let repeat = before.values().map(|days| days - 1).sum::<usize>() as f64;
    assert_eq!((rows.len(), before.len(), repeat, after), (6919, 2357, 2457.0, 1882));

    let report = report(&[]);
    let quality = section(&report, "DATA QUALITY");
    assert_eq!(numbers(&quality, "rows read"), [6919.0]);
    assert_eq!(numbers(&quality, "purchase occasions"), [days.len() as f64]);
    assert_near(numbers(&quality, "amount used")[0], total, 0.005);

    let base = section(&report, "CUSTOMER BASE");
    assert_eq!(numbers(&base, "customers who bought again")[0], 946.0);
    assert_eq!(numbers(&base, "repeat purchases (sum of x)"), [repeat, (days.len() - 2357) as f64]);
    assert_eq!(numbers(&base, "longest T, weeks")[0], 38.857);

    let forecast = section(&report, "FORECAST");
    assert_eq!(numbers(&forecast, "total purchases")[0], after as f64);
    let classes: Vec<Vec<f64>> = (0..7).map(|x| numbers(&forecast, &format!("{x} "))).chain([numbers(&forecast, "7 and more")]).collect();
    assert_eq!(classes.iter().map(|class| class[0]).sum::<f64>(), 2357.0);
    assert_near(classes.iter().map(|class| class[0] * class[1]).sum(), after as f64, 2.0);

    let best = section(&report, "MOST VALUABLE");
    assert_near(numbers(&best, "all 2,357")[1], total, 0.005);
    let segments = section(&report, "RFM SEGMENTS");
    let names = ["hibernating", "at risk", "can't lose", "about to sleep", "need attention", "loyal", "potential loyalist", "champion"];
    let rows: Vec<Vec<f64>> = names.iter().map(|name| numbers(&segments, name)).collect();
    assert_eq!(rows.iter().map(|row| row[0]).sum::<f64>(), 2357.0);
    assert_near(rows.iter().map(|row| row[5]).sum(), total, 0.05);
    let tiers = section(&report, "TIERS");
    let rows: Vec<Vec<f64>> = ["best 10 %", "next 20 %", "other 70 %"].iter().map(|name| numbers(&tiers, name)).collect();
    assert_eq!(rows.iter().map(|row| row[0]).sum::<f64>(), 2357.0);
    assert_near(rows.iter().map(|row| row[2]).sum(), total, 0.05);
    let clv = numbers(&best, "all 2,357").last().copied().unwrap_or(0.0);
    assert_near(rows.iter().map(|row| row[6]).sum(), clv, 0.05);
}

/// Fader, Hardie & Lee (2005), the Gamma-Gamma note, and the holdout figures in BTYD's walkthrough.
#[test]
fn bundled_log_gives_the_published_numbers() {
    let report = report(&[]);
    let models = section(&report, "MODELS");
    assert_eq!(numbers(&models, "BG/NBD         r")[..2], [0.2426, 0.0126]);
    assert_eq!(numbers(&models, "alpha, weeks")[..2], [4.4136, 0.3782]);
    assert_eq!(numbers(&models, "a  ")[..2], [0.7929, 0.1857]);
    assert_eq!(numbers(&models, "b  ")[..2], [2.4259, 0.7054]);
    assert_eq!(numbers(&models, "log-likelihood")[0], -9582.4292);
    let spend: Vec<f64> = ["Gamma-Gamma    p", "q  ", "v, money"].iter().map(|label| numbers(&models, label)[0]).collect();
    assert_eq!(spend, [6.2496, 3.7442, 15.4435]);
    assert!(report.contains("-4,055.9177"));

    let forecast = section(&report, "FORECAST");
    assert_eq!(numbers(&forecast, "total purchases")[..2], [1882.0, 1653.4]);
    let actual = [0.237, 0.697, 1.393, 1.560, 2.532, 2.947, 3.862, 6.359];
    let bg_nbd = [0.2251, 0.5231, 1.0441, 1.5203, 2.1638, 2.6538, 3.5040, 6.1570];
    for (x, (actual, expected)) in actual.into_iter().zip(bg_nbd).enumerate() {
        let row = numbers(&forecast, &if x == 7 { "7 and more".to_owned() } else { format!("{x} ") });
        assert_eq!(row[1], actual);
        assert_near(row[2], expected, 0.0006);
    }
}

#[test]
fn lines_fit_the_terminal() {
    for arguments in [&[][..], &["--no-holdout"], &["--unit", "month", "--top", "3", "--horizon-years", "0.5"], &["--help"]] {
        let report = report(arguments);
        for line in report.lines() {
            assert!(line.chars().count() <= 100, "{} characters: {line}", line.chars().count());
        }
    }
}

#[test]
fn units_agree_on_what_is_not_fitted() {
    let (weeks, days) = (report(&["--unit", "week"]), report(&["--unit", "days"]));
    for title in ["DATA QUALITY", "CONCENTRATION"] {
        assert_eq!(section(&weeks, title), section(&days, title));
    }
    let (weeks, days) = (section(&weeks, "MODELS"), section(&days, "MODELS"));
    assert_near(numbers(&days, "alpha, days")[0], 7.0 * numbers(&weeks, "alpha, weeks")[0], 1e-3);
    assert_eq!(numbers(&days, "a  ")[0], numbers(&weeks, "a  ")[0]);
}

#[test]
fn other_columns_delimiters_and_numbers() -> std::io::Result<()> {
    let rows =
        "Kunde;Tag;Umsatz;Kosten\nÄrzte AG;2025-01-01;12,50;10\n007;20250301;20;5\n7;2025-04-01T10:30:00;1,5;1\n007;2025-06-01;30;7,25\n";
    let csv = Csv::new("columns", rows)?;
    let columns = ["--customer-id", "Kunde", "--date", "Tag", "--amount", "Umsatz", "--cost", "Kosten", "--decimal-comma"];
    let report = report(&[&[csv.path()], &columns[..]].concat());
    let best = section(&report, "MOST VALUABLE");
    // Margins: 20 - 5 + 30 - 7.25, 12.5 - 10, 1.5 - 1. Ids stay as they are written.
    assert_near(numbers(&best, "007")[1], 37.75, 0.0);
    assert_near(numbers(&best, "Ärzte AG")[1], 2.5, 0.0);
    assert_near(numbers(&best, "all 3").iter().find(|&&sum| sum > 10.0).copied().unwrap_or(0.0), 40.75, 0.0);
    Ok(())
}

#[test]
fn one_time_buyers_get_everything_but_a_model() -> std::io::Result<()> {
    let csv = Csv::new("one-time", "customer_id,date,amount\nanna,2025-01-01,10\nben,2025-01-02,20\ncleo,2025-03-01,70\n")?;
    let report = report(&[csv.path()]);
    let models = section(&report, "MODELS").join(" ");
    assert!(models.contains("no customer bought again (3 observed)"), "{models}");
    assert_eq!(models.matches("whole log").count(), 1);
    let best = section(&report, "MOST VALUABLE");
    let ranks: Vec<usize> = ["cleo", "ben", "anna"].iter().filter_map(|id| best.iter().position(|line| line.contains(id))).collect();
    assert!(ranks.len() == 3 && ranks.is_sorted(), "{best:#?}");
    assert_near(numbers(&section(&report, "CONCENTRATION"), "sum")[0], 100.0, 0.0);
    assert_eq!(section(&report, "TIERS").len(), 7);
    Ok(())
}

#[test]
fn costs_make_customers_unprofitable() -> std::io::Result<()> {
    let rows = "customer_id,date,amount\na,2025-01-01,60\na,2025-02-01,40\nb,2025-01-01,5\nb,2025-01-02,5\nb,2025-01-03,5\n\
        b,2025-01-04,5\nc,2025-01-05,3\n";
    let csv = Csv::new("costs", rows)?;
    let report = report(&[csv.path(), "--margin-rate", "0.5", "--order-cost", "5", "--customer-cost", "1"]);
    let whale = section(&report, "WHALE CURVE");
    // 50 - 2 x 5 - 1, 1.5 - 5 - 1 and 10 - 4 x 5 - 1.
    assert_eq!(numbers(&whale, "33.3 %"), [1.0, 39.0, 166.0]);
    assert_eq!(numbers(&whale, "100.0 %")[..2], [3.0, 23.5]);
    let text = words(&whale);
    assert!(text.contains("The 1 best customers are above 0 and earn 39.00; 2 are below 0 and take 15.50"), "{text}");
    Ok(())
}

/// The bundled log counted here: customers with their first months, and days with a purchase.
fn histories() -> BTreeMap<u32, BTreeMap<String, f64>> {
    let mut histories: BTreeMap<u32, BTreeMap<String, f64>> = BTreeMap::new();
    for (customer, day, amount) in cdnow() {
        *histories.entry(customer).or_default().entry(day).or_default() += amount;
    }
    histories
}

#[test]
fn cohorts_reconcile_with_the_rows() {
    let histories = histories();
    let report = report(&[]);
    let cohorts = section(&report, "COHORTS");
    let label = |first: &str| first[..7].to_owned();
    for (month, next) in [("1997-01", "1997-02"), ("1997-02", "1997-03"), ("1997-03", "1997-04")] {
        let members: Vec<_> = histories.values().filter(|days| days.keys().next().is_some_and(|first| label(first) == month)).collect();
        let again = members.iter().filter(|days| days.keys().any(|day| label(day) == next)).count();
        let spent =
            |until: &str| -> f64 { members.iter().flat_map(|days| days.range(..=until.to_owned())).map(|(_, amount)| amount).sum() };
        let lines: Vec<Vec<f64>> =
            cohorts.iter().filter(|line| line.trim_start().starts_with(month)).map(|line| numbers(&[line], month)).collect();
        let (size, active) = (members.len() as f64, 100.0 * again as f64 / members.len() as f64);
        assert_eq!((lines[0][0], lines[0][1], lines[1][0]), (size, 100.0, size));
        assert_near(lines[0][2], active, 0.05);
        assert_near(lines[1][1], spent(&format!("{month}-31")) / size, 0.005);
        assert_near(lines[1][2], spent(&format!("{next}-31")) / size, 0.005);
    }
    let total: f64 = cdnow().iter().map(|row| row.2).sum();
    let text = words(&cohorts);
    assert!(text.contains(&format!("all cells adds up to {}.", with_commas(total))), "{text}");
}

fn with_commas(value: f64) -> String {
    let text = format!("{value:.2}");
    let point = text.len() - 3;
    format!("{},{}", &text[..point - 3], &text[point - 3..])
}

/// Every table of the bundled log against its rows.
#[test]
fn base_reconciles_with_the_rows() {
    let rows = cdnow();
    let total: f64 = rows.iter().map(|row| row.2).sum();
    let orders = histories().values().map(BTreeMap::len).sum::<usize>() as f64;
    let spend = |from: &str, to: &str| -> f64 { rows.iter().filter(|row| (from..=to).contains(&row.1.as_str())).map(|row| row.2).sum() };
    let report = report(&[]);
    let whale = section(&report, "WHALE CURVE");
    let profit = numbers(&whale, "100.0 %");
    assert_eq!(profit[0], 2357.0);
    assert_near(profit[1], 0.3 * total - 2.0 * orders - 3.0 * 2357.0, 0.005);
    let text = words(&whale);
    let figure = |before: &str| -> f64 {
        let after = text.split_once(before).map_or("", |(_, after)| after);
        after.split(' ').next().and_then(|word| word.trim_end_matches(';').replace(',', "").parse().ok()).unwrap_or(f64::NAN)
    };
    assert_near(figure("and earn ") - figure("and take "), profit[1], 0.011);

    let stages = section(&report, "VALUE BY STAGE");
    let all = numbers(&stages, "all");
    assert_eq!(all[0], 2357.0);
    assert_near(all[1], total, 0.005);
    let cells = ["active", "at risk", "lapsed", "lost", "won back"].map(|stage| {
        let lines = stages.iter().filter(|line| line.trim_start().starts_with(stage));
        lines.fold([0.0; 3], |sum, line| {
            let cell = numbers(&[line], stage);
            [sum[0] + cell[0], sum[1] + cell[1], sum[2] + cell[4]]
        })
    });
    for (column, tolerance) in [(0, 0.0), (1, 0.08), (2, 0.08)] {
        let expected = [all[0], all[1], all[4]][column];
        assert_near(cells.iter().map(|cell| cell[column]).sum(), expected, tolerance);
    }

    let review: Vec<&str> = section(&report, "HALF-YEAR REVIEW").into_iter().filter(|line| !line.ends_with("customers")).collect();
    let line = |label: &str| numbers(&review, label);
    let (then, now) = (line("1997-07-01 to 1997-12-31"), line("1998-01-01 to 1998-06-30"));
    assert_near(then[1], spend("1997-07-01", "1997-12-31"), 0.005);
    assert_near(now[1], spend("1998-01-01", "1998-06-30"), 0.005);
    let last = |label: &str| line(label).last().copied().unwrap_or(f64::NAN);
    let change = last("+ new") + last("+ returned") + last("+ more") - last("- less") - last("- lost");
    assert_near(then[1] + change, now[1], 0.03);
    assert_eq!(then[0] + line("+ new")[0] + line("+ returned")[0] - line("- lost")[0], now[0]);
    // Who moved between the tiers: everybody of then in the rows of the tiers, everybody of now in the columns of the tiers.
    let tiers: Vec<Vec<f64>> = ["best 10 %", "next 20 %", "other 70 %"].map(line).to_vec();
    assert_eq!(tiers.iter().map(|row| row[4]).sum::<f64>(), then[0]);
    let arrived = [line("new"), line("returned")];
    assert_eq!(tiers.iter().chain(&arrived).map(|row| row[0] + row[1] + row[2]).sum::<f64>(), now[0]);
    assert_eq!(tiers.iter().map(|row| row[3]).sum::<f64>(), line("- lost")[0]);
}

#[test]
fn refunds_and_dropped_rows_are_accounted_for() -> std::io::Result<()> {
    let rows = "customer_id,date,amount\n\
        1,2025-01-01,10\n1,2025-02-01,20\n1,2025-02-03,-5\n2,2025-01-05,7\n2,2025-01-05,7\n3,2025-01-06,-4\n\
        4,,9\n,2025-01-07,9\n5,2025-01-08,many\n6,soon,9\n7,2025-01-09,NaN\n8,2025-01-10,0\n9,2025-01-11\n";
    let csv = Csv::new("accounts", rows)?;
    let report = report(&[csv.path(), "--invalid-rows", "drop", "--duplicates", "drop", "--zeros", "drop"]);
    let quality = section(&report, "DATA QUALITY");
    for (label, expected) in [
        ("rows read", 13.0),
        ("rows used", 5.0),
        ("rows dropped: missing value", 2.0),
        ("rows dropped: invalid value", 4.0),
        ("rows dropped: zero amount", 1.0),
        ("rows dropped: duplicate", 1.0),
        ("refund rows", 2.0),
        ("refund amount", -9.0),
        ("customers without a purchase", 1.0),
        ("amount used", 28.0),
        ("amount of customers without a purchase", -4.0),
    ] {
        assert_eq!(numbers(&quality, label)[0], expected, "{label}");
    }
    assert_near(numbers(&section(&report, "CUSTOMER BASE"), "net spend to date").last().copied().unwrap_or(0.0), 32.0, 0.0);
    Ok(())
}

#[test]
fn data_errors_name_the_place() -> std::io::Result<()> {
    let cases = [
        ("1,2025-01-01,10\n\n2,2025-13-01,5\n", vec![], "line 4: column `date`, row 1: cannot read `2025-13-01`"),
        ("1,2025-01-01,10\n2,2025-01-02,ten\n", vec![], "line 3: column `amount`, row 1: cannot read `ten`"),
        ("1,2025-01-01,1e999\n", vec![], "line 2: column `amount`, row 0: inf is not a finite number"),
        ("1,2025-01-01,10\r\n,2025-01-02,5\r\n", vec![], "line 3: column `customer_id`, row 1: the value is missing"),
        ("\"a\nb\",2025-01-01,10\n2,2025-01-02,-5\n", vec!["--refunds", "reject"], "line 4: column `amount`, row 1: -5 is a refund"),
        ("1,2025-01-01,0\n", vec!["--zeros", "reject"], "line 2: column `amount`, row 0: the amount is 0"),
        ("1,2025-01-01,5\n1,2025-01-01,5\n", vec!["--duplicates", "reject"], "customer 1 has 2 identical rows on 2025-01-01"),
        ("1,2025-01-01,5\n1,2025-01-01\n", vec![], "line 3: 2 fields, but the header has 3"),
        ("1,2025-01-01,-5\n", vec![], "no purchase is left among 1 rows"),
        ("", vec![], "transaction log has no rows"),
        ("1,2025-01-01,5\n", vec!["--cost", "kosten"], "no column `kosten`; the table has `customer_id`, `date`, `amount`"),
        ("1,2025-01-01,5\n", vec!["--observed-until", "2024-12-31"], "ends on 2024-12-31, before the first purchase on 2025-01-01"),
        ("1,2025-01-01,5\n", vec!["--calibration-end", "2025-02-01"], "the holdout must end later"),
    ];
    for (i, (rows, options, expected)) in cases.into_iter().enumerate() {
        let csv = Csv::new(&format!("error-{i}"), format!("customer_id,date,amount\n{rows}"))?;
        let message = refusal(&[&[csv.path()], &options[..]].concat(), FAILURE);
        assert!(message.starts_with("error: ") && message.contains(expected), "{message} lacks {expected}");
    }
    let empty = Csv::new("empty", "")?;
    assert!(refusal(&[empty.path()], FAILURE).contains("the file is empty"));
    assert!(refusal(&["no/such/file.csv"], FAILURE).contains("cannot open no/such/file.csv"));
    Ok(())
}

#[test]
fn usage_errors_name_the_option() {
    for (arguments, expected) in [
        (vec!["--unit", "fortnight"], "use day, week, month, quarter or year"),
        (vec!["--horizon-years", "0"], "it must be above 0"),
        (vec!["--annual-discount", "-1"], "above -1"),
        (vec!["--calibration-end", "30.06.2025"], "write dates as YYYY-MM-DD"),
        (vec!["--refunds", "keep"], "possible values: net, reject, drop"),
        (vec!["--delimiter", "::"], "one character"),
        (vec!["--order-cost=-1"], "it must be 0 or more"),
        (vec!["--margin", "a", "--cost", "b"], "cannot be used with"),
        (vec!["--no-holdout", "--calibration-end", "2025-01-01"], "cannot be used with"),
        (vec!["--tops", "3"], "--top"),
    ] {
        let message = refusal(&arguments, USAGE);
        assert!(message.contains(expected), "{message} lacks {expected}");
    }
}
