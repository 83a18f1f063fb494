"""Notices from end to end: two api-nodes, two schedulers, the simulator, and receivers that are real HTTP servers."""

import base64
import hashlib
import hmac
import http.server
import itertools
import json
import pathlib
import re
import shutil
import socketserver
import ssl
import subprocess
import sys
import threading
import time

import pytest

from harness.api import SECRETS, ApiNode
from harness.redis_server import RedisServer
from harness.scheduler import Scheduler, Sealer, Fleet
from harness.simulator import REPO, Simulator, wait_until

BOT_TOKEN = "123456:KSECRETbot-token_x"
EVENTS = ["unhealthy", "recovered", "key_expired", "no_upstream", "rotation_failed", "key_expiring"]


class Receiver:
    """with Receiver() as there: there.url; there.calls: what came, each {path, headers, body, at}. answers: one each
    for the next calls, (status, headers, body); then 200 ok."""

    def __init__(self):
        self.calls, self.answers, self.hold = [], [], None
        receiver = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["content-length"]))
                receiver.calls.append({"path": self.path, "headers": {k.lower(): v for k, v in self.headers.items()},
                                       "raw": body, "body": json.loads(body), "at": time.monotonic()})
                if receiver.hold:
                    receiver.hold.wait(20)
                status, headers, answer = receiver.answers.pop(0) if receiver.answers else (200, {}, b"ok")
                self.send_response(status)
                for name, value in {**headers, "Content-Length": str(len(answer))}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *_):
                pass

        class Server(http.server.ThreadingHTTPServer):
            def handle_error(self, *_):
                pass  # whoever was asked to die hung up

        self.server = Server(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/hook/of-the-shop"

    def __enter__(self):
        self.thread = threading.Thread(target=self.server.serve_forever)
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()

    def wait(self, count, what="the receiver is told"):
        wait_until(lambda: len(self.calls) >= count, f"{what} ({count} calls; {len(self.calls)} came)", 20)
        return self.calls

    def told(self):
        """[(event, endpoint)] of all webhooks that came, each message once."""
        messages = {call["headers"]["webhook-id"]: call["body"] for call in self.calls if call["body"]["type"] == "notice"}
        return [(group["event"], proxy["subdomain"]) for body in messages.values()
                for group in body["data"]["events"] for proxy in group["proxies"]]


class ConnectProxy:
    """An HTTP proxy for requests in absolute form; it counts them and passes them on."""

    def __init__(self):
        self.targets = []
        proxy = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                proxy.targets.append(self.path)
                self.rfile.read(int(self.headers["content-length"]))
                self.send_response(200)
                self.send_header("Content-Length", "2")
                self.end_headers()
                self.wfile.write(b"ok")

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"

    __enter__, __exit__ = Receiver.__enter__, Receiver.__exit__


class SocksProxy:
    """A SOCKS5 proxy that is every target itself: it takes one request, answers it, and remembers what it was asked for."""

    def __init__(self):
        self.targets = []
        proxy = self

        class Handler(socketserver.StreamRequestHandler):
            def handle(self):
                self.rfile.read(self.rfile.read(2)[1])
                self.wfile.write(b"\x05\x00")
                kind = self.rfile.read(4)[3]
                host = self.rfile.read(self.rfile.read(1)[0]) if kind == 3 else self.rfile.read(4)
                port = int.from_bytes(self.rfile.read(2), "big")
                self.wfile.write(b"\x05\x00\x00\x01" + bytes(6))
                proxy.targets.append((kind, host.decode(errors="replace"), port))
                length = 0
                while (line := self.rfile.readline()) not in (b"\r\n", b""):
                    if line.lower().startswith(b"content-length:"):
                        length = int(line.split(b":")[1])
                self.rfile.read(length)
                self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")

        self.server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler)
        self.url = f"socks5h://127.0.0.1:{self.server.server_address[1]}"

    __enter__, __exit__ = Receiver.__enter__, Receiver.__exit__


