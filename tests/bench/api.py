#!/usr/bin/env python3
"""How fast an api-node answers `GET /api/proxies?limit=50` among many proxies, and what it needs to hold them.

usage: api.py [--proxies 10000] [--large 100000] [--seconds 5] [--rounds 3]

The measure is nginx: the same bytes as a static file, one worker, on the same core, asked by the same wrk, in turns
with the api-node. Judged is the CPU time of the serving process for a request, which a busy machine changes least;
requests a second are told too. docs/bench.md says how to read it. KP_BUILD_DIR names a build without sanitizers.
"""

import argparse
import os
import pathlib
import re
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time

REPO = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(REPO / "tests" / "system"), str(REPO / "tests" / "bench")]

import records  # noqa: E402
from harness.api import ApiNode, free_port  # noqa: E402
from harness.redis_server import RedisServer  # noqa: E402
from harness.scheduler import Sealer  # noqa: E402
from harness.simulator import build_dir, wait_until  # noqa: E402

TOOLS = pathlib.Path(os.environ.get("KP_BENCH_TOOLS", "/"))  # where nginx and wrk were unpacked
CONNECTIONS = 32
SERVER_CORE, CLIENT_CORE = {0}, {1 if (os.cpu_count() or 1) > 1 else 0}
PATH = "/api/proxies?limit=50"
TICKS = os.sysconf("SC_CLK_TCK")

NGINX = """
worker_processes 1; daemon off; error_log stderr; pid {folder}/pid;
events {{ worker_connections 1024; }}
http {{
	access_log off; sendfile on; tcp_nopush on; keepalive_requests 100000000; default_type application/json;
	client_body_temp_path {folder}; proxy_temp_path {folder}; fastcgi_temp_path {folder}; uwsgi_temp_path {folder};
	scgi_temp_path {folder};
	open_file_cache max=10; server {{ listen 127.0.0.1:{port}; root {folder}; }}
}}
"""


def tool(name):
    """The program and the environment that finds its libraries."""
    for folder in ("usr/bin", "usr/sbin"):
        if (TOOLS / folder / name).exists():
            return str(TOOLS / folder / name)
    found = shutil.which(name)
    if not found:
        sys.exit(f"{name} is missing; ./dev bench unpacks it")
    return found


def environment():
    libraries = list(TOOLS.glob("usr/lib/*-linux-gnu")) if TOOLS != pathlib.Path("/") else []
    return {**os.environ, "LD_LIBRARY_PATH": ":".join(map(str, libraries))}


def cpu_seconds(pid):
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def resident_mib(pid):
    return int(pathlib.Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / (1 << 20)


class Nginx:
    """One worker that serves `body` at /page.json."""

    def __init__(self, body):
        self.folder = tempfile.mkdtemp(prefix="nginx-")
        self.port = free_port()
        pathlib.Path(self.folder, "page.json").write_bytes(body)
        pathlib.Path(self.folder, "conf").write_text(NGINX.format(folder=self.folder, port=self.port))
        self.process = subprocess.Popen([tool("nginx"), "-c", f"{self.folder}/conf", "-p", self.folder],
                                        env=environment(), stderr=subprocess.DEVNULL)
        self.worker = wait_until(self.find_worker, "nginx has a worker")

    def find_worker(self):
        children = pathlib.Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        return int(children[0]) if children else None

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)


def load(port, path, seconds, headers=()):
    """Requests that wrk had answered; every answer must be a 200."""
    command = [tool("wrk"), "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s"]
    for header in headers:
        command += ["-H", header]
    out = subprocess.run([*command, f"http://127.0.0.1:{port}{path}"], env=environment(), capture_output=True, text=True,
                         check=True, preexec_fn=lambda: os.sched_setaffinity(0, CLIENT_CORE)).stdout
    assert "Non-2xx" not in out and "Socket errors" not in out, out
    return int(re.search(r"(\d+) requests in", out).group(1)), float(re.search(r"Requests/sec: +([\d.]+)", out).group(1))


