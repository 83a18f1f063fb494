#!/usr/bin/env python3
"""Checks of the source tree that a compiler does not make: who may include whom, which files may touch a
third-party library, file length, header guards, banned calls, unfinished marks, blanks.

Prints one `path:line: text` per finding and exits 1 if there is any. usage: layers.py [--tables | file ...]
"""

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
MAX_LINES = 400
MAX_COLUMNS = 120  # of comments; clang-format sees to the code

# What each folder of shared/ may include of the others (besides itself).
SHARED_LAYERS = {
    "base": set(),
    "loop": {"base"},
    "config": {"base"},
    "json": {"base"},
    "crypto": {"base"},
    "admin": {"base", "loop"},
    "model": {"base", "json"},
    "store": {"base", "loop", "json", "model"},
}
PROGRAMS = {"relay-node", "scheduler", "api-node"}

# Third-party headers, and the only files that may see them.
CONFINED = [
    (r"(async|hiredis|read|sds)\.h|hiredis/", r"shared/store/store_(link|reply)\.[ch]|api-node/redis_adapter\.[ch]"
     r"|shared/loop/loop_libevent\.[ch]"),
    (r"(cjson/)?cJSON\.h", r"shared/json/"),
    (r"openssl/", r"shared/crypto/|relay-node/(tls_context|stream_tls)\.[ch]"),
    (r"crypt\.h", r"shared/crypto/"),
    (r"curl/", r"scheduler/http_client\.[ch]"),
    (r"libwebsockets\.h", r"api-node/(server|http_session|http_head|http_answer|ws_session|loop_lws)\.[ch]"),
]
# What starts the stages, or hands a connection back to one.
RELAY_FRAME = re.compile(r"(main|conn|listener|worker\w*)\.[ch]$")
SPLICE_FILES = re.compile(r"relay-node/(tunnel_splice|pipe_pool)\.[ch]$")

BANNED = {
    "strcpy": "copy with slice_copy() or snprintf()",
    "strcat": "build with a buf",
    "sprintf": "use snprintf() or buf_printf()",
    "vsprintf": "use vsnprintf() or buf_vprintf()",
    "gets": "unbounded",
    "strtok": "use slice_cut()",
    "atoi": "use slice_parse_*()",
    "atol": "use slice_parse_*()",
    "system": "no shell",
    "popen": "no shell",
}
BANNED_CALL = re.compile(r"(?<![\w.>])(" + "|".join(BANNED) + r")\s*\(")
UNFINISHED = re.compile(r"\b(TODO|FIXME|XXX)\b")
# Put together here, so that this file does not hold what it looks for.
REGISTRY_HOSTS = re.compile("|".join(re.escape(".".join(parts)) for parts in (
    ("registry", "npmjs", "org"), ("pypi", "org"), ("pythonhosted", "org"), ("docker", "io"), ("ghcr", "io"),
    ("quay", "io"), ("crates", "io"), ("deb", "debian", "org"), ("proxy", "golang", "org"))))
TEXT_SUFFIXES = {".c", ".h", ".py", ".lua", ".sh", ".cmake", ".ts", ".tsx", ".md", ".yaml", ".yml", ".txt", ".css"}
INCLUDE = re.compile(r'\s*#\s*include\s+([<"])([^">]+)[">]')
GUARD = re.compile(r"^#ifndef (\w+)\n#define (\w+)\n", re.M)
LONG_REASON = re.compile(r"Longer than 400 lines because \w+")


def strip_comments_and_strings(text):
    """The code with comments and string contents blanked; line numbers stay."""
    pattern = re.compile(r'//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', re.S)

    def blank(match):
        return re.sub(r"[^\n]", " ", match.group())

    return pattern.sub(blank, text)


def area(path):
    """('shared', folder) or (program, '') or (top folder, '')."""
    parts = path.split("/")
    if parts[0] == "shared" and len(parts) > 2:
        return "shared", parts[1]
    return parts[0], ""


def check_include(path, kind, name):
    """The complaint about one include, or None."""
    top, folder = area(path)
    if kind == "<" or "/" not in name or not (ROOT / name).exists():
        for headers, files in CONFINED:
            if re.fullmatch(headers + ("" if headers.endswith(".h") else ".*"), name) or re.match(headers + "$", name):
                if top != "tests" and not re.match(files, path):
                    return f"<{name}> is confined to {files}"
        if kind == '"' and not (ROOT / name).exists() and "/" not in name:
            return f'"{name}": include from the root of the tree'
        return None
    to_top, to_folder = area(name)
    if top == "tests":
        return None
    if to_top == "tests":
        return f'"{name}": the product includes nothing of the tests'
    if top == "shared":
        if to_top != "shared":
            return f'"{name}": shared code includes no program'
        if to_folder != folder and to_folder not in SHARED_LAYERS.get(folder, set()):
            return f'"{name}": shared/{folder} may not include shared/{to_folder}'
    elif top in PROGRAMS and to_top in PROGRAMS and to_top != top:
        return f'"{name}": programs do not include each other'
    elif path.startswith("relay-node/") and "/stages/" not in path and name.startswith("relay-node/stages/"):
        if not RELAY_FRAME.match(Path(path).name):
            return f'"{name}": tools do not include stages'
    return None


