"""Memory stays flat over many requests and rotations, and every process ends clean.

A sanitizer's allocator keeps what was freed, so resident memory is judged on plain programs only: those of KP_PLAIN_DIR
where KP_BUILD_DIR holds sanitised ones. The sanitised run has its own judge at the end of every test: no leak.
"""

import concurrent.futures
import os
import pathlib

import pytest

from harness.fleet import TEST_SCALE, Fleet, is_sanitized
from harness.load import Load
from harness.simulator import REPO, build_dir

REQUESTS, ROTATIONS = int(10000 * TEST_SCALE), int(1000 * TEST_SCALE)
MIB = 1 << 20
# A page or two lost at each request would be far more; caches, pools and fragmentation settle below this.
GROWTH_BYTES, GROWTH_SHARE = 3 * MIB, 0.15


def plain_programs():
    """A build folder without sanitizers, or None."""
    folders = [os.environ.get("KP_PLAIN_DIR"), build_dir(), REPO / "build-clang", REPO / "build"]
    for folder in (pathlib.Path(f) for f in folders if f):
        if (folder / "api-node" / "api-node").exists() and not is_sanitized(folder):
            return folder
    return None


def work(fleet, proxies, requests, rotations):
    def rotate(n):
        proxy = proxies[n % len(proxies)]
        assert fleet.call("POST", f"/proxies/{proxy['id']}/rotate", api=n % 2)[0] == 200

    with Load(fleet, proxies, clients=20) as load, concurrent.futures.ThreadPoolExecutor(4) as pool:
        list(pool.map(rotate, range(rotations)))
        done = load.counts()["good"]
        if done < requests:
            load.wait_requests(requests - done, 600)
    load.expect_no_failure()
    return load.result["good"]


def test_memory_is_flat(capsys, record_property):
    programs = plain_programs()
    if programs is None:
        pytest.skip("no build without sanitizers; KP_PLAIN_DIR names one")
    with Fleet(relays=2, schedulers=2, apis=2, programs=programs) as fleet:
        proxies = [fleet.add(f"K{n:02}", rotate_mode="manual") for n in range(20)]
        work(fleet, proxies, REQUESTS // 4, ROTATIONS // 4)
        before = {node.name: node.memory_bytes() for node in fleet.all_nodes()}
        served = work(fleet, proxies, REQUESTS, ROTATIONS)
        after = {node.name: node.memory_bytes() for node in fleet.all_nodes()}

    sizes = ", ".join(f"{name} {before[name] / MIB:.1f} → {after[name] / MIB:.1f}" for name in before)
    figure = f"memory over {served} requests and {ROTATIONS} rotations, MiB: {sizes}"
    record_property("memory", figure)
    with capsys.disabled():
        print(f"\n{figure}")
    for name, bytes_before in before.items():
        assert after[name] <= bytes_before + max(GROWTH_BYTES, GROWTH_SHARE * bytes_before), f"{name} grows: {figure}"
