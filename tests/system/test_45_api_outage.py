"""What goes wrong around an api-node: Redis away, nodes killed, stopped in the middle, configured wrongly."""

import signal
import threading
import time

import pytest

from harness.api import ApiNode
from harness.redis_server import RedisServer
from harness.simulator import wait_until


@pytest.fixture
def redis():
    with RedisServer("--appendonly", "yes", "--appendfsync", "always") as redis:
        yield redis


def crash(redis):
    redis.client.close()
    redis.process.kill()
    redis.process.wait()


def test_redis_killed_and_restarted(redis):
    with ApiNode(redis) as node:
        admin = node.login()
        proxy = admin.add_static("stays")
        with admin.live() as live:
            live.wait("hello")
            crash(redis)
            answer = wait_until(lambda: (a := admin.get("/api/proxies")) and "x-stale-seconds" in a.headers and a, "stale")
            assert answer.status == 200 and [p["id"] for p in answer.json] == [proxy["id"]]
            assert int(answer.headers["x-stale-seconds"]) >= 1
            refused = admin.put(f"/api/proxies/{proxy['id']}", {"note": "lost"})
            assert refused.status == 503 and refused.message_id == "err.store_away" and int(refused.headers["retry-after"]) >= 1
            assert node.nobody.post("/api/auth/login", {"username": "admin", "password": "x" * 9}).status == 503
            assert node.nobody.get("/api/proxies", Cookie="session_id=" + "A" * 43).status == 503
            assert node.nobody.get("/api/health").json["status"] == "stale"
            redis.start()
            wait_until(lambda: admin.put(f"/api/proxies/{proxy['id']}", {"note": "back"}).status == 200, "writes go on", 20)
            answer = admin.get(f"/api/proxies/{proxy['id']}")
            assert answer.json["note"] == "back" and "x-stale-seconds" not in answer.headers
            live.wait("resync", timeout_s=20)
            admin.put(f"/api/proxies/{proxy['id']}", {"note": "told"})
            live.wait_proxy(proxy["id"], note="told")


def test_redis_that_does_not_answer(redis):
    with ApiNode(redis) as node:
        admin = node.login()
        admin.add_static("stays")
        redis.process.send_signal(signal.SIGSTOP)
        try:
            answer = admin.get("/api/proxies")
            assert answer.status == 200 and int(answer.headers["x-stale-seconds"]) >= 1
        finally:
            redis.process.send_signal(signal.SIGCONT)
        wait_until(lambda: "x-stale-seconds" not in admin.get("/api/proxies").headers, "fresh again", 20)


def test_change_made_while_redis_leaves_is_not_an_error_with_a_second_try(redis):
    """Whatever the first call was told, repeating it with its key makes one proxy."""
    with ApiNode(redis) as node:
        admin = node.login()
        body = {"key_name": "one only", "provider": "static", "upstream": "http://127.0.0.1:9"}
        assert admin.post("/api/proxies", body, Idempotency_Key="a").status == 201
        crash(redis)
        assert admin.post("/api/proxies", body, Idempotency_Key="a").status == 503
        redis.start()
        wait_until(lambda: admin.post("/api/proxies", body, Idempotency_Key="a").status == 201, "the answer again", 20)
        assert len(admin.get("/api/proxies").json) == 1


def test_a_record_that_is_invalid_in_a_snapshot_leaves_the_last_valid_one(redis):
    """A new generation, as after a restart of Redis: the node reads the whole table anew."""
    with ApiNode(redis) as node:
        admin = node.login()
        broken, other = admin.add_static("broken"), admin.add_static("other")
        for n in (1, 2):  # and what was kept is kept again
            redis.call("HSET", f"{redis.prefix}proxy:{broken['id']}", "number", "many")
            redis.call("SET", redis.prefix + "generation_run", "another")
            redis.call("CLIENT", "KILL", "TYPE", "pubsub")
            redis.call("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")
            wait_until(lambda n=n: node.log().count("keeping the old record") == n, "the snapshot is refused in part", 20)
            wait_until(node.is_ready, "it is ready", 20)
            assert [p["key_name"] for p in admin.get("/api/proxies").json] == ["broken", "other"]
        redis.call("HSET", f"{redis.prefix}proxy:{broken['id']}", "number", broken["number"])
        assert admin.put(f"/api/proxies/{broken['id']}", {"note": "mended"}).status == 200
        assert admin.proxy(broken["id"])["note"] == "mended" and admin.proxy(other["id"])


def test_node_killed_and_restarted(redis):
    with ApiNode(redis) as other, ApiNode(redis) as node:
        admin = node.login()
        proxy = admin.add_static("kept")
        node.kill()
        assert admin.on(other).proxy(proxy["id"])["key_name"] == "kept"
        admin.on(other).put(f"/api/proxies/{proxy['id']}", {"note": "meanwhile"})
        node.start()
        assert admin.proxy(proxy["id"])["note"] == "meanwhile"


