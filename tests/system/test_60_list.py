"""Finding proxies among many: search, filters, order and pages, at a node that the proxies were not made at."""

import re
import unicodedata
import urllib.parse

import pytest

from harness.api import ADMIN_PASSWORD, KEY_PREFIX, ApiNode
from harness.redis_server import RedisServer
from harness.simulator import wait_until

LONG_KEY = KEY_PREFIX + "0123456789abcdefghijklmn"  # 31 characters: shown as its first 8 and last 6


@pytest.fixture(scope="module")
def redis():
    with RedisServer() as redis:
        yield redis


@pytest.fixture(scope="module")
def nodes(redis):
    options = {"public_http_port": 8080, "public_port_start": 9000, "public_port_end": 9999, "domain": "example.com"}
    with ApiNode(redis, **options) as one, ApiNode(redis, **options) as two:
        yield one, two


@pytest.fixture(scope="module")
def made(redis, nodes):
    """Written at one node; read at the other."""
    admin = nodes[0].login()
    proxies = [
        admin.add_static("Đà Nẵng 10", upstream="http://127.0.0.10:3128", tags=["bán hàng", "a"], note="của Lan"),
        admin.add_static(unicodedata.normalize("NFD", "Đà Nẵng 2"), upstream="http://127.0.0.2:3128", region="nam"),
        admin.add_static("Huế", upstream="http://127.0.0.30:1080", region="bac", tags=["a"]),
        admin.add_static("zebra", upstream="http://127.0.0.4:3128", paid_until="2031-01-01T00:00:00Z"),
        admin.add_static("Zebra crossing", upstream="http://127.0.0.5:3128", paid_until="2030-01-01T00:00:00Z"),
    ]
    assert admin.put(f"/api/proxies/{proxies[2]['id']}", {"is_active": False}).status == 200
    # Without a scheduler nobody asks for its upstream, and its answer would take 15 s: a node that dies meanwhile.
    with ApiNode(redis) as doomed:
        with pytest.raises(TimeoutError):
            admin.on(doomed).post("/api/proxies", {"key_name": "with key", "kiotproxy_key": LONG_KEY}, timeout_s=1)
        doomed.kill()
    return proxies + wait_until(lambda: admin.get("/api/proxies?status=pending").json, "the proxy is there")


@pytest.fixture(scope="module")
def reader(nodes, made):
    return nodes[1].login()


def find(reader, **query):
    """The places in `made` of what is found."""
    answer = reader.get("/api/proxies?" + urllib.parse.urlencode(query))
    assert answer.status == 200, answer
    return answer, [p["number"] - 1 for p in answer.json]


@pytest.mark.parametrize("q, places", [
    ("da nang", [0, 1]), ("ĐÀ NẴNG", [0, 1]), (unicodedata.normalize("NFD", "Nẵng Đà"), [0, 1]), ("nang 10", [0]),
    ("hue", [2]), ("LAN cua", [0]), ("ban hang", [0]), ("127.0.0.4", [3]), ("127.0.0.30:1080", [2]), ("proxy3", [2]),
    ("proxy3.example.com", [2]), ("proxy3.example.com:9003", [2]), ("proxy3.EXAMPLE.com:8080", [2]),
    ("proxy3.example.com:9004", []), ("zebra -", []), ("", [0, 1, 2, 3, 4, 5]), ("  ", [0, 1, 2, 3, 4, 5]),
    (LONG_KEY, [5]), (LONG_KEY[:8].lower(), [5]), (LONG_KEY[-6:], [5]), (f"{LONG_KEY[:8]}…{LONG_KEY[-6:]}", [5]),
    (LONG_KEY[:9], []), (LONG_KEY[:-1], []), (LONG_KEY.lower(), []), ("endpointpw12", [])])
def test_search(reader, q, places):
    answer, found = find(reader, q=q)
    assert found == places and answer.headers["x-total-count"] == str(len(places))


def test_filters(reader):
    assert find(reader, status="paused")[1] == [2]
    assert find(reader, status="paused,pending")[1] == [2, 5]
    assert find(reader, region="nam,bac")[1] == [1, 2]
    assert find(reader, tag="a")[1] == [0, 2] and find(reader, tag="BAN hang")[1] == [0] and find(reader, tag="ban")[1] == []
    assert find(reader, tag="a", q="hue", status="paused")[1] == [2]
    mine = reader.get("/api/auth/me").json["id"]
    assert find(reader, user=mine)[1] == [0, 1, 2, 3, 4, 5] and find(reader, user=mine + 1)[1] == []


@pytest.mark.parametrize("sort, places", [
    ("number", [0, 1, 2, 3, 4, 5]), ("-number", [5, 4, 3, 2, 1, 0]), ("key_name", [1, 0, 2, 5, 3, 4]),
    ("-key_name", [4, 3, 5, 2, 0, 1]), ("status", [5, 0, 1, 3, 4, 2]), ("created_at", [0, 1, 2, 3, 4, 5]),
    ("-created_at", [5, 4, 3, 2, 1, 0]), ("paid_until", [4, 3, 0, 1, 2, 5]), ("-paid_until", [3, 4, 0, 1, 2, 5]),
    ("location", [0, 1, 2, 3, 4, 5]), ("-latency_ms", [0, 1, 2, 3, 4, 5])])
