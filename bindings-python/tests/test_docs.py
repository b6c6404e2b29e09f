"""Every Python snippet of README.md and docs/ runs: in order, one namespace per file, at the root of the project."""

import doctest
import re

import pytest
from crm_value import _core

from conftest import ROOT

PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
SNIPPET = re.compile(r"^```python[^\n]*\n(.*?)^```", re.MULTILINE | re.DOTALL)
WITH_SNIPPETS = [page for page in PAGES if SNIPPET.search(page.read_text())]


@pytest.mark.parametrize("page", WITH_SNIPPETS, ids=lambda page: page.name)
def test_snippets_run(page, monkeypatch, capsys):
    monkeypatch.chdir(ROOT)
    text = page.read_text()
    namespace = {"__name__": page.stem}
    count = 0
    for match in SNIPPET.finditer(text):
        # Blank lines in front, so that an error names the line of the page.
        source = "\n" * (text[: match.start(1)].count("\n")) + match.group(1)
        exec(compile(source, str(page), "exec"), namespace)
        count += 1
    assert count == text.count("```python")


def test_the_pages_of_this_interface_have_snippets():
    assert {"README.md", "python-api.md"} <= {page.name for page in WITH_SNIPPETS}


def test_examples_of_native_classes():
    finder = doctest.DocTestFinder(exclude_empty=True)
    runner = doctest.DocTestRunner()
    attempted = 0
    for name in _core.__all__:
        for example in finder.find(getattr(_core, name), f"_core.{name}", module=_core):
            attempted += runner.run(example).attempted
    assert runner.failures == 0
    assert attempted >= 6
