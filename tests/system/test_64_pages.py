"""Pages from UI_DIR, and what every answer carries: which file answers which path, in which form, cached how; security
headers on each route and each error; nothing beside the folder is reachable; /docs in a real browser."""

import gzip
import os
import re

import pytest

from harness import browser as browsers
from harness.api import Answer, ApiNode
from harness.redis_server import RedisServer
from harness.simulator import REPO, wait_until
from test_64_contract import routes

BROWSER = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
SCRIPT = "/assets/app-2PTH9iYA.js"


@pytest.fixture(scope="module")
def redis():
    with RedisServer() as redis:
        yield redis


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pages")
    (folder / "assets").mkdir()
    (folder / ".git").mkdir()
    files = {"index.html": b"<p>dashboard</p>", "docs.html": b"<p>docs</p>", ".git/config": b"secret", "notes.bak": b"secret",
             "assets/app-2PTH9iYA.js": b"export const x = 1;" * 100000, "favicon.svg": b"<svg/>"}
    for name, content in files.items():
        (folder / name).write_bytes(content)
    (folder / (SCRIPT[1:] + ".gz")).write_bytes(gzip.compress(files[SCRIPT[1:]]))
    (folder / (SCRIPT[1:] + ".br")).write_bytes(b"as if brotli")
    (folder.parent / "outside.txt").write_text("secret")
    os.symlink("/etc/passwd", folder / "passwd.txt")
    return folder


@pytest.fixture(scope="module")
def nodes(redis, folder):
    with ApiNode(redis, ui_dir=folder, api_trusted_proxies="127.0.0.1/32") as one, ApiNode(redis, ui_dir=folder) as two:
        yield one, two


@pytest.fixture(scope="module")
def node(nodes):
    return nodes[0]


def test_files_and_how_they_are_cached(nodes):
    for node in nodes:
        get = node.nobody.get
        answer = get(SCRIPT)
        assert answer.status == 200 and len(answer.body) == 1900000
        assert answer.headers["content-type"] == "text/javascript; charset=utf-8"
        assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
        assert "content-encoding" not in answer.headers and answer.headers["vary"] == "Accept-Encoding"
        for path, content in (("/", b"<p>dashboard</p>"), ("/docs", b"<p>docs</p>"), ("/docs.html", b"<p>docs</p>")):
            answer = get(path)
            assert (answer.status, answer.body) == (200, content)
            assert answer.headers["content-type"] == "text/html; charset=utf-8"
            assert answer.headers["cache-control"] == "no-cache"
    assert len({node.nobody.get(SCRIPT).headers["etag"] for node in nodes}) == 1


def test_compressed_forms(node):
    get = node.nobody.get
    brotli, packed, plain = (get(SCRIPT, Accept_Encoding=coding) for coding in ("gzip, deflate, br", "gzip", "identity"))
    assert brotli.headers["content-encoding"] == "br" and brotli.body == b"as if brotli"
    assert packed.headers["content-encoding"] == "gzip" and gzip.decompress(packed.body) == plain.body
    assert len({brotli.headers["etag"], packed.headers["etag"], plain.headers["etag"]}) == 3
    for answer in (brotli, packed, plain):
        again = get(SCRIPT, Accept_Encoding=answer.headers.get("content-encoding", "identity"), If_None_Match=answer.headers["etag"])
        assert again.status == 304 and again.body == b"" and again.headers["etag"] == answer.headers["etag"]
    assert get(SCRIPT, Accept_Encoding="gzip", If_None_Match=brotli.headers["etag"]).status == 200
    assert "content-encoding" not in get(SCRIPT, Accept_Encoding="br;q=0, gzip;q=0").headers


