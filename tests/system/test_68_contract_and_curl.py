"""Whoever has the contract and curl can run the fleet: a day of it, with nothing else.

Methods, paths, parameters and places of the body are read from the document that a node serves; the commands are made
of them, go to two api-nodes in turns, and must answer what the document says.
"""

import itertools
import json
import subprocess
import urllib.parse

import pytest

from harness.api import Answer
from harness.contract import check_answer
from harness.fleet import Fleet
from harness.simulator import SCALE, wait_until

PASSPHRASE = "plum anchor 52 window"


class Curl:
    """curl("proxies_rotate", id=7, body={…}): the call of that operationId, at the next node."""

    def __init__(self, ports, token=None):
        self.nodes = itertools.cycle(f"http://127.0.0.1:{port}" for port in ports)
        self.ports, self.token = ports, token
        self.calls = None

    def _run(self, *arguments, data=None):
        command = ["curl", "-sS", "-m", str(int(40 * SCALE)), "-i", *arguments]
        done = subprocess.run(command, input=data, capture_output=True, timeout=60 * SCALE, check=False)
        assert done.returncode == 0, done.stderr.decode()
        head, _, body = done.stdout.partition(b"\r\n\r\n")
        lines = head.decode().split("\r\n")
        return Answer(int(lines[0].split(" ")[1]), [tuple(line.split(": ", 1)) for line in lines[1:]], body)

    def read_contract(self):
        document = self._run(next(self.nodes) + "/api/openapi.json").json
        self.calls = {operation["operationId"]: (method.upper(), path, operation)
                      for path, item in document["paths"].items() for method, operation in item.items()
                      if isinstance(operation, dict) and "operationId" in operation}
        return self

    def as_user(self, token):
        other = Curl(self.ports, token)
        other.calls = self.calls
        return other

    def __call__(self, name, want=None, body=None, headers=(), **values):
        method, template, operation = self.calls[name]
        path = template
        for place in ("id", "token"):
            if "{" + place + "}" in path:
                path = path.replace("{" + place + "}", str(values.pop(place)))
        if values:
            path += "?" + urllib.parse.urlencode(values)
        sent = None if body is None else json.dumps(body)
        arguments = ["-X", method, next(self.nodes) + path]
        if self.token and operation.get("security") != []:
            arguments += ["-H", f"Authorization: Bearer {self.token}"]
        for line in headers:
            arguments += ["-H", line]
        if sent is not None:
            arguments += ["-H", "Content-Type: application/json", "--data-binary", "@-"]
        answer = self._run(*arguments, data=sent and sent.encode())
        check_answer(method, path, sent, answer)
        assert answer.status == want if want else answer.status < 300, (name, answer)
        return answer.json if answer.headers.get("content-type", "").startswith("application/json") else answer


@pytest.fixture(scope="module")
def fleet():
    with Fleet(relays=2, schedulers=2, apis=2, notify_allow_private="true") as fleet:
        yield fleet


@pytest.fixture(scope="module")
def admin(fleet):
    ports = [node.environment["API_PORT"] for node in fleet.apis]
    curl = Curl(ports).read_contract()
    login = curl("auth_login", body={"username": "admin", "password": fleet.apis[0].environment["ADMIN_PASSWORD"]})
    admin = curl.as_user(login["session_id"])
    fixed = admin("proxies_create", 201, body={"key_name": "fixed", "provider": "static", "upstream": "http://127.0.0.1:9"})
    # Each node learns from the relays' heartbeats how endpoints are reached.
    wait_until(lambda: all([admin("proxies_get", id=fixed["id"])["endpoints"] for _ in ports]), "the ways are known")
    admin("proxies_delete", 204, id=fixed["id"])
    return admin


def through(proxy):
    """What the world sees of somebody who uses the endpoint by its port."""
    way = next(one for one in proxy["endpoints"] if one["way"] == "port")
    address = f"http://{way['username']}:{way['password']}@127.0.0.1:{way['port']}"
    return lambda url: subprocess.run(["curl", "-sS", "-m", str(int(20 * SCALE)), "-x", address, url],
                                      capture_output=True, check=False).stdout.decode()


def test_one_proxy_from_its_key_to_its_end(admin):
    proxy = admin("proxies_create", 201, body={"key_name": "Đà Nẵng 1", "kiotproxy_key": "KCURL1", "region": "trung"})
    one = proxy["id"]
    assert [p["id"] for p in admin("proxies_list", q="da nang")] == [one]
    assert admin("proxies_get", id=one)["subdomain"] == proxy["subdomain"]
    before = proxy["remote_ip"]
    assert admin("rotation_rotate", 200, id=one, body={})["new_ip"] != before
    assert admin("rotation_check", 200, id=one, body={})["latency_ms"] >= 0
    assert admin("rotation_check", 200, id=one, body={"via": "endpoint"})["way"] == "port"
    assert admin("rotation_sync", 200, id=one)["new_ip"]
    admin("rotation_restart", 200, id=one)
    admin("rotation_cancel", 409, id=one)
    link = admin("links_create", 201, id=one)["url"].rsplit("/", 1)[1]
    assert admin("link_rotate", 200, token=link)["data"]["realIpAddress"] not in ("", before)
    admin("links_delete", 204, id=one)
    assert admin("proxies_update", 200, id=one, body={"note": "of the shop", "tags": ["shop"]})["note"] == "of the shop"
    assert admin("proxies_update", 200, id=one, body={"is_active": False})["status"] == "paused"
    assert admin("proxies_update", 200, id=one, body={"is_active": True})["status"] == "active"
    assert admin("proxies_update", 200, id=one, body={"kiotproxy_key": "KCURL2"})["number"] == proxy["number"]
    assert {"rotate", "update", "restart"} <= {line["action"] for line in admin("logs_list", proxy_id=one)}
    admin("proxies_delete", 204, id=one)
    assert one in [p["id"] for p in admin("proxies_deleted")]
    assert admin("proxies_restore", id=one)["endpoint"] == proxy["endpoint"]