class World:
    """A fleet whose proxies a test makes ill and well by what their checks find."""

    ids = itertools.count(1)

    def __init__(self, redis, sim, sealer, nodes, schedulers):
        self.redis, self.sim, self.nodes, self.schedulers = redis, sim, nodes, schedulers
        self.store = Fleet(redis, sealer)
        self.admin = nodes[0].login()
        self.other = self.admin.on(nodes[1])

    def channel(self, there, **fields):
        """A channel to the receiver, with waits that a test can bear."""
        body = {"name": f"Ops {next(self.ids)}", "kind": "webhook", "url": there.url, "language": "en", "events": EVENTS,
                **fields}
        answer = self.admin.post("/api/notices/channels", body)
        assert answer.status == 201, answer
        self.pace(answer.json["id"])
        return answer.json

    def pace(self, channel, interval_ms=200, retry_ms=200):
        """The store's waits, far below what users may set."""
        self.redis.call("HSET", f"{{kp}}:notice:{channel}", "interval_ms", interval_ms, "retry_ms", retry_ms)

    def seen(self, channel):
        """The channel as the other node shows it."""
        return next(c for c in self.other.get("/api/notices/channels").json if c["id"] == channel["id"])

    def deliveries(self, channel):
        return self.other.get(f"/api/notices/deliveries?channel={channel['id']}").json

    def proxies(self, count, **fields):
        return [self.admin.add_static(f"shop {i}", **fields) for i in range(count)]

    def check(self, proxies, ok):
        """What two checks found."""
        for _ in range(1 if ok else 2):
            argv = [part for proxy in proxies for part in ("", "", proxy["id"], int(ok), 20, "err.unhealthy", "")]
            assert self.redis.script("check_commit", len(proxies), *argv).status == "OK"

    def metric(self, name):
        return sum(s.metric(name) for s in self.schedulers if s.process is not None)


@pytest.fixture(scope="module")
def telegram():
    with Receiver() as telegram:
        yield telegram


@pytest.fixture(scope="module")
def world(telegram):
    base = telegram.url.removesuffix("/hook/of-the-shop")
    sealer = Sealer()
    with Simulator() as sim, RedisServer() as redis, \
            Scheduler(redis, sim, telegram_api_base=base, domain="example.com") as one, \
            Scheduler(redis, sim, telegram_api_base=base, domain="example.com") as two, \
            ApiNode(redis) as node, ApiNode(redis) as other:
        yield World(redis, sim, sealer, (node, other), [one, two])
    sealer.close()


@pytest.fixture
def there(world):
    with Receiver() as receiver:
        yield receiver
        for channel in world.admin.get("/api/notices/channels").json:
            assert world.admin.delete(f"/api/notices/channels/{channel['id']}").status == 204


def signature(secret, call):
    content = b".".join([call["headers"]["webhook-id"].encode(), call["headers"]["webhook-timestamp"].encode(), call["raw"]])
    digest = hmac.new(base64.b64decode(secret.removeprefix("whsec_")), content, hashlib.sha256).digest()
    return "v1," + base64.b64encode(digest).decode()


# --- channels ---


def test_a_channel_from_making_to_deleting(world, there):
    made = world.channel(there, tag="vip", user_id=1, min_interval_seconds=30)
    assert re.fullmatch(r"whsec_[\w+/=]{44}", made["secret"]) and made["target"] == there.url.rsplit("/", 2)[0] + "/…shop"
    assert made["language"] == "en" and made["active"] is True and made["tag"] == "vip" and made["failing_since"] is None
    seen = world.seen(made)
    assert "secret" not in seen and "url" not in seen and "retry_ms" not in seen
    path = f"/api/notices/channels/{made['id']}"
    changed = world.other.put(path, {"name": "Other", "tag": None, "events": ["recovered", "unhealthy"],
                                     "min_interval_seconds": 10, "user_id": None})
    assert changed.status == 200 and changed.json["events"] == ["unhealthy", "recovered"], changed
    assert world.seen(made) == {**seen, "name": "Other", "tag": None, "user_id": None, "min_interval_seconds": 10,
                                "events": ["unhealthy", "recovered"]} | {"created_at": seen["created_at"]}
    renewed = world.admin.put(path, {"new_secret": True}).json
    assert renewed["secret"] != made["secret"] and renewed["secret"].startswith("whsec_")
    stored = world.redis.hash(f"notice:{made['id']}")
    assert there.url not in str(stored) and renewed["secret"] not in str(stored)
    assert world.admin.delete(path).status == 204 and world.other.delete(path).status == 404
    assert world.admin.put(path, {"name": "x"}).status == 404 and world.admin.post(path + "/test").status == 404
    update = next(e for e in world.admin.get("/api/logs?limit=5").json if e["action"] == "notice_update")
    assert update["params"] == {"channel": "Other", "fields": ["secret"]}
    actions = [entry["action"] for entry in world.admin.get("/api/logs?limit=5").json]
    assert actions == ["notice_delete", "notice_update", "notice_update", "notice_create"] + actions[4:]


