//! CRM matrices: stages, cells and totals by hand, CDNOW, and small cells that stay hidden.

use crm_value::{
    Action, ActionTable, BgNbd, CrmMatrix, CutPoints, Date, Direction, Error, ErrorKind, MatrixAxis, MatrixCell, PurchaseModel,
    Relationship, Rfm, Stage, StageBasis, StageRules, TransactionLog,
};

use crate::cdnow;
use crate::close::{assert_close, assert_near};

fn kind<T: std::fmt::Debug>(result: Result<T, Error>) -> ErrorKind {
    result.unwrap_err().kind()
}

/// Customer 1 buys every 10 days, is away for 70 days and comes back on day 100; customer 2 bought twice, customer 3 three times; 4 is new;
/// 5 bought once long ago. End on day 120.
fn log() -> TransactionLog {
    let ids = [1u64, 1, 1, 1, 1, 2, 2, 3, 3, 3, 4, 5];
    let days = [0, 10, 20, 30, 100, 0, 60, 0, 20, 40, 31, 5];
    TransactionLog::from_columns(&ids, &days, &[1.0; 12]).unwrap()
}

#[test]
fn stages_by_rhythm() {
    let (log, rules) = (log(), StageRules::default());
    let end = |days| Some(Date::from_days(days).unwrap());
    let base = Relationship::of(&log, &rules, end(120)).unwrap();
    assert_eq!(base.purchases(), [5, 2, 3, 1, 1]);
    assert_eq!(base.since_first(), [120.0, 120.0, 120.0, 89.0, 115.0]);
    assert_eq!(base.since_last(), [20.0, 60.0, 80.0, 89.0, 115.0]);
    assert_eq!((0..5).map(|i| base.own_gap(i)).collect::<Vec<_>>(), [Some(25.0), None, Some(20.0), None, None]);
    // The gap of 70 is more than three times the 10 days known before; customer 2's of 60 is not above 3 times 22.5.
    assert_eq!(base.since_return(), [Some(20.0), None, None, None, None]);
    assert_eq!(base.usual_gap(), Some(22.5));
    // 60 / 22.5 = 2.67; 80 / 20 = 4; new; 115 / 22.5 = 5.1.
    let stages = rules.assign(&base, StageBasis::Rhythm).unwrap();
    assert_eq!(stages, [Stage::WonBack, Stage::AtRisk, Stage::Lapsed, Stage::New, Stage::Lapsed]);
    // Two weeks later customer 3 is at 94 / 20 = 4.7, customer 2 at 74 / 22.5 = 3.3, customer 5 at 129 / 22.5 = 5.7, and 4 no longer new.
    let base = Relationship::of(&log, &rules, end(134)).unwrap();
    let stages = rules.assign(&base, StageBasis::Rhythm).unwrap();
    assert_eq!(stages, [Stage::WonBack, Stage::Lapsed, Stage::Lapsed, Stage::Lapsed, Stage::Lapsed]);
    // 190 days after the return customer 1 is no longer won back: 190 / 25 = 7.6.
    let base = Relationship::of(&log, &rules, end(290)).unwrap();
    assert_eq!(rules.assign(&base, StageBasis::Rhythm).unwrap()[0], Stage::Lost);
    // Until day 99 nobody has come back; customers 1 (mean gap 10) and 3 (20) give 15 days.
    let base = Relationship::of(&log, &rules, end(99)).unwrap();
    assert_eq!((base.since_return()[0], base.usual_gap()), (None, Some(15.0)));
    assert_eq!(kind(Relationship::of(&log, &rules, end(-1))), ErrorKind::EndBeforeFirstPurchase);
}

