"""The contract, /api/openapi.json: it describes every call that there is and no other, it is well-formed, and both nodes
serve it. That every answer conforms is seen to by harness/api.py, in every test."""

import json
import re

import jsonschema
import pytest

from harness import contract
from harness.api import ApiNode
from harness.redis_server import RedisServer
from harness.simulator import REPO

METHODS = {"get", "post", "put", "delete", "patch", "head", "options", "trace"}
# Served outside of routes.h: the upgrade to a WebSocket.
NOT_ROUTED = {("GET", "/api/ws")}


@pytest.fixture(scope="module")
def redis():
    with RedisServer() as redis:
        yield redis


@pytest.fixture(scope="module")
def nodes(redis):
    with ApiNode(redis) as one, ApiNode(redis) as two:
        yield one, two


def routes():
    """{(method, path): (handler, access, body, query)} of routes.h."""
    text = (REPO / "api-node" / "routes.h").read_text()
    found = re.findall(r'^ROUTE\(\s*(\w+),\s*"([^"]+)",\s*(\w+),\s*(\w+),\s*(\w+),\s*(\w+),\s*(\w+|"[^"]*")\)', text, re.M)
    assert len(found) == text.count("\nROUTE("), "a line of routes.h is not understood here"
    return {(method, path): (handler, access, body, query) for method, path, handler, access, body, _, query in found}


def operations():
    """(method, path, operation) of the document; the parameters of the path are the operation's too."""
    for path, item in contract.document()["paths"].items():
        for method, operation in item.items():
            if method in METHODS:
                shared = item.get("parameters", []) + operation.get("parameters", [])
                yield method.upper(), path, {**operation, "parameters": shared}


def parameters(operation):
    return [contract.resolve(parameter) for parameter in operation.get("parameters", [])]


def test_both_nodes_serve_the_document_of_the_build(nodes):
    for node in nodes:
        answer = node.nobody.get("/api/openapi.json")
        assert answer.status == 200 and answer.headers["content-type"] == "application/json"
        assert answer.json == contract.document()
        assert answer.headers["cache-control"] == "no-cache"
        assert node.nobody.get("/api/openapi.json", If_None_Match=answer.headers["etag"]).status == 304
        assert node.nobody.get("/api/openapi.json", If_None_Match='"other"').status == 200
    tags = {node.nobody.get("/api/openapi.json").headers["etag"] for node in nodes}
    assert len(tags) == 1, "a browser behind a balancer would load it again and again"


def test_it_describes_every_route_and_no_other():
    described = {(method, path): operation["operationId"] for method, path, operation in operations()}
    built = {call: handler for call, (handler, *_) in routes().items()}
    assert described.keys() - built.keys() - NOT_ROUTED == set(), "described, but not in routes.h"
    assert built.keys() - described.keys() == set(), "in routes.h, but not described in api-node/openapi/"
    wrong = {call: described[call] for call, handler in built.items()
             if described[call] not in (handler, f"{handler}_{call[0].lower()}")}
    assert wrong == {}, "operationId is the handler's name; where it serves two calls, with _<method> behind it"


def test_operations_are_complete():
    """What each call can answer follows from its line in routes.h."""
    table = routes()
    findings, ids = [], set()
    for method, path, operation in operations():
        name = f"{method} {path}"

        def must(condition, what):
            if not condition:
                findings.append(f"{name}: {what}")

        for member in ("operationId", "summary", "tags", "responses"):
            must(operation.get(member), f"has no {member}")
        must(operation.get("operationId") not in ids, "its operationId is another's too")
        ids.add(operation.get("operationId"))
        must(set(operation.get("tags", [])) <= {tag["name"] for tag in contract.document()["tags"]}, "a tag is not in main.json")
        must({p["name"] for p in parameters(operation) if p["in"] == "path"} == set(re.findall(r"\{(\w+)\}", path)),
             "its path's parameters are not those described")
        statuses = set(operation.get("responses", {}))
        _, access, body, query = table.get((method, path), (None, "ACCESS_SIGNED_IN", "BODY_NONE", "NO_QUERY"))
        takes = {p["name"] for p in parameters(operation) if p["in"] == "query"}
        must(query == "ANY_QUERY" or takes == set(re.findall(r"\w+", query.removeprefix("NO_QUERY"))),
             f"its query's parameters are {sorted(takes)}, but {query} in routes.h")
        stranger = access in ("ACCESS_PUBLIC", "ACCESS_BY_LINK")
        wanted = {"400", "500", "503"}
        if not stranger:
            wanted |= {"401"}
        if not stranger and access != "ACCESS_SIGNED_IN":
            wanted |= {"403"}
        if "{" in path:
            wanted |= {"404"}
        if method != "GET" and access != "ACCESS_BY_LINK":
            wanted |= {"403", "415"}
        if method != "GET" and not stranger:
            wanted |= {"409", "422"}
            must(any(p["name"] == "Idempotency-Key" for p in parameters(operation)), "takes an Idempotency-Key")
        if body != "BODY_NONE":
            wanted |= {"413"}
        must(wanted <= statuses, f"does not declare {', '.join(sorted(wanted - statuses))}")
        must(any(s.startswith("2") for s in statuses) or "101" in statuses, "has no success")
        must((body == "BODY_NONE") == ("requestBody" not in operation), "requestBody and routes.h do not agree")
        must((body in ("BODY_JSON", "BODY_UNPARSED")) == operation.get("requestBody", {}).get("required", False), "requestBody.required is wrong")
        must(stranger == (operation.get("security") == []), "security: [] is for public calls, and only them")
        for status, response in operation.get("responses", {}).items():
            response = contract.resolve(response)
            ours = access != "ACCESS_BY_LINK" and (method, path, status) != ("GET", "/api/health", "503")
            if status.startswith(("4", "5")) and ours:
                must(response.get("content", {}).get(contract.PROBLEM, {}).get("schema") == {"$ref": "#/components/schemas/Problem"},
                     f"{status} is no Problem")
            must(response.get("description"), f"{status} has no description")
    assert findings == [], "\n".join(findings)