GOOD = {"name": "n", "kind": "webhook", "url": "https://example.com/x"}
REFUSED = [
    ({}, 400, "err.required", "kind"),
    ({**GOOD, "kind": "fax"}, 422, "err.choice", "kind"),
    ({"name": "n", "kind": "webhook"}, 400, "err.required", "url"),
    ({"name": "n", "kind": "telegram", "bot_token": BOT_TOKEN}, 400, "err.required", "chat_id"),
    ({"name": "n", "kind": "telegram", "bot_token": "x", "chat_id": 1}, 422, "err.bot_token", "bot_token"),
    ({"name": "n", "kind": "telegram", "bot_token": BOT_TOKEN, "chat_id": "a b"}, 422, "err.chat_id", "chat_id"),
    ({"name": "n", "kind": "telegram", "url": "https://example.com/"}, 400, "err.unknown_field", None),
    ({**GOOD, "chat_id": "1"}, 400, "err.unknown_field", None),
    ({**GOOD, "secret": "whsec_x"}, 400, "err.unknown_field", None),
    ({**GOOD, "url": "example.com"}, 422, "err.notice_url", "url"),
    ({**GOOD, "url": 7}, 400, "err.type", "url"),
    ({**GOOD, "events": ["unhealthy", "sunny"]}, 422, "err.choice", "events"),
    ({**GOOD, "events": "unhealthy"}, 400, "err.type", "events"),
    ({**GOOD, "language": "fr"}, 422, "err.choice", "language"),
    ({**GOOD, "min_interval_seconds": 5}, 422, "err.range", "min_interval_seconds"),
    ({**GOOD, "active": 1}, 400, "err.type", "active"),
    ({**GOOD, "name": ""}, 422, "err.text_length", "name"),
    ({**GOOD, "tag": "x" * 33}, 422, "err.text_length", "tag"),
    ({**GOOD, "user_id": 0}, 422, "err.range", "user_id"),
]


@pytest.mark.parametrize("body,status,message_id,field", REFUSED)
def test_what_is_refused_says_what_would_be_right(world, body, status, message_id, field):
    answer = world.admin.post("/api/notices/channels", body)
    assert (answer.status, answer.message_id) == (status, message_id), answer
    assert field is None or answer.json["params"]["field"] == field
    assert world.admin.get("/api/notices/channels").json == []


# --- telling ---


