//! The one place where arrays, Arrow data, dates and option texts are read or made.

use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::{
    ArrowPrimitiveType, Date32Type, Float64Type, Int64Type, TimestampMicrosecondType, TimestampMillisecondType, TimestampNanosecondType,
    TimestampSecondType, UInt64Type,
};
use arrow_array::{Array, ArrayRef, Float64Array, Int64Array, PrimitiveArray};
use arrow_buffer::{NullBuffer, ScalarBuffer};
use arrow_cast::cast;
use arrow_schema::{DataType, TimeUnit as ArrowUnit};
use crm_value::{CustomerIds, Date, DateColumn, Error, IdColumn, Span, TimeUnit, TimestampUnit, parse_dates};
use numpy::{Element, IntoPyArray, PyArray1};
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyFloat, PyInt, PyList, PyString};
use pyo3_arrow::input::AnyArray;
use serde::de::DeserializeOwned;

use crate::errors::{Failure, Outcome};

/// What a column is for: decides what can be read and what errors say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    Id,
    Date,
    Number,
}

impl Role {
    fn expected(self) -> &'static str {
        match self {
            Role::Id => "whole numbers or texts",
            Role::Date => "dates, timestamps, or texts such as 2026-10-31",
            Role::Number => "numbers",
        }
    }
}

/// A column of a table as it came in: Arrow chunks that share memory with the caller's data where that is possible.
pub(crate) struct Column {
    name: String,
    role: Role,
    chunks: Vec<ArrayRef>,
}

impl Column {
    /// Reads what the Python side hands over: an object with the Arrow interface, a numpy array, a pair of int64 array and datetime unit, or
    /// a list of texts or numbers with `None` where a value is missing.
    pub(crate) fn read(name: &str, role: Role, column: &Bound<'_, PyAny>) -> Outcome<Self> {
        let chunks = if let Ok((ticks, unit)) = column.extract::<(Bound<'_, PyAny>, String)>() {
            vec![timestamps(&ticks, &unit)?]
        } else if let Ok(list) = column.cast::<PyList>() {
            vec![list_values(name, role, list)?]
        } else {
            match column.extract::<AnyArray>() {
                Ok(array) => array.into_chunked_array().map_err(PyErr::from)?.into_inner().0,
                Err(_) => return Err(wrong_type(name, role, type_name(column)?).into()),
            }
        };
        // Chunks without rows say nothing, not even by their type.
        let chunks = chunks.into_iter().filter(|chunk| !chunk.is_empty()).collect();
        let column = Column { name: name.to_owned(), role, chunks };
        column.check_type()?;
        Ok(column)
    }

    fn check_type(&self) -> Result<(), Error> {
        for chunk in &self.chunks {
            let readable = match self.role {
                Role::Id => match chunk.data_type() {
                    DataType::Dictionary(_, values) => is_text(values) || values.is_integer(),
                    other => is_text(other) || other.is_integer() || other.is_floating() || *other == DataType::Null,
                },
                Role::Date => match chunk.data_type() {
                    DataType::Dictionary(_, values) => is_text(values),
                    DataType::Date32 | DataType::Date64 | DataType::Timestamp(..) | DataType::Null => true,
                    other => is_text(other),
                },
                Role::Number => chunk.data_type().is_numeric() || *chunk.data_type() == DataType::Null,
            };
            if !readable {
                return Err(self.wrong_type(chunk.data_type().to_string()));
            }
        }
        Ok(())
    }

    fn wrong_type(&self, actual: String) -> Error {
        wrong_type(&self.name, self.role, actual)
    }

    pub(crate) fn len(&self) -> usize {
        self.chunks.iter().map(|chunk| chunk.len()).sum()
    }

    fn cast(&self, chunk: &ArrayRef, to: &DataType) -> Result<ArrayRef, Error> {
        if chunk.data_type() == to {
            return Ok(Arc::clone(chunk));
        }
        cast(chunk, to).map_err(|_| self.wrong_type(chunk.data_type().to_string()))
    }

    /// All chunks as one array.
    fn whole(&self) -> Column {
        let parts: Vec<&dyn Array> = self.chunks.iter().map(AsRef::as_ref).collect();
        let chunks = match parts.len() {
            0 | 1 => self.chunks.clone(),
            // Chunks of one column have one type, so this does not fail.
            _ => arrow_select::concat::concat(&parts).map_or_else(|_| self.chunks.clone(), |whole| vec![whole]),
        };
        Column { name: self.name.clone(), role: self.role, chunks }
    }