def test_started_before_redis(redis):
    crash(redis)
    node = ApiNode(redis).launch()
    wait_until(lambda: _answers(node), "it answers")
    assert node.nobody.get("/api/health").status == 503
    assert node.admin("/readyz")[0] == 503
    assert node.nobody.get("/api/proxies", Cookie="session_id=" + "A" * 43).status == 503
    redis.start()
    wait_until(node.is_ready, "it is ready", 20)
    wait_until(lambda: node.nobody.get("/api/health").status == 200, "it is well")
    node.login()
    assert node.stop() == 0, node.log()


def _answers(node):
    try:
        return node.nobody.get("/api/health").status > 0
    except OSError:
        return False


def test_sigterm_answers_those_who_wait(redis):
    """A creation waits for its job; no scheduler lives; it is told 202 although the node was asked to stop."""
    with ApiNode(redis) as node:
        admin = node.login()
        answers = []
        def create():
            answers.append(admin.post("/api/proxies", {"key_name": "slow", "kiotproxy_key": "KSECRETslow"}))
        thread = threading.Thread(target=create)
        thread.start()
        wait_until(lambda: redis.call("XLEN", redis.prefix + "jobs") == 1, "the job is queued")
        with admin.live() as live:
            live.wait("hello")
            start = time.monotonic()
            node.terminate()
            wait_until(lambda: node.admin("/readyz")[0] == 503, "readiness goes red")
            assert admin.get("/api/proxies").headers["connection"] == "close"
            thread.join()
            live.wait_end()
        assert answers[0].status == 202 and answers[0].json["status"] == "pending", answers
        assert answers[0].headers["connection"] == "close"
        assert node.wait() == 0 and time.monotonic() - start > 5


def test_sigterm_with_everything_open(redis):
    """Browsers, idle and half-sent connections, calls in flight with Redis frozen: it ends, without a leak."""
    node = ApiNode(redis).start()
    admin = node.login()
    with admin.live() as live, node.wire() as idle, node.wire() as half, node.wire() as waiting:
        live.wait("hello")
        half.send(b"POST /api/auth/login HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{")
        idle.send(b"GET /api/hea")
        redis.process.send_signal(signal.SIGSTOP)
        try:
            for wire, key in ((waiting, b"k"),):
                wire.send(b"PUT /api/settings HTTP/1.1\r\nHost: x\r\nIdempotency-Key: " + key + b"\r\nCookie: session_id=" +
                          admin.session.encode() + b"\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}")
            assert node.nobody.get("/api/health").status == 200
            status = node.stop()
        finally:
            redis.process.send_signal(signal.SIGCONT)
        assert status == 0, node.log()[-4000:]


@pytest.mark.parametrize("name, value", [
    ("API_PORT", "x"), ("API_PORT", "0"), ("API_PORT", "65536"), ("METRICS_PORT", "-1"), ("SECRET_KEY", ""),
    ("SECRET_KEY", "ab" * 31), ("SECRET_KEY", "zz" * 32), ("REDIS_URL", "http://x"), ("REDIS_URL", "redis://"),
    ("REDIS_PREFIX", "kp:"), ("BIND_ADDRESS", "localhost"), ("ADMIN_USERNAME", "a b"), ("ADMIN_PASSWORD", "short"),
    ("ALLOW_DEFAULT", "1.2.3.4/40"), ("API_TRUSTED_PROXIES", "10.0.0.1/8"), ("PUBLIC_URLS", "example.com"),
    ("PUBLIC_URLS", "https://a.example/path"), ("PUBLIC_PORT_START", "9000"), ("PUBLIC_HTTP_PORT", "99999"),
    ("NUMBER_REUSE_HOURS", "-1"), ("LOG_LEVEL", "loud"), ("LOG_FORMAT", "xml"), ("DOMAIN", "UPPER.example"),
    ("UPSTREAM_ALLOW_PRIVATE", "maybe"), ("NODE_ID", "a b"), ("SECRET_KEY_FILE", "/nonexistent/key")])
def test_wrong_configuration_is_one_line_and_status_2(name, value):
    node = ApiNode(None, **{name.lower(): value}).launch()
    assert node.wait() == 2
    lines = node.log().splitlines()
    assert len(lines) == 1 and lines[0].startswith("api-node: ") and name in lines[0], lines
    if name.startswith("SECRET") and value:
        assert value not in lines[0] or name == "SECRET_KEY_FILE"


def test_wrong_secret_key_is_one_sentence_and_status_1(redis):
    with ApiNode(redis):
        pass
    node = ApiNode(redis, secret_key="ab" * 32).launch()
    assert node.wait() == 1
    said = [line for line in node.log().splitlines() if line.startswith("api-node: ")]
    assert len(said) == 1 and "SECRET_KEY" in said[0]


def test_taken_port_is_said(redis):
    with ApiNode(redis) as node:
        second = ApiNode(redis, api_port=node.port).launch()
        assert second.wait() == 1 and "API_PORT" in second.log()


def test_generated_password_is_printed_once(redis):
    with ApiNode(redis, admin_password=None) as one, ApiNode(redis, admin_password=None) as two:
        said = [line for line in (one.log() + two.log()).splitlines() if "shown only now" in line]
        assert len(said) == 1
        assert one.login(password=said[0].rsplit(" ", 1)[1])
