#!/usr/bin/env python3
"""The README's table of options, made from what the programs' --help says: `options_table.py <build folder>` prints it,
`options_table.py <build folder> README.md` writes it between the README's markers. One source, so that they agree."""

import pathlib
import re
import subprocess
import sys

PROGRAMS = ("relay-node", "api-node", "scheduler")
BEGIN, END = "<!-- options: made by tests/docs/options_table.py -->", "<!-- end of options -->"


def options_of(build, program):
    """[(name, help, default)] in the order of --help."""
    text = subprocess.run([build / program / program, "--help"], capture_output=True, text=True, check=True).stdout
    blocks = re.findall(r"^  ([A-Z][A-Z0-9_]+)\n((?:      .*\n?)+)", text, re.M)
    found = []
    for name, block in blocks:
        lines = [line.strip() for line in block.strip().splitlines()]
        default = lines[-1].removeprefix("default: ").split(";")[0]
        found.append((name, " ".join(lines[:-1]).rstrip("."), default))
    return found


def table(build):
    by_program = {program: options_of(build, program) for program in PROGRAMS}
    common = [option for option in by_program[PROGRAMS[0]] if all(option in by_program[p] for p in PROGRAMS)]
    rows = [("all", option) for option in common]
    rows += [(program, option) for program in PROGRAMS for option in by_program[program] if option not in common]
    lines = ["| option | of | default | what it is |", "|---|---|---|---|"]
    for owner, (name, what, default) in rows:
        lines.append(f"| `{name}` | {owner} | {default} | {what.replace('|', chr(92) + '|')} |")
    return "\n".join(lines)


def table_in(readme_text):
    return readme_text.split(BEGIN)[1].split(END)[0].strip()


def main():
    build = pathlib.Path(sys.argv[1]).resolve()
    if len(sys.argv) < 3:
        print(table(build))
        return
    readme = pathlib.Path(sys.argv[2])
    text = readme.read_text()
    head, tail = text.split(BEGIN)[0], text.split(END)[1]
    readme.write_text(f"{head}{BEGIN}\n{table(build)}\n{END}{tail}")


if __name__ == "__main__":
    main()
