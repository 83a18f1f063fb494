"""A provider other than KiotProxy from end to end: TMProxy's API as a small stand-in, a real scheduler, REST."""

import http.server
import json
import threading
import time
import types

import pytest

from harness.api import ApiNode
from harness.redis_server import RedisServer
from harness.scheduler import Scheduler
from harness.simulator import wait_until

COOLDOWN_S = 3


class TmProxy:
    """with TmProxy() as vendor: vendor.base, vendor.calls: [(path, api_key)]. Unknown keys are refused."""

    def __init__(self, keys):
        self.keys = {key: types.SimpleNamespace(port=20000 + 100 * i, changed=None) for i, key in enumerate(keys)}
        self.calls, self.lock = [], threading.Lock()
        vendor = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                """ProxyXoay's only call."""
                vendor.calls.append((self.path.split("?")[0], "KSECRETpx1"))
                self.send(b'{"status":100,"message":"proxy nay se die sau 1777s","proxyhttp":"127.0.0.1:21000::"}')

            def do_POST(self):
                asked = json.loads(self.rfile.read(int(self.headers["content-length"])))
                with vendor.lock:
                    body = json.dumps(vendor.answer(self.path, asked)).encode()
                assert self.headers["content-type"] == "application/json"
                self.send(body)

            def send(self, body):
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.base = f"http://127.0.0.1:{self.server.server_port}/api/proxy"

    def answer(self, path, asked):
        key = self.keys.get(asked["api_key"])
        self.calls.append((path.rsplit("/", 1)[-1], asked["api_key"]))
        if key is None:
            return {"code": 11, "message": "API không tồn tại", "data": {}}
        wait = 0 if key.changed is None else max(0, key.changed + COOLDOWN_S - time.monotonic())
        if path == "/api/proxy/get-new-proxy":
            assert asked["id_location"] == 0
            if wait > 0:
                return {"code": 5, "message": f"retry after {wait:.0f} second(s)", "data": {"next_request": wait}}
            key.port, key.changed, wait = key.port + 1, time.monotonic(), COOLDOWN_S
        else:
            assert path == "/api/proxy/get-current-proxy"
        there = key.changed is not None
        return {"code": 0, "message": "", "data": {
            "https": f"127.0.0.1:{key.port}" if there else "", "socks5": "", "username": "us", "password": "pa",
            "timeout": 1200 if there else 0, "next_request": wait, "public_ip": "171.229.1.3", "location_name": "Hà Nội"}}

    def __enter__(self):
        self.thread = threading.Thread(target=self.server.serve_forever)
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()


@pytest.fixture(scope="module")
def fleet():
    nobody = types.SimpleNamespace(api="http://127.0.0.1:9")
    with TmProxy(["KSECRETtm1", "KSECRETtm2"]) as vendor, RedisServer() as redis, \
            Scheduler(redis, nobody, provider_base_urls=f"proxyxoay={vendor.base},tmproxy={vendor.base}"), \
            ApiNode(redis) as node:
        admin = node.login()
        admin.put("/api/settings", {"auto_rotate_on_expiration": False})
        yield vendor, admin


def add(admin, key, provider="tmproxy", **fields):
    return admin.post("/api/proxies", {"key_name": key, "provider": provider, "provider_key": key, **fields})


def test_add_rotate_cooldown(fleet):
    vendor, admin = fleet
    made = add(admin, "KSECRETtm1")
    assert made.status == 201, made
    assert made.json["provider"] == "tmproxy" and "kiotproxy_key" not in made.json
    assert made.json["remote_http"] == "127.0.0.1:20001" and made.json["remote_ip"] == "171.229.1.3"
    path = f"/api/proxies/{made.json['id']}"
    refused = admin.post(path + "/rotate")
    assert refused.status == 409 and refused.message_id == "err.cooldown"
    assert refused.json["detail"].startswith("TMProxy allows the next change in"), refused
    assert 1 <= refused.json["retry_after_seconds"] <= COOLDOWN_S
    answer = wait_until(lambda: (a := admin.post(path + "/rotate")).status != 409 and a, "the cooldown ends")
    assert answer.status == 200 and answer.json["remote_http"] == "127.0.0.1:20002", answer
    assert [call for call in vendor.calls if call == ("get-new-proxy", "KSECRETtm1")] == [("get-new-proxy", "KSECRETtm1")] * 2


def test_a_key_that_is_in_use_elsewhere_is_adopted(fleet):
    """/get-new-proxy says "too early": what /get-current-proxy names becomes the upstream."""
    vendor, admin = fleet
    with vendor.lock:
        vendor.answer("/api/proxy/get-new-proxy", {"api_key": "KSECRETtm2", "id_location": 0})
    made = add(admin, "KSECRETtm2")
    assert made.status == 201 and made.json["remote_http"] == "127.0.0.1:20101", made
    assert ("get-current-proxy", "KSECRETtm2") in vendor.calls


def test_a_call_that_the_provider_does_not_have(fleet):
    """ProxyXoay cannot be asked what is assigned: a sync says so, changes nothing and asks nobody."""
    vendor, admin = fleet
    made = add(admin, "KSECRETpx1", provider="proxyxoay")
    assert made.status == 201 and made.json["remote_http"] == "127.0.0.1:21000", made
    answer = admin.post(f"/api/proxies/{made.json['id']}/sync")
    assert answer.status == 409 and answer.message_id == "err.not_offered" and "retry-after" not in answer.headers, answer
    after = admin.proxy(made.json["id"])
    assert after["status"] == "active" and not after["last_error"], after
    assert sum(1 for path, key in vendor.calls if key == "KSECRETpx1") == 1
    assert admin.delete(f"/api/proxies/{made.json['id']}").status in (200, 204)


def test_refusals(fleet):
    _, admin = fleet
    unknown = add(admin, "KSECRETnobody")
    assert unknown.status == 422 and unknown.message_id == "err.key_invalid", unknown
    assert unknown.json["detail"] == "TMProxy does not know this key. Check it, or replace it.", unknown
    other = add(admin, "KSECRETtm3", provider="nobody")
    assert other.status == 422 and other.message_id == "err.choice", other
    assert other.json["params"]["wanted"] == "kiotproxy, tmproxy, wwproxy, proxyxoay, netproxy, static"
    missing = admin.post("/api/proxies", {"key_name": "x", "provider": "tmproxy"})
    assert missing.status == 400 and missing.json["params"]["field"] == "provider_key", missing
