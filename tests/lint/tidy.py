#!/usr/bin/env python3
"""Runs clang-tidy over every compiled C file, two at a time, and prints one line per finding.

A file that passed is remembered by a hash of its text, its preprocessed form and the checks, so that only what
changed costs time. usage: tidy.py <build folder> [jobs]
"""

import hashlib
import json
import os
import re
import shlex
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FINDING = re.compile(r"^(.+?):(\d+):\d+: (?:error|warning): (.*)$")


def cache_key(entry, checks):
    command = entry.get("arguments") or shlex.split(entry["command"])
    out = command.index("-o")
    plain = [word for word in command[:out] + command[out + 2:] if word != "-c"]
    text = subprocess.run(plain + ["-E"], cwd=entry["directory"], capture_output=True, check=False).stdout
    return hashlib.sha256(b"\0".join([checks, Path(entry["file"]).read_bytes(), text])).hexdigest()


def tidy(build, entry, checks):
    """The findings about one file, as lines."""
    passed = build / "lint-cache" / cache_key(entry, checks)
    if passed.exists():
        return []
    done = subprocess.run(["clang-tidy", "--quiet", "-p", str(build), entry["file"]],
                          capture_output=True, text=True, check=False)
    found = set()
    for line in (done.stdout + done.stderr).split("\n"):
        match = FINDING.match(line)
        if match:
            path = os.path.relpath(match.group(1), ROOT)
            found.add(f"{path}:{match.group(2)}: {match.group(3).replace(',-warnings-as-errors', '')}")
    if done.returncode != 0 and not found:
        found.add(f"{os.path.relpath(entry['file'], ROOT)}:1: clang-tidy failed")
    if not found:
        passed.touch()
    return sorted(found)


def main():
    build = Path(sys.argv[1]).resolve()
    jobs = int(sys.argv[2]) if len(sys.argv) > 2 else 2
    commands = build / "compile_commands.json"
    if not commands.is_file():
        print(f"{commands}:1: missing; build first")
        return 1
    entries = {entry["file"]: entry for entry in json.loads(commands.read_text(encoding="utf-8"))
               if Path(entry["file"]).is_relative_to(ROOT) and Path(entry["file"]).is_file()
               and not Path(entry["file"]).is_relative_to(build)}
    version = subprocess.run(["clang-tidy", "--version"], capture_output=True, check=True).stdout
    checks = version + (ROOT / ".clang-tidy").read_bytes()
    (build / "lint-cache").mkdir(exist_ok=True)
    findings = set()
    with ThreadPoolExecutor(jobs) as pool:
        for found in pool.map(lambda entry: tidy(build, entry, checks), entries.values()):
            findings.update(found)
    for line in sorted(findings):
        print(line)
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
