//! Long work that lets other Python threads run and that Ctrl-C can stop.

use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::Duration;

use crm_value::{Monitor, Progress};
use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::errors::Outcome;

/// How often signals are looked at.
const SLICE: Duration = Duration::from_millis(100);
/// Work on fewer items than this takes a few milliseconds at most and is done at once.
const FEW: usize = 20_000;

enum Message<R> {
    /// The worker waits for the answer whether to go on.
    Progress(Progress, Sender<bool>),
    Done(std::thread::Result<R>),
}

/// The worker's side: makes the monitor by which a fit reports and is stopped.
pub(crate) struct Watch {
    stop: Arc<AtomicBool>,
    report: Option<Box<dyn Fn(Progress) -> bool + Send + Sync>>,
}

impl Watch {
    pub(crate) fn monitor(self) -> Monitor {
        Monitor::new(move |progress| {
            let go_on = !self.stop.load(Ordering::Relaxed) && self.report.as_ref().is_none_or(|report| report(progress));
            if go_on { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
        })
    }
}

/// Does bulk work on `items` items without the GIL.
pub(crate) fn bulk<R: Send + 'static>(py: Python<'_>, items: usize, work: impl FnOnce() -> R + Send + 'static) -> Outcome<R> {
    if items < FEW { Ok(py.detach(work)) } else { watched(py, None, move |_| work()) }
}

/// Does `work` on a thread of its own, without the GIL, while this one looks for Ctrl-C every 100 ms and calls `on_progress`.
///
/// When Ctrl-C or an exception in the callback ends the wait, the worker is told to stop; what it holds is its own.
pub(crate) fn watched<R: Send + 'static>(
    py: Python<'_>,
    on_progress: Option<&Bound<'_, PyAny>>,
    work: impl FnOnce(Watch) -> R + Send + 'static,
) -> Outcome<R> {
    let (sender, mut receiver) = channel::<Message<R>>();
    let stop = Arc::new(AtomicBool::new(false));
    let watch = Watch { stop: Arc::clone(&stop), report: on_progress.map(|_| reporter(sender.clone())) };
    let body = move || {
        let result = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| work(watch)));
        // Nobody listens any more after Ctrl-C.
        let _ = sender.send(Message::Done(result));
    };
    std::thread::Builder::new()
        .name("crm_value".to_owned())
        .spawn(body)
        .map_err(|error| PyRuntimeError::new_err(format!("cannot start a thread: {error}")))?;
    let outcome = wait(py, on_progress, &mut receiver);
    stop.store(true, Ordering::Relaxed);
    outcome
}

fn reporter<R: Send + 'static>(sender: Sender<Message<R>>) -> Box<dyn Fn(Progress) -> bool + Send + Sync> {
    Box::new(move |progress| {
        let (answer, answered) = channel();
        sender.send(Message::Progress(progress, answer)).is_ok() && answered.recv().unwrap_or(false)
    })
}

fn wait<R: Send>(py: Python<'_>, on_progress: Option<&Bound<'_, PyAny>>, receiver: &mut Receiver<Message<R>>) -> Outcome<R> {
    loop {
        let messages = &mut *receiver;
        match py.detach(move || messages.recv_timeout(SLICE)) {
            Ok(Message::Done(Ok(result))) => return Ok(result),
            Ok(Message::Done(Err(panic))) => std::panic::resume_unwind(panic),
            Ok(Message::Progress(progress, answer)) => {
                py.check_signals()?;
                let go_on = match on_progress {
                    Some(callback) => call(callback, progress)?,
                    None => true,
                };
                let _ = answer.send(go_on);
            }
            Err(RecvTimeoutError::Timeout) => py.check_signals()?,
            Err(RecvTimeoutError::Disconnected) => return Err(PyRuntimeError::new_err("the worker ended without a result").into()),
        }
    }
}

/// Calls back with iteration and log-likelihood; the answer `False` stops the work, any other lets it go on.
fn call(callback: &Bound<'_, PyAny>, progress: Progress) -> PyResult<bool> {
    let arguments = PyDict::new(callback.py());
    arguments.set_item("iteration", progress.iteration)?;
    arguments.set_item("log_likelihood", progress.log_likelihood)?;
    let answer = callback.call((), Some(&arguments))?;
    Ok(answer.extract::<bool>().unwrap_or(true))
}