def guard_name(path):
    """The guard's ending: shared/base/err.h -> BASE_ERR_H (the leading KP_ and areas may vary)."""
    return re.sub(r"[^A-Z0-9]", "_", Path(path).name.upper())


def is_table(text):
    """A table for including often: nothing but calls of macros in capitals (CONN_STATE(…) …), so no guard."""
    if GUARD.search(text):
        return False
    code = re.sub(r"^[ \t]*#(?:[^\n]*\\\n)*[^\n]*", "", strip_comments_and_strings(text), flags=re.M)
    depth, outside = 0, ""
    for char in code:
        depth += char == "("
        outside += char if depth == 0 else ""
        depth -= char == ")"
    return depth == 0 and re.fullmatch(r"[A-Z0-9_\s]+", outside) is not None


def check_header_guard(path, text):
    match = GUARD.search(text)
    if not match:
        return None if is_table(text) else "no header guard"
    if match.group(1) != match.group(2) or not match.group(1).endswith(guard_name(path)):
        return f"header guard {match.group(1)} does not end in {guard_name(path)}"
    return None


def check_comment_line(line):
    """Diagrams and wide lines: the formatter leaves comments as they were written."""
    if len(line.expandtabs(8)) > MAX_COLUMNS:
        yield f"a comment of {len(line.expandtabs(8))} columns (at most {MAX_COLUMNS})"
    if re.match(r"\s+\*[^\s/*]", line):
        yield "no blank behind the star"


def check_c_file(path, text):
    lines = text.split("\n")
    code = strip_comments_and_strings(text).split("\n")
    if len(lines) - 1 > MAX_LINES and not LONG_REASON.search("\n".join(lines[:30]).replace("\n * ", " ")):
        yield 1, f"{len(lines) - 1} lines (at most {MAX_LINES}, or say `Longer than 400 lines because …` on top)"
    if not text.lstrip().startswith(("/*", "//")):
        yield 1, "no opening comment"
    if path.endswith(".h"):
        complaint = check_header_guard(path, text)
        if complaint:
            yield 1, complaint
    for number, (line, bare) in enumerate(zip(lines, code), 1):
        include = INCLUDE.match(line)
        if include:
            complaint = check_include(path, include.group(1), include.group(2))
            if complaint:
                yield number, complaint
        call = BANNED_CALL.search(bare)
        if call:
            yield number, f"{call.group(1)}(): {BANNED[call.group(1)]}"
        if re.search(r"\bsplice\s*\(", bare) and not path.startswith("tests/") and not SPLICE_FILES.match(path):
            yield number, "splice() is confined to relay-node/tunnel_splice.c and pipe_pool.c"
        if line.lstrip().startswith(("*", "/*")) and not bare.strip():
            yield from ((number, complaint) for complaint in check_comment_line(line))
        if re.match(r" {8,}\S", line) and not line.lstrip().startswith("*"):
            yield number, "indented by spaces"


def check_text(path, text):
    for number, line in enumerate(text.split("\n"), 1):
        if path != "tests/lint/layers.py" and UNFINISHED.search(line):
            yield number, f"unfinished: {UNFINISHED.search(line).group()}"
        if REGISTRY_HOSTS.search(line):
            yield number, f"names a package registry: {REGISTRY_HOSTS.search(line).group()}"
        if re.match(r" +\t", line):
            yield number, "a tab behind spaces"
        if line != line.rstrip() and not path.endswith(".md"):
            yield number, "blanks at the end of the line"
    if text and not text.endswith("\n"):
        yield text.count("\n") + 1, "no newline at the end"


def tracked_files():
    listing = subprocess.run(["git", "-C", str(ROOT), "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
                             check=True, capture_output=True)
    return sorted(name for name in listing.stdout.decode().split("\0") if name)


def is_checked(path):
    if path.endswith((".lock", "package-lock.json")) or "/cases/" in path or "/corpus/" in path:
        return False
    return Path(path).suffix in TEXT_SUFFIXES or Path(path).name in {"dev", "run", "Containerfile", "CMakeLists.txt"}


def main():
    if sys.argv[1:] == ["--tables"]:  # for tests/lint/run: tables are laid out by hand
        for path in tracked_files():
            if path.endswith(".h") and (ROOT / path).is_file() and is_table((ROOT / path).read_text("utf-8")):
                print(path)
        return 0
    paths = sys.argv[1:] or tracked_files()
    findings = 0
    for path in filter(is_checked, paths):
        full = ROOT / path
        if not full.is_file():
            continue
        try:
            text = full.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            print(f"{path}:1: not UTF-8")
            findings += 1
            continue
        checks = list(check_text(path, text))
        if path.endswith((".c", ".h")):
            checks += check_c_file(path, text)
        for number, complaint in sorted(checks):
            print(f"{path}:{number}: {complaint}")
            findings += 1
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
