"""What a page of another site can make a browser do with our cookie: nothing. More ways than test_40 and test_44 try."""

import pytest

from harness.api import ApiNode
from harness.redis_server import RedisServer

LISTED = "https://dash.example.com"


@pytest.fixture(scope="module")
def node():
    with RedisServer() as redis, ApiNode(redis, public_urls=LISTED) as node:
        yield node


@pytest.fixture(scope="module")
def admin(node):
    return node.login()


@pytest.fixture(scope="module")
def proxy(admin):
    return admin.add_static("target")["id"]


def unchanged(admin, proxy):
    shown = admin.proxy(proxy)
    return shown and (shown["is_active"], shown["note"], shown["restart_seq"] if "restart_seq" in shown else 0)


@pytest.mark.parametrize("path", ["", "/rotate", "/restart", "/check", "/sync", "/link", "/restore"])
def test_a_link_or_an_image_changes_nothing(admin, proxy, path):
    """GET comes with the cookie from everywhere when somebody clicks: it must have no effects."""
    before = unchanged(admin, proxy)
    answer = admin.get(f"/api/proxies/{proxy}{path}?is_active=false&_method=DELETE", Sec_Fetch_Site="cross-site")
    assert answer.status == (400 if path == "" else 405)
    assert unchanged(admin, proxy) == before


@pytest.mark.parametrize("headers", [{"X_HTTP_Method_Override": "DELETE"}, {"X_Method_Override": "DELETE"},
                                     {"X_HTTP_Method": "DELETE"}])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_method_in_a_header_is_not_one(admin, proxy, method, headers):
    assert admin.call(method, f"/api/proxies/{proxy}", **headers).status == (200 if method == "GET" else 405)
    assert admin.proxy(proxy)


FORMS = [("text/plain", b'{"is_active": false, "x": "="}'), ("application/x-www-form-urlencoded", b"is_active=false"),
         ("multipart/form-data; boundary=x", b'--x\r\nContent-Disposition: form-data; name="is_active"\r\n\r\nfalse\r\n--x--\r\n'),
         ("text/plain; application/json", b'{"is_active": false}'), ("application/jsonx", b'{"is_active": false}'),
         ("application/csp-report", b'{"is_active": false}')]


@pytest.mark.parametrize("kind, body", FORMS)
@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
def test_what_a_form_or_a_beacon_can_send_is_refused(admin, proxy, method, kind, body):
    path = f"/api/proxies/{proxy}" + ("/restart" if method == "POST" else "")
    before = unchanged(admin, proxy)
    assert admin.call(method, path, raw_body=body, Content_Type=kind).status == 415
    assert unchanged(admin, proxy) == before


STRANGE = ["https://dash.example.com.evil.example", "https://dashXexample.com", "https://evil.dash.example.com",
           "https://dash.example.com:8443", "http://dash.example.com", "https://dash.example.com/", "https://user@dash.example.com",
           "dash.example.com", "file://", "chrome-extension://abc", "https://dash.example.com https://evil.example"]


@pytest.mark.parametrize("origin", STRANGE)
def test_origins_must_be_ours_to_the_letter(node, admin, origin):
    assert admin.put("/api/settings", {"auto_update_enabled": True}, Origin=origin).status == 403
    with admin.live(origin=origin) as live:
        assert live.refused == 403
    assert node.nobody.post("/api/auth/login", {"username": "x", "password": "y"}, Origin=origin).status == 403


@pytest.mark.parametrize("port", ["", ":1", ":99999"])
def test_another_port_of_the_same_host_is_another_site(node, admin, port):
    origin = f"http://127.0.0.1{port}"
    assert admin.put("/api/settings", {"auto_update_enabled": True}, Origin=origin).status == 403
    with admin.live(origin=origin) as live:
        assert live.refused == 403


def test_nothing_is_offered_to_other_sites(node, admin):
    """No CORS: a preflight is refused, and no answer lets another site read it."""
    preflight = node.nobody.call("OPTIONS", "/api/proxies", Origin="https://evil.example", Access_Control_Request_Method="POST")
    assert preflight.status == 405
    for answer in (preflight, admin.get("/api/proxies", Origin="https://evil.example"), admin.get("/api/auth/me", Origin=LISTED)):
        assert not [name for name in answer.headers if name.startswith("access-control-")]