def test_head_and_other_methods(nodes):
    node = nodes[1]
    answer = node.nobody.call("HEAD", SCRIPT)
    assert answer.status == 200 and answer.headers["content-length"] == "1900000" and answer.body == b""
    with node.wire() as wire:
        wire.send(f"HEAD {SCRIPT} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        assert wire.answer(head_only=True)[0] == 200
        wire.send(f"GET {SCRIPT} HTTP/1.1\r\nHost: x\r\nAccept-Encoding: gzip\r\n\r\n".encode() * 3)
        assert [wire.answer()[0] for _ in range(3)] == [200] * 3
    for method in ("POST", "PUT", "DELETE", "OPTIONS", "PATCH"):
        answer = node.nobody.call(method, "/docs")
        assert answer.status == 405 and answer.headers["allow"] == "GET, HEAD"
    assert b" 405 " in node.raw(b"POST /docs HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello")


def test_a_page_of_the_dashboard_is_its_index(node):
    """Only for who navigates: programs and scanners are told that there is nothing."""
    for path in ("/proxies", "/proxies/7", "/settings", "/docs/"):
        answer = node.nobody.get(path, **BROWSER)
        assert (answer.status, answer.body) == (200, b"<p>dashboard</p>"), path
        assert node.nobody.get(path).status == 404, path
    for path in ("/api", "/api/", "/api/nothing", "/r/unknown", "/assets/old-2PTH9iYB.js", "/metrics", "/healthz", "/readyz"):
        assert node.nobody.get(path, **BROWSER).status == 404, path


ELSEWHERE = ["/.git/config", "/.git/", "/.git", "/.env", "/notes.bak", "/passwd.txt", "/assets/", "/assets", "/../outside.txt",
             "/..%2foutside.txt", "/%2e%2e/outside.txt", "/assets/../../outside.txt", "/assets/..%2f..%2f..%2foutside.txt",
             "//etc/passwd", "/%2fetc/passwd", "/..\\outside.txt", "/..%5coutside.txt", "/docs%00.html", "/index.html/",
             "/server-status", "/debug", "/assets/app-2PTH9iYA.js.map", "/assets/app-2PTH9iYA.js.br", "/metrics",
             "/docs.html~", "/%c0%ae%c0%ae/outside.txt"]


@pytest.mark.parametrize("path", ELSEWHERE)
def test_nothing_else_is_reachable(node, path):
    answer = node.raw(f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
    assert not answer.startswith(b"HTTP/1.1 2"), answer[:300]
    assert b"secret" not in answer and b"root:" not in answer


def test_a_node_without_pages_says_where_the_contract_is(redis, tmp_path):
    with ApiNode(redis) as bare, ApiNode(redis, ui_dir=tmp_path / "nothing") as wrong, ApiNode(redis, ui_dir=tmp_path) as empty:
        for node in (bare, wrong, empty):
            answer = node.nobody.get("/docs", **BROWSER)
            assert answer.status == 404 and "/api/openapi.json" in answer.json["detail"]
            assert node.nobody.get("/", **BROWSER).status == 404
        assert "UI_DIR cannot be read" in wrong.log()


# What every answer carries; the policy of a page is another than that of data.
ALWAYS = {"x-content-type-options": "nosniff", "referrer-policy": "same-origin", "cross-origin-opener-policy": "same-origin",
          "cross-origin-resource-policy": "same-origin"}


def policy(headers):
    """{directive: values} of the Content-Security-Policy: of both, which have no directive in common."""
    parts = [part.split() for part in re.split("[;,]", headers["content-security-policy"])]
    assert len({words[0] for words in parts}) == len(parts)
    return {words[0]: words[1:] for words in parts}


def check_headers(name, headers):
    for header, value in ALWAYS.items():
        assert headers.get(header) == value, (name, header)
    csp = policy(headers)
    assert csp["object-src"] == csp["base-uri"] == csp["frame-ancestors"] == ["'none'"], name
    if "x-request-id" in headers:  # else it is libwebsockets' own, of a message that it could not read
        assert csp["default-src"] == ["'none'"], name
    assert "unsafe" not in headers["content-security-policy"], name
    assert "access-control-allow-origin" not in headers and "server" not in headers, name


def test_every_answer_of_the_api_carries_the_security_headers(node):
    """Each route as a stranger, as the administrator, and with a body that is refused."""
    admin = node.login(bearer=True)
    bodies = (None, b"{", b'{"nonsense":1}')
    for method, path in routes():
        address = path.replace("{id}", "999999").replace("{token}", "unknown")
        for caller in (node.nobody, admin):
            for body in bodies if method != "GET" else (None,):
                if path == "/api/auth/logout" and caller is admin:
                    continue
                answer = caller.call(method, address, raw_body=body)
                check_headers((method, path, answer), answer.headers)
                assert answer.headers["cache-control"] in ("no-store", "no-cache"), (method, path)
                assert (answer.headers["cache-control"] == "no-cache") == (path == "/api/openapi.json")
                assert policy(answer.headers).get("script-src") is None
                assert "strict-transport-security" not in answer.headers
    assert admin.get("/api/auth/me").status == 200


REFUSED = [b"GET /api/nothing HTTP/1.1\r\nHost: x\r\n\r\n", b"GET /api/health HTTP/1.1\r\n\r\n",
           b"PATCH /api/proxies/1 HTTP/1.1\r\nHost: x\r\n\r\n", b"TRACE /api/health HTTP/1.1\r\nHost: x\r\n\r\n",
           b"POST /api/auth/login HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
           b"POST /api/auth/login HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999\r\nExpect: 100-continue\r\n\r\n",
           b"POST /api/auth/login HTTP/1.1\r\nHost: x\r\nContent-Length: x\r\n\r\n",
           b"GET /api/ws HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
           b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n",
           b"GET /api/health HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: foo\r\n\r\n",
           b"GET http://x/api/health HTTP/1.1\r\nHost: x\r\n\r\n", b"BREW / HTTP/1.1\r\nHost: x\r\n\r\n", b"GET / HTTP/3.0\r\n\r\n",
           b"GET /%zz HTTP/1.1\r\nHost: x\r\n\r\n", b"GET /docs%00 HTTP/1.1\r\nHost: x\r\n\r\n", b"nonsense\r\n\r\n",
           b"GET /api/health HTTP/1.1\r\nHost: x\r\nX-Long: " + b"a" * 40000 + b"\r\n\r\n"]


@pytest.mark.parametrize("data", REFUSED, ids=[data[:40].decode().replace("\r\n", " ") for data in REFUSED])
def test_refusals_carry_them_too(node, data):
    """Whatever is answered at all, by us or by libwebsockets."""
    answer = node.raw(data.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n", 1) if b"Upgrade" not in data else data)
    if answer:
        head = answer.partition(b"\r\n\r\n")[0].decode()
        assert not head.startswith("HTTP/1.1 2")
        check_headers(data[:60], Answer(0, [line.split(": ", 1) for line in head.split("\r\n")[1:]], b"").headers)


def test_pages_carry_a_policy_of_their_own(node):
    for path in ("/", "/docs", SCRIPT, "/favicon.svg"):
        answer = node.nobody.get(path)
        check_headers(path, answer.headers)
        csp = policy(answer.headers)
        assert csp["script-src"] == csp["connect-src"] == csp["style-src"] == ["'self'"]
        assert csp["form-action"] == ["'self'"] and "data:" not in csp["script-src"]


def test_hsts_only_behind_tls(nodes):
    """And only when a trusted proxy says so."""
    trusting, other = nodes
    for path in ("/docs", "/api/health", "/api/nothing"):
        assert trusting.nobody.get(path, X_Forwarded_Proto="https").headers["strict-transport-security"] == "max-age=31536000"
        assert "strict-transport-security" not in trusting.nobody.get(path, X_Forwarded_Proto="http").headers
        assert "strict-transport-security" not in other.nobody.get(path, X_Forwarded_Proto="https").headers


@pytest.mark.skipif(browsers.PROGRAM is None, reason="no chromium here")
@pytest.mark.skipif(not (REPO / "ui" / "dist" / "docs.html").exists(), reason="ui/ is not built: ./dev build")
def test_docs_in_a_browser(redis):
    """The whole contract is shown, an operation opens and can be tried; nothing breaks the policy or fails to load."""
    with ApiNode(redis, ui_dir=REPO / "ui" / "dist") as node, browsers.Browser() as browser:
        calls = sum(method in item for item in node.nobody.get("/api/openapi.json").json["paths"].values()
                    for method in ("get", "post", "put", "delete"))
        browser.open(f"http://127.0.0.1:{node.port}/docs")
        browser.wait(f"document.querySelectorAll('.opblock').length === {calls}", f"all {calls} calls are shown")
        assert "KiotProxy" in browser.evaluate("document.querySelector('.info .title').textContent")
        browser.evaluate("document.querySelector('#operations-node-health_get button.opblock-summary-control').click()")
        browser.wait("document.querySelector('#operations-node-health_get .try-out__btn') !== null", "the call opens")
        browser.evaluate("document.querySelector('#operations-node-health_get .try-out__btn').click()")
        browser.wait("document.querySelector('#operations-node-health_get .execute') !== null", "it can be tried")
        browser.evaluate("document.querySelector('#operations-node-health_get .execute').click()")
        browser.wait("document.querySelector('#operations-node-health_get .live-responses-table')?.innerText"
                     ".includes('\"redis\": true')", "its answer is shown")
        assert browser.errors == []
        # And the measure itself: what breaks the policy is seen.
        browser.evaluate("document.body.append(Object.assign(document.createElement('script'), {textContent: '1'}))")
        wait_until(lambda: any("Content Security Policy" in error for error in browser.errors), "the violation is seen")
