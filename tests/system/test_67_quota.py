"""The limit of bytes a month, in the store: counted once, reached once, over with the month or with a higher limit."""

import datetime

import pytest

from harness.store_fleet import MINUTE, StoreFleet

LIMIT = 1000


@pytest.fixture(scope="module")
def server():
    with StoreFleet() as fleet:
        yield fleet


@pytest.fixture
def fleet(server):
    server.empty()
    server.seq = 0
    return server


def limited(fleet, limit=LIMIT):
    proxy_id = fleet.active(next_ms=0)
    fleet.update(proxy_id, limits='{"bytes_per_month":%d}' % limit)
    return proxy_id


def carry(fleet, proxy_id, up, down=0, seq=None):
    fleet.seq = seq or fleet.seq + 1
    return fleet.script("usage_flush", "relay-1", fleet.seq, fleet.now() // MINUTE, proxy_id, up, down, 1, 0).status


def month(fleet):
    return datetime.datetime.fromtimestamp(fleet.now() / 1000, datetime.timezone.utc).strftime("%Y-%m")


def month_end_ms(fleet):
    now = datetime.datetime.fromtimestamp(fleet.now() / 1000, datetime.timezone.utc)
    first = now.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    return int((first + datetime.timedelta(days=32)).replace(day=1).timestamp()) * 1000


def age_by_a_month(fleet, proxy_id):
    """As if all that was carried had been carried in another month."""
    name = f"{{kp}}:months:{proxy_id}"
    sums = fleet.call("HGET", name, month(fleet))
    fleet.call("HSET", name, "2001-01", sums)
    fleet.call("HDEL", name, month(fleet))
    fleet.call("ZADD", "{kp}:due:quota", 1, proxy_id)


def test_the_month_is_added_up_once(fleet):
    proxy_id = limited(fleet)
    assert carry(fleet, proxy_id, 100, 200) == "OK"
    assert carry(fleet, proxy_id, 100, 200, seq=fleet.seq) == "SEEN"
    assert carry(fleet, proxy_id, 1, 2) == "OK"
    assert fleet.hash(f"months:{proxy_id}") == {month(fleet): "101 202 2 0"}
    assert fleet.record(proxy_id)["status"] == "active" and fleet.route()["state"] == "active"


def test_at_the_limit_nothing_passes(fleet):
    proxy_id = limited(fleet)
    carry(fleet, proxy_id, 999)
    assert fleet.route()["state"] == "active"
    carry(fleet, proxy_id, 2)
    record, route = fleet.record(proxy_id), fleet.route()
    assert (record["status"], record["quota_used"]) == ("quota_reached", "1001")
    assert (route["state"], route["reason"], route["quota_used"]) == ("unavailable", "err.quota", 1001)
    assert route["limits"] == {"bytes_per_month": LIMIT}
    assert '"params":{"used":1001,"limit":1000}' in record["last_error"]
    assert f'"retry_at":{month_end_ms(fleet)}' in record["last_error"]
    assert fleet.due(proxy_id, "quota") == month_end_ms(fleet)
    versions = len(fleet.messages("routes")), len(fleet.messages("records"))
    carry(fleet, proxy_id, 500)  # what was on its way
    assert (len(fleet.messages("routes")), len(fleet.messages("records"))) == versions
    assert fleet.log_actions(proxy_id).count("quota") == 1


def test_a_higher_limit_brings_it_back(fleet):
    proxy_id = limited(fleet)
    carry(fleet, proxy_id, 1500)
    fleet.update(proxy_id, limits='{"bytes_per_month":1200}')
    record = fleet.record(proxy_id)
    assert record["status"] == "quota_reached" and '"limit":1200}' in record["last_error"]
    fleet.update(proxy_id, limits='{"bytes_per_month":2000}')
    record = fleet.record(proxy_id)
    assert (record["status"], record["last_error"], record["quota_used"]) == ("active", "", "")
    assert fleet.route()["state"] == "active" and fleet.due(proxy_id, "quota") is None
    assert fleet.log_actions(proxy_id).count("quota") == 1 and fleet.log_actions(proxy_id).count("quota_over") == 1
    fleet.update(proxy_id, limits='{"bytes_per_month":1500}')  # as much as was carried
    assert fleet.record(proxy_id)["status"] == "quota_reached"
    fleet.update(proxy_id, limits='{"bytes_per_month":0}')
    assert fleet.record(proxy_id)["status"] == "active"


def test_limits_are_changed_one_by_one(fleet):
    proxy_id = limited(fleet)
    fleet.update(proxy_id, limits='{"connections":7}')
    assert fleet.route()["limits"] == {"connections": 7, "bytes_per_month": LIMIT}
    fleet.update(proxy_id, limits='{"bytes_per_month":0}')
    assert fleet.route()["limits"] == {"connections": 7}
    fleet.update(proxy_id, limits="{}")
    assert fleet.route()["limits"] == {"connections": 7}
    for bad in ('{"connections":"7"}', '{"other":1}', '{"connections":1.5}', '{"connections":-1}'):
        assert fleet.update(proxy_id, limits=bad)["field"] == "limits"


def test_limits_that_wait_with_a_key_are_changed_one_by_one_too(fleet):
    proxy_id = limited(fleet)
    fleet.update(proxy_id, provider_key="v1:new", provider_key_hmac="hmac-new", limits='{"connections":7,"bytes_per_month":5000}')
    fleet.update(proxy_id, limits='{"bytes_per_month":3000}')
    assert fleet.route()["limits"] == {"bytes_per_month": 3000}
    job = fleet.take()
    assert fleet.commit(job, fleet.claim(job)["fence"], "2.2.2.2").status == "COMMITTED"
    assert fleet.route()["limits"] == {"connections": 7, "bytes_per_month": 3000}


def test_the_new_month_brings_it_back_by_the_clock(fleet):
    proxy_id = limited(fleet)
    carry(fleet, proxy_id, 1500)
    fleet.dispatch()
    assert fleet.record(proxy_id)["status"] == "quota_reached"
    fleet.call("ZADD", "{kp}:due:quota", 1, proxy_id)  # a clock that was early: put back
    fleet.dispatch()
    assert fleet.record(proxy_id)["status"] == "quota_reached" and fleet.due(proxy_id, "quota") == month_end_ms(fleet)
    age_by_a_month(fleet, proxy_id)
    fleet.dispatch()
    assert fleet.record(proxy_id)["status"] == "active" and fleet.route()["state"] == "active"
    assert fleet.due(proxy_id, "quota") is None
    carry(fleet, proxy_id, 1500)
    assert fleet.record(proxy_id)["status"] == "quota_reached"
    assert fleet.log_actions(proxy_id).count("quota") == 2


def test_all_else_goes_on(fleet):
    """A rotation, a pause and a bad key meanwhile: nothing of it lets traffic pass, or forgets the limit."""
    proxy_id = limited(fleet)
    carry(fleet, proxy_id, 1500)
    fleet.request(proxy_id)
    job = fleet.take()
    assert fleet.commit(job, fleet.claim(job)["fence"], ip="2.2.2.2", next_ms=0).status == "COMMITTED"
    record = fleet.record(proxy_id)
    assert (record["status"], record["remote_ip"], fleet.route()["reason"]) == ("quota_reached", "2.2.2.2", "err.quota")
    fleet.update(proxy_id, is_active=0)
    assert (fleet.record(proxy_id)["status"], fleet.route()["state"]) == ("paused", "paused")
    fleet.update(proxy_id, is_active=1)
    assert (fleet.record(proxy_id)["status"], fleet.route()["reason"]) == ("quota_reached", "err.quota")
    fleet.request(proxy_id)
    job = fleet.take()
    fleet.fail(job, fleet.claim(job)["fence"], cls="INVALID_KEY", message_id="err.key_invalid")
    assert (fleet.record(proxy_id)["status"], fleet.route()["reason"]) == ("key_invalid", "err.quota")
    fleet.update(proxy_id, limits='{"bytes_per_month":0}')
    assert (fleet.record(proxy_id)["status"], fleet.route()["state"]) == ("key_invalid", "active")


def test_what_was_carried_outlives_a_deletion(fleet):
    proxy_id = limited(fleet)
    carry(fleet, proxy_id, 1500)
    fleet.delete(proxy_id)
    assert fleet.call("ZCARD", "{kp}:due:quota") == 0
    assert 0 < fleet.call("PTTL", f"{{kp}}:months:{proxy_id}") <= 24 * 60 * MINUTE
    assert fleet.script("proxy_restore", proxy_id, "", "admin").status == "OK"
    assert fleet.record(proxy_id)["status"] == "quota_reached" and fleet.route()["reason"] == "err.quota"
    assert fleet.call("PTTL", f"{{kp}}:months:{proxy_id}") > 300 * 24 * 60 * MINUTE and fleet.due(proxy_id, "quota")


def test_months_are_kept_for_a_year(fleet):
    proxy_id = fleet.active()
    for i in range(20):
        fleet.call("HSET", f"{{kp}}:months:{proxy_id}", f"20{10 + i // 12}-{1 + i % 12:02}", "1 1 1 0")
    carry(fleet, proxy_id, 1)
    kept = fleet.hash(f"months:{proxy_id}")
    assert len(kept) == 13 and month(fleet) in kept and "2010-01" not in kept


def test_usage_is_read_with_gaps_as_they_are(fleet):
    proxy_id, minute = fleet.active(), fleet.now() // MINUTE
    for seq, (ago, up) in enumerate([(2, 5), (0, 7), (29, 11), (30, 13)]):
        fleet.script("usage_flush", "relay-1", seq, minute - ago, proxy_id, up, 2 * up, 1, 0)
    answer = fleet.script("usage_read", 30, proxy_id, 999)
    read = answer.json("usage")
    last = 29 - (fleet.now() // MINUTE - minute)  # a minute may have passed meanwhile
    assert [last - 2, 5, 10, 1, 0] in read[0]["minutes"] and [last, 7, 14, 1, 0] in read[0]["minutes"]
    assert all(row[1] != 13 for row in read[0]["minutes"])
    assert read[0]["totals"][:4] == [36, 72, 4, 0] and read[0]["months"] == {month(fleet): [36, 72, 4, 0]}
    assert read[1] == {"id": 999, "minutes": [], "totals": [0, 0, 0, 0, 0], "months": {}}
    assert (answer["month"], int(answer["month_ends_at"])) == (month(fleet), month_end_ms(fleet))
