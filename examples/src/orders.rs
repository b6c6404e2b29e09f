//! Reading a CSV of orders into columns, and those into a [`TransactionLog`].

use std::borrow::Cow;
use std::fs::File;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};

use crm_value::{Date, Error, IdColumn, LogOptions, MarginColumn, Missing, TransactionLog, Transactions};
use csv::{ByteRecord, ErrorKind, Reader, ReaderBuilder};

use crate::args::{Args, Invalid};
use crate::ids::Ids;
use crate::progress::Progress;

/// The progress is looked at after so many rows; after the first so many, their size tells how many there will be.
const ROWS_BETWEEN_REPORTS: usize = 1 << 16;
/// A day outside every calendar: the library drops such rows as invalid.
const NO_DAY: i32 = i32::MAX;

/// The file to read, and the name by which the report calls it.
pub(crate) fn source(args: &Args) -> (PathBuf, String) {
    const BUNDLED: &str = "examples/data/cdnow.csv";
    match &args.path {
        Some(path) => (path.clone(), path.display().to_string()),
        None if Path::new(BUNDLED).is_file() => (BUNDLED.into(), BUNDLED.to_owned()),
        None => (Path::new(env!("CARGO_MANIFEST_DIR")).join("data/cdnow.csv"), BUNDLED.to_owned()),
    }
}

/// Reads the file that the arguments name. Progress goes to `err`: on a terminal at once, otherwise if reading takes long.
///
/// # Errors
/// A message for the user, naming file, line, column, row and value where there are such.
pub fn read(args: &Args, err: &mut dyn Write, terminal: bool) -> Result<TransactionLog, String> {
    let (path, name) = source(args);
    let open = || File::open(&path).map_err(|problem| format!("cannot open {name}: {problem}"));
    let bytes = open()?.metadata().map_or(0, |metadata| metadata.len());
    let delimiter = match args.delimiter {
        Some(delimiter) => delimiter,
        None => likely_delimiter(open()?).map_err(|problem| format!("cannot read {name}: {problem}"))?,
    };
    let reader = || open().map(|file| ReaderBuilder::new().delimiter(delimiter).buffer_capacity(1 << 18).from_reader(file));
    let mut progress = Progress::new(err, terminal, &name, bytes);
    let at = |byte: Option<u64>, problem: String| match byte.and_then(|byte| line_at(open().ok()?, byte).ok()) {
        Some(line) => format!("{name}, line {line}: {problem}"),
        None => format!("{name}: {problem}"),
    };
    let columns = Columns::read(reader()?, args, &mut progress).map_err(|(byte, problem)| at(byte, problem))?;
    progress.finish(columns.days.len());
    columns.into_log(args).map_err(|problem| at(row_of(&problem).and_then(|row| byte_of(reader().ok()?, row)), problem.to_string()))
}

fn likely_delimiter(file: File) -> std::io::Result<u8> {
    let mut header = Vec::new();
    BufReader::new(file).read_until(b'\n', &mut header)?;
    let fields = |delimiter: &u8| header.iter().filter(|&byte| byte == delimiter).count();
    // The first of equally good ones.
    Ok(b",;\t|".iter().rev().copied().max_by_key(fields).unwrap_or(b','))
}

fn row_of(problem: &Error) -> Option<usize> {
    match problem {
        Error::Missing { row, .. }
        | Error::NonFinite { row, .. }
        | Error::DateOutOfRange { row, .. }
        | Error::Refund { row, .. }
        | Error::ZeroAmount { row, .. } => Some(*row),
        _ => None,
    }
}

/// Where a row begins in the file.
fn byte_of(mut reader: Reader<File>, row: usize) -> Option<u64> {
    let record = reader.byte_records().nth(row)?.ok()?;
    record.position().map(csv::Position::byte)
}

/// The line of the first character from `byte` on that is no line end, counted from 1: blank lines and quoted line breaks count too.
fn line_at(file: File, byte: u64) -> std::io::Result<u64> {
    let mut line = 1;
    for (position, found) in (0..).zip(BufReader::new(file).bytes()) {
        match found? {
            b'\n' => line += 1,
            b'\r' => {}
            _ if position >= byte => break,
            _ => {}
        }
    }
    Ok(line)
}

/// Flags of missing values, empty for a column without any.
#[derive(Default)]
struct Flags(Vec<bool>);

