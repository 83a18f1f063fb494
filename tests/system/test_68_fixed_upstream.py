"""A static proxy gets another upstream: its endpoint stays, what comes through it comes out elsewhere."""

import pytest

from harness.fleet import Fleet
from harness.simulator import wait_until


@pytest.fixture(scope="module")
def fleet():
    with Fleet(relays=2, schedulers=1, apis=2) as it:
        yield it


@pytest.fixture(scope="module")
def rented(fleet):
    """Two upstreams that work."""
    return [fleet.add(key, rotate_mode="manual") for key in ("K1", "K2")]


def exits(fleet, proxy):
    return [fleet.exit_ip(proxy, relay) for relay in (0, 1)]


def test_another_upstream(fleet, rented):
    first, second = rented
    made = fleet.want(201, "POST", "/proxies", {"key_name": "own", "provider": "static",
                                                "upstream": f"http://u:firstpw@{first['remote_http']}"})
    fleet.wait_applied(made["version"])
    assert exits(fleet, made) == [first["remote_ip"]] * 2
    path = f"/proxies/{made['id']}"
    changed = fleet.want(200, "PUT", path, {"upstream": f"http://u:secondpw@{second['remote_http']}/"}, api=1)
    fleet.wait_applied(changed["version"])
    assert exits(fleet, changed) == [second["remote_ip"]] * 2
    for kept in ("subdomain", "number", "password", "allow", "endpoints"):
        assert changed[kept] == made[kept]
    assert (changed["remote_http"], changed["remote_ip"]) == (second["remote_http"], second["remote_ip"])
    wait_until(lambda: (fleet.want(200, "GET", path)["last_check_at"] or "") >= changed["last_rotated_at"], "the check of it")
    assert fleet.want(200, "GET", path)["status"] == "active"
    entry = fleet.want(200, "GET", f"/logs?proxy_id={made['id']}&action=update", api=1)[0]
    assert "upstream" in str(entry) and second["remote_ip"] in str(entry) and "pw" not in str(entry)


def test_the_same_upstream_again_changes_nothing(fleet, rented):
    upstream = {"upstream": f"http://u:p%2Bw@{rented[0]['remote_http']}"}
    made = fleet.want(201, "POST", "/proxies", {"key_name": "same", "provider": "static", **upstream})
    before = fleet.redis.call("HGET", f"{fleet.redis.prefix}routes", made["subdomain"])
    fleet.want(200, "PUT", f"/proxies/{made['id']}", upstream)
    assert fleet.redis.call("HGET", f"{fleet.redis.prefix}routes", made["subdomain"]) == before
    fleet.want(200, "PUT", f"/proxies/{made['id']}", {"upstream": f"http://u:other@{rented[0]['remote_http']}"})
    assert fleet.redis.call("HGET", f"{fleet.redis.prefix}routes", made["subdomain"]) != before


def test_refusals(fleet, rented):
    made = fleet.want(201, "POST", "/proxies", {"key_name": "strict", "provider": "static", "upstream": "http://127.0.0.1:9"})
    for value, status in (("http://name.example:1", 422), ("socks5://127.0.0.1:9", 422), (7, 400)):
        problem = fleet.want(status, "PUT", f"/proxies/{made['id']}", {"upstream": value})
        assert problem["params"]["field"] == "upstream"
    problem = fleet.want(422, "PUT", f"/proxies/{rented[0]['id']}", {"upstream": "http://127.0.0.1:9"})
    assert problem["message_id"] == "err.not_static" and "static" in problem["detail"]