/// Limits belong to the better stage.
#[test]
fn limits_of_the_stages() {
    let since_last = [20.0, 20.1, 30.0, 30.1, 60.0, 60.1, 90.0, 90.1];
    let n = since_last.len();
    let base = |purchases: f64, first: &[f64], gap: Option<f64>, back: Option<f64>| {
        Relationship::from_columns(&vec![purchases; n], first, &since_last, &vec![gap; n], &vec![back; n]).unwrap()
    };
    let rules = StageRules::default();
    let of = |base: &Relationship, basis| rules.assign(base, basis).unwrap();
    use Stage::{Active, AtRisk, Lapsed, Lost, New, Prospect, WonBack};
    let regular = base(9.0, &[400.0; 8], Some(10.0), None);
    assert_eq!(of(&regular, StageBasis::Rhythm), [Active, AtRisk, AtRisk, Lapsed, Lapsed, Lost, Lost, Lost]);
    let p = [1.0, 0.8, 0.79, 0.5, 0.49, 0.2, 0.19, 0.0];
    assert_eq!(of(&regular, StageBasis::PAlive(&p)), [Active, Active, AtRisk, AtRisk, Lapsed, Lapsed, Lost, Lost]);
    let back = |days| of(&base(9.0, &[400.0; 8], Some(10.0), Some(days)), StageBasis::Rhythm)[7];
    assert_eq!((back(90.0), back(90.1)), (WonBack, Lost));
    let once = base(1.0, &since_last, None, None);
    let new = StageRules { usual_gap: Some(10.0), ..rules }.assign(&once, StageBasis::Rhythm).unwrap();
    assert_eq!((new[6], new[7]), (New, Lost));
    assert_eq!(of(&base(0.0, &[f64::NAN; 8], None, None), StageBasis::Rhythm), [Prospect; 8]);
    // A rhythm is asked for only if somebody needs one.
    assert_eq!(kind(rules.assign(&once, StageBasis::Rhythm)), ErrorKind::InvalidOption);
    let new = Relationship::from_columns(&[1.0], &[3.0], &[3.0], &[None], &[None]).unwrap();
    assert_eq!(of(&new, StageBasis::Rhythm), [New]);
}

#[test]
fn wrong_rules_and_columns() {
    let base = Relationship::from_columns(&[2.0], &[9.0], &[3.0], &[Some(6.0)], &[None]).unwrap();
    let assign = |rules: StageRules| rules.assign(&base, StageBasis::Rhythm);
    let rules = StageRules::default();
    for wrong in [
        StageRules { new_within: -1.0, ..rules },
        StageRules { won_back_within: f64::NAN, ..rules },
        StageRules { rhythm: [2.0, 2.0, 6.0], ..rules },
        StageRules { rhythm: [f64::NAN, 3.0, 6.0], ..rules },
        StageRules { p_alive: [0.5, 0.8, 0.2], ..rules },
        StageRules { p_alive: [1.5, 0.8, 0.2], ..rules },
        StageRules { usual_gap: Some(0.0), ..rules },
    ] {
        assert_eq!(kind(assign(wrong)), ErrorKind::InvalidOption, "{wrong:?}");
    }
    let p_alive = |p: &[f64]| rules.assign(&base, StageBasis::PAlive(p));
    assert_eq!(kind(p_alive(&[])), ErrorKind::LengthMismatch);
    assert_eq!(kind(p_alive(&[f64::NAN])), ErrorKind::NonFinite);
    assert_eq!(kind(p_alive(&[-0.1])), ErrorKind::Negative);
    assert_eq!(kind(p_alive(&[1.1])), ErrorKind::Share);
    let columns = |first, last, gap| Relationship::from_columns(&[2.0], &[first], &[last], &[Some(gap)], &[None]);
    assert_eq!(kind(columns(3.0, 9.0, 6.0)), ErrorKind::RecencyExceedsAge);
    assert_eq!(kind(columns(9.0, f64::NAN, 6.0)), ErrorKind::NonFinite);
    assert_eq!(kind(columns(9.0, -3.0, 6.0)), ErrorKind::Negative);
    assert_eq!(kind(columns(9.0, 3.0, 0.0)), ErrorKind::NotPositive);
    assert_eq!(kind(Relationship::from_columns(&[1.5], &[9.0], &[3.0], &[None], &[None])), ErrorKind::NotACount);
    assert_eq!(kind(Relationship::from_columns(&[], &[], &[], &[], &[])), ErrorKind::Empty);
    assert_eq!(kind(Relationship::from_columns(&[1.0], &[], &[3.0], &[None], &[None])), ErrorKind::LengthMismatch);
}