def test_many_at_once_are_one_message_and_recovery_is_told_once(world, there):
    channel = world.channel(there)
    proxies = world.proxies(12)
    world.check(proxies, False)
    message = there.wait(1)[0]["body"]
    assert message["type"] == "notice" and message["data"]["domain"] == "example.com"
    (group,) = message["data"]["events"]
    assert group["event"] == "unhealthy" and group["count"] == 12 and len(group["proxies"]) == 12
    names = ", ".join(p["subdomain"] for p in proxies[:10])
    assert message["data"]["text"] == f"example.com\n12 proxies unhealthy: {names} …"
    assert group["proxies"][0] == {**group["proxies"][0], "id": proxies[0]["id"], "key_name": "shop 0",
                                   "message_id": "err.unhealthy", "params": {}}
    assert there.calls[0]["headers"]["webhook-signature"] == signature(channel["secret"], there.calls[0])
    assert abs(int(there.calls[0]["headers"]["webhook-timestamp"]) - time.time()) < 60
    world.check(proxies, False)
    world.check(proxies[:2], True)
    world.check(proxies[2:3], False)
    there.wait(2)
    assert there.told()[12:] == [("recovered", p["subdomain"]) for p in proxies[:2]]
    world.check(proxies[3:5], True)  # well, and ill again before it is told
    world.check(proxies[3:5], False)
    world.check(proxies[:1], False)  # ill, and well again before it is told
    world.check(proxies[:1], True)
    world.check(proxies[5:6], True)
    there.wait(3)
    assert there.told()[14:] == [("recovered", proxies[5]["subdomain"])]
    assert world.admin.get("/api/notices/deliveries?before=x").status == 400
    log = world.deliveries(channel)
    assert [entry["outcome"] for entry in log] == ["sent"] * 3 and log[-1]["events"] == 12 and log[-1]["status"] == 200
    assert log[-1]["message"] == there.calls[0]["headers"]["webhook-id"] and log[-1]["answer"] == "ok"


def test_a_channel_is_told_no_more_often_than_its_interval(world, there):
    channel, proxies = world.channel(there), world.proxies(4)
    world.pace(channel["id"], interval_ms=1500)
    world.check(proxies[:1], False)
    there.wait(1)
    for proxy in proxies[1:]:
        world.check([proxy], False)
    there.wait(2)
    assert there.calls[1]["at"] - there.calls[0]["at"] >= 1.3
    assert len(there.told()) == 4 and world.seen(channel)["queued"] == 0


def test_real_failures_of_the_provider(world, there):
    """What the simulator and a real rotation bring about, as people read it."""
    world.channel(there, language="vi")
    key = world.store.new_key()
    proxy, job = world.store.add(key)
    assert world.store.result(job)["outcome"] == "ok"
    world.sim.behave(key, "key_expired")
    world.store.allow_now(proxy)
    world.store.request(proxy)
    text = there.wait(1)[0]["body"]["data"]["text"]
    assert text == (f"example.com\nproxy{proxy} (name {proxy}): key hết hạn. Key đã hết hạn. Gia hạn trên KiotProxy rồi bấm "
                    "Kiểm tra lại, hoặc bấm Thay key.")


def test_keys_that_end_soon(world, there):
    """paid_until so near that both reminders' days are over: one message, at once; then none, whoever leads."""
    channel = world.channel(there, events=["key_expiring"])
    proxy = world.proxies(1)[0]
    when = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 3600))
    assert world.admin.put(f"/api/proxies/{proxy['id']}", {"paid_until": when}).status == 200
    assert there.wait(1)[0]["body"]["data"]["text"].endswith("(shop 0): key about to end (1 d left)")
    assert world.redis.text("ZSCORE", "{kp}:due:paid", proxy["id"]) is None
    assert world.seen(channel)["queued"] == 0


# --- failing ---


def test_429_is_obeyed(world, there):
    channel, proxies = world.channel(there), world.proxies(1)
    there.answers = [(429, {"Retry-After": "2"}, b"slow down")]
    world.check(proxies, False)
    first, second = there.wait(2)[:2]
    assert second["at"] - first["at"] >= 1.8
    assert second["headers"]["webhook-id"] == first["headers"]["webhook-id"] and second["body"] == first["body"]
    assert [entry["outcome"] for entry in world.deliveries(channel)] == ["sent", "failed"]
    assert world.seen(channel)["failing_since"] is None
    assert not [e for e in world.admin.get("/api/logs").json if e["params"] == {"channel": channel["name"]} and e["user"] == ""]