    /// The numbers as one column without missing values.
    pub(crate) fn into_numbers(self) -> Result<Vec<f64>, Error> {
        let mut numbers = Vec::with_capacity(self.len());
        for chunk in &self.chunks {
            let chunk = Numbers::new(&self, chunk)?;
            if let Some(i) = chunk.missing.as_ref().and_then(|flags| flags.iter().position(|flag| *flag)) {
                return Err(Error::Missing { column: self.name, row: numbers.len() + i });
            }
            numbers.extend_from_slice(chunk.values());
        }
        Ok(numbers)
    }

    /// The numbers as one column with NaN for missing values.
    pub(crate) fn into_numbers_or_nan(self) -> Result<Vec<f64>, Error> {
        let mut numbers = Vec::with_capacity(self.len());
        for chunk in &self.chunks {
            let chunk = Numbers::new(&self, chunk)?;
            let start = numbers.len();
            numbers.extend_from_slice(chunk.values());
            for (value, missing) in numbers[start..].iter_mut().zip(chunk.missing.iter().flatten()) {
                if *missing {
                    *value = f64::NAN;
                }
            }
        }
        Ok(numbers)
    }

    /// Ids of which some may be missing.
    pub(crate) fn into_optional_ids(self) -> Result<Ids, Error> {
        let whole = self.whole();
        whole.chunks.first().map_or_else(|| Ok(Ids::empty()), |chunk| Ids::new(&whole, chunk))
    }

    /// The ids of a table with one row per customer.
    pub(crate) fn into_ids(self) -> Result<Ids, Error> {
        let whole = self.whole();
        let Some(chunk) = whole.chunks.first() else { return Ok(Ids::empty()) };
        let ids = Ids::new(&whole, chunk)?;
        match ids.missing.as_ref().and_then(|flags| flags.iter().position(|flag| *flag)) {
            Some(row) => Err(Error::Missing { column: whole.name, row }),
            None => Ok(ids),
        }
    }
}

fn wrong_type(column: &str, role: Role, actual: String) -> Error {
    Error::WrongType { column: column.to_owned(), actual, expected: role.expected() }
}

fn is_text(data_type: &DataType) -> bool {
    matches!(data_type, DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View)
}

/// What a Python user calls the type of a column.
fn type_name(column: &Bound<'_, PyAny>) -> PyResult<String> {
    match column.getattr("dtype") {
        Ok(dtype) => Ok(dtype.str()?.to_string()),
        Err(_) => Ok(column.get_type().name()?.to_string()),
    }
}

/// numpy's datetime64 as int64, where the smallest number is NaT.
fn timestamps(ticks: &Bound<'_, PyAny>, unit: &str) -> Outcome<ArrayRef> {
    let not_int64 = || PyTypeError::new_err("timestamps are given as an int64 array");
    let array = ticks.extract::<pyo3_arrow::PyArray>()?.into_inner().0;
    let ticks = array.as_primitive_opt::<Int64Type>().ok_or_else(not_int64)?;
    let values = ticks.values();
    let nulls = values.contains(&i64::MIN).then(|| values.iter().map(|tick| *tick != i64::MIN).collect::<NullBuffer>());
    let ticks = Int64Array::new(values.clone(), nulls);
    Ok(match unit {
        "s" => Arc::new(ticks.reinterpret_cast::<TimestampSecondType>()),
        "ms" => Arc::new(ticks.reinterpret_cast::<TimestampMillisecondType>()),
        "us" => Arc::new(ticks.reinterpret_cast::<TimestampMicrosecondType>()),
        "ns" => Arc::new(ticks.reinterpret_cast::<TimestampNanosecondType>()),
        _ => return Err(PyValueError::new_err(format!("unknown datetime unit {unit}")).into()),
    })
}

