//! Progress of the reading, on stderr.

use std::io::Write;
use std::time::{Duration, Instant};

use crate::table::{count, percent};

/// Says how far the reading is.
pub(crate) struct Progress<'a> {
    err: &'a mut dyn Write,
    terminal: bool,
    name: &'a str,
    bytes: u64,
    started: Instant,
    next: Duration,
    shown: bool,
}

impl<'a> Progress<'a> {
    pub(crate) fn new(err: &'a mut dyn Write, terminal: bool, name: &'a str, bytes: u64) -> Self {
        let next = if terminal { Duration::from_millis(300) } else { Duration::from_secs(4) };
        Progress { err, terminal, name, bytes, started: Instant::now(), next, shown: false }
    }

    /// Shows the progress now and then; the share of the file that is read.
    pub(crate) fn report(&mut self, rows: usize, position: u64) -> f64 {
        let share = if self.bytes > 0 { (position as f64 / self.bytes as f64).clamp(1e-6, 1.0) } else { 1.0 };
        if self.started.elapsed() >= self.next {
            self.next = self.started.elapsed() + if self.terminal { Duration::from_millis(100) } else { Duration::from_secs(4) };
            self.shown = true;
            let line = format!("reading {}: {} rows, {}", self.name, count(rows), percent(share));
            // Progress that cannot be shown is no reason to stop.
            let _ = if self.terminal { write!(self.err, "\r{line}\x1b[K") } else { writeln!(self.err, "{line}") };
            let _ = self.err.flush();
        }
        share
    }

    pub(crate) fn finish(&mut self, rows: usize) {
        if self.shown {
            let clear = if self.terminal { "\r\x1b[K" } else { "" };
            let _ = writeln!(self.err, "{clear}read {}: {} rows in {:.1} s", self.name, count(rows), self.started.elapsed().as_secs_f64());
        }
    }
}
