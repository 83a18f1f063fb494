"""Proxies as files: spreadsheets that are no formulas, lines that tools take, only what the caller may see."""

import csv
import io
import re
import urllib.parse

import pytest

from harness.api import PROXY_PASSWORD, ApiNode
from harness.redis_server import RedisServer

FORMULA = '=HYPERLINK("http://x.example","y")'


@pytest.fixture(scope="module")
def redis():
    with RedisServer() as redis:
        yield redis


@pytest.fixture(scope="module")
def nodes(redis):
    options = {"public_http_port": 8080, "public_port_start": 9000, "public_port_end": 9003,
               "public_urls": "https://panel.example.com"}
    with ApiNode(redis, **options) as one, ApiNode(redis, **options) as two:
        yield one, two


@pytest.fixture(scope="module")
def made(nodes):
    """Written at one node, exported at the other. The fourth has no port of its own any more."""
    admin = nodes[0].login()
    made = [admin.add_static(name, password=PROXY_PASSWORD, **fields)["id"] for name, fields in [
        (FORMULA, {"tags": ["@a", "b"], "note": "-1\nsecond, \"quoted\""}), ("Đà Nẵng", {"region": "nam"}), ("c", {}), ("d", {})]]
    assert admin.post(f"/api/proxies/{made[1]}/link").status == 201
    return made


@pytest.fixture(scope="module")
def reader(nodes, made):
    return nodes[1].login()


def export(caller, **query):
    return caller.get("/api/proxies/export?" + urllib.parse.urlencode(query))


def lines(answer):
    assert answer.status == 200 and answer.headers["content-type"] == "text/plain; charset=utf-8", answer
    return answer.body.decode().splitlines()


def test_csv(reader, made):
    answer = export(reader, format="csv")
    assert answer.status == 200 and answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert re.fullmatch(r'attachment; filename="proxies-\d{4}-\d\d-\d\d\.csv"', answer.headers["content-disposition"])
    assert answer.body.startswith(b"\xef\xbb\xbf") and answer.body.endswith(b"\r\n")
    rows = list(csv.DictReader(io.StringIO(answer.body.decode("utf-8-sig"), newline="")))
    assert [int(row["id"]) for row in rows] == made and answer.headers["x-total-count"] == "4"
    assert rows[0]["key_name"] == "'" + FORMULA and rows[0]["tags"] == "'@a,b"
    assert rows[0]["note"] == "'-1\nsecond, \"quoted\""
    assert rows[1]["key_name"] == "Đà Nẵng" and rows[1]["region"] == "nam" and rows[1]["remote_http"] == "127.0.0.1:9"
    assert (rows[1]["host"], rows[1]["port"], rows[1]["username"], rows[1]["password"]) == (
        "proxy2.example.com", "9002", "proxy2", PROXY_PASSWORD)
    assert rows[1]["rotate_link"] == reader.proxy(made[1])["rotate_link"] and rows[0]["rotate_link"] == ""
    assert not any(cell[:1] in "=+-@\t\r\n" for row in rows for cell in row.values() if cell)


def test_json(reader, made):
    answer = export(reader, format="json", ids=f"{made[2]},{made[0]},999")
    assert answer.headers["content-disposition"].endswith('.json"')
    assert answer.json == [reader.proxy(made[0]), reader.proxy(made[2])]


@pytest.mark.parametrize("form, line", [
    ("host_port_user_pass", "proxy2.example.com:9002:proxy2:endpointpw12"), ("host_port", "proxy2.example.com:9002"),
    ("http_url", "http://proxy2:endpointpw12@proxy2.example.com:9002"),
    ("hidemium", "HTTP|proxy2.example.com|9002|proxy2|endpointpw12")])
def test_lines(reader, form, line):
    assert lines(export(reader, format=form, q="da nang")) == [line]


@pytest.mark.parametrize("form", ["socks5_url", "gpm"])
def test_no_socks5_form_where_no_relay_speaks_it(reader, made, form):
    assert not any(way["scheme"] == "socks5h" for way in reader.proxy(made[1])["endpoints"])
    answer = export(reader, format=form)
    assert answer.status == 409 and answer.message_id == "err.no_socks5" and "SOCKS5" in answer.json["detail"], answer


def test_ways(reader, made):
    assert lines(export(reader, format="host_port_user_pass", q="nang", way="credentials")) == [
        "proxy.example.com:8080:proxy2:endpointpw12"]
    everything = lines(export(reader, format="host_port_user_pass"))
    assert everything[2] == "proxy3.example.com:9003:proxy3:endpointpw12"
    assert everything[3] == "proxy.example.com:8080:proxy4:endpointpw12"  # no port is left for it
    answer = export(reader, format="host_port", sort="-number")
    assert lines(answer) == [f"proxy{n}.example.com:{9000 + n}" for n in (3, 2, 1)]
    assert answer.headers["x-skipped-count"] == "1" and answer.headers["x-total-count"] == "4"


def test_template(reader, made):
    link = reader.proxy(made[1])["rotate_link"]
    assert link.startswith("https://panel.example.com/r/")
    assert lines(export(reader, format="template", template="{name},{user}:{pass}@{host}:{port}|{rotate_link}", ids=made[1])) == [
        f"Đà Nẵng,proxy2:endpointpw12@proxy2.example.com:9002|{link}"]
    assert lines(export(reader, format="template", template='{"h":"{host}"}', ids=made[2])) == ['{"h":"proxy3.example.com"}']


def test_server_ip(redis, reader):
    assert export(reader, format="host_port", host="ip").status == 409
    with ApiNode(redis, public_http_port=8080, public_port_start=9000, public_port_end=9999, public_host="203.0.113.9") as node:
        caller = reader.on(node)
        assert lines(export(caller, format="host_port_user_pass", q="nang", host="ip")) == ["203.0.113.9:9002:proxy2:endpointpw12"]
        assert lines(export(caller, format="host_port", q="nang", host="name")) == ["proxy2.example.com:9002"]


@pytest.mark.parametrize("query, words", [
    ({}, "csv, json, host_port_user_pass, host_port"), ({"format": "xml"}, "csv, json"), ({"format": "template"}, "needs a template"),
    ({"format": "template", "template": "{pw}"}, "no {pw}"), ({"format": "csv", "template": "x"}, "format=template"),
    ({"format": "csv", "way": "sni"}, "port or credentials"), ({"format": "host_port", "way": "credentials"}, "no place for a user"),
    ({"format": "csv", "host": "x"}, "name or ip"), ({"format": "csv", "ids": "a"}, "ids of proxies"),
    ({"format": "csv", "limit": 5}, "no parameter"), ({"format": "template", "template": "x" * 1025}, "1024")])
def test_wrong_requests_say_what_would_be_right(reader, query, words):
    answer = export(reader, **query)
    assert answer.status == 400 and words in answer.json["detail"], answer


def test_strangers_get_nothing(nodes, made):
    assert export(nodes[0].nobody, format="csv").status == 401
