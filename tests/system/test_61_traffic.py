"""What a client of the endpoint notices of a deleted, restored or re-keyed proxy: the whole fleet, real traffic."""

import base64
import http.client
import json

import pytest

from harness.fleet import Fleet
from harness.simulator import SCALE, wait_until

OLD, NEW = "KSECRETtraffic1", "KSECRETtraffic2"


def through(fleet, proxy, address=0):
    """A request with the endpoint's name and password: (status, the address that it came out from)."""
    connection = http.client.HTTPConnection(fleet.addresses[address], fleet.http_port, timeout=20 * SCALE)
    try:
        secret = base64.b64encode(f"{proxy['subdomain']}:{proxy['password']}".encode()).decode()
        connection.request("GET", "http://origin.test/ip", headers={"Proxy-Authorization": f"Basic {secret}"})
        answer = connection.getresponse()
        text = answer.read()
        return answer.status, json.loads(text)["ip"] if answer.status == 200 else None
    finally:
        connection.close()


@pytest.fixture(scope="module")
def fleet():
    with Fleet(relays=2, schedulers=1, apis=2, ALLOW_DEFAULT="") as fleet:
        yield fleet


def test_the_endpoint_stays_through_all_of_it(fleet):
    proxy = fleet.add(OLD)
    path = f"/proxies/{proxy['id']}"
    assert {through(fleet, proxy, relay) for relay in (0, 1)} == {(200, proxy["remote_ip"])}
    fleet.want(204, "DELETE", path)
    wait_until(lambda: {through(fleet, proxy, relay)[0] for relay in (0, 1)} == {407}, "it has stopped everywhere")
    restored = fleet.want(200, "POST", path + "/restore", {}, api=1)
    fleet.wait_applied(restored["version"])
    assert {through(fleet, proxy, relay) for relay in (0, 1)} == {(200, proxy["remote_ip"])}, "name and password as before"
    rekeyed = fleet.want(200, "PUT", path, {"kiotproxy_key": NEW})
    fleet.wait_applied(rekeyed["version"])
    assert {through(fleet, proxy, relay) for relay in (0, 1)} == {(200, rekeyed["remote_ip"])}
    assert rekeyed["remote_ip"] == fleet.sim.current(NEW)["realIpAddress"] != proxy["remote_ip"]