/// A list of texts or of numbers: how columns come when there is no Arrow library.
fn list_values(name: &str, role: Role, list: &Bound<'_, PyList>) -> Outcome<ArrayRef> {
    let wrong = |item: &Bound<'_, PyAny>| -> Failure {
        match item.get_type().name() {
            Ok(found) => wrong_type(name, role, format!("object (found {found})")).into(),
            Err(error) => error.into(),
        }
    };
    let is_missing = |item: &Bound<'_, PyAny>| -> PyResult<bool> {
        let not_a_number = item.cast::<PyFloat>().is_ok_and(|number| number.extract::<f64>().is_ok_and(f64::is_nan));
        Ok(item.is_none() || not_a_number || matches!(item.get_type().name()?.to_string().as_str(), "NAType" | "NaTType"))
    };
    let is_number =
        |item: &Bound<'_, PyAny>| !item.is_instance_of::<PyBool>() && (item.is_instance_of::<PyInt>() || item.is_instance_of::<PyFloat>());
    let (mut any, mut numbers, mut fractions) = (false, false, false);
    for item in list.iter() {
        if !is_missing(&item)? {
            any = true;
            numbers = is_number(&item);
            fractions |= item.is_instance_of::<PyFloat>();
            if !numbers {
                break;
            }
        }
    }
    if !any {
        return Ok(arrow_array::new_null_array(&DataType::Null, list.len()));
    }
    if numbers && fractions {
        let number =
            |item: Bound<'_, PyAny>| -> Outcome<Option<f64>> { if is_missing(&item)? { Ok(None) } else { Ok(Some(item.extract()?)) } };
        return Ok(Arc::new(list.iter().map(number).collect::<Outcome<Float64Array>>()?));
    }
    if numbers {
        let number = |item: Bound<'_, PyAny>| -> Outcome<Option<i64>> {
            if is_missing(&item)? { Ok(None) } else { item.extract().map(Some).map_err(|_| wrong(&item)) }
        };
        return Ok(Arc::new(list.iter().map(number).collect::<Outcome<Int64Array>>()?));
    }
    let mut texts = arrow_array::builder::StringBuilder::new();
    for item in list.iter() {
        match item.cast::<PyString>() {
            Ok(text) => texts.append_value(text.to_cow()?),
            Err(_) if is_missing(&item)? => texts.append_null(),
            Err(_) => return Err(wrong(&item)),
        }
    }
    Ok(Arc::new(texts.finish()))
}

/// `true` where a value is missing; `None` if none is.
fn null_flags(array: &dyn Array) -> Option<Vec<bool>> {
    let nulls = array.logical_nulls().filter(|nulls| nulls.null_count() > 0)?;
    Some(nulls.iter().map(|valid| !valid).collect())
}

/// Customer ids of one chunk.
pub(crate) struct Ids {
    array: ArrayRef,
    pub(crate) missing: Option<Vec<bool>>,
}

/// Ids as the core borrows them.
pub(crate) enum BorrowedIds<'a> {
    Signed(&'a [i64]),
    Unsigned(&'a [u64]),
    Texts(Vec<&'a str>),
}

impl Ids {
    fn empty() -> Self {
        Ids { array: Arc::new(Int64Array::from(Vec::<i64>::new())), missing: None }
    }

    fn new(column: &Column, chunk: &ArrayRef) -> Result<Self, Error> {
        let array = match chunk.data_type() {
            DataType::Dictionary(_, values) if is_text(values) => column.cast(chunk, &DataType::Utf8View)?,
            DataType::Dictionary(_, values) if values.is_unsigned_integer() => column.cast(chunk, &DataType::UInt64)?,
            DataType::Dictionary(..) | DataType::Null => column.cast(chunk, &DataType::Int64)?,
            other if is_text(other) => Arc::clone(chunk),
            other if other.is_unsigned_integer() => column.cast(chunk, &DataType::UInt64)?,
            other if other.is_floating() => whole_numbers(column, chunk)?,
            _ => column.cast(chunk, &DataType::Int64)?,
        };
        Ok(Ids { missing: null_flags(&array), array })
    }

    pub(crate) fn borrow(&self) -> BorrowedIds<'_> {
        let array = &self.array;
        match array.data_type() {
            DataType::UInt64 => BorrowedIds::Unsigned(array.as_primitive::<UInt64Type>().values()),
            DataType::Utf8 => BorrowedIds::Texts(array.as_string::<i32>().iter().map(Option::unwrap_or_default).collect()),
            DataType::LargeUtf8 => BorrowedIds::Texts(array.as_string::<i64>().iter().map(Option::unwrap_or_default).collect()),
            DataType::Utf8View => BorrowedIds::Texts(array.as_string_view().iter().map(Option::unwrap_or_default).collect()),
            _ => BorrowedIds::Signed(array.as_primitive::<Int64Type>().values()),
        }
    }
}

impl Ids {
    /// The ids in the type of others, if all are missing: a column without a value has no type of its own.
    pub(crate) fn borrow_like(&self, other: &Ids) -> BorrowedIds<'_> {
        let all_missing = self.missing.as_ref().is_some_and(|missing| missing.iter().all(|missing| *missing));
        match other.borrow() {
            BorrowedIds::Texts(_) if all_missing => BorrowedIds::Texts(vec![""; self.array.len()]),
            _ => self.borrow(),
        }
    }
}