def test_a_failing_channel_is_shown_gives_up_and_works_again_after_a_test(world, there):
    channel, proxies = world.channel(there), world.proxies(2)
    world.pace(channel["id"], retry_ms=10)
    there.answers = [(500, {}, b"broken\r\nhere")] * 8
    world.check(proxies[:1], False)
    wait_until(lambda: world.seen(channel)["lost"] == 1, "it is given up", 20)
    seen = world.seen(channel)
    assert seen["failing_since"] and seen["last_error"]["message_id"] == "err.notify"
    assert seen["last_error"]["params"] == {"channel": channel["name"], "cause": "HTTP 500 broken  here", "status": 500}
    assert seen["last_error"]["detail"].startswith(f"Could not send to {channel['name']}: HTTP 500")
    assert [entry["outcome"] for entry in world.deliveries(channel)] == ["given_up"] + ["failed"] * 7
    assert len(there.calls) == 8 and len({call["headers"]["webhook-id"] for call in there.calls}) == 1
    assert world.metric('kiotproxy_scheduler_notices_total{kind="webhook",result="given_up"}') == 1
    wait_until(lambda: world.metric("kiotproxy_scheduler_notice_channels_failing") == 1, "the leader counts it")
    entries = [e for e in world.admin.get("/api/logs?limit=50").json
               if e["action"] == "notify" and e["params"]["channel"] == channel["name"]]
    assert len(entries) == 1 and entries[0]["message_id"] == "err.notify"
    answer = world.other.post(f"/api/notices/channels/{channel['id']}/test")
    assert answer.status == 200 and answer.json == {**answer.json, "sent": True, "status": 200, "answer": "ok"}, answer
    assert there.calls[-1]["body"]["type"] == "test" and world.seen(channel)["failing_since"] is None
    assert there.calls[-1]["headers"]["webhook-signature"] == signature(channel["secret"], there.calls[-1])
    wait_until(lambda: world.metric("kiotproxy_scheduler_notice_channels_failing") == 0, "the leader sees it")


def test_a_test_tells_what_the_receiver_said(world, there, telegram):
    channel = world.admin.post("/api/notices/channels", {
        "name": "Nhóm", "kind": "telegram", "bot_token": BOT_TOKEN, "chat_id": -100123}).json
    assert channel["target"] == "123456:…" and channel["chat_id"] == "-100123" and "secret" not in channel
    telegram.answers = [(403, {}, b'{"ok":false,"error_code":403,"description":"Forbidden: bot was kicked"}')]
    answer = world.admin.post(f"/api/notices/channels/{channel['id']}/test")
    assert answer.status == 502 and answer.message_id == "err.notify", answer
    assert answer.json["params"] == {"channel": "Nhóm", "cause": "HTTP 403 Forbidden: bot was kicked", "status": 403}
    assert answer.json["provider_message"] == "Forbidden: bot was kicked"
    answer = world.admin.post(f"/api/notices/channels/{channel['id']}/test")
    assert answer.status == 200, answer
    call = telegram.calls[-1]
    assert call["path"] == f"/bot{BOT_TOKEN}/sendMessage" and call["body"]["chat_id"] == "-100123"
    assert call["body"]["text"] == "<b>example.com</b>\nTin thử của kênh Nhóm: thông báo sẽ đến đây."
    nowhere = world.admin.post("/api/notices/channels", {**GOOD, "url": "http://127.0.0.1:9/x"}).json
    answer = world.admin.post(f"/api/notices/channels/{nowhere['id']}/test")
    assert answer.status == 502 and answer.json["params"]["cause"] == "Couldn't connect to server", answer


def test_names_do_nothing_in_a_chat(world, there):
    for kind in ("discord", "slack"):
        world.channel(there, kind=kind)
    proxy = world.admin.add_static("@everyone <b>*x* <!channel>")
    world.check([proxy], False)
    there.wait(2)
    discord = next(call["body"] for call in there.calls if "content" in call["body"])
    slack = next(call["body"] for call in there.calls if "text" in call["body"])
    assert discord["allowed_mentions"] == {"parse": []}
    assert "@\u2060everyone \\<b\\>\\*x\\* \\<!channel\\>" in discord["content"]
    assert "@\u2060everyone &lt;b&gt;*x* &lt;!channel&gt;" in slack["text"] and slack["mrkdwn"] is False


# --- faults ---