def test_every_call_refuses_parameters_that_it_does_not_have(nodes):
    """Before it does anything: a dry-run that is dry_run would import, a force that nobody knows would delete."""
    admin = nodes[0].login()
    for (method, path), (_, access, body, query) in routes().items():
        if query == "ANY_QUERY":
            continue
        caller = admin.on(nodes[1])
        target = path.replace("{id}", "999").replace("{token}", "x")
        arguments = {} if body in ("BODY_NONE", "BODY_EMPTY", "BODY_OPTIONAL") else {"body": {}}
        answer = caller.call(method, f"{target}?dry-run=true", **arguments)
        assert (answer.status, answer.message_id) == (400, "err.unknown_parameter"), f"{method} {path}: {answer}"
        assert answer.json["params"] == {"field": "dry-run"}
        known = query.strip('"')
        wanted = "this call takes none." if query == "NO_QUERY" else f"there are {known}."
        assert answer.json["detail"] == f'There is no parameter "dry-run"; {wanted}'
        for name in known.split(", ") if query != "NO_QUERY" else []:
            twice = caller.call(method, f"{target}?{name}=1&{name}=1", **arguments)
            assert twice.status == 400 and twice.json["detail"] == f"{name} is given twice.", f"{method} {path}: {twice}"
            assert twice.json["params"] == {"field": name}
    assert admin.get("/api/auth/me").status == 200, "no logout was made"


def test_a_wrong_value_names_its_parameter(nodes):
    admin = nodes[0].login()
    for query, field in (("limit=x", "limit"), ("before=x", "before"), ("status=x", "status"), ("action=" + "x" * 200, "action")):
        answer = admin.get("/api/logs?" + query)
        assert answer.status == 400 and answer.json["params"] == {"field": field} and field in answer.json["detail"], answer
    for path, field in (("/api/proxies?sort=x", "sort"), ("/api/proxies/export", "format"), ("/api/proxies/export?format=csv&way=x", "way"),
                        ("/api/proxies/usage", "ids"), ("/api/notices/deliveries?before=x", "before"), ("/api/tokens?all=1", "all")):
        answer = admin.get(path)
        assert answer.status == 400 and answer.json["params"] == {"field": field} and field in answer.json["detail"], answer
    assert "missing" in admin.get("/api/proxies/export").json["detail"]


def test_bulk_takes_what_a_single_call_takes():
    """Its schemas are written by hand beside those of POST and PUT; what the form takes is the same."""
    def taken(name):
        return set(contract.document()["components"]["schemas"][name]["properties"])
    table = (REPO / "api-node" / "handlers" / "proxy_form.c").read_text()
    form = dict(re.findall(r'^\t\{"(\w+)", (?:NULL|"\w+"), (USE_\w+)', table, re.M))
    edit = {name for name, use in form.items() if use in ("USE_BOTH", "USE_EDIT")}
    create = {name for name, use in form.items() if use in ("USE_BOTH", "USE_CREATE")}
    assert edit - taken("BulkFields") == {"kiotproxy_key", "provider_key", "user_id"}
    assert create - taken("BulkImport") == {"kiotproxy_key", "provider_key", "upstream"}


