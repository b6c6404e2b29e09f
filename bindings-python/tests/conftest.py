import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import crm_value as cv
import pandas as pd
import pytest

ROOT = Path(__file__).resolve().parents[2]
CDNOW = ROOT / "examples" / "data" / "cdnow.csv"


@pytest.fixture(scope="session")
def orders() -> pd.DataFrame:
    return pd.read_csv(CDNOW)


@pytest.fixture(scope="session")
def log(orders: pd.DataFrame) -> cv.TransactionLog:
    return cv.TransactionLog(orders)


@pytest.fixture(scope="session")
def split(log: cv.TransactionLog) -> cv.CalibrationHoldout:
    return log.split("1997-09-30", "1998-06-30")


@pytest.fixture(scope="session")
def customers(split: cv.CalibrationHoldout) -> cv.CustomerSummary:
    return split.calibration


@pytest.fixture(scope="session")
def bg(customers: cv.CustomerSummary) -> cv.BgNbd:
    return cv.BgNbd().fit(customers)


@pytest.fixture(scope="session")
def gg(customers: cv.CustomerSummary) -> cv.GammaGamma:
    return cv.GammaGamma().fit(customers)


@pytest.fixture(scope="session")
def run_python() -> Callable[[str], str]:
    """Run a script in a new interpreter, at the root of the project, and return what it printed."""

    def run(script: str) -> str:
        done = subprocess.run(
            [sys.executable, "-c", script],
            cwd=ROOT,
            env=os.environ,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    return run