def test_killed_while_it_sends_nothing_is_lost(world, there):
    """The receiver has the message when its sender dies: it comes again under the same id, from the other scheduler."""
    channel, proxies = world.channel(there), world.proxies(1)
    there.hold = threading.Event()
    world.check(proxies, False)
    there.wait(1)
    (entry, owner, *_), = world.redis.call("XPENDING", "{kp}:jobs", "workers", "-", "+", 10)
    owner = owner.decode()
    dead = next(s for s in world.schedulers if s.node_id == owner)
    dead.kill()
    world.redis.call("XCLAIM", "{kp}:jobs", "workers", owner, 0, entry, "IDLE", 15000, "JUSTID")  # 15 s later
    there.hold.set()
    there.hold = None
    wait_until(lambda: len(there.calls) >= 2, "the other one sends it again", 40)
    wait_until(lambda: world.deliveries(channel), "and says so")
    assert len({call["headers"]["webhook-id"] for call in there.calls}) == 1
    assert there.told() == [("unhealthy", proxies[0]["subdomain"])]
    world.check(proxies, True)  # whoever leads now goes on
    wait_until(lambda: ("recovered", proxies[0]["subdomain"]) in there.told(), "the recovery is told", 20)
    dead.start()


def test_a_new_leader_goes_on_and_repeats_nothing(world, there):
    """The first reminder of a key was told, the second one's day has not come: so it stays when the leader dies."""
    world.channel(there)
    proxy = world.proxies(1)[0]
    when = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 2.5 * 86400))
    assert world.admin.put(f"/api/proxies/{proxy['id']}", {"paid_until": when}).status == 200
    assert there.wait(1)[0]["body"]["data"]["text"].endswith("(shop 0): key about to end (3 d left)")
    leader = wait_until(lambda: next((s for s in world.schedulers if s.leads()), None), "somebody leads")
    leader.kill()
    world.check([proxy], False)
    there.wait(2)
    assert there.told() == [("key_expiring", proxy["subdomain"]), ("unhealthy", proxy["subdomain"])]
    leader.start()


def test_nothing_goes_to_private_addresses(world):
    """A node that allows them took the address; one that does not never connects: literals and names alike."""
    with Receiver() as there, RedisServer() as redis, ApiNode(redis) as lax, \
            ApiNode(redis, notify_allow_private="false") as strict, \
            Scheduler(redis, world.sim, notify_allow_private="false"):
        admin = lax.login()
        port = there.server.server_port
        for url in (f"https://127.0.0.1:{port}/x", f"https://localhost:{port}/x", f"https://127.1:{port}/x"):
            refused = admin.on(strict).post("/api/notices/channels", {**GOOD, "url": url})
            assert refused.status == 422 and refused.message_id == "err.notice_private", refused
        assert admin.on(strict).post("/api/notices/channels", {**GOOD, "url": there.url}).message_id == "err.notice_http"
        for node in (lax, strict):
            for url in ("https://169.254.169.254/x", "https://[fe80::1]/x"):
                assert admin.on(node).post("/api/notices/channels", {**GOOD, "url": url}).message_id == "err.notice_link_local"
        # A name that the text does not tell: this machine's own, in the hosts file or by its resolver.
        name = private_name()
        for url in [f"https://127.0.0.1:{port}/x"] + ([f"https://{name}:{port}/x"] if name else []):
            channel = admin.post("/api/notices/channels", {**GOOD, "url": url}).json
            answer = admin.post(f"/api/notices/channels/{channel['id']}/test")
            assert answer.status == 502, answer
            assert answer.message_id == "err.notify_refused" and "NOTIFY_ALLOW_PRIVATE" in answer.json["detail"], answer
        assert there.calls == []


def private_name():
    """A name other than localhost that this machine resolves to a private address; None when it has none."""
    for line in pathlib.Path("/etc/hosts").read_text().splitlines():
        fields = line.split("#")[0].split()
        for name in fields[1:]:
            if fields[0].startswith(("127.", "10.", "172.", "192.168.")) and not name.startswith("localhost") \
                    and not name[-1].isdigit():
                return name
    return None