#[test]
fn cells_by_hand() {
    let rows = MatrixAxis::labels("region", &["south", "north", "south", "south", "north"]).unwrap();
    let nps = CutPoints::fixed(&[7.0, 9.0], Direction::HigherIsBetter).unwrap();
    let columns = MatrixAxis::binned("NPS", &[10.0, 6.0, 9.0, 2.0, 0.0], &nps).unwrap();
    let columns = columns.with_levels(&["detractor", "passive", "promoter"]).unwrap();
    let matrix = CrmMatrix::of(rows, columns, &[100.0, 40.0, 50.0, -20.0, 30.0], Some(&[0.9, 0.5, 0.8, 0.25, 0.0])).unwrap();
    assert_eq!((matrix.rows().levels(), matrix.columns().name()), (&["north".to_owned(), "south".to_owned()][..], "NPS"));
    let show = |cell: MatrixCell| (cell.customers, cell.value, cell.value_share, cell.mean_value);
    assert_eq!(show(matrix.cell(0, 0).unwrap()), (2, 70.0, Some(0.35), Some(35.0)));
    assert_eq!(show(matrix.cell(1, 2).unwrap()), (2, 150.0, Some(0.75), Some(75.0)));
    assert_eq!(show(matrix.cell(1, 0).unwrap()), (1, -20.0, Some(-0.1), Some(-20.0)));
    // An empty cell: no means, nothing at risk.
    let empty = matrix.cell(1, 1).unwrap();
    assert_eq!((show(empty), empty.mean_p_alive, empty.value_at_risk), ((0, 0.0, Some(0.0), None), None, Some(0.0)));
    assert_near(matrix.cell(0, 0).unwrap().mean_p_alive.unwrap(), 0.25, 0.0);
    assert_near(matrix.cell(0, 0).unwrap().value_at_risk.unwrap(), 50.0, 0.0);
    assert_near(matrix.cell(1, 2).unwrap().value_at_risk.unwrap(), 10.0 + 10.0, 1e-14);
    assert_near(matrix.cell(1, 0).unwrap().value_at_risk.unwrap(), -15.0, 0.0);
    assert_eq!(show(matrix.row_totals()[1]), (3, 130.0, Some(0.65), Some(130.0 / 3.0)));
    assert_eq!(show(matrix.column_totals()[1]), (0, 0.0, Some(0.0), None));
    assert_eq!(show(matrix.total()), (5, 200.0, Some(1.0), Some(40.0)));
    assert_near(matrix.total().value_at_risk.unwrap(), 55.0, 1e-13);
    assert!(matrix.cell(2, 0).is_none() && matrix.cell(0, 3).is_none() && matrix.action(0, 0).is_none());
    let actions = ActionTable::new(vec![Action::new("call").row("south").column("detractor"), Action::new("thank").column("promoter")]);
    let matrix = matrix.with_actions(actions).unwrap();
    assert_eq!((matrix.action(1, 0), matrix.action(0, 2), matrix.action(0, 0)), (Some("call"), Some("thank"), None));
}

/// One customer; a total that is 0 or negative; all values equal.
#[test]
fn degenerate_matrices() {
    let one = CrmMatrix::value_by_stage(&[5.0], &[Stage::Lost], None).unwrap();
    assert_eq!((one.total().customers, one.total().mean_p_alive, one.total().value_at_risk), (1, None, None));
    for total in [[0.0, 0.0], [4.0, -9.0]] {
        let matrix = CrmMatrix::loyalty(&[1.0, 2.0], &[3.0, 4.0], &total, None).unwrap();
        assert_eq!(matrix.total().value_share, None);
        assert!((0..3).all(|row| (0..3).all(|column| matrix.cell(row, column).unwrap().value_share.is_none())));
    }
    // Equal customers share a level: the lowest.
    let equal = CrmMatrix::churn(&[7.0; 4], &[0.1, 0.2, 0.5, 0.8]).unwrap();
    assert_eq!((0..4).map(|column| equal.cell(0, column).unwrap().customers).collect::<Vec<_>>(), [1, 1, 1, 1]);
    assert_eq!(equal.row_totals().iter().map(|row| row.customers).collect::<Vec<_>>(), [4, 0, 0]);
    assert_eq!(
        (equal.columns().name(), equal.action(2, 0), equal.action(0, 3)),
        ("churn risk", Some("win back personally"), Some("serve at low cost"))
    );
}

