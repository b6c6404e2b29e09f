//! Customer identifiers: what comes in, and the sorted distinct ids that everything downstream refers to.

/// A column of customer ids, one per transaction or per customer. Nulls are marked beside it (see [`crate::Transactions`]).
#[derive(Debug, Clone, Copy)]
pub enum IdColumn<'a> {
    /// Unsigned integers.
    U64(&'a [u64]),
    /// Signed integers.
    I64(&'a [i64]),
    /// Texts.
    Str(&'a [&'a str]),
    /// Owned texts.
    String(&'a [String]),
}

impl IdColumn<'_> {
    /// Number of rows.
    pub fn len(&self) -> usize {
        match self {
            IdColumn::U64(ids) => ids.len(),
            IdColumn::I64(ids) => ids.len(),
            IdColumn::Str(ids) => ids.len(),
            IdColumn::String(ids) => ids.len(),
        }
    }

    /// Whether there are no rows.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The integer id of a row as a key that sorts like the id; `None` for texts.
    #[inline]
    pub(crate) fn integer_key(&self, row: usize) -> Option<u64> {
        match self {
            IdColumn::U64(ids) => Some(ids[row]),
            IdColumn::I64(ids) => Some(signed_key(ids[row])),
            IdColumn::Str(_) | IdColumn::String(_) => None,
        }
    }

    /// The text id of a row; empty for integers.
    #[inline]
    pub(crate) fn text(&self, row: usize) -> &str {
        match self {
            IdColumn::Str(ids) => ids[row],
            IdColumn::String(ids) => &ids[row],
            IdColumn::U64(_) | IdColumn::I64(_) => "",
        }
    }

    pub(crate) fn is_text(&self) -> bool {
        matches!(self, IdColumn::Str(_) | IdColumn::String(_))
    }
}

/// Maps i64 to u64 so that the order is kept.
pub(crate) fn signed_key(id: i64) -> u64 {
    (id as u64) ^ (1 << 63)
}

/// The inverse of [`signed_key`].
pub(crate) fn signed_id(key: u64) -> i64 {
    (key ^ (1 << 63)) as i64
}

macro_rules! id_column_from {
    ($($item:ty => $variant:ident),+) => { $(
        impl<'a> From<&'a [$item]> for IdColumn<'a> {
            fn from(ids: &'a [$item]) -> Self { IdColumn::$variant(ids) }
        }
        impl<'a> From<&'a Vec<$item>> for IdColumn<'a> {
            fn from(ids: &'a Vec<$item>) -> Self { IdColumn::$variant(ids) }
        }
        impl<'a, const N: usize> From<&'a [$item; N]> for IdColumn<'a> {
            fn from(ids: &'a [$item; N]) -> Self { IdColumn::$variant(ids) }
        }
    )+ };
}
id_column_from!(u64 => U64, i64 => I64, String => String);

impl<'a> From<&'a [&'a str]> for IdColumn<'a> {
    fn from(ids: &'a [&'a str]) -> Self {
        IdColumn::Str(ids)
    }
}

impl<'a> From<&'a Vec<&'a str>> for IdColumn<'a> {
    fn from(ids: &'a Vec<&'a str>) -> Self {
        IdColumn::Str(ids)
    }
}

impl<'a, const N: usize> From<&'a [&'a str; N]> for IdColumn<'a> {
    fn from(ids: &'a [&'a str; N]) -> Self {
        IdColumn::Str(ids)
    }
}

/// One customer id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum CustomerId<'a> {
    /// Unsigned integer.
    U64(u64),
    /// Signed integer.
    I64(i64),
    /// Text.
    Text(&'a str),
}

impl std::fmt::Display for CustomerId<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            CustomerId::U64(id) => write!(f, "{id}"),
            CustomerId::I64(id) => write!(f, "{id}"),
            CustomerId::Text(id) => f.write_str(id),
        }
    }
}

/// The ids of a table with one row per customer, kept in the type in which they came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CustomerIds {
    /// Unsigned integers.
    U64(Vec<u64>),
    /// Signed integers.
    I64(Vec<i64>),
    /// Texts.
    Text(TextIds),
}

impl CustomerIds {
    /// Number of customers.
    pub fn len(&self) -> usize {
        match self {
            CustomerIds::U64(ids) => ids.len(),
            CustomerIds::I64(ids) => ids.len(),
            CustomerIds::Text(ids) => ids.len(),
        }
    }

    /// Whether there are no customers.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The id of customer `index` (0-based), if there is one.
    pub fn get(&self, index: usize) -> Option<CustomerId<'_>> {
        match self {
            CustomerIds::U64(ids) => ids.get(index).copied().map(CustomerId::U64),
            CustomerIds::I64(ids) => ids.get(index).copied().map(CustomerId::I64),
            CustomerIds::Text(ids) => ids.get(index).map(CustomerId::Text),
        }
    }

    /// All ids in order.
    pub fn iter(&self) -> impl Iterator<Item = CustomerId<'_>> {
        (0..self.len()).filter_map(|index| self.get(index))
    }

    /// The position of an id in ids that are sorted, as those of a [`crate::TransactionLog`] are.
    pub fn position(&self, id: CustomerId<'_>) -> Option<usize> {
        let (mut low, mut high) = (0, self.len());
        while low < high {
            let middle = low + (high - low) / 2;
            match self.get(middle)?.cmp(&id) {
                std::cmp::Ordering::Less => low = middle + 1,
                std::cmp::Ordering::Equal => return Some(middle),
                std::cmp::Ordering::Greater => high = middle,
            }
        }
        None
    }

    /// The ids at `keep`, in that order.
    pub(crate) fn select(&self, keep: &[u32]) -> CustomerIds {
        match self {
            CustomerIds::U64(ids) => CustomerIds::U64(keep.iter().map(|&i| ids[i as usize]).collect()),
            CustomerIds::I64(ids) => CustomerIds::I64(keep.iter().map(|&i| ids[i as usize]).collect()),
            CustomerIds::Text(ids) => CustomerIds::Text(keep.iter().filter_map(|&i| ids.get(i as usize)).collect()),
        }
    }

    /// Copies a column as it stands.
    pub(crate) fn from_column(column: IdColumn<'_>) -> CustomerIds {
        match column {
            IdColumn::U64(ids) => CustomerIds::U64(ids.to_vec()),
            IdColumn::I64(ids) => CustomerIds::I64(ids.to_vec()),
            IdColumn::Str(ids) => CustomerIds::Text(ids.iter().copied().collect()),
            IdColumn::String(ids) => CustomerIds::Text(ids.iter().map(String::as_str).collect()),
        }
    }
}

/// Texts in one allocation: a few bytes per customer instead of a heap block each.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TextIds {
    bytes: String,
    ends: Vec<usize>,
}

impl TextIds {
    /// Number of texts.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// The text at `index` (0-based), if there is one.
    pub fn get(&self, index: usize) -> Option<&str> {
        let end = *self.ends.get(index)?;
        let start = if index == 0 { 0 } else { self.ends[index - 1] };
        self.bytes.get(start..end)
    }

    /// All texts in order.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        (0..self.len()).filter_map(|index| self.get(index))
    }
}

impl<'a> FromIterator<&'a str> for TextIds {
    fn from_iter<I: IntoIterator<Item = &'a str>>(texts: I) -> Self {
        let mut ids = TextIds::default();
        for text in texts {
            ids.bytes.push_str(text);
            ids.ends.push(ids.bytes.len());
        }
        ids
    }
}