@pytest.mark.parametrize("make", [ConnectProxy, SocksProxy])
def test_through_a_proxy(world, make):
    """It is asked for the name: nobody here looks it up."""
    with make() as proxy, RedisServer() as redis, ApiNode(redis) as node, \
            Scheduler(redis, world.sim, notify_proxy_url=proxy.url, upstream_allow_private="false"):
        admin = node.login()
        channel = admin.post("/api/notices/channels", {**GOOD, "url": "http://hooks.example.test/x"}).json
        answer = admin.post(f"/api/notices/channels/{channel['id']}/test")
        assert answer.status == 200 and answer.json["answer"] == "ok", answer
        assert proxy.targets == [("http://hooks.example.test/x" if make is ConnectProxy else (3, "hooks.example.test", 80))]


def test_a_receiver_must_prove_who_it_is(world, there, tmp_path):
    """Over https with a certificate that nobody vouches for: nothing is sent."""
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
                    "-subj", "/CN=localhost", "-keyout", tmp_path / "key", "-out", tmp_path / "certificate"],
                   check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "certificate", tmp_path / "key")
    there.server.socket = context.wrap_socket(there.server.socket, server_side=True)
    channel = world.channel(there, url=there.url.replace("http:", "https:"))
    answer = world.admin.post(f"/api/notices/channels/{channel['id']}/test")
    assert answer.status == 502 and "certificate" in answer.json["params"]["cause"], answer
    assert there.calls == []


def test_only_administrators(world):
    nobody = world.nodes[0].nobody
    for method, path in (("GET", "/api/notices/channels"), ("GET", "/api/notices/deliveries"),
                         ("POST", "/api/notices/channels/1/test"), ("DELETE", "/api/notices/channels/1")):
        assert nobody.call(method, path).status == 401


# --- how receivers verify ---


def examples():
    """The verifiers that docs/notices.md shows, by language."""
    page = (REPO / "docs" / "notices.md").read_text()
    return dict(re.findall(r"```(python|js)\n(.*?)```", page, re.S))


@pytest.mark.parametrize("language", ["python", "js"])
def test_the_verifiers_of_the_page(world, there, tmp_path, language):
    command = [sys.executable] if language == "python" else [shutil.which("node") or "node"]
    if language == "js" and shutil.which("node") is None:
        pytest.skip("node is not installed")
    channel = world.channel(there)
    assert world.admin.post(f"/api/notices/channels/{channel['id']}/test").status == 200
    call = there.calls[0]
    headers = {name: call["headers"][name] for name in ("webhook-id", "webhook-timestamp", "webhook-signature")}
    good = {"secret": channel["secret"], "headers": headers, "body": call["raw"].decode()}
    old = str(int(headers["webhook-timestamp"]) - 3600)
    cases = [good, {**good, "body": good["body"] + " "}, {**good, "headers": {**headers, "webhook-id": "msg_1_999"}},
             {**good, "secret": "whsec_" + base64.b64encode(b"x" * 32).decode()},
             {**good, "headers": {**headers, "webhook-timestamp": old}}]
    (tmp_path / "cases.json").write_text(json.dumps(cases))
    run = {"python": "import sys\nfor c in json.load(open(sys.argv[1])):\n"
                     "    print(verify(c['secret'], c['headers'], c['body'].encode()))",
           "js": "for (const c of require(process.argv[2])) console.log(verify(c.secret, c.headers, Buffer.from(c.body)));"}
    script = tmp_path / ("run.py" if language == "python" else "run.cjs")
    script.write_text(examples()[language] + "\n" + run[language] + "\n")
    out = subprocess.run([*command, script, tmp_path / "cases.json"], capture_output=True, text=True, timeout=60)
    assert out.returncode == 0, out.stderr
    assert out.stdout.lower().split() == ["true"] + ["false"] * 4


def test_no_secret_is_in_a_log(world):
    for log in [n.log() for n in (*world.nodes, *world.schedulers)]:
        assert BOT_TOKEN not in log and "whsec_" not in log and "of-the-shop" not in log
    assert SECRETS
