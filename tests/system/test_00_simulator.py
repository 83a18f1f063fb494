"""The simulator itself: every later test rests on its calls, error classes, traps, and upstreams."""

import base64
import http.client
import json
import socket
import struct
import subprocess
import time
import zlib

import pytest

from harness.simulator import SCALE, Simulator, build_dir, wait_until

TIMEOUT_S = 10 * SCALE


@pytest.fixture
def sim():
    with Simulator(ttl_ms=60000, ttc_ms=0) as simulator:
        yield simulator


def address(data):
    host, port = data["http"].split(":")[:2]
    return host, int(port)


def connect(at):
    return socket.create_connection(at, timeout=TIMEOUT_S)


def read_until(sock, end):
    data = b""
    while not data.endswith(end):
        part = sock.recv(65536)
        if not part:
            break
        data += part
    return data


def tunnel(data, target="origin.test:80", headers=""):
    """A socket behind a CONNECT that was answered 200."""
    sock = connect(address(data))
    sock.sendall(f"CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n{headers}\r\n".encode())
    head = read_until(sock, b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200 "), head
    return sock


def fetch(data, target, method="GET", body=None, headers=None, connection=None):
    """An absolute-form request through the upstream."""
    proxy = connection or http.client.HTTPConnection(*address(data), timeout=TIMEOUT_S)
    proxy.request(method, "http://origin.test" + target, body, headers or {})
    response = proxy.getresponse()
    content = response.read()
    if connection is None:
        proxy.close()
    return response, content


def seen_ip(data):
    return json.loads(fetch(data, "/ip")[1])["ip"]


def is_cut(sock):
    try:
        return sock.recv(1) == b""
    except ConnectionResetError:
        return True


def is_dead(at):
    """No service at that address: refused, or reset before any answer."""
    try:
        with connect(at) as sock:
            sock.sendall(b"CONNECT origin.test:80 HTTP/1.1\r\nHost: origin.test:80\r\n\r\n")
            return sock.recv(1) == b""
    except (ConnectionRefusedError, ConnectionResetError, BrokenPipeError):
        return True


class TestCalls:
    def test_new_has_every_field(self, sim):
        before_ms = time.time() * 1000
        answer = sim.call("new", "K1", region="trung")
        body, data = answer.json, answer.json["data"]
        assert answer.status == 200
        assert (body["success"], body["code"], body["status"]) == (True, 200, "SUCCESS")
        assert set(data) == {"realIpAddress", "http", "socks5", "nextRequestAt", "httpPort", "socks5Port", "host",
                             "location", "expirationAt", "ttl", "ttc"}
        assert data["host"] == data["realIpAddress"] and data["host"].startswith("127.")
        assert data["http"] == f"{data['host']}:{data['httpPort']}"
        assert data["socks5"] == f"{data['host']}:{data['socks5Port']}"
        assert data["httpPort"] == sim.upstream_port
        assert data["ttl"] == 60
        assert data["expirationAt"] - body["timestamp"] == pytest.approx(60000, abs=50)
        assert before_ms - 1000 < body["timestamp"] < before_ms + 10000
        assert data["location"] in ("Đà Nẵng", "Huế", "Nghệ An", "Thanh Hóa", "Quảng Ngãi", "Khánh Hòa")

    def test_current_follows_new_and_out_releases(self, sim):
        none = sim.call("current", "K1")
        assert (none.status, none.json["error"], none.json["code"]) == (400, "PROXY_NOT_FOUND_BY_KEY", 40001050)
        assert sim.call("out", "K1").json["error"] == "PROXY_NOT_FOUND_BY_KEY"
        data = sim.new("K1")
        assert sim.current("K1")["http"] == data["http"]
        assert sim.call("out", "K1").json["data"] is True
        assert sim.call("current", "K1").json["code"] == 40001050
        assert is_dead(address(data))

    def test_each_new_gives_another_address(self, sim):
        assert len({sim.new("K1")["http"] for _ in range(20)}) == 20

    @pytest.mark.parametrize("query", ["key=K1&region=west", "key=K1&extra=1", "key=K1&key=K2", "key=K1&region=bac&region=bac",
                                       "key=%zz", "key=" + "K" * 129])
    def test_wrong_parameters_are_refused(self, sim, query):
        answer = sim._request("GET", f"{sim.api}/proxies/new?{query}", None, 20)
        assert answer.status == 400 and answer.json["success"] is False and answer.json["error"] == "BAD_REQUEST"

    @pytest.mark.parametrize("query", ["", "key=", "key=a%20b", "key=%C3%A9"])
    def test_no_key_is_not_found(self, sim, query):
        answer = sim._request("GET", f"{sim.api}/proxies/new?{query}", None, 20)
        assert (answer.status, answer.json["error"], answer.json["code"]) == (404, "KEY_NOT_FOUND", 40400006)

    def test_only_get_and_only_known_paths(self, sim):
        assert sim._request("POST", sim.call_url("new", "K1"), "", 20).status == 405
        assert sim._request("GET", sim.api + "/proxies/newer?key=K1", None, 20).status == 404

    def test_any_printable_key_is_good(self, sim):
        key = "K!&=%+/~" + "x" * 120
        assert sim.new(key)["host"] == sim.current(key)["host"]
        assert sim.key(key)["calls"] == {"new": 1, "current": 1, "out": 0}

    def test_key_prefix_refuses_others_and_says_why(self):
        with Simulator(key_prefix="SIM") as sim:
            answer = sim.call("new", "K1")
            assert answer.json["error"] == "KEY_NOT_FOUND"
            assert "simulator" in answer.json["message"] and "SIM" in answer.json["message"]
            assert sim.new("SIM1")

    def test_default_user_agents_meet_the_firewall(self, sim):
        for agent in ("", "User-Agent: Python-urllib/3.11\r\n"):
            with connect(sim.api_address()) as sock:
                sock.sendall(f"GET /api/v1/proxies/new?key=K1 HTTP/1.1\r\nHost: x\r\n{agent}\r\n".encode())
                assert sock.recv(65536).startswith(b"HTTP/1.1 403 ")
        assert sim.key("K1") is None


class TestCooldown:
    def test_too_early_in_vietnamese_then_allowed(self):
        with Simulator(ttc_ms=1500) as sim:
            data = sim.new("K1")
            assert data["ttc"] == 2
            early = sim.call("new", "K1")
            assert (early.status, early.json["code"]) == (400, 40001038)
            assert any(f"sau {n} giây" in early.json["message"] for n in (1, 2)), early
            assert sim.current("K1")["http"] == data["http"]
            wait_until(lambda: sim.call("new", "K1").status == 200, "the cooldown is over")
            assert time.time() * 1000 >= data["nextRequestAt"]
            assert sim.current("K1")["http"] != data["http"]

    def test_other_forms(self):
        with Simulator(ttc_s=100) as sim:
            sim.behave("K1", cooldown="ttc", next_request="missing")
            assert "nextRequestAt" not in sim.new("K1")
            early = sim.call("new", "K1").json
            assert 98 <= early["data"]["ttc"] <= 100 and "giây" not in early["message"]
            sim.behave("K1", next_request="zero", skew_ms=-3600000, real_ip="203.0.113.7")
            answer = sim.call("current", "K1").json
            assert answer["data"]["nextRequestAt"] == 0 and answer["data"]["realIpAddress"] == "203.0.113.7"
            assert answer["timestamp"] < time.time() * 1000 - 3500000

    def test_release_does_not_end_it(self):
        with Simulator(ttc_s=100) as sim:
            sim.new("K1")
            sim.call("out", "K1")
            assert sim.call("new", "K1").json["code"] == 40001038


class TestErrorClasses:
    @pytest.mark.parametrize("mode,status,error", [("key_not_found", 404, "KEY_NOT_FOUND"), ("key_expired", 400, "KEY_EXPIRED"),
                                                   ("rate_limited", 429, "TOO_MANY_REQUESTS"),
                                                   ("no_stock", 400, "PROXY_OUT_OF_STOCK")])
    def test_business_failures(self, sim, mode, status, error):
        sim.behave("K1", mode, times=1)
        answer = sim.call("new", "K1")
        assert (answer.status, answer.json["error"], answer.json["success"]) == (status, error, False)
        assert answer.json["status"] == "FAIL" and answer.json["message"]
        assert sim.key("K1")["rotations"] == 0
        assert sim.new("K1")  # once only

    def test_expired_key_in_vietnamese(self, sim):
        sim.behave("K1", "key_expired", http=200)
        answer = sim.call("current", "K1")
        assert answer.status == 200 and "hết hạn" in answer.json["message"]

    def test_firewall_is_html(self, sim):
        sim.behave("K1", "firewall")
        answer = sim.call("new", "K1")
        assert answer.status == 403 and answer.headers["content-type"].startswith("text/html")
        assert b"<html>" in answer.body

    def test_server_error_garbage_redirect_huge(self, sim):
        sim.behave("K1", "http_500", http=503)
        assert sim.call("new", "K1").status == 503
        sim.behave("K1", "garbage")
        with pytest.raises(ValueError):
            sim.call("new", "K1").json  # noqa: B018
        sim.behave("K1", "redirect")
        answer = sim.call("new", "K1")
        assert answer.status == 302 and answer.headers["location"]
        sim.behave("K1", "huge")
        assert len(sim.call("new", "K1").body) == 64 * 1024 * 1024

    def test_only_the_named_call_and_default_and_none(self, sim):
        sim.behave("K1", "http_500", on="current")
        assert sim.new("K1") and sim.call("current", "K1").status == 500
        sim.behave("K1", "none")
        assert sim.current("K1")
        sim.behave_default("key_expired")
        assert sim.call("new", "K2").json["error"] == "KEY_EXPIRED"
        sim.behave_default("none")
        assert sim.new("K2")

    def test_percent(self, sim):
        sim.behave("K1", "http_500", percent=30)
        bad = sum(sim.call("current", "K1").status == 500 for _ in range(400))
        assert 60 < bad < 180

    @pytest.mark.parametrize("body", [{"mode": "nonsense"}, {"mode": "slow", "delay_ms": -1}, {"times": 1},
                                      {"mode": "slow", "unknown": 1}, {"ttl_ms": 0}, {"upstream_auth": {"x": "y"}}, []])
    def test_wrong_behaviour_is_refused(self, sim, body):
        assert sim.admin_call("POST", "/keys/K1", body).status == 400
        assert sim.key("K1")["mode"] == "none"


class TestTraps:
    def test_lost_after_the_rotation_on_a_warm_connection(self, sim):
        first = sim.new("K1")
        sim.behave("K1", "lost_new", times=1)
        warm = http.client.HTTPConnection(*sim.api_address(), timeout=TIMEOUT_S)
        headers = {"User-Agent": "t"}
        warm.request("GET", "/api/v1/proxies/current?key=K1", headers=headers)
        assert warm.getresponse().read()
        warm.request("GET", "/api/v1/proxies/new?key=K1", headers=headers)
        with pytest.raises((http.client.RemoteDisconnected, ConnectionResetError)):
            warm.getresponse()
        warm.close()
        assert sim.current("K1")["http"] != first["http"]
        assert sim.key("K1")["rotations"] == 2
        assert [(c["outcome"], c["http"]) for c in sim.log(key="K1", call="new")] == [("rotated", 200), ("lost_rotated", 0)]

    @pytest.mark.parametrize("cut", ["fin", "rst"])
    def test_lost_before_the_rotation(self, sim, cut):
        first = sim.new("K1")
        sim.behave("K1", "lost_new_before", times=1, cut=cut)
        with pytest.raises((http.client.RemoteDisconnected, ConnectionResetError)) as raised:
            sim.call("new", "K1")
        assert (raised.type is ConnectionResetError) == (cut == "rst")
        assert sim.current("K1")["http"] == first["http"]
        assert sim.key("K1")["rotations"] == 1

    def test_same_ip_again(self):
        with Simulator(ttl_ms=60000, ttc_ms=50) as sim:
            first = sim.new("K1")
            sim.behave("K1", "same_ip", times=1)
            again = wait_until(lambda: (a := sim.call("new", "K1")).status == 200 and a.json["data"], "cooldown over")
            assert again["http"] == first["http"] and again["expirationAt"] > first["expirationAt"]
            assert sim.key("K1")["same_ip"] == 1 and seen_ip(again) == first["host"]

    def test_slow_answer_after_the_work(self, sim):
        sim.behave("K1", "slow", delay_ms=60000)
        with connect(sim.api_address()) as sock:
            sock.sendall(b"GET /api/v1/proxies/new?key=K1 HTTP/1.1\r\nHost: x\r\nUser-Agent: t\r\n\r\n")
            wait_until(lambda: (sim.key("K1") or {}).get("rotations") == 1, "the work is done before the answer")
        sim.behave("K1", "none")
        assert sim.current("K1")

    def test_work_after_the_delay_happens_without_a_client(self, sim):
        first = sim.new("K1")
        sim.behave("K1", "slow", delay_ms=300, work="last", times=1)
        with connect(sim.api_address()) as sock:
            sock.sendall(b"GET /api/v1/proxies/new?key=K1 HTTP/1.1\r\nHost: x\r\nUser-Agent: t\r\n\r\n")
            wait_until(lambda: sim.key("K1")["calls"]["new"] == 2, "the call arrived")
            assert sim.current("K1")["http"] == first["http"]
        wait_until(lambda: sim.current("K1")["http"] != first["http"], "the rotation, client or not")

    def test_latency_of_every_answer(self):
        with Simulator(latency_ms=200) as sim:
            began = time.monotonic()
            sim.new("K1")
            assert time.monotonic() - began >= 0.2

    def test_changed_by_someone_else(self, sim):
        first = sim.new("K1")
        other = sim.rotate("K1")["upstream"]
        assert other["host"] != first["host"] and sim.current("K1")["host"] == other["host"]
        assert is_dead(address(first))
        assert sim.key("K1")["calls"]["new"] == 1 and sim.key("K1")["rotations"] == 2

    def test_dies_and_the_vendor_does_not_know(self, sim):
        data = sim.new("K1")
        sock = tunnel(data)
        sim.kill_upstream("K1")
        assert is_cut(sock) and is_dead(address(data))
        assert sim.current("K1")["http"] == data["http"]
        assert sim.key("K1")["upstream"]["alive"] is False

    def test_expiry(self):
        with Simulator(ttl_ms=400, ttc_ms=0) as sim:
            data = sim.new("K1")
            sock = tunnel(data)
            wait_until(lambda: sim.call("current", "K1").json["success"] is False, "the upstream expires")
            assert time.time() * 1000 >= data["expirationAt"]
            assert sim.call("current", "K1").json["code"] == 40001050
            assert is_cut(sock) and is_dead(address(data))


class TestUpstream:
    def test_leaves_from_its_own_address(self, sim):
        one, two = sim.new("K1"), sim.new("K2")
        assert seen_ip(one) == one["realIpAddress"] and seen_ip(two) == two["realIpAddress"]
        rotated = sim.new("K1")
        assert seen_ip(rotated) == rotated["realIpAddress"] != one["realIpAddress"]
        with tunnel(rotated) as sock:
            sock.sendall(b"GET /ip HTTP/1.1\r\nHost: origin.test\r\nConnection: close\r\n\r\n")
            assert rotated["host"].encode() in read_until(sock, b"}")

    def test_death_at_rotation_cuts_at_once(self, sim):
        data = sim.new("K1")
        sock = tunnel(data)
        sim.new("K1")
        assert is_cut(sock)
        with pytest.raises(ConnectionResetError):
            with connect(address(data)) as late:
                late.recv(1)
        assert sim.stats()["totals"]["refused_connections"] >= 1

    def test_death_at_rotation_cuts_after_the_chosen_time(self):
        with Simulator(ttc_ms=0, cut_after_ms=700) as sim:
            data = sim.new("K1")
            sock = tunnel(data)
            sim.new("K1")
            began = time.monotonic()
            assert is_dead(address(data))
            sock.sendall(b"GET /ip HTTP/1.1\r\nHost: origin.test\r\n\r\n")
            assert data["host"].encode() in read_until(sock, b"}")
            assert is_cut(sock) and time.monotonic() - began > 0.5

    def test_own_socket_refuses_when_dead(self):
        with Simulator(ttc_ms=0, own_socket_prefix="OWN") as sim:
            data = sim.new("OWN1")
            assert data["httpPort"] != sim.upstream_port and seen_ip(data) == data["host"]
            sock = tunnel(data)
            rotated = sim.new("OWN1")
            assert is_cut(sock) and seen_ip(rotated) == rotated["host"]
            with pytest.raises(ConnectionRefusedError):
                connect(address(data))
            with pytest.raises(ConnectionResetError):  # nor is it on the wildcard port
                with connect((rotated["host"], sim.upstream_port)) as wrong:
                    wrong.recv(1)

    def test_keep_alive_and_bodies(self, sim):
        data = sim.new("K1")
        connection = http.client.HTTPConnection(*address(data), timeout=TIMEOUT_S)
        pattern = bytes((i * 31 + (i >> 8)) & 255 for i in range(300000))
        for target in ("/bytes/300000", "/chunked/300000", "/bytes/0"):
            response, content = fetch(data, target, connection=connection)
            assert response.status == 200 and content == pattern[:int(target.split("/")[-1])]
        big = bytes(range(256)) * 20000
        echo = json.loads(fetch(data, "/echo?x=1", "POST", big, connection=connection)[1])
        assert (echo["method"], echo["target"], echo["body_bytes"]) == ("POST", "/echo?x=1", len(big))
        assert echo["body_crc32"] == zlib.crc32(big)
        echo = json.loads(fetch(data, "/echo", "PUT", iter([b"chunked ", b"body"]), connection=connection)[1])
        assert echo["body"] == "chunked body"
        assert fetch(data, "/status/404", connection=connection)[0].status == 404
        assert fetch(data, "/bytes/9", "HEAD", connection=connection)[1] == b""
        assert fetch(data, "/close/300000", connection=connection)[1] == pattern
        connection.close()
        assert sim.key("K1")["connections"]["opened"] == 1

    def test_own_credentials_never_reach_the_target(self, sim):
        data = sim.new("K1")
        headers = {"Proxy-Authorization": "Basic eDp5", "Connection": "X-Hop", "X-Hop": "1", "X-Stays": "1"}
        names = {name for name, _ in json.loads(fetch(data, "/echo", headers=headers)[1])["headers"]}
        assert "X-Stays" in names and "Host" in names
        assert not names & {"Proxy-Authorization", "X-Hop"}

    def test_asks_for_credentials(self, sim):
        sim.behave("K1", upstream_auth={"user": "u", "password": "p:w"})
        data = sim.new("K1")
        assert (data["proxyUser"], data["proxyPass"]) == ("u", "p:w")
        response, _ = fetch(data, "/ip")
        assert response.status == 407 and response.getheader("Proxy-Authenticate").startswith("Basic ")
        good = base64.b64encode(b"u:p:w").decode()
        response, body = fetch(data, "/ip", headers={"Proxy-Authorization": "Basic " + good})
        assert response.status == 200 and json.loads(body)["ip"] == data["host"]
        tunnel(data, headers=f"Proxy-Authorization: Basic {good}\r\n").close()
        sim.behave("K1", auth_form="joined")
        assert sim.current("K1")["http"] == f"{data['host']}:{data['httpPort']}:u:p:w"

    @pytest.mark.parametrize("target", ["example.com:443", "10.0.0.1:80", "8.8.8.8:53", "localhost:80"])
    def test_never_leaves_the_machine(self, sim, target):
        with connect(address(sim.new("K1"))) as sock:
            sock.sendall(f"CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n\r\n".encode())
            assert sock.recv(65536).startswith(b"HTTP/1.1 403 ")

    def test_unreachable_target_is_502(self, sim):
        with socket.socket() as unused:
            unused.bind(("127.0.0.1", 0))  # bound, not listening
            with connect(address(sim.new("K1"))) as sock:
                sock.sendall(f"CONNECT 127.0.0.1:{unused.getsockname()[1]} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
                assert sock.recv(65536).startswith(b"HTTP/1.1 502 ")

    @pytest.mark.parametrize("head", [b"GET /ip HTTP/1.1\nHost: x\n\n", b"GET  http://origin.test/ HTTP/1.1\r\nHost: x\r\n\r\n",
                                      b"GET http://origin.test/ HTTP/1.1\r\nHost: x\r\nA : b\r\n\r\n", b"GET /ip HTTP/1.1\r\nHost: x\r\n\r\n",
                                      b"POST http://origin.test/echo HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\n",
                                      b"POST http://origin.test/echo HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
                                      b"CONNECT origin.test HTTP/1.1\r\nHost: x\r\n\r\n", b"CONNECT origin.test:80 HTTP/1.1\r\n\r\n",
                                      b"GET http://origin.test/ HTTP/1.1\r\nA: " + b"x" * 70000])
    def test_broken_requests_are_400(self, sim, head):
        with connect(address(sim.new("K1"))) as sock:
            sock.sendall(head)
            assert read_until(sock, b"never").startswith(b"HTTP/1.1 400 ")

    def test_half_close_goes_through_and_early_bytes_arrive(self, sim):
        with connect(address(sim.new("K1"))) as sock:
            sock.sendall(b"CONNECT origin.test:80 HTTP/1.1\r\nHost: x\r\n\r\nGET /bytes/2000000 HTTP/1.1\r\nHost: x\r\n\r\n")
            sock.shutdown(socket.SHUT_WR)
            content = read_until(sock, b"never")  # up to the EOF
        assert len(content.split(b"\r\n\r\n", 2)[2]) == 2000000

    def test_upgrade_becomes_a_tunnel(self, sim):
        with connect(address(sim.new("K1"))) as sock:
            sock.sendall(b"GET http://origin.test/upgrade HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n")
            assert read_until(sock, b"\r\n\r\n").startswith(b"HTTP/1.1 101 ")
            sock.sendall(b"ping")
            assert read_until(sock, b"ping") == b"ping"
            sock.shutdown(socket.SHUT_WR)
            assert sock.recv(1) == b""

    def test_socks5(self, sim):
        sim.behave("K2", upstream_auth={"user": "u", "password": "p"})
        for data, login in ((sim.new("K1"), None), (sim.new("K2"), b"\x01\x01u\x01p")):
            with connect((data["host"], data["socks5Port"])) as sock:
                sock.sendall(b"\x05\x01\x02" if login else b"\x05\x01\x00")
                assert sock.recv(2) == (b"\x05\x02" if login else b"\x05\x00")
                if login:
                    sock.sendall(login)
                    assert sock.recv(2) == b"\x01\x00"
                sock.sendall(b"\x05\x01\x00\x03\x0borigin.test" + struct.pack(">H", 80))
                assert sock.recv(10)[:2] == b"\x05\x00"
                sock.sendall(b"GET /ip HTTP/1.1\r\nHost: x\r\n\r\n")
                assert data["host"].encode() in read_until(sock, b"}")
        with connect((data["host"], data["socks5Port"])) as sock:
            sock.sendall(b"\x05\x01\x02\x01\x01u\x01X")
            assert read_until(sock, b"never") == b"\x05\x02\x01\x01"


class TestCounting:
    def test_counts_and_log(self, sim):
        data = sim.new("K1")
        with tunnel(data), tunnel(data):
            key = sim.key("K1")
            assert key["connections"] == key["upstream"]["connections"] == {"opened": 2, "open": 2}
        wait_until(lambda: sim.key("K1")["connections"]["open"] == 0, "the tunnels are closed")
        sim.current("K1")
        seen_ip(data)
        stats = sim.stats(keys=True)
        assert stats["totals"]["calls"] == {"new": 1, "current": 1, "out": 0}
        assert stats["origin"]["requests"] == 1 and [k["key"] for k in stats["keys"]] == ["K1"]
        log = sim.log()
        assert [(c["seq"], c["call"], c["outcome"], c["http"]) for c in log] == [(1, "new", "rotated", 200), (2, "current", "current", 200)]
        assert sim.log(since=1) == log[1:] and sim.log(since=2) == []
        sim.reset_counters()
        assert sim.stats()["totals"]["calls"]["new"] == 0 and sim.key("K1")["rotations"] == 0

    def test_upstreams_live_on_over_a_crash(self, tmp_path):
        state = tmp_path / "state.json"
        sim = Simulator(ttl_s=600, ttc_s=600, own_socket_prefix="OWN", state_file=state).start()
        sim.behave("K2", upstream_auth={"user": "u", "password": "p"})
        data = {key: sim.new(key, region="nam") for key in ("K1", "K2", "OWN1")}
        wait_until(lambda: state.exists() and b"OWN1" in state.read_bytes(), "the state is written")
        sim.kill()
        with Simulator(ttl_s=600, ttc_s=600, own_socket_prefix="OWN", state_file=state) as sim:
            for key, was in data.items():
                now = sim.current(key)
                for field in ("http", "location", "expirationAt", "nextRequestAt"):
                    assert now[field] == was[field]
            assert seen_ip(data["K1"]) == data["K1"]["host"] and seen_ip(data["OWN1"]) == data["OWN1"]["host"]
            assert fetch(data["K2"], "/ip")[0].status == 407
            assert sim.call("new", "K1").json["code"] == 40001038
            assert sim.new("K3")["host"] not in [d["host"] for d in data.values()]

    def test_wrong_options_stop_the_start_with_one_line(self):
        program = build_dir() / "tests" / "kiotproxy-sim" / "kiotproxy-sim"
        for arguments in (["--ttl-s", "0"], ["--listen", "nonsense"], ["--no-such", "1"], ["--ttc-ms"]):
            done = subprocess.run([program, *arguments], capture_output=True, text=True, timeout=TIMEOUT_S)
            assert done.returncode == 2 and done.stderr.count("\n") == 1 and arguments[0] in done.stderr, done
        assert "--own-socket-prefix" in subprocess.run([program, "--help"], capture_output=True, text=True).stdout