def test_refusals_say_what_would_be_right(nodes):
    admin = nodes[0].login()
    proxy = admin.add_static(name="told")["id"]
    for fields, field, words in (
            ({"allow": ["10.0.0.1/8"]}, "allow", "10.0.0.1/8 is neither one address nor a whole block"),
            ({"allow": ["10.0.0.0/33"]}, "allow", "10.0.0.0/33 is not an IP address or block"),
            ({"password": "mậtkhẩudài1"}, "password", "Only letters without marks"),
            ({"limits": {"bytes_per_month": -1}}, "limits.bytes_per_month", "limits.bytes_per_month: A number from 0"),
            ({"limits": {"connections": 10**9}}, "limits.connections", "limits.connections: A number from 0"),
            ({"paid_until": "tomorrow"}, "paid_until", "nor a date such as 31/01/2026")):
        answer = admin.on(nodes[1]).put(f"/api/proxies/{proxy}", fields)
        assert answer.status == 422 and answer.json["params"]["field"] == field and words in answer.json["detail"], answer
    for path in ("/api/users/abc", "/api/proxies/1.5", "/api/proxies/0x1/rotate"):
        answer = admin.get(path)
        assert answer.status == 404 and "must be a whole number" in answer.json["detail"], answer
    assert "must be a whole number" not in admin.get("/api/nothing").json["detail"]
    answer = admin.call("POST", "/api/tokens", raw_body=b" " * 4097)
    assert answer.status == 413 and answer.json["detail"] == "This call takes a body of at most 4096 bytes."


def schemas(node, at):
    """(pointer, schema) of every schema in the document, inner ones too."""
    if isinstance(node, list):
        for i, item in enumerate(node):
            yield from schemas(item, f"{at}/{i}")
    elif isinstance(node, dict):
        if "type" in node or "properties" in node:
            yield at, node
        for name, item in node.items():
            if name not in ("examples", "example", "default", "enum", "const"):
                yield from schemas(item, f"{at}/{name}")


def test_objects_say_whether_they_take_other_members():
    """Ours take none; where anything may come, the schema says so."""
    loose = [at for at, schema in schemas(contract.document(), "")
             if ("object" in schema.get("type", ()) or "properties" in schema) and not at.endswith("/properties")
             and "additionalProperties" not in schema and "unevaluatedProperties" not in schema]
    assert loose == [], "without additionalProperties"
    unknown = [f"{at}: {name}" for at, schema in schemas(contract.document(), "") for name in schema.get("required", [])
               if isinstance(schema.get("required"), list) and name not in schema.get("properties", {})
               and schema.get("additionalProperties") is False]
    assert unknown == [], "required, but not among the properties"


def test_schemas_are_valid_and_used():
    document = contract.document()
    for name, schema in document["components"]["schemas"].items():
        jsonschema.Draft202012Validator.check_schema(schema)
    text = json.dumps(document)
    refs = set(re.findall(r'"#/components/([^"]+)"', text))
    for ref in refs:
        contract.resolve({"$ref": "#/components/" + ref})
    made = {f"{section}/{name}" for section, items in document["components"].items() for name in items}
    assert made - refs - {"schemas/WsFrame", "securitySchemes/cookie", "securitySchemes/bearer"} == set(), "used by nothing"


def test_examples_are_as_their_schemas_say():
    for at, schema in schemas(contract.document(), ""):
        for example in schema.get("examples", []):
            pointer = "/".join(part.replace("~", "~0") for part in at.split("/"))
            if at.startswith("/components/schemas/"):
                complaint = contract._complaint(pointer, example)
                assert complaint is None, f"{at}: {complaint}"


def test_what_breaks_the_contract_is_found():
    """The measure itself: a wrong answer must be seen."""
    class Fake:
        def __init__(self, status, body, content_type="application/json"):
            self.status, self.body, self.headers = status, json.dumps(body).encode(), {"content-type": content_type}
            self.json = body

    good = {"status": "ok", "redis": True, "build": "x"}
    contract.check_answer("GET", "/api/health", None, Fake(200, good))
    for broken in (Fake(200, {**good, "more": 1}), Fake(200, {"status": "ok"}), Fake(200, {**good, "redis": "yes"}),
                   Fake(418, good), Fake(200, good, "text/plain"), Fake(400, {"error": "x"}, "application/problem+json"),
                   Fake(204, good)):
        with pytest.raises(AssertionError):
            contract.check_answer("GET", "/api/health", None, broken)
    with pytest.raises(AssertionError):
        contract.check_answer("GET", "/api/new-call", None, Fake(200, good))
    for frame in ({"type": "hello"}, {"type": "new"}, {"type": "proxy", "proxy": {}}):
        with pytest.raises(AssertionError):
            contract.check_frame(frame)
    contract.check_frame({"type": "hello", "version": "1-2"})
