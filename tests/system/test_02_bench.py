"""The benchmarks are run by hand: that they still can be is tried here, small."""

import pathlib
import sys

from harness.scheduler import Sealer
from harness.store_fleet import StoreFleet

sys.path.append(str(pathlib.Path(__file__).resolve().parents[1] / "bench"))


def test_proxies_are_made_batch_by_batch():
    import records
    sealer = Sealer()
    try:
        with StoreFleet() as fleet:
            fleet.script("user_ensure_admin", "admin", "$y$")
            records.make(fleet, sealer, records.BATCH + 20)
            assert fleet.call("ZCARD", "{kp}:proxies") == records.BATCH + 20
            assert {fleet.record(i)["status"] for i in (1, records.BATCH + 20)} == {"active"}
    finally:
        sealer.close()
