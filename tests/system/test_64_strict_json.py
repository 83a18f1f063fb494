"""Bodies as strangers make them, for every call that takes one: what is not strict JSON, an unknown member or a value of
another type is refused in words, names the member, and changes nothing. The calls come from routes.h and the members from
the contract, so a new call is tested without a line here."""

import copy
import json
import re

import pytest

from harness import contract
from harness.api import ADMIN_PASSWORD, ApiNode
from harness.redis_server import RedisServer
from harness.simulator import REPO
from test_64_contract import routes

TAKES_JSON = sorted(call for call, (_, _, body, _) in routes().items() if body in ("BODY_JSON", "BODY_OPTIONAL", "BODY_EMPTY"))
READ_BY_THE_ROUTER = sorted(call for call, (_, _, body, _) in routes().items() if body.startswith("BODY_") and body != "BODY_NONE"
                            and body != "BODY_IGNORED")

# What is right about a body, so that the one thing wrong is what is told. Calls that need nothing are not here.
GOOD = {
    ("POST", "/api/auth/login"): {"username": "admin", "password": "wrong-password"},
    ("PUT", "/api/auth/password"): {"old_password": ADMIN_PASSWORD, "new_password": "violet tractor 88 moon"},
    ("POST", "/api/users"): {"username": "olga"},
    ("POST", "/api/tokens"): {"name": "reports"},
    ("POST", "/api/proxies"): {"key_name": "x", "provider": "static", "upstream": "http://127.0.0.1:9"},
    ("POST", "/api/notices/channels"): {"kind": "webhook", "name": "hook", "url": "http://127.0.0.1:9/"},
    ("POST", "/api/proxies/bulk"): {"ids": [999999], "action": "restart"},
    ("POST", "/api/proxies/replace-keys"): {"text": "proxy999999 KSECRETnew"},
    ("POST", "/api/proxies/bulk-import"): {"kiotproxy_keys": "KSECRETbulk1"},
    ("POST", "/api/backup"): {"passphrase": "violet tractor 88 moon"},
}

DEPTH = 32
# name: (text, may it be fine as JSON, so that only its members are wrong)
NOT_JSON = {
    "nothing but blanks": b"   ", "array": b"[]", "null": b"null", "number": b"1", "string": b'"x"', "true": b"true",
    "open object": b"{", "closed twice": b"{}}", "two values": b"{}{}", "bytes behind": b"{} x", "comma behind": b'{"a":1,}',
    "no colon": b'{"a" 1}', "single quotes": b"{'a':1}", "no quotes": b"{a:1}", "comment": b'{"a":1/*x*/}', "line comment": b"{}//x",
    "duplicate": b'{"a":1,"a":2}', "duplicate by escape": b'{"a":1,"\\u0061":2}', "duplicate inside": b'{"x":{"a":1,"a":2}}',
    "NUL byte": b'{"a":\x00}', "NUL in a string": b'{"a":"\x00"}', "NUL escape": b'{"a":"\\u0000"}', "NUL in a name": b'{"\\u0000":1}',
    "lone high surrogate": b'{"a":"\\ud800"}', "lone low surrogate": b'{"a":"\\udc00"}', "surrogates reversed": b'{"a":"\\udc00\\ud800"}',
    "high surrogate, letter": b'{"a":"\\ud800\\u0041"}', "surrogate as UTF-8": b'{"a":"\xed\xa0\x80"}', "overlong": b'{"a":"\xc0\xaf"}',
    "cut UTF-8": b'{"a":"\xe1\xbb"}', "beyond Unicode": b'{"a":"\xf4\x90\x80\x80"}', "Latin-1": b'{"a":"\xe9"}', "BOM": b"\xef\xbb\xbf{}",
    "UTF-16": '{"a":1}'.encode("utf-16"), "raw line feed": b'{"a":"\n"}', "raw tab": b'{"a":"\t"}', "raw escape": b'{"a":"\x1b"}',
    "bad escape": b'{"a":"\\x41"}', "short escape": b'{"a":"\\u12"}', "leading zero": b'{"a":01}', "plus": b'{"a":+1}',
    "no digits": b'{"a":.5}', "no fraction": b'{"a":1.}', "no exponent": b'{"a":1e}', "hex": b'{"a":0x10}', "too large": b'{"a":1e999}',
    "NaN": b'{"a":NaN}', "Infinity": b'{"a":-Infinity}', "True": b'{"a":True}', "undefined": b'{"a":undefined}', "vertical tab": b'\x0b{}',
    "form feed": b"{}\x0c", "too deep": b'{"a":' * DEPTH + b"[]" + b"}" * DEPTH, "bottomless": b"[" * 3000,
    "bottomless object": b'{"a":' * 600,
}