def measure(pid, *args):
    """(requests a second, CPU microseconds of process `pid` a request)"""
    before = cpu_seconds(pid)
    requests, rate = load(*args)
    return rate, (cpu_seconds(pid) - before) / requests * 1e6


def started(redis, **options):
    node = ApiNode(redis, log_level="warning", public_http_port=8080, public_port_start=9000, public_port_end=65000,
                   public_urls="https://panel.example.com", **options).launch()
    os.sched_setaffinity(node.process.pid, SERVER_CORE)
    return node


def rate(redis, seconds, rounds, queries):
    node = started(redis)
    nginx = None
    try:
        wait_until(node.is_ready, "the api-node is ready", 60)
        caller = node.login(bearer=True)
        page = caller.get(PATH)
        assert page.status == 200
        bearer = f"Authorization: Bearer {caller.session}"
        nginx = Nginx(page.body)
        os.sched_setaffinity(nginx.worker, SERVER_CORE)
        print(f"{PATH}: {len(page.body)} bytes, of {page.headers['x-total-count']} proxies; {CONNECTIONS} connections")
        ours, theirs = [], []
        for _ in range(rounds):
            theirs.append(measure(nginx.worker, nginx.port, "/page.json", seconds))
            ours.append(measure(node.process.pid, node.port, PATH, seconds, [bearer]))
        for name, results in (("nginx, static file", theirs), ("api-node", ours)):
            print(f"  {name:20} {statistics.median(r for r, _ in results):8.0f} requests/s"
                  f" {statistics.median(c for _, c in results):8.1f} µs CPU a request")
        for name, place, up in (("requests/s", 0, 1), ("CPU", 1, -1)):
            ratios = [(o[place] / t[place]) ** up for o, t in zip(ours, theirs)]
            print(f"  speed by {name:10} {statistics.median(ratios):.2f} × nginx"
                  f" (rounds: {', '.join(f'{r:.2f}' for r in ratios)})")
        for query in queries:
            r, cpu = measure(node.process.pid, node.port, f"{PATH}&{query}", seconds, [bearer])
            print(f"  …&{query:30} {r:8.0f} requests/s {cpu:8.1f} µs CPU a request")
    finally:
        if nginx:
            nginx.stop()
        node.kill()


def memory(redis):
    start = time.monotonic()
    node = started(redis)
    try:
        wait_until(node.is_ready, "the api-node is ready", 120)
        ready = time.monotonic() - start
        count = node.login(bearer=True).get("/api/proxies?limit=1").headers["x-total-count"]
        print(f"{count} proxies: ready after {ready:.1f} s ({cpu_seconds(node.process.pid):.1f} s CPU),"
              f" {resident_mib(node.process.pid):.0f} MiB resident")
    finally:
        node.kill()


def filled(redis, sealer, total):
    with ApiNode(redis, log_level="warning"):
        pass  # opens the store: key check, administrator
    start = time.monotonic()
    records.make(redis, sealer, total)
    print(f"made {total} proxies in {time.monotonic() - start:.0f} s", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--proxies", type=int, default=10000, help="for the rate; 0: not measured")
    parser.add_argument("--large", type=int, default=100000, help="for memory and start; 0: not measured")
    parser.add_argument("--seconds", type=int, default=5, help="of each round")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--query", action="append", default=[], help="also with this added to the query")
    options = parser.parse_args()
    sealer = Sealer()
    print(f"build: {build_dir()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
    if options.proxies:
        with RedisServer() as redis:
            filled(redis, sealer, options.proxies)
            rate(redis, options.seconds, options.rounds, options.query)
    if options.large:
        with RedisServer() as redis:
            filled(redis, sealer, options.large)
            memory(redis)
    sealer.close()


if __name__ == "__main__":
    main()