/// The default table has an action for every cell.
#[test]
fn default_actions_are_complete() {
    let matrix = CrmMatrix::value_by_stage(&[1.0, 2.0, 3.0], &[Stage::New; 3], None).unwrap();
    for row in 0..3 {
        for column in 0..7 {
            assert!(matrix.action(row, column).is_some(), "{row} {column}");
        }
    }
    let matrix = CrmMatrix::churn(&[1.0, 2.0, 3.0], &[0.5; 3]).unwrap();
    assert!((0..3).all(|row| (0..4).all(|column| matrix.action(row, column).is_some())));
}

#[test]
fn wrong_axes_values_and_actions() {
    let axis = || MatrixAxis::labels("x", &["a", "b"]).unwrap();
    assert_eq!(kind(MatrixAxis::labels::<&str>("x", &[])), ErrorKind::Empty);
    let many: Vec<String> = (0..101).map(|i| i.to_string()).collect();
    assert_eq!(kind(MatrixAxis::labels("x", &many)), ErrorKind::InvalidOption);
    assert_eq!(kind(MatrixAxis::positions("x", &many, &[0])), ErrorKind::InvalidOption);
    assert_eq!(kind(MatrixAxis::positions("x", &["a", "b"], &[2])), ErrorKind::InvalidOption);
    assert_eq!(kind(MatrixAxis::positions("x", &["a", "a"], &[0])), ErrorKind::InvalidOption);
    assert_eq!(MatrixAxis::positions("x", &["b", "a"], &[1, 0]).unwrap().level_of(), [1, 0]);
    assert_eq!(kind(MatrixAxis::scores("x", &[0], 5)), ErrorKind::InvalidOption);
    assert_eq!(kind(MatrixAxis::scores("x", &[6], 5)), ErrorKind::InvalidOption);
    assert_eq!(kind(MatrixAxis::scores("x", &[1], 101)), ErrorKind::Bins);
    assert_eq!(kind(MatrixAxis::quantiles("x", &[1.0, f64::NAN], 3, Direction::HigherIsBetter)), ErrorKind::NonFinite);
    assert_eq!(kind(axis().with_levels(&["one"])), ErrorKind::LengthMismatch);
    let of = |values: &[f64], p: Option<&[f64]>| CrmMatrix::of(axis(), axis(), values, p);
    assert_eq!(kind(of(&[], None)), ErrorKind::Empty);
    assert_eq!(kind(of(&[1.0], None)), ErrorKind::LengthMismatch);
    assert_eq!(kind(of(&[1.0, f64::INFINITY], None)), ErrorKind::NonFinite);
    assert_eq!(kind(of(&[1.7e308, 1.7e308], None)), ErrorKind::NonFinite);
    assert_eq!(kind(of(&[1.0, 2.0], Some(&[0.5]))), ErrorKind::LengthMismatch);
    assert_eq!(kind(of(&[1.0, 2.0], Some(&[0.5, 1.5]))), ErrorKind::Share);
    let error = of(&[1.0, 2.0], None).unwrap().with_actions(ActionTable::new(vec![Action::new("call").row("c")])).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidOption);
    assert!(error.to_string().contains("`c` on axis x (levels: a, b)"), "{error}");
    assert_eq!(kind(of(&[1.0, 2.0], None).unwrap().with_actions(ActionTable::new(vec![Action::new(" ")]))), ErrorKind::InvalidOption);
}