@pytest.fixture(scope="module")
def redis():
    with RedisServer() as redis:
        yield redis


@pytest.fixture(scope="module")
def node(redis):
    with ApiNode(redis) as node:
        yield node


@pytest.fixture(scope="module")
def admin(node):
    return node.login(bearer=True)


@pytest.fixture(scope="module")
def things(admin):
    """An id of each kind, by the first part of its path."""
    return {"proxies": admin.add_static()["id"], "users": admin.post("/api/users", {"username": "someone"}).json["id"],
            "tokens": admin.post("/api/tokens", {"name": "kept"}).json["id"],
            "notices": admin.post("/api/notices/channels", GOOD["POST", "/api/notices/channels"]).json["id"]}


def address(path, things):
    return path.replace("{id}", str(things.get(path.split("/")[2]))).replace("{token}", "unknown")


def state(admin):
    """What a refused call must not have changed."""
    return [admin.get(path).body for path in ("/api/proxies", "/api/users", "/api/tokens", "/api/notices/channels", "/api/settings")]


def send(admin, method, path, body, **headers):
    """The answer; the login's limit, which such tries reach, is no answer to the body."""
    answer = admin.call(method, path, raw_body=body if isinstance(body, bytes) else json.dumps(body), **headers)
    return None if answer.status == 429 else answer


@pytest.mark.parametrize("method, path", READ_BY_THE_ROUTER)
def test_what_is_not_strict_json_is_refused(admin, things, method, path):
    before = state(admin)
    for name, body in NOT_JSON.items():
        answer = send(admin, method, address(path, things), body)
        assert answer is not None and answer.status == 400, (name, answer)
        assert len(answer.json["detail"]) > 15, (name, answer)
    assert state(admin) == before


@pytest.mark.parametrize("method, path", READ_BY_THE_ROUTER)
def test_content_type_must_be_json(admin, things, method, path):
    for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application/jsonp",
                 "application/json-patch+json", "text/json", "application/json/x", "", None):
        assert admin.call(method, address(path, things), raw_body=b'{"nonsense_field":1}', Content_Type=kind).status == 415, kind
    for kind in ("application/json", "application/json; charset=utf-8", "Application/JSON ;charset=UTF-8"):
        assert send(admin, method, address(path, things), b"{", Content_Type=kind).status == 400


@pytest.mark.parametrize("method, path", TAKES_JSON)
def test_an_unknown_member_is_named(admin, things, method, path):
    good = GOOD.get((method, path), {})
    before = state(admin)
    for name in ("nonsense_field", "__proto__", "Username", "key_name ", "tên"):
        answer = send(admin, method, address(path, things), {**good, name: 1})
        if answer is not None:
            assert (answer.status, answer.message_id, answer.json["params"]) == (400, "err.unknown_field", {"field": name}), answer
            assert answer.json["detail"] == f"There is no field {name}.", answer
    assert state(admin) == before


def deep(depth):
    return json.loads('{"a":' * depth + "1" + "}" * depth)


@pytest.mark.parametrize("method, path", TAKES_JSON)
def test_depth_and_size_up_to_their_limits_are_read(admin, things, method, path):
    limit = {"4096": 4096, "16384": 16384, "API_BODY_MAX_BYTES": 256 * 1024}
    text = (REPO / "api-node" / "routes.h").read_text()
    line = text.partition(f'ROUTE({method}, "{path}",')[2].partition("\nROUTE")[0]
    size = limit.get(re.search(r"BODY_\w+, (\w+)", line)[1])
    for body in (deep(DEPTH - 1), {"nonsense_field": "x" * 500}, {"nonsense_field": [[]] * 100}):
        answer = send(admin, method, address(path, things), {**GOOD.get((method, path), {}), **body})
        assert answer is None or answer.status == 400, answer
    if size is not None:
        padded = b'{"nonsense_field":1}'.ljust(size)
        assert getattr(send(admin, method, address(path, things), padded), "status", 400) == 400
        assert send(admin, method, address(path, things), padded + b" ").status == 413


