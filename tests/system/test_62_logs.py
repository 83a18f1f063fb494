"""The history as people read it: who did what by which means, and how it is searched. Two api-nodes."""

import itertools
import re

import pytest

from harness.api import ApiNode
from harness.redis_server import RedisServer
from harness.simulator import REPO


@pytest.fixture(scope="module")
def redis():
    with RedisServer() as redis:
        yield redis


@pytest.fixture(scope="module")
def nodes(redis):
    with ApiNode(redis) as one, ApiNode(redis) as two:
        yield one, two


@pytest.fixture(scope="module")
def admin(nodes):
    return nodes[0].login()


@pytest.fixture(scope="module")
def there(nodes, admin):
    """The administrator at the other node."""
    return admin.on(nodes[1])


def add_history(redis, n, user, action="note", proxy_id=0, **fields):
    """Lines as scripts write them, without the fleet that would make them happen."""
    for i in range(n):
        redis.call("XADD", redis.prefix + "log", "*", "m",
                   '{"proxy_id":%d,"action":"%s","region":"","status":"%s","message_id":"%s","params":%s,"user":"%s",'
                   '"timestamp":%d}' % (proxy_id, action, fields.get("status", "info"), fields.get("message_id", ""),
                                        fields.get("params", "{}"), user, 1764290000000 + i))


def pages(caller, path):
    """Every line of the history behind `path`, following Link; and how many calls that took."""
    lines, calls = [], 0
    while path:
        answer = caller.get(path)
        assert answer.status == 200, answer
        lines += answer.json
        link = re.fullmatch(r'<([^>]+)>; rel="next"', answer.headers.get("link", ""))
        path, calls = link and link.group(1), calls + 1
    return lines, calls


def test_who_and_by_which_means(redis, admin, there):
    for actor in ("lan", "lan|token:n8n | nhà", "lan|link", "", "|relay", "|provider"):
        add_history(redis, 1, actor, "means")
    seen = [(e["user"], e["via"]) for e in reversed(there.get("/api/logs?action=means").json)]
    assert seen == [("lan", "session"), ("lan", "token:n8n | nhà"), ("lan", "link"), ("", "clock"), ("", "relay"),
                    ("", "provider")]
    proxy = admin.add_static("mine")
    entry = there.get(f"/api/logs?proxy_id={proxy['id']}").json[0]
    assert (entry["action"], entry["user"], entry["via"]) == ("create", "admin", "session")


def test_the_socket_tells_the_same(admin, there):
    with there.live() as live:
        live.wait("hello")
        proxy = admin.add_static("told")
        told = live.wait("log", lambda m: m["log"]["proxy_id"] == proxy["id"])["log"]
        assert told == there.get(f"/api/logs?proxy_id={proxy['id']}").json[0]
        assert (told["user"], told["via"]) == ("admin", "session")


def test_filters(redis, admin, there):
    proxy = admin.add_static("Kho Lan Anh")["id"]
    add_history(redis, 2, "lan|token:n8n", "rotate", proxy, status="success", params='{"ip":"27.73.175.36"}')
    add_history(redis, 1, "lan|token:k6", "rotate", proxy, status="error", message_id="err.cooldown", params='{"s":45}')

    def count(query):
        answer = there.get("/api/logs?limit=500&" + query)
        assert answer.status == 200, answer
        return len(answer.json)
    assert count("action=rotate") == 3
    assert count("action=rotate&status=error") == 1
    assert count("via=token%3An8n") == 2 and count("via=token&user=LAN&action=rotate") == 3
    assert count("q=27.73.175") == 2
    assert count("q=next%20change%20in%2045%20s") == 1 and count("q=sau%2045%20gi%C3%A2y") == 1
    assert count("q=SAU%2045%20GIAY") == 1
    assert count("q=kho%20lan&action=rotate") == 3
    assert count("q=nothing-like-it") == 0 and count("user=la") == 0
    for bad in ("status=fine", "limit=501", "before=x", "before=1-", "proxy_id=0", "q=" + "x" * 200):
        answer = there.get("/api/logs?" + bad)
        assert answer.status == 400 and answer.json["detail"], bad


def test_pages_are_bounded_and_honest(redis, there):
    """A filter that few lines pass reads so much a call and says where it goes on; no line is lost or told twice."""
    add_history(redis, 3, "rare", "needle")
    add_history(redis, 6000, "often", "hay")
    add_history(redis, 4, "rare", "needle")
    found, calls = pages(there, "/api/logs?action=needle&limit=2")
    assert len(found) == 7 and len({e["id"] for e in found}) == 7
    assert [e["id"] for e in found] == sorted((e["id"] for e in found), key=lambda i: [int(n) for n in i.split("-")],
                                              reverse=True)
    assert calls <= 6
    everything, _ = pages(there, "/api/logs?limit=500")
    assert len(everything) == redis.call("XLEN", redis.prefix + "log")
    assert "link" not in there.get("/api/logs?user=nobody-at-all&limit=1&before=1764290000000-0").headers


def test_the_api_page_names_every_action():
    actions = set()
    for script in (REPO / "shared" / "store" / "lua").rglob("*.lua"):
        for line in re.findall(r"log_add\([^\n]*", script.read_text()):
            words = re.findall(r"'([a-z_]+)'", line)
            actions |= set(itertools.takewhile(lambda word: word not in ("success", "info", "warning", "error"), words))
    for source in (REPO / "api-node").rglob("*.c"):
        actions |= set(re.findall(r'\.action = "([a-z_]+)"', source.read_text()))
    assert {"rotate", "login", "backup"} <= actions
    words = next(line for line in (REPO / "docs" / "api.md").read_text().splitlines() if line.startswith("Words of the history"))
    assert not [action for action in actions if not re.search(rf"\b{action}\b", words)]


def test_settings_tell_what_changed(admin, there):
    before = admin.get("/api/settings").json["settings"]["auto_rotate_interval_minutes"]
    admin.put("/api/settings", {"auto_rotate_interval_minutes": before + 1, "auto_update_enabled": True})
    line = there.get("/api/logs?action=settings").json[0]
    assert line["message_id"] == "msg.settings" and line["message"] == f"Changed: auto_rotate_interval_minutes {before} → {before + 1}."
    assert line["params"]["old"] == {"auto_rotate_interval_minutes": before}
    assert line["params"]["new"] == {"auto_rotate_interval_minutes": before + 1}
    admin.put("/api/settings", {"auto_rotate_interval_minutes": before + 1})
    assert there.get("/api/logs?action=settings").json[0]["id"] == line["id"], "nothing changed"
