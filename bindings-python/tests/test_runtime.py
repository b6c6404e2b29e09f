"""Threads, fork, Ctrl-C: the classic holes of native extensions."""

import os
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import crm_value as cv
import pytest

from conftest import ROOT

# Expensive on purpose: every distinct history is valued over tens of thousands of periods.
SLOW = """
import sys, time
import pandas as pd
import crm_value as cv
orders = pd.read_csv("examples/data/cdnow.csv")
customers = cv.summarize(orders, observed_until="1997-09-30")
clv = cv.PredictiveClv(
    cv.BgNbd.from_params(r=0.243, alpha=4.414, a=0.793, b=2.426, unit="week"),
    cv.GammaGamma.from_params(p=6.25, q=3.74, v=15.44),
    horizon=(90_000, "day"),
    period=(1, "day"),
)
"""


def test_threads_agree_to_the_last_bit(customers, bg):
    def work(_):
        model = cv.BgNbd().fit(customers)
        return model.report_.log_likelihood.hex(), model.expected_purchases(customers, 39).sum().hex()

    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(work, range(40)))) == 1


def test_other_python_threads_run_meanwhile(customers):
    clv = cv.PredictiveClv(
        cv.BgNbd.from_params(r=0.243, alpha=4.414, a=0.793, b=2.426, unit="week"),
        cv.GammaGamma.from_params(p=6.25, q=3.74, v=15.44),
        horizon=(6_000, "day"),
        period=(1, "day"),
    )
    start = time.perf_counter()
    worker = threading.Thread(target=clv.value, args=(customers,))
    worker.start()
    ticks = 0
    while worker.is_alive():
        time.sleep(0.001)
        ticks += 1
    took = time.perf_counter() - start
    # One tick takes a few milliseconds on a busy machine; with the GIL held there would be one or two in all.
    assert ticks > min(20, took * 50)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_fork_after_use(customers, bg, orders):
    expected = bg.report_.log_likelihood
    pid = os.fork()
    if pid == 0:
        status = 1
        try:
            again = cv.summarize(orders, observed_until="1997-09-30")
            model = cv.BgNbd().fit(again)
            cv.PredictiveClv(model, cv.GammaGamma().fit(again)).value(again)
            status = 0 if model.report_.log_likelihood == expected else 2
        finally:
            os._exit(status)
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        done, status = os.waitpid(pid, os.WNOHANG)
        if done:
            assert os.waitstatus_to_exitcode(status) == 0
            return
        time.sleep(0.01)
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    pytest.fail("the forked child hangs")


def interrupted(script):
    """Run a script that prints `ready` and works for ever; press Ctrl-C; return what came out and how long it took."""
    process = subprocess.Popen(
        [sys.executable, "-c", script],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ,
    )
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        time.sleep(0.5)
        pressed = time.perf_counter()
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=30)
        return out, err, process.returncode, time.perf_counter() - pressed
    finally:
        if process.poll() is None:
            process.kill()
            process.communicate()


def test_ctrl_c_stops_bulk_work():
    script = (
        SLOW
        + """
print("ready", flush=True)
try:
    clv.value(customers)
except KeyboardInterrupt:
    print("stopped", flush=True)
    print(cv.BgNbd().fit(customers).converged_, flush=True)
"""
    )
    out, err, code, took = interrupted(script)
    assert out.split() == ["stopped", "True"], err
    assert code == 0
    assert took < 10


def test_ctrl_c_that_nobody_catches_ends_the_program():
    out, err, code, took = interrupted(SLOW + 'print("ready", flush=True)\nclv.value(customers)\nprint("done")')
    assert "KeyboardInterrupt" in err
    assert "done" not in out
    assert code in (1, 130, -signal.SIGINT)
    assert took < 10


def test_ctrl_c_stops_a_fit():
    script = (
        SLOW
        + """
def slow_progress(**_):
    time.sleep(0.05)

print("ready", flush=True)
try:
    while True:
        cv.GammaGamma(on_progress=slow_progress).fit(customers)
except KeyboardInterrupt:
    print("stopped", flush=True)
"""
    )
    out, err, code, took = interrupted(script)
    assert out.split() == ["stopped"], err
    assert code == 0
    assert took < 5
