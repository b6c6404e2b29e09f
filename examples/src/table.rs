//! Aligned columns, and numbers that can be read at a glance.

use std::io::{self, Write};

/// The width everything is laid out for.
pub(crate) const WIDTH: usize = 100;
/// The cell of a number that does not exist.
pub(crate) const NONE: &str = "-";

/// Rows of cells: numbers to the right, the first column and those named by [`Table::left`] to the left.
#[derive(Debug, Default)]
pub(crate) struct Table {
    rows: Vec<Vec<String>>,
    /// Rows that are titles.
    titles: usize,
    left: Vec<usize>,
}

impl Table {
    /// A table with column titles; a title may have two lines, separated by `|`.
    pub(crate) fn new(titles: &[&str]) -> Self {
        let line = |upper: bool| -> Vec<String> {
            let part = |title: &&str| match title.split_once('|') {
                Some((first, second)) => if upper { first } else { second }.to_owned(),
                None => if upper { "" } else { title }.to_owned(),
            };
            titles.iter().map(part).collect()
        };
        let two_lines = titles.iter().any(|title| title.contains('|'));
        let rows = if two_lines { vec![line(true), line(false)] } else { vec![line(false)] };
        Table { titles: rows.len(), rows, left: Vec::new() }
    }

    /// Sets a column to the left.
    pub(crate) fn left(mut self, column: usize) -> Self {
        self.left.push(column);
        self
    }

    pub(crate) fn row<S: Into<String>>(&mut self, cells: impl IntoIterator<Item = S>) {
        self.rows.push(cells.into_iter().map(Into::into).collect());
    }

    /// Whether there are only titles.
    pub(crate) fn is_empty(&self) -> bool {
        self.rows.len() <= self.titles
    }

    /// A line of distance.
    pub(crate) fn space(&mut self) {
        self.rows.push(Vec::new());
    }

    pub(crate) fn print(&self, out: &mut dyn Write) -> io::Result<()> {
        let columns = self.rows.iter().map(Vec::len).max().unwrap_or(0);
        let width = |column: usize| self.rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).max();
        let widths: Vec<usize> = (0..columns).map(|column| width(column).unwrap_or(0)).collect();
        // Spread out as far as the page allows, within reason.
        let free = WIDTH.saturating_sub(2 + widths.iter().sum::<usize>());
        let gap = (free / columns.saturating_sub(1).max(1)).clamp(2, 4);
        for row in &self.rows {
            let mut line = String::from("  ");
            for (column, (cell, &width)) in row.iter().zip(&widths).enumerate() {
                let padding = " ".repeat(width - cell.chars().count());
                let gap = " ".repeat(if column == 0 { 0 } else { gap });
                let left = column == 0 || self.left.contains(&column);
                line += &if left { format!("{gap}{cell}{padding}") } else { format!("{gap}{padding}{cell}") };
            }
            writeln!(out, "{}", line.trim_end())?;
        }
        Ok(())
    }
}

/// At most `longest` characters of a text, with a sign if that is not all.
pub(crate) fn shorten(text: String, longest: usize) -> String {
    if text.chars().count() <= longest {
        return text;
    }
    text.chars().take(longest - 1).chain(['…']).collect()
}

pub(crate) fn heading(out: &mut dyn Write, title: &str) -> io::Result<()> {
    let title = title.to_uppercase();
    writeln!(out, "\n{title} {}", "─".repeat(WIDTH.saturating_sub(title.chars().count() + 1)))
}

/// A paragraph, broken at spaces and set in by two.
pub(crate) fn paragraph(out: &mut dyn Write, text: &str) -> io::Result<()> {
    let mut line = String::new();
    for word in text.split_whitespace() {
        if !line.is_empty() && line.chars().count() + word.chars().count() + 3 > WIDTH {
            writeln!(out, "  {line}")?;
            line.clear();
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line += word;
    }
    if line.is_empty() { Ok(()) } else { writeln!(out, "  {line}") }
}

/// 1234567.5 → "1,234,567.5"; texts that are not numbers stay as they are.
pub(crate) fn grouped(number: &str) -> String {
    let (sign, rest) = number.strip_prefix('-').map_or(("", number), |rest| ("-", rest));
    let (whole, fraction) = rest.find('.').map_or((rest, ""), |point| rest.split_at(point));
    if whole.is_empty() || !whole.bytes().all(|byte| byte.is_ascii_digit()) {
        return number.to_owned();
    }
    let mut text = String::from(sign);
    for (position, digit) in whole.chars().enumerate() {
        if position > 0 && (whole.len() - position).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text + fraction
}

pub(crate) fn count(n: usize) -> String {
    grouped(&n.to_string())
}

/// With `decimals` places.
pub(crate) fn number(value: f64, decimals: usize) -> String {
    grouped(&format!("{value:.decimals$}"))
}

pub(crate) fn money(value: f64) -> String {
    number(value, 2)
}

pub(crate) fn percent(share: f64) -> String {
    format!("{:.1} %", 100.0 * share)
}

pub(crate) fn or_none(text: Option<String>) -> String {
    text.unwrap_or_else(|| NONE.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_come_in_threes() {
        for (number, text) in [
            ("0", "0"),
            ("999", "999"),
            ("1000", "1,000"),
            ("-1234567.25", "-1,234,567.25"),
            ("none", "none"),
            ("1997-01-01", "1997-01-01"),
        ] {
            assert_eq!(grouped(number), text);
        }
    }

    #[test]
    fn lines_fit_and_long_cells_are_cut() -> io::Result<()> {
        let mut table = Table::new(&["name", "one|two"]);
        table.row([shorten("a".repeat(200), 80), "1".to_owned()]);
        let mut text = Vec::new();
        table.print(&mut text)?;
        paragraph(&mut text, &"word ".repeat(60))?;
        let text = String::from_utf8_lossy(&text).into_owned();
        assert!(text.lines().all(|line| line.chars().count() <= WIDTH), "{text}");
        assert!(text.contains('…') && text.lines().count() > 4);
        Ok(())
    }
}
