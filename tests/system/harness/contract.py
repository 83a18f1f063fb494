"""The contract as the tests' measure: every answer that a test sees is held against the OpenAPI document of the build.

The statuses of a call must be declared, a body must be what its schema says; of a change that was accepted the request's
body too. A failure is a sentence. Of a long list only the ends are looked at, and the same answer only once: polling
tests would spend their time here.
"""

import functools
import json
import re
import warnings

import jsonschema

from harness.simulator import build_dir

JSON = "application/json"
PROBLEM = "application/problem+json"
# How a request was sent can be wrong for any call: the document says so once, in its description.
ANY_CALL = {405, 411}
LONG_LIST = 24


@functools.cache
def document():
    return json.loads((build_dir() / "api-node" / "openapi.json").read_text())


def resolve(node):
    while "$ref" in node:
        target = document()
        for part in node["$ref"].removeprefix("#/").split("/"):
            target = target[part.replace("~1", "/").replace("~0", "~")]
        node = target
    return node


@functools.cache
def _templates():
    """(regular expression, path) of every path; fixed segments win over parameters."""
    def expression(path):
        return re.compile(re.sub(r"\{id\}", r"[1-9][0-9]*", re.sub(r"\{(?!id\})\w+\}", r"[^/]+", path)))
    paths = sorted(document()["paths"], key=lambda path: path.count("{"))
    return [(expression(path), path) for path in paths]


def operation(method, path):
    """(path of the document, operation), (path, None) for a method it does not have, (None, None) for no such path."""
    bare = path.partition("?")[0]
    for expression, template in _templates():
        if expression.fullmatch(bare):
            return template, document()["paths"][template].get("get" if method == "HEAD" else method.lower())
    return None, None


@functools.cache
def _validator(pointer):
    """Of the schema at a JSON pointer of the document."""
    with warnings.catch_warnings():  # newer versions have another resolver; Debian 12's has this one only
        warnings.simplefilter("ignore", DeprecationWarning)
        resolver = jsonschema.RefResolver("", document())
    return jsonschema.Draft202012Validator({"$ref": "#" + pointer}, resolver=resolver)


def _deepest(errors):
    """The error to tell: where one of several schemas should fit, that of the one which fits best."""
    error = errors[0]
    while error.context:
        tried = {}
        for inner in error.context:
            tried.setdefault(inner.schema_path[0], []).append(inner)
        error = min(tried.values(), key=len)[0]
    return error


def _complaint(pointer, value):
    """The first and deepest thing wrong, as "at /0/region: 'x' is not one of …"; None when all is well."""
    if isinstance(value, list) and len(value) > LONG_LIST:
        value = value[:LONG_LIST // 2] + value[-LONG_LIST // 2:]
    errors = list(_validator(pointer).iter_errors(value))
    if not errors:
        return None
    error = _deepest(errors)
    place = "".join(f"/{part}" for part in error.absolute_path) or "the whole"
    return f"at {place}: {error.message[:400]}"


def _escape(part):
    return part.replace("~", "~0").replace("/", "~1")


def schema_pointer(template, method, status, content_type):
    """Where the schema of this answer is, or None when the status has none for this type."""
    at = f"/paths/{_escape(template)}/{method.lower()}/responses/{status}"
    response = document()["paths"][template][method.lower()]["responses"][str(status)]
    if "$ref" in response:
        at = response["$ref"].removeprefix("#")
        response = resolve(response)
    if content_type not in response.get("content", {}):
        return None
    return f"{at}/content/{_escape(content_type)}/schema"


_seen = set()


def check_answer(method, path, sent, answer):
    """Raises AssertionError when `answer` to `method path` (with the JSON text `sent`, or None) breaks the contract."""
    bare = path.partition("?")[0]
    call = f"{method} {bare} answered {answer.status}"
    template, described = operation(method, path)
    content_type = answer.headers.get("content-type", "").partition(";")[0]
    key = (method, template, answer.status, content_type, answer.body, sent if answer.status < 300 else None)
    if key in _seen:
        return
    if described is None:
        if answer.status in (404, 405) or not bare.startswith("/api/"):
            return _check_problem(call, content_type, answer) if answer.status >= 400 else None
        raise AssertionError(f"{call}, but the contract does not have this call; describe it in api-node/openapi/")
    if str(answer.status) not in described["responses"] and answer.status not in ANY_CALL:
        raise AssertionError(f"{call}, which the contract does not declare: {template} has "
                             f"{', '.join(sorted(described['responses']))}. The answer: {answer}")
    if answer.status >= 400 and content_type == PROBLEM:
        _check_problem(call, content_type, answer)
    elif method != "HEAD":
        _check_body(call, template, "get" if method == "HEAD" else method.lower(), content_type, answer)
    if sent and answer.status < 300 and "requestBody" in described:
        _check_accepted(call, template, method.lower(), sent)
    _seen.add(key)


def _check_problem(call, content_type, answer):
    if content_type != PROBLEM:
        if not answer.body:
            return
        raise AssertionError(f"{call} with {content_type!r}; a refusal is {PROBLEM}. The answer: {answer}")
    complaint = _complaint("/components/schemas/Problem", answer.json)
    if complaint:
        raise AssertionError(f"{call}, and its problem is not as the contract says, {complaint}. The answer: {answer}")
    if answer.json["status"] != answer.status:
        raise AssertionError(f"{call}, and its problem says {answer.json['status']}")


def _check_body(call, template, method, content_type, answer):
    response = resolve(document()["paths"][template][method]["responses"][str(answer.status)])
    if not response.get("content"):
        if answer.body:
            raise AssertionError(f"{call} with a body, where the contract has none: {answer}")
        return
    pointer = schema_pointer(template, method, answer.status, content_type)
    if pointer is None:
        raise AssertionError(f"{call} with Content-Type {content_type!r}; the contract has "
                             f"{', '.join(response['content'])}. The answer: {answer}")
    if content_type != JSON:
        return
    complaint = _complaint(pointer, answer.json)
    if complaint:
        raise AssertionError(f"{call}, and its body is not as the contract says, {complaint}. The answer: {answer}")


def _check_accepted(call, template, method, sent):
    try:
        body = json.loads(sent)
    except ValueError:
        return
    complaint = _complaint(f"/paths/{_escape(template)}/{method}/requestBody/content/application~1json/schema", body)
    if complaint:
        raise AssertionError(f"{call} to a body that the contract does not allow, {complaint}. It was: {sent[:500]}")


def check_frame(frame):
    """Raises AssertionError when a message of the WebSocket breaks the contract."""
    frames = document()["components"]["schemas"]["WsFrame"]["discriminator"]["mapping"]
    if frame.get("type") not in frames:
        raise AssertionError(f"a WebSocket frame of a type that the contract does not have: {str(frame)[:300]}")
    complaint = _complaint(frames[frame["type"]].removeprefix("#"), frame)
    if complaint:
        raise AssertionError(f"a {frame['type']} frame is not as the contract says, {complaint}. It was: {str(frame)[:1000]}")
