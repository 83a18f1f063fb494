"""What the README promises must be what the programs are: the option table, the links, the files it names."""

import pathlib
import re
import subprocess
import sys

import pytest

from harness.simulator import REPO, build_dir

sys.path.insert(0, str(REPO / "tests" / "docs"))
import options_table  # noqa: E402  (its folder is added one line above)

PAGES = sorted([REPO / "README.md", *(REPO / "docs").glob("*.md")])


def test_the_readme_lists_every_option_as_help_does():
    assert options_table.table_in((REPO / "README.md").read_text()) == options_table.table(build_dir())


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_leads_somewhere(page):
    links = re.findall(r"\]\(([^)#]+)\)", page.read_text())
    missing = [link for link in links if "://" not in link and not (page.parent / link).exists()]
    assert missing == []


@pytest.mark.parametrize("program", options_table.PROGRAMS)
def test_version_and_unknown_arguments(program):
    binary = build_dir() / program / program
    version = subprocess.run([binary, "--version"], capture_output=True, text=True)
    assert version.returncode == 0 and version.stdout.strip()
    wrong = subprocess.run([binary, "--nonsense"], capture_output=True, text=True)
    assert wrong.returncode == 2 and len(wrong.stderr.strip().splitlines()) == 1


def test_the_api_page_names_every_call():
    routes = (REPO / "api-node" / "routes.h").read_text()
    page = (pathlib.Path(REPO) / "docs" / "api.md").read_text()
    for method, path in re.findall(r'ROUTE\((\w+), "([^"]+)"', routes):
        assert f"`{method} {path}`" in page or f"`{method} {path} " in page, f"{method} {path} is not in docs/api.md"
