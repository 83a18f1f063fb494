#!/usr/bin/env python3
"""Prints a Redis script with its `--@include name` lines replaced by include/name.lua, as the build embeds it:
includes may include, and each file comes once."""

import re
import sys
from pathlib import Path


def resolve(script, folder, seen):
    for line in script.read_text(encoding="utf-8").split("\n"):
        match = re.fullmatch(r"--@include (\w+)", line.strip())
        if not match:
            yield line
            continue
        included = folder / f"{match.group(1)}.lua"
        if not included.is_file():
            sys.exit(f"{script}:1: includes {match.group(1)}, but {included} does not exist")
        if included not in seen:
            seen.add(included)
            yield from resolve(included, folder, seen)


if __name__ == "__main__":
    path = Path(sys.argv[1])
    includes = path.parent if path.parent.name == "include" else path.parent / "include"
    print("\n".join(resolve(path, includes, {path})))