impl BorrowedIds<'_> {
    pub(crate) fn column(&self) -> IdColumn<'_> {
        match self {
            BorrowedIds::Signed(ids) => IdColumn::I64(ids),
            BorrowedIds::Unsigned(ids) => IdColumn::U64(ids),
            BorrowedIds::Texts(ids) => IdColumn::Str(ids),
        }
    }
}

/// Whole numbers that pandas turned into floats because some are missing.
fn whole_numbers(column: &Column, chunk: &ArrayRef) -> Result<ArrayRef, Error> {
    let numbers = column.cast(chunk, &DataType::Float64)?;
    let numbers = numbers.as_primitive::<Float64Type>();
    let ids = numbers.iter().map(|number| match number.filter(|number| !number.is_nan()) {
        // Up to 2^53 every whole number has a float of its own.
        Some(number) if number.fract().abs() > 0.0 || number.abs() > 9_007_199_254_740_992.0 || number.is_infinite() => {
            Err(column.wrong_type(chunk.data_type().to_string()))
        }
        number => Ok(number.map(|number| number as i64)),
    });
    Ok(Arc::new(ids.collect::<Result<Int64Array, Error>>()?))
}

/// Dates of one chunk.
pub(crate) struct Dates {
    values: DateValues,
    pub(crate) missing: Option<Vec<bool>>,
}

enum DateValues {
    Days(ScalarBuffer<i32>),
    Ticks(ScalarBuffer<i64>, TimestampUnit),
}

/// A day outside the supported range, for texts that are no dates where invalid rows are to be dropped.
const NO_DATE: i32 = i32::MIN;

impl Dates {
    /// `first_row` counts through all chunks. With `keep_unparsable` a text that is no date becomes a date out of range.
    fn new(column: &Column, chunk: &ArrayRef, first_row: usize, keep_unparsable: bool) -> Result<Self, Error> {
        fn ticks<T: ArrowPrimitiveType<Native = i64>>(array: &PrimitiveArray<T>, unit: TimestampUnit) -> DateValues {
            DateValues::Ticks(array.values().clone(), unit)
        }
        let array = match chunk.data_type() {
            DataType::Null => column.cast(chunk, &DataType::Date32)?,
            DataType::Date64 => column.cast(chunk, &DataType::Timestamp(ArrowUnit::Millisecond, None))?,
            DataType::Utf8 | DataType::LargeUtf8 | DataType::Dictionary(..) => column.cast(chunk, &DataType::Utf8View)?,
            _ => Arc::clone(chunk),
        };
        let missing = null_flags(&array);
        let values = match array.data_type() {
            DataType::Timestamp(ArrowUnit::Second, _) => ticks(array.as_primitive::<TimestampSecondType>(), TimestampUnit::Second),
            DataType::Timestamp(ArrowUnit::Millisecond, _) => {
                ticks(array.as_primitive::<TimestampMillisecondType>(), TimestampUnit::Millisecond)
            }
            DataType::Timestamp(ArrowUnit::Microsecond, _) => {
                ticks(array.as_primitive::<TimestampMicrosecondType>(), TimestampUnit::Microsecond)
            }
            DataType::Timestamp(ArrowUnit::Nanosecond, _) => {
                ticks(array.as_primitive::<TimestampNanosecondType>(), TimestampUnit::Nanosecond)
            }
            DataType::Utf8View => {
                let mut days = Vec::with_capacity(array.len());
                for (i, text) in array.as_string_view().iter().enumerate() {
                    days.push(match text {
                        Some(text) => day_of(&column.name, first_row + i, text, keep_unparsable)?,
                        None => 0,
                    });
                }
                DateValues::Days(days.into())
            }
            _ => DateValues::Days(array.as_primitive::<Date32Type>().values().clone()),
        };
        Ok(Dates { values, missing })
    }

    pub(crate) fn column(&self) -> DateColumn<'_> {
        match &self.values {
            DateValues::Days(days) => DateColumn::Days(days),
            DateValues::Ticks(ticks, unit) => DateColumn::Timestamps(ticks, *unit),
        }
    }
}

