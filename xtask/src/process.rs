//! Running other programs: everything they say is shown as it comes and kept.

use std::io::{BufRead, BufReader, Read};
use std::process::{Command, Stdio};
use std::sync::Mutex;

/// What came of a program.
#[derive(Debug)]
pub(crate) struct Run {
    /// It started and ended with exit code 0.
    pub(crate) ok: bool,
    /// What it wrote to standard output.
    pub(crate) stdout: String,
    /// Both its outputs, in the order the lines came.
    pub(crate) output: String,
}

/// Runs a command with no standard input, showing it and its output.
pub(crate) fn run(command: &mut Command) -> Run {
    say!("$ {}", describe(command));
    start(command, true)
}

/// Runs a command without showing its output.
pub(crate) fn quietly(command: &mut Command) -> Run {
    start(command, false)
}

/// Whether a program can be started at all.
pub(crate) fn exists(program: &str) -> bool {
    quietly(Command::new(program).arg("--version")).ok
}

fn start(command: &mut Command, show: bool) -> Run {
    let mut child = match command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn() {
        Ok(child) => child,
        Err(error) => {
            let output = format!("cannot start {}: {error}\n", command.get_program().to_string_lossy());
            if show {
                say!("{}", output.trim_end());
            }
            return Run { ok: false, stdout: String::new(), output };
        }
    };
    let kept = Mutex::new(String::new());
    let (out, err) = (child.stdout.take(), child.stderr.take());
    let stdout = std::thread::scope(|scope| {
        scope.spawn(|| copy_lines(err, &kept, show));
        copy_lines(out, &kept, show)
    });
    let ok = child.wait().is_ok_and(|status| status.success());
    Run { ok, stdout, output: kept.into_inner().unwrap_or_default() }
}

/// Copies a stream line by line into `kept` (and onto the terminal) and returns what this stream alone carried.
fn copy_lines(stream: Option<impl Read>, kept: &Mutex<String>, show: bool) -> String {
    let mut all = String::new();
    let Some(stream) = stream else { return all };
    let mut lines = BufReader::new(stream);
    let mut line = Vec::new();
    while matches!(lines.read_until(b'\n', &mut line), Ok(1..)) {
        let text = String::from_utf8_lossy(&line);
        all.push_str(&text);
        if let Ok(mut kept) = kept.lock() {
            kept.push_str(&text);
            if show {
                say!("{}", text.trim_end_matches('\n'));
            }
        }
        line.clear();
    }
    all
}

fn describe(command: &Command) -> String {
    let program = std::path::Path::new(command.get_program());
    let name = program.file_name().unwrap_or(command.get_program());
    let words = std::iter::once(name).chain(command.get_args());
    words.map(|word| word.to_string_lossy().into_owned()).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_both_outputs_and_the_exit_code() {
        let run = quietly(Command::new("sh").args(["-c", "echo out; echo err >&2; exit 3"]));
        assert!(!run.ok);
        assert!(run.output.contains("out\n") && run.output.contains("err\n"), "{run:?}");
        assert_eq!(run.stdout, "out\n");
    }

    #[test]
    fn a_program_that_does_not_exist_is_a_failed_run() {
        let run = quietly(&mut Command::new("crm-value-no-such-program"));
        assert!(!run.ok);
        assert!(run.output.starts_with("cannot start crm-value-no-such-program"), "{run:?}");
        assert!(!exists("crm-value-no-such-program"));
    }
}