def test_order(reader, sort, places):
    assert find(reader, sort=sort)[1] == places
    assert find(reader, sort=sort, offset=1, limit=2)[1] == places[1:3]


def links(answer):
    """{rel: target} of the Link header (RFC 8288)."""
    return {rel: target for target, rel in re.findall(r'<([^>]*)>; rel="([a-z]+)"', answer.headers["link"])}


def test_pages_lead_to_each_other(reader):
    query = {"q": "127.0.0 :", "sort": "-number", "status": "active,paused", "limit": 2}
    whole = find(reader, **{**query, "limit": 100})[1]
    assert whole == [4, 3, 2, 1, 0]
    answer, first = find(reader, **query)
    assert set(links(answer)) == {"first", "next", "last"} and answer.headers["x-total-count"] == "5"
    walked, targets = list(first), links(answer)
    while "next" in targets:
        answer = reader.get(targets["next"])
        walked += [p["number"] - 1 for p in answer.json]
        targets = links(answer)
    assert walked == whole and set(targets) == {"first", "prev", "last"}
    assert [p["number"] - 1 for p in reader.get(targets["first"]).json] == first
    assert [p["number"] - 1 for p in reader.get(targets["prev"]).json] == whole[2:4]
    assert links(reader.get(targets["last"])) == targets
    assert "link" not in reader.get("/api/proxies").headers


@pytest.mark.parametrize("query, words", [
    ("sort=name", "number, key_name, status, remote_ip, location, latency_ms, expiration_at"), ("status=on", "pending active"),
    ("region=x", "bac trung nam"), ("limit=0", "1 to 100000"), ("staus=active", "q, status, region"), ("tag=a&tag=b", "twice"),
    ("q=" + "x" * 301, "300 bytes"), ("status=" + "active," * 700 + "active", "160 bytes"),
    ("region=" + "random," * 900 + "bac", "160 bytes"), ("user=admin", "id")])
def test_wrong_queries_say_what_would_be_right(reader, query, words):
    answer = reader.get("/api/proxies?" + query)
    assert answer.status == 400 and words in answer.json["detail"], answer


def test_longest_query_comes_back_in_its_links(reader):
    """A head that its links do not fit into is never written: the caller would hear nothing."""
    q = "ặ" * 100
    words = {"status": "active" + " " * 154, "region": "bac" + " " * 157, "sort": "-last_rotated_at", "offset": 1, "limit": 5}
    answer = reader.get("/api/proxies?" + urllib.parse.urlencode({"q": q, "tag": q, **words}))
    assert answer.status == 200 and urllib.parse.parse_qs(links(answer)["first"].split("?")[1])["q"] == [q]


def test_search_follows_changes(nodes, reader, made):
    admin = nodes[0].login("admin", ADMIN_PASSWORD)
    added = admin.add_static("Cần Thơ")
    assert [p["id"] for p in reader.get("/api/proxies?q=can+tho").json] == [added["id"]]
    assert admin.put(f"/api/proxies/{added['id']}", {"key_name": "Vĩnh Long"}).status == 200
    assert reader.get("/api/proxies?q=can+tho").json == []
    assert [p["id"] for p in reader.get("/api/proxies?q=vinh&sort=key_name").json] == [added["id"]]
    assert admin.delete(f"/api/proxies/{added['id']}").status == 204
    assert reader.get("/api/proxies?q=vinh").json == []
    assert [p["number"] for p in reader.get("/api/proxies").json] == [p["number"] for p in made]


@pytest.mark.parametrize("role", ["user", "operator"])
def test_others_see_their_own_only(nodes, made, role):
    """In lists, searches, counts and exports alike; whole keys of others find nothing."""
    admin = nodes[0].login()
    user = admin.post("/api/users", {"username": f"lan-{role}", "password": "a-long-password-1", "role": role}).json
    theirs = admin.add_static(f"Của {role}")
    assert admin.put(f"/api/proxies/{theirs['id']}", {"user_id": user["id"]}).status == 200
    lan = nodes[1].login(f"lan-{role}", "a-long-password-1")
    for query in ("", "?limit=50", "?sort=-key_name", "?q=cua", "?status=active", f"?user={user['id']}"):
        answer = lan.get("/api/proxies" + query)
        assert [p["id"] for p in answer.json] == [theirs["id"]] and answer.headers["x-total-count"] == "1", query
    for query in (f"q={LONG_KEY}", "q=zebra", "user=1", "offset=1"):
        assert lan.get("/api/proxies?" + query).json == []
    exported = lan.get(f"/api/proxies/export?format=json&ids={','.join(str(p['id']) for p in [*made, theirs])}")
    assert [p["id"] for p in exported.json] == [theirs["id"]]
    assert admin.delete(f"/api/proxies/{theirs['id']}").status == 204