fn day_of(column: &str, row: usize, text: &str, keep_unparsable: bool) -> Result<i32, Error> {
    match parse_dates(column, &[text]) {
        Ok(days) => Ok(days.first().copied().unwrap_or(NO_DATE)),
        Err(_) if keep_unparsable => Ok(NO_DATE),
        Err(_) => Err(Error::UnparsableDate { column: column.to_owned(), row, value: text.to_owned() }),
    }
}

/// Numbers of one chunk; NaN is missing, as null is.
pub(crate) struct Numbers {
    array: Float64Array,
    pub(crate) missing: Option<Vec<bool>>,
}

impl Numbers {
    fn new(column: &Column, chunk: &ArrayRef) -> Result<Self, Error> {
        let array = column.cast(chunk, &DataType::Float64)?.as_primitive::<Float64Type>().clone();
        let mut missing = null_flags(&array);
        if array.values().iter().any(|value| value.is_nan()) {
            let flags = missing.get_or_insert_with(|| vec![false; array.len()]);
            for (flag, value) in flags.iter_mut().zip(array.values()) {
                *flag |= value.is_nan();
            }
        }
        Ok(Numbers { array, missing })
    }

    pub(crate) fn values(&self) -> &[f64] {
        self.array.values()
    }
}

/// One chunk of a transaction table, in the types that the core reads.
pub(crate) struct Chunk {
    pub(crate) ids: Ids,
    pub(crate) dates: Dates,
    pub(crate) amounts: Numbers,
    pub(crate) margin: Option<Numbers>,
}

/// Brings columns with chunks of their own to common chunks and reads them.
pub(crate) fn chunks(mut columns: Vec<Column>, keep_unparsable: bool) -> Result<Vec<Chunk>, Error> {
    if let [reference, others @ ..] = columns.as_slice() {
        let expected = reference.len();
        if let Some(column) = others.iter().find(|column| column.len() != expected) {
            let (column, actual) = (column.name.clone(), column.len());
            return Err(Error::LengthMismatch { column, actual, reference: reference.name.clone(), expected });
        }
    }
    align(&mut columns);
    let [ids, dates, amounts, margin @ ..] = columns.as_slice() else { return Ok(Vec::new()) };
    let mut first_row = 0;
    let mut chunks = Vec::with_capacity(ids.chunks.len());
    for (i, id_chunk) in ids.chunks.iter().enumerate() {
        chunks.push(Chunk {
            ids: Ids::new(ids, id_chunk)?,
            dates: Dates::new(dates, &dates.chunks[i], first_row, keep_unparsable)?,
            amounts: Numbers::new(amounts, &amounts.chunks[i])?,
            margin: margin.first().map(|margin| Numbers::new(margin, &margin.chunks[i])).transpose()?,
        });
        first_row += id_chunk.len();
    }
    Ok(chunks)
}

/// Cuts every column at the chunk borders of all; nothing is copied.
fn align(columns: &mut [Column]) {
    let mut borders: Vec<usize> = Vec::new();
    for column in columns.iter() {
        let mut end = 0;
        for chunk in &column.chunks {
            end += chunk.len();
            borders.push(end);
        }
    }
    borders.sort_unstable();
    borders.dedup();
    borders.retain(|border| *border > 0);
    for column in columns {
        let mut aligned = Vec::with_capacity(borders.len());
        let mut remaining = borders.iter().copied().peekable();
        let mut start = 0;
        for chunk in &column.chunks {
            let mut from = start;
            let end = start + chunk.len();
            while let Some(border) = remaining.next_if(|border| *border <= end) {
                aligned.push(chunk.slice(from - start, border - from));
                from = border;
            }
            start = end;
        }
        column.chunks = aligned;
    }
}

/// A vector as a numpy array; the memory moves.
pub(crate) fn array<T: Element>(py: Python<'_>, values: Vec<T>) -> Bound<'_, PyArray1<T>> {
    values.into_pyarray(py)
}

/// Counts as int64, the integer that numpy and pandas users expect.
pub(crate) fn counts(py: Python<'_>, counts: impl IntoIterator<Item = impl Into<i64>>) -> Bound<'_, PyArray1<i64>> {
    counts.into_iter().map(Into::into).collect::<Vec<i64>>().into_pyarray(py)
}

/// Ids as an integer array or a list of texts.
pub(crate) fn ids<'py>(py: Python<'py>, ids: &CustomerIds) -> PyResult<Bound<'py, PyAny>> {
    Ok(match ids {
        CustomerIds::U64(ids) => PyArray1::from_slice(py, ids).into_any(),
        CustomerIds::I64(ids) => PyArray1::from_slice(py, ids).into_any(),
        CustomerIds::Text(ids) => PyList::new(py, ids.iter().collect::<Vec<&str>>())?.into_any(),
    })
}