def test_many_at_once(admin):
    text = "KCURLA\tKho hàng\tbac\r\nKCURLB|Shop|nam\r\nKCURLA\r\nnot a key at all\r\n"
    preview = admin("proxies_bulk_import", 200, body={"kiotproxy_keys": text, "region": "random", "dry_run": True})
    made = admin("proxies_bulk_import", 200, body={"kiotproxy_keys": text, "region": "random"})
    assert (preview["ok"], made["ok"], made["n"]) == (2, 2, 4)
    ids = [one["id"] for one in made["results"] if one["status"] == "created"]
    wait_until(lambda: all(admin("proxies_get", id=n)["status"] == "active" for n in ids), "both have an upstream")
    tagged = admin("proxies_bulk", 200, body={"ids": ids, "action": "tag", "add": ["lot"]})
    assert {one["status"] for one in tagged["results"]} == {"started"}
    assert {p["id"] for p in admin("proxies_list", tag="lot", sort="-key_name")} == set(ids)
    admin("proxies_bulk", 200, body={"ids": ids, "action": "rotate", "when": "allowed"})
    admin("proxies_replace_keys", 200, body={"pairs": [{"id": ids[0], "new_key": "KCURLC"}]})
    admin("proxies_check_all", 202)
    admin("proxies_sync_all", 202)
    lines = admin("proxies_export", format="host_port_user_pass", tag="lot").body.decode().splitlines()
    assert len(lines) == 2 and all(line.count(":") == 3 for line in lines)
    assert admin("proxies_export", format="csv", tag="lot").body.startswith(b"\xef\xbb\xbf")


def test_people_and_programs(admin):
    staff = admin("users_create", 201, body={"username": "staff", "role": "operator", "password": "violet tractor 88 moon"})
    proxy = admin("proxies_create", body={"key_name": "of the staff", "kiotproxy_key": "KCURLS"})
    admin("proxies_update", id=proxy["id"], body={"user_id": staff["id"]})
    session = admin("auth_login", body={"username": "staff", "password": "violet tractor 88 moon"})["session_id"]
    person = admin.as_user(session)
    assert person("auth_me")["role"] == "operator"
    assert [p["id"] for p in person("proxies_list")] == [proxy["id"]]
    person("rotation_rotate", 200, id=proxy["id"], body={})
    person("users_list", 403)
    token = person("tokens_create", 201, body={"name": "script", "read_only": True})
    program = admin.as_user(token["token"])
    assert [p["id"] for p in program("proxies_list")] == [proxy["id"]]
    program("rotation_rotate", 403, id=proxy["id"], body={})
    person("tokens_revoke", 204, id=token["id"])
    program("proxies_list", 401)
    person("password_change", 204, body={"old_password": "violet tractor 88 moon", "new_password": "orange kettle 31 river"})
    assert person("auth_sessions_list")
    admin("users_update", id=staff["id"], body={"active": False})
    person("proxies_list", 401)
    admin("users_delete", 204, id=staff["id"], reassign_to=1)


def test_the_fleet_itself(admin, fleet):
    settings = admin("settings_get")["settings"]
    minutes = settings["auto_rotate_interval_minutes"] + 1
    assert admin("settings_update", body={"auto_rotate_interval_minutes": minutes})["settings"][
        "auto_rotate_interval_minutes"] == minutes
    roles = sorted(node["role"] for node in admin("fleet_get")["nodes"])
    assert roles == ["api", "api", "relay", "relay", "scheduler", "scheduler"]
    admin("dns_zone_get", 409)  # this fleet has no domain
    channel = admin("notices_create", 201, body={"name": "nobody there", "kind": "webhook", "url": "http://127.0.0.1:9/"})
    admin("notices_test", 502, id=channel["id"])
    assert admin("notices_deliveries", channel=channel["id"])
    admin("notices_delete", 204, id=channel["id"])
    backup = admin("backup_get", headers=[f"Backup-Passphrase: {PASSPHRASE}"])
    again = admin("import_post", body=backup, dry_run="true", headers=[f"Backup-Passphrase: {PASSPHRASE}"])
    assert again["dry_run"] is True
    admin("health_get")


def test_traffic_is_seen_in_the_figures(admin, fleet):
    proxy = admin("proxies_create", body={"key_name": "busy", "kiotproxy_key": "KCURLT", "allow": []})
    fleet.wait_applied(proxy["version"])
    assert proxy["remote_ip"] in through(proxy)(fleet.sim.origin + "/ip")
    wait_until(lambda: admin("usage_get", id=proxy["id"], minutes=5)["totals"]["connections"] > 0, "the traffic is counted", 20)