impl Flags {
    fn mark(&mut self, row: usize) {
        self.0.resize(row, false);
        self.0.push(true);
    }

    fn complete(&mut self, rows: usize) -> Option<&[bool]> {
        if self.0.is_empty() {
            return None;
        }
        self.0.resize(rows, false);
        Some(&self.0)
    }
}

/// Positions of the columns in a record.
struct Layout<'a> {
    id: (usize, &'a str),
    date: (usize, &'a str),
    amount: (usize, &'a str),
    margin: Option<(usize, &'a str)>,
}

struct Columns {
    ids: Ids,
    days: Vec<i32>,
    amounts: Vec<f64>,
    margin: Option<Vec<f64>>,
    /// Missing values of the four columns.
    missing: [Flags; 4],
}

/// A message, with the place in the file where the row that it is about begins.
type Problem = (Option<u64>, String);

/// What stands in one field.
enum Field<T> {
    Value(T),
    Empty,
    Unreadable(String),
}

impl Columns {
    fn read(mut reader: Reader<File>, args: &Args, progress: &mut Progress<'_>) -> Result<Self, Problem> {
        let header = reader.byte_headers().map_err(|problem| csv_problem(&problem))?;
        let layout = Layout::of(header, args).map_err(|problem| (None, problem))?;
        let mut columns = Columns {
            ids: Ids::Integers(Vec::new()),
            days: Vec::new(),
            amounts: Vec::new(),
            margin: layout.margin.map(|_| Vec::new()),
            missing: Default::default(),
        };
        let mut record = ByteRecord::new();
        loop {
            let strict = args.invalid_rows == Invalid::Reject;
            let result = match reader.read_byte_record(&mut record) {
                Ok(false) => return Ok(columns),
                Ok(true) => columns.push(&record, &layout, args.decimal_comma, strict),
                Err(problem) if strict || !matches!(problem.kind(), ErrorKind::UnequalLengths { .. }) => return Err(csv_problem(&problem)),
                Err(_) => {
                    columns.push_unusable();
                    Ok(())
                }
            };
            result.map_err(|problem| (record.position().map(csv::Position::byte), problem))?;
            let rows = columns.days.len();
            if rows.is_multiple_of(ROWS_BETWEEN_REPORTS) {
                let share = progress.report(rows, reader.position().byte());
                if rows == ROWS_BETWEEN_REPORTS {
                    columns.reserve((rows as f64 / share * 1.02) as usize);
                }
            }
        }
    }

    fn push(&mut self, record: &ByteRecord, layout: &Layout<'_>, decimal_comma: bool, strict: bool) -> Result<(), String> {
        let row = self.days.len();
        let mut usable = true;
        match field(record, layout.id.0, Some) {
            Field::Value(id) => self.ids.push(id),
            id => {
                usable &= settle(id, layout.id.1, row, "a text", strict, &mut self.missing[0])?.is_some();
                self.ids.push_any();
            }
        }
        let number = |(position, name): (usize, &str), missing: &mut Flags| {
            let number = field(record, position, |text| read_number(text, decimal_comma));
            settle(number, name, row, "a number", strict, missing)
        };
        let [_, missing_date, missing_amount, missing_margin] = &mut self.missing;
        let amount = number(layout.amount, missing_amount)?.unwrap_or(f64::NAN);
        if let (Some(column), Some(position)) = (&mut self.margin, layout.margin) {
            column.push(number(position, missing_margin)?.unwrap_or(f64::NAN));
        }
        let date = field(record, layout.date.0, |text| Date::parse(text).ok());
        let date = match date {
            Field::Unreadable(value) if strict => {
                return Err(Error::UnparsableDate { column: layout.date.1.to_owned(), row, value }.to_string());
            }
            date => settle(date, layout.date.1, row, "a date", strict, missing_date)?,
        };
        self.amounts.push(amount);
        self.days.push(date.filter(|_| usable).map_or(NO_DAY, Date::days));
        Ok(())
    }

    /// A row whose fields cannot be told apart.
    fn push_unusable(&mut self) {
        self.ids.push_any();
        self.days.push(NO_DAY);
        self.amounts.push(f64::NAN);
        if let Some(margin) = &mut self.margin {
            margin.push(f64::NAN);
        }
    }

    fn reserve(&mut self, rows: usize) {
        let more = rows.saturating_sub(self.days.len());
        self.ids.reserve(more);
        self.days.reserve(more);
        self.amounts.reserve(more);
        if let Some(margin) = &mut self.margin {
            margin.reserve(more);
        }
    }

    fn into_log(mut self, args: &Args) -> Result<TransactionLog, Error> {
        let rows = self.days.len();
        let texts: Vec<&str>;
        let ids = match &self.ids {
            Ids::Integers(ids) => IdColumn::from(ids),
            Ids::Texts { codes, known } => {
                texts = Ids::texts(codes, known);
                IdColumn::from(&texts)
            }
        };
        let [id, date, amount, margin] = &mut self.missing;
        let missing =
            Missing { ids: id.complete(rows), dates: date.complete(rows), amounts: amount.complete(rows), margin: margin.complete(rows) };
        let mut transactions = Transactions::new(ids, &self.days, &self.amounts).with_missing(missing);
        if let Some(values) = &self.margin {
            transactions =
                transactions.with_margin(if args.cost.is_some() { MarginColumn::Cost(values) } else { MarginColumn::Margin(values) });
        }
        LogOptions::new()
            .refunds(args.refunds.into())
            .zeros(args.zeros.into())
            .duplicates(args.duplicates.into())
            .invalid_rows(args.invalid_rows.into())
            .column_names([&args.customer_id, &args.date, &args.amount, args.margin_column().unwrap_or("margin")])
            .read(&transactions)
    }
}

impl<'a> Layout<'a> {
    fn of(header: &ByteRecord, args: &'a Args) -> Result<Self, String> {
        if header.is_empty() {
            return Err("the file is empty; it needs a header that names the columns".to_owned());
        }
        let names: Vec<Cow<'_, str>> = header.iter().map(|name| String::from_utf8_lossy(name.trim_ascii())).collect();
        let find = |column: &'a str| match names.iter().position(|name| name == column) {
            Some(position) => Ok((position, column)),
            None => {
                let available = names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
                let problem = Error::UnknownColumn { column: column.to_owned(), available };
                Err(format!("{problem}; name yours with --customer-id, --date, --amount, --margin, --cost"))
            }
        };
        Ok(Layout {
            id: find(&args.customer_id)?,
            date: find(&args.date)?,
            amount: find(&args.amount)?,
            margin: args.margin_column().map(find).transpose()?,
        })
    }
}

fn field<'r, T>(record: &'r ByteRecord, position: usize, read: impl Fn(&'r str) -> Option<T>) -> Field<T> {
    let bytes = record.get(position).unwrap_or_default().trim_ascii();
    if bytes.is_empty() {
        return Field::Empty;
    }
    match std::str::from_utf8(bytes).ok().and_then(read) {
        Some(value) => Field::Value(value),
        None => Field::Unreadable(String::from_utf8_lossy(bytes).into_owned()),
    }
}

/// The value; `None` for a row that will be dropped.
fn settle<T>(field: Field<T>, column: &str, row: usize, kind: &str, strict: bool, missing: &mut Flags) -> Result<Option<T>, String> {
    match field {
        Field::Value(value) => Ok(Some(value)),
        Field::Empty if strict => Err(Error::Missing { column: column.to_owned(), row }.to_string()),
        Field::Empty => {
            missing.mark(row);
            Ok(None)
        }
        Field::Unreadable(value) if strict => {
            let advice = if kind == "a number" { "write numbers as 1234.56, or give --decimal-comma" } else { "save the file as UTF-8" };
            Err(format!("column `{column}`, row {row}: cannot read `{value}` as {kind}; {advice}"))
        }
        Field::Unreadable(_) => Ok(None),
    }
}

fn read_number(text: &str, decimal_comma: bool) -> Option<f64> {
    if decimal_comma && text.contains(',') { text.replace(',', ".").parse().ok() } else { text.parse().ok() }
}

fn csv_problem(problem: &csv::Error) -> Problem {
    let byte = problem.position().map(csv::Position::byte);
    match problem.kind() {
        ErrorKind::UnequalLengths { expected_len, len, .. } => {
            (byte, format!("{len} fields, but the header has {expected_len}; correct the line or choose --invalid-rows drop"))
        }
        ErrorKind::Io(problem) => (byte, problem.to_string()),
        _ => (byte, problem.to_string()),
    }
}