/// A time unit by its name.
pub(crate) fn unit(name: &str) -> Result<TimeUnit, Error> {
    name.parse()
}

/// A span of `length` units, or of `default` units where no unit is given.
pub(crate) fn span(length: f64, unit: Option<&str>, default: TimeUnit) -> Result<Span, Error> {
    Span::new(length, unit.map(str::parse).transpose()?.unwrap_or(default))
}

/// A date given as an option.
pub(crate) fn date(option: &'static str, text: &str) -> Result<Date, Error> {
    let invalid = |_| Error::InvalidOption { option, value: text.to_owned(), requirement: "give a date, or write it as YYYY-MM-DD" };
    Date::parse(text).map_err(invalid)
}

/// A date as Python has it; years before 1 as text.
pub(crate) fn python_date<'py>(py: Python<'py>, date: Date) -> PyResult<Bound<'py, PyAny>> {
    let (year, month, day) = date.ymd();
    if year < 1 {
        return Ok(PyString::new(py, &date.to_string()).into_any());
    }
    py.import("datetime")?.getattr("date")?.call1((year, month, day))
}

/// One of the core's choices by the name in its stored form.
pub(crate) fn choice<T: DeserializeOwned>(option: &'static str, value: &str, requirement: &'static str) -> Result<T, Error> {
    let invalid = |_| Error::InvalidOption { option, value: value.to_owned(), requirement };
    serde_json::from_value(serde_json::Value::String(value.to_owned())).map_err(invalid)
}

/// A count given as an option: Python's whole numbers are signed and unbounded.
pub(crate) fn count(option: &'static str, value: &Bound<'_, PyAny>) -> Outcome<usize> {
    if let Ok(count) = value.extract::<usize>() {
        return Ok(count);
    }
    if value.is_instance_of::<PyInt>() {
        let value = value.str()?.to_string();
        return Err(Error::InvalidOption { option, value, requirement: "give a whole number of 0 or more" }.into());
    }
    Err(PyTypeError::new_err(format!("{option} must be a whole number, not {}", value.get_type().name()?)).into())
}

/// Reads an object of the core from its stored form.
pub(crate) fn stored<T: DeserializeOwned>(what: &'static str, json: &str) -> Result<T, Error> {
    serde_json::from_str(json).map_err(|error| Error::Deserialize { what, reason: error.to_string() })
}

/// The stored form of an object of the core.
pub(crate) fn store<T: serde::Serialize>(object: &T) -> Outcome<String> {
    serde_json::to_string(object).map_err(|error| PyValueError::new_err(error.to_string()).into())
}

/// A JSON text as Python objects.
pub(crate) fn json_loads<'py>(py: Python<'py>, json: &str) -> PyResult<Bound<'py, PyAny>> {
    py.import("json")?.getattr("loads")?.call1((json,))
}

/// A column of numbers, for measures that take any values.
pub(crate) fn numbers(name: &str, values: &Bound<'_, PyAny>) -> Outcome<Vec<f64>> {
    let column = values.py().import("crm_value._frames")?.getattr("column")?.call1((values,))?;
    Ok(Column::read(name, Role::Number, &column)?.into_numbers()?)
}

/// A number for all customers, or a column of one per customer.
#[derive(Debug)]
pub(crate) enum Figure {
    Same(f64),
    Column(Vec<f64>),
}

impl Figure {
    pub(crate) fn read(name: &str, value: &Bound<'_, PyAny>) -> Outcome<Self> {
        // An array of one entry would pass for a number, too.
        if value.hasattr("__len__")? { Ok(Figure::Column(numbers(name, value)?)) } else { Ok(Figure::Same(value.extract()?)) }
    }
}

/// `text` for an HTML page.
pub(crate) fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// A table with a caption: the first row is the head.
pub(crate) fn html_table(caption: &str, rows: &[Vec<String>]) -> String {
    let mut html = format!("<table><caption>{}</caption>", escape(caption));
    for (i, row) in rows.iter().enumerate() {
        let tag = if i == 0 { "th" } else { "td" };
        let cells: String = row.iter().map(|cell| format!("<{tag}>{}</{tag}>", escape(cell))).collect();
        html.push_str(&format!("<tr>{cells}</tr>"));
    }
    html.push_str("</table>");
    html
}