#[test]
fn cdnow_matrices_add_up() {
    let log = cdnow::log();
    let end = Date::from_ymd(1998, 6, 30).unwrap();
    let customers = log.summarize().observed_until(end).build().unwrap();
    let value = customers.total_spend().unwrap();
    let p_alive = BgNbd::fit(&customers).unwrap().probability_alive(&customers).unwrap();
    let rules = StageRules::default();
    let base = Relationship::of(&log, &rules, Some(end)).unwrap();
    let rfm = Rfm::new().fit(&log.summarize().observed_until(end).rfm().unwrap()).unwrap();
    let scores = |axis| rfm.axis(axis).to_vec();
    let frequency: Vec<f64> = base.purchases().iter().map(|&x| f64::from(x)).collect();
    let matrices = [
        CrmMatrix::value_by_stage(value, &rules.assign(&base, StageBasis::Rhythm).unwrap(), Some(&p_alive)),
        CrmMatrix::value_by_stage(value, &rules.assign(&base, StageBasis::PAlive(&p_alive)).unwrap(), Some(&p_alive)),
        CrmMatrix::churn(value, &p_alive),
        CrmMatrix::loyalty(&frequency, base.since_first(), value, Some(&p_alive)),
        CrmMatrix::rfm(&scores(crm_value::RfmAxis::Recency), &scores(crm_value::RfmAxis::Frequency), 5, value, Some(&p_alive)),
    ];
    let cents: f64 = cdnow::columns().amounts.iter().sum();
    let at_risk: f64 = value.iter().zip(&p_alive).map(|(value, p)| (1.0 - p) * value).sum();
    for matrix in matrices {
        let matrix = matrix.unwrap();
        let (height, width) = (matrix.rows().levels().len(), matrix.columns().levels().len());
        let cells = |of: &dyn Fn(MatrixCell) -> f64| -> f64 {
            (0..height)
                .flat_map(|row| (0..width).map(move |column| (row, column)))
                .map(|(row, column)| of(matrix.cell(row, column).unwrap()))
                .sum()
        };
        for cells in [
            cells(&|cell| cell.customers as f64),
            matrix.row_totals().iter().map(|cell| cell.customers as f64).sum(),
            matrix.column_totals().iter().map(|cell| cell.customers as f64).sum(),
            matrix.total().customers as f64,
        ] {
            assert_near(cells, 2_357.0, 0.0);
        }
        assert_near(cells(&|cell| cell.value), cents, 1e-6);
        assert_near(matrix.row_totals().iter().map(|cell| cell.value).sum(), cents, 1e-6);
        assert_near(matrix.column_totals().iter().map(|cell| cell.value).sum(), cents, 1e-6);
        assert_near(matrix.total().value, cents, 1e-6);
        assert_close(cells(&|cell| cell.value_share.unwrap()), 1.0, 1e-14);
        assert_close(cells(&|cell| cell.value_at_risk.unwrap()), at_risk, 1e-12);
        let p_sum = cells(&|cell| cell.mean_p_alive.unwrap_or(0.0) * cell.customers as f64);
        assert_close(p_sum, p_alive.iter().sum(), 1e-12);
    }
}

#[test]
fn row_order_changes_no_bit() {
    let value: Vec<f64> = (0..999).map(|i| 0.1 * f64::from(i * 7_919 % 1_000) - 20.0).collect();
    let p: Vec<f64> = (0..999).map(|i| f64::from(i * 31 % 100) / 99.0).collect();
    let bits = |value: &[f64], p: &[f64]| {
        let matrix = CrmMatrix::churn(value, p).unwrap();
        let of = |cell: MatrixCell| (cell.value.to_bits(), cell.value_at_risk.map(f64::to_bits), cell.mean_p_alive.map(f64::to_bits));
        (0..12).map(|cell| of(matrix.cell(cell / 4, cell % 4).unwrap())).collect::<Vec<_>>()
    };
    let back = |values: &[f64]| values.iter().rev().copied().collect::<Vec<_>>();
    assert_eq!(bits(&value, &p), bits(&back(&value), &back(&p)));
}

fn of_counts(counts: &[Vec<usize>]) -> CrmMatrix {
    let (mut rows, mut columns) = (Vec::new(), Vec::new());
    for (row, line) in counts.iter().enumerate() {
        for (column, &count) in line.iter().enumerate() {
            rows.extend(std::iter::repeat_n(row, count));
            columns.extend(std::iter::repeat_n(column, count));
        }
    }
    let names = |n: usize| (0..n).map(|i| i.to_string()).collect::<Vec<_>>();
    let values = vec![1.0; rows.len()];
    let rows = MatrixAxis::positions("rows", &names(counts.len()), &rows).unwrap();
    let columns = MatrixAxis::positions("columns", &names(counts[0].len()), &columns).unwrap();
    CrmMatrix::of(rows, columns, &values, None).unwrap()
}