def members(method, path):
    """(name, schema's place) of each member of the call's body, also where a body is one of several."""
    at = f"/paths/{path.replace('/', '~1')}/{method.lower()}/requestBody/content/application~1json/schema"
    body = contract.document()["paths"][path][method.lower()]["requestBody"]["content"].get("application/json", {})
    todo, found = [(at, body.get("schema", {}))], {}
    while todo:
        place, schema = todo.pop()
        while "$ref" in schema:
            place = schema["$ref"].removeprefix("#")
            schema = contract.resolve(schema)
        for name in schema.get("properties", {}):
            found.setdefault(name, []).append(f"{place}/properties/{name}")
        for kind in ("oneOf", "anyOf"):
            todo += [(f"{place}/{kind}/{i}", inner) for i, inner in enumerate(schema.get(kind, []))]
    return found


WRONG = [None, True, False, 0, -1, 1.5, 2**53, -(2**63), 1e300, "", " ", "x", "true", "1", "x" * 3000, "a\nb", "\u0007", "\u202e",
         "<script>", "../..", [], [[]], [1], ["x", None], {}, {"x": 1}, [{"cidr": 1}], {"connections": "1"}, deep(5)]


@pytest.mark.parametrize("method, path", [call for call in TAKES_JSON if members(*call)])
def test_values_of_another_type_or_range_name_their_member(admin, things, method, path):
    """Everything that the contract does not allow is refused; what it allows may be refused too, but in words."""
    good = GOOD.get((method, path), {})
    where = address(path, things)
    for name, places in members(method, path).items():
        for value in WRONG:
            if all(contract._complaint(place, value) is None for place in places):
                continue
            body = copy.deepcopy(good) | {name: value}
            answer = send(admin, method, where, body)
            if answer is None:
                continue
            assert answer.status in (400, 422), f"{name}: {str(value)[:50]!r} was answered with {answer}"
            told = answer.json["detail"] + json.dumps(answer.json["params"])
            assert answer.message_id != "err.bad_request", f"{name}: {str(value)[:50]!r}: {answer}"
            assert name in told or answer.json["params"].get("field", "").startswith(name), f"{name}: {str(value)[:50]!r}: {told}"


def test_good_bodies_are_good(node, admin, things):
    """Else the tests above would find the mistakes of this file."""
    for (method, path), body in GOOD.items():
        answer = admin.call(method, address(path, things), raw_body=json.dumps(body))
        assert answer.status < 300 or path in ("/api/auth/login", "/api/notices/channels"), (path, answer)


LARGEST_ID = 2**53 - 1
ID_QUERIES = [f"/api/{path}=" for path in ("proxies?user", "proxies/export?format=csv&user", "proxies/usage?ids", "logs?proxy_id", "tokens?user_id",
                                          "notices/deliveries?channel")]


@pytest.mark.parametrize("path", ID_QUERIES)
def test_numbers_that_no_id_can_be(admin, path):
    """JSON and Lua hold integers up to 2^53 exactly: larger ones are no ids, and not rounded into another's."""
    assert admin.get(path + str(LARGEST_ID)).status in (200, 404)
    for number in (LARGEST_ID + 1, 2**63 - 1, 2**63, 2**64, 10**30, 0, -1, "1.0", "1e3", "0x1", "%D9%A1"):
        assert admin.get(path + str(number)).status == 400, number


@pytest.mark.parametrize("path", ["proxies/{}", "users/{}", "proxies/{}/usage"])
def test_paths_that_no_id_can_be(admin, path):
    for number in (LARGEST_ID, LARGEST_ID + 1, 68332634329996376, 2**63, 2**64, 10**30):
        assert admin.get("/api/" + path.format(number)).status == 404, number


def test_deliveries_before_the_first(admin):
    for before in ("0-0", "00-0", "0-1"):
        answer = admin.get(f"/api/notices/deliveries?before={before}")
        assert answer.status in (200, 400) and answer.json == [] or answer.status == 400, answer


def test_an_idempotency_key_belongs_to_the_whole_request(admin):
    for key in ("", "x" * 256):
        assert admin.post("/api/proxies", GOOD["POST", "/api/proxies"], Idempotency_Key=key).status == 400
    made = admin.add_static()
    path = f"/api/proxies/{made['id']}"
    assert admin.delete(path, Idempotency_Key="once").status == 204
    again = admin.delete(path, Idempotency_Key="once")
    assert again.status == 204 and again.headers["idempotency-replayed"] == "true"
    assert admin.delete(path + "?release=true", Idempotency_Key="once").status == 422