/// Random tables: for every withheld small number there is another table with the same published numbers in which it differs, found by trying
/// all changes by −1, 0 and 1. Published numbers are those of the matrix and none of them is small.
#[test]
fn small_cells_cannot_be_calculated() {
    let mut state = 88_172_645_463_325_252_u64;
    let mut random = |n: u64| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 11) % n
    };
    let (mut checked, mut complete) = (0, 0);
    for round in 0..400 {
        let (height, width) = (1 + random(3) as usize, 1 + random(3) as usize);
        let counts: Vec<Vec<usize>> =
            (0..height).map(|_| (0..width).map(|_| [0, 1, 2, 3, 8, 9, 30][random(7) as usize]).collect()).collect();
        if counts.iter().flatten().sum::<usize>() == 0 {
            continue;
        }
        let (matrix, minimum) = (of_counts(&counts), 4);
        let export = matrix.suppress(minimum);
        let shown = |cell: Option<MatrixCell>, truth: MatrixCell| match cell {
            Some(cell) => {
                assert_eq!(cell, truth);
                assert!(cell.customers == 0 || cell.customers >= minimum, "{counts:?}");
                true
            }
            None => false,
        };
        let cells: Vec<Vec<bool>> = (0..height)
            .map(|row| (0..width).map(|column| shown(export.cell(row, column), matrix.cell(row, column).unwrap())).collect())
            .collect();
        let row_shown: Vec<bool> = (0..height).map(|row| shown(export.row_total(row), matrix.row_totals()[row])).collect();
        let column_shown: Vec<bool> = (0..width).map(|column| shown(export.column_total(column), matrix.column_totals()[column])).collect();
        let total_shown = shown(export.total(), matrix.total());
        complete += usize::from(export.withheld() == 0);

        let unknown: Vec<(usize, usize)> =
            (0..height).flat_map(|row| (0..width).map(move |column| (row, column))).filter(|&(row, column)| !cells[row][column]).collect();
        let mut moved_cell = vec![vec![false; width]; height];
        let (mut moved_row, mut moved_column) = (vec![false; height], vec![false; width]);
        for code in 0..3_usize.pow(unknown.len() as u32) {
            let change = |k: usize| code / 3_usize.pow(k as u32) % 3;
            let (mut of_row, mut of_column, mut possible) = (vec![0i64; height], vec![0i64; width], true);
            for (k, &(row, column)) in unknown.iter().enumerate() {
                let change = change(k) as i64 - 1;
                possible &= counts[row][column] as i64 + change >= 0;
                of_row[row] += change;
                of_column[column] += change;
            }
            possible &= (0..height).all(|row| !row_shown[row] || of_row[row] == 0);
            possible &= (0..width).all(|column| !column_shown[column] || of_column[column] == 0);
            possible &= !total_shown || of_row.iter().sum::<i64>() == 0;
            if possible {
                unknown.iter().enumerate().filter(|&(k, _)| change(k) != 1).for_each(|(_, &(row, column))| moved_cell[row][column] = true);
                (0..height).for_each(|row| moved_row[row] |= of_row[row] != 0);
                (0..width).for_each(|column| moved_column[column] |= of_column[column] != 0);
            }
        }
        let is_small = |customers: usize| (1..minimum).contains(&customers);
        for row in 0..height {
            for column in 0..width {
                if is_small(counts[row][column]) {
                    assert!(moved_cell[row][column], "round {round}: {counts:?} gives away cell {row} {column}");
                    checked += 1;
                }
            }
            assert!(!is_small(matrix.row_totals()[row].customers) || moved_row[row], "{counts:?} gives away row {row}");
        }
        for (total, moved) in matrix.column_totals().iter().zip(moved_column) {
            assert!(!is_small(total.customers) || moved, "{counts:?} gives away the column total {}", total.customers);
        }
    }
    assert!(checked > 500 && complete > 5, "{checked} {complete}");
}

#[test]
fn suppression_withholds_no_more_than_it_must() {
    let counts = vec![vec![1, 20, 30], vec![40, 9, 60], vec![70, 80, 90]];
    let export = of_counts(&counts).suppress(5);
    // The cheapest cycle: 20 in the row, 9 below it, and 40.
    assert_eq!((export.small(), export.withheld(), export.minimum()), (1, 4, 5));
    assert!(export.cell(0, 0).is_none() && export.cell(0, 1).is_none() && export.cell(1, 1).is_none() && export.cell(1, 0).is_none());
    assert_eq!(export.total().unwrap().customers, 400);
    for k in [0, 1] {
        assert_eq!(of_counts(&counts).suppress(k).withheld(), 0);
    }
    // One customer alone: nothing can be shown.
    let alone = of_counts(&[vec![1]]).suppress(2);
    assert!(alone.cell(0, 0).is_none() && alone.row_total(0).is_none() && alone.column_total(0).is_none() && alone.total().is_none());
}
