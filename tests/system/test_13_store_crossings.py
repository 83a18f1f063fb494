"""Where one feature of the store meets another: new keys and retries, limits and syncs, pauses and plans."""

import json

import pytest

from harness.store_fleet import DAY, HOUR, MINUTE, StoreFleet

LIMIT = 1000


@pytest.fixture(scope="module")
def redis():
    with StoreFleet() as redis:
        yield redis


@pytest.fixture
def fleet(redis):
    redis.empty()
    return redis


def versions_agree(fleet):
    """What followers were told is what the store holds."""
    told = {}
    for message in fleet.messages("records"):
        for change in message["changes"]:
            if change["op"] == "set":
                told[change["key"]] = change["value"]
    page = fleet.script("records_page", 0, 1000).json("records")
    return {record["id"]: record for record in page} == told


def at_limit(fleet, **options):
    proxy_id = fleet.active(**options)
    assert fleet.update(proxy_id, limits=json.dumps({"bytes_per_month": LIMIT}, separators=(",", ":"))).status == "OK"
    assert fleet.script("usage_flush", "relay-1", 1, 1000, proxy_id, LIMIT, 0, 1, 0).status == "OK"
    record = fleet.record(proxy_id)
    assert record["status"] == "quota_reached"
    fleet.edit(proxy_id, last_error=record["last_error"].replace('"at":', '"at":1'))  # another moment than any from now on
    return proxy_id


def new_month(fleet, proxy_id):
    """What it has carried was another month's."""
    fleet.call("DEL", f"{{kp}}:months:{proxy_id}")


def test_the_fleet_can_be_read_with_dead_jobs(fleet):
    proxy_id = fleet.create()["id"]
    job = fleet.take()
    fleet.claim(job)
    fleet.script("job_dead", job["entry"], job["job"], proxy_id, "crashed", 6)
    assert fleet.script("fleet_read")["dead"] == "1"


class TestNewKey:
    def tried_in_vain(self, fleet):
        proxy_id = fleet.active(next_ms=0)
        fleet.update(proxy_id, provider_key="v1:K2", provider_key_hmac="h-K2")
        job = fleet.take()
        assert fleet.fail(job, fleet.claim(job)["fence"], "TRANSIENT").status == "OK"
        assert fleet.record(proxy_id)["retry_count"] == "1"
        return proxy_id

    def not_rotated(self, fleet, proxy_id):
        assert fleet.due(proxy_id) > fleet.now() + 10 * MINUTE, "the old key would be rotated, and nobody asked for it"
        assert fleet.record(proxy_id)["retry_count"] == ""

    def test_refused_at_the_second_try_leaves_the_old_upstream(self, fleet):
        proxy_id = self.tried_in_vain(fleet)
        fleet.make_due(proxy_id)
        fleet.edit(proxy_id, due_at=1)
        fleet.dispatch(check_ms=0)
        job = fleet.take()
        assert fleet.fail(job, fleet.claim(job)["fence"], "INVALID_KEY").status == "OK"
        assert fleet.record(proxy_id)["next_provider_key"] == ""
        self.not_rotated(fleet, proxy_id)

    def test_taken_back_after_a_failed_try_leaves_the_old_upstream(self, fleet):
        proxy_id = self.tried_in_vain(fleet)
        assert fleet.update(proxy_id, provider_key="v1:K1", provider_key_hmac="h-K1").status == "OK"
        self.not_rotated(fleet, proxy_id)
        assert fleet.record(proxy_id)["last_error"] == ""

    def test_refused_leaves_an_expired_key_to_be_asked_again(self, fleet):
        proxy_id = fleet.active(next_ms=0)
        fleet.request(proxy_id)
        job = fleet.take()
        fleet.fail(job, fleet.claim(job)["fence"], "EXPIRED_KEY")
        fleet.update(proxy_id, provider_key="v1:K2", provider_key_hmac="h-K2")
        job = fleet.take()
        fleet.fail(job, fleet.claim(job)["fence"], "INVALID_KEY")
        assert fleet.record(proxy_id)["status"] == "key_expired" and fleet.due(proxy_id) <= fleet.now() + 2 * HOUR


class TestLimit:
    def test_a_sync_of_one_at_its_limit_changes_nothing(self, fleet):
        proxy_id = at_limit(fleet)
        fleet.edit(proxy_id, retry_count=3, due_at=fleet.now() + MINUTE)
        before, told = fleet.record(proxy_id), len(fleet.messages("records"))
        fleet.request(proxy_id, "sync")
        job = fleet.take("sync")
        assert fleet.commit(job, fleet.claim(job)["fence"]).status == "COMMITTED"
        after = fleet.record(proxy_id)
        assert after["last_error"] == before["last_error"], "it was reached then, not now"
        assert after["retry_count"] == "3", "the retries of a failing rotation begin anew with each sync"
        jobs_only = [m for m in fleet.messages("records")[told:] if any(c["op"] != "job" for c in m["changes"])]
        assert jobs_only == []

    def test_a_rotation_of_one_at_its_limit_keeps_since_when(self, fleet):
        proxy_id = at_limit(fleet, next_ms=0)
        before = fleet.record(proxy_id)["last_error"]
        fleet.request(proxy_id)
        job = fleet.take()
        assert fleet.commit(job, fleet.claim(job)["fence"], "2.2.2.2").status == "COMMITTED"
        assert fleet.record(proxy_id)["last_error"] == before

    @pytest.mark.parametrize("call", ["check", "sync", "join", "busy", "suspect", "hasten"])
    def test_whoever_finds_the_new_month_tells_it(self, fleet, call):
        proxy_id = at_limit(fleet)
        if call == "join":
            fleet.request(proxy_id, "check")
        if call == "busy":
            fleet.request(proxy_id, "sync")
            sync = fleet.take("sync")
            fleet.edit(proxy_id, claim_job=f"rotate-{proxy_id}-2", claim_until_ms=fleet.now() + MINUTE)
        if call == "suspect":
            fleet.edit(proxy_id, status="active", checked_at_ms="")
        new_month(fleet, proxy_id)
        if call == "busy":
            assert fleet.claim(sync).status == "BUSY"
        elif call == "suspect":
            assert fleet.script("suspect_report", "relay-1", proxy_id, "refused").status == "QUEUED"
        elif call == "hasten":
            fleet.script("due_hasten", "check", 100, proxy_id)
        else:
            fleet.request(proxy_id, "check" if call == "join" else call)
        assert fleet.record(proxy_id)["quota_used"] == ""
        assert versions_agree(fleet), "a change that no follower was told"


def test_check_all_checks_also_what_was_checked_lately_by_a_rare_clock(fleet):
    proxy_id = fleet.active()
    fleet.script("check_commit", 1, "", "", proxy_id, 1, 50, "", "")
    fleet.edit(proxy_id, checked_at_ms=fleet.now() - 6 * HOUR)
    assert fleet.script("due_hasten", "check", 0, proxy_id)["due"] == "1"
    assert fleet.dispatch(check_ms=DAY)["check"] == "1"


def test_a_pause_ends_a_plan_with_all_that_belongs_to_it(fleet):
    proxy_id = fleet.active(next_ms=MINUTE)
    assert fleet.request(proxy_id, region="bac", when="allowed").status == "SCHEDULED"
    fleet.update(proxy_id, is_active=0)
    fleet.update(proxy_id, is_active=1)
    fleet.edit(proxy_id, expiration_at=fleet.now() + 1000, next_request_at="")
    fleet.make_due(proxy_id)
    fleet.dispatch(check_ms=0)
    job = fleet.take()
    assert (job["reason"], job["by"], job["region"]) == ("clock", "", "")


def test_a_notice_of_a_failed_rotation_tells_its_own_cause(fleet):
    proxy_id = at_limit(fleet, next_ms=0)
    channel = fleet.script("notice_id_take")["id"]
    fleet.script("notice_save", channel, "admin", "kind", "webhook", "name", "n", "events", '["rotation_failed"]', "url", "v1:u")
    fleet.request(proxy_id)
    job = fleet.take()
    fleet.fail(job, fleet.claim(job)["fence"], "NO_STOCK", message_id="err.no_stock")
    text = fleet.text("HGET", f"{{kp}}:notice:{channel}:texts", f"rotation_failed:{proxy_id}")
    assert json.loads(text)["error"]["message_id"] == "err.no_stock"


def test_a_change_of_settings_does_not_lay_out_what_waits_to_be_idle_beyond_its_end(fleet):
    proxy_id = fleet.active(expires_ms=15000, next_ms=0)
    fleet.update(proxy_id, rotate_idle_only=1)
    fleet.script("usage_flush", "relay-1", 1, 1000, proxy_id, 1, 1, 1, 0)
    fleet.make_due(proxy_id)
    fleet.dispatch(check_ms=0)
    until = int(fleet.record(proxy_id)["idle_wait_until"])
    fleet.script("settings_update", "admin", "auto_update_interval_seconds", 40)
    fleet.script("settings_rearm", fleet.leader, 100)
    assert fleet.due(proxy_id) <= until


def test_an_imported_key_that_waits_is_not_taken_from_who_has_it(fleet):
    holder = fleet.active("K2")
    record = {"id": "7", "number": "7", "subdomain": "", "provider": "kiotproxy", "provider_key": "v1:K7", "provider_key_hmac": "h-K7",
              "next_provider_key": "v1:K2", "next_provider_key_hmac": "h-K2", "next_fields": '["note","new"]'}
    assert fleet.script("import_proxies", json.dumps(record)).json("verdicts")[0]["verdict"] == "created"
    assert fleet.hash("provider_keys")["h-K2"] == holder
    assert not [name for name in fleet.record("7") if name.startswith("next_")]


def test_a_check_that_nobody_waits_for_is_put_away_without_a_word(fleet):
    proxy_id = fleet.active()
    fleet.make_due(proxy_id, "check")
    fleet.dispatch()
    job, told = fleet.take("check"), len(fleet.messages("records"))
    fleet.script("job_finish", job["entry"], job["job"], '{"outcome":"ok"}')
    assert len(fleet.messages("records")) == told and fleet.result(job["job"]) is None
    fleet.request(proxy_id, "check")
    job = fleet.take("check")
    fleet.script("job_finish", job["entry"], job["job"], '{"outcome":"ok"}')
    assert fleet.result(job["job"]) == {"outcome": "ok"}


def test_another_fixed_upstream_is_looked_at_anew(fleet):
    proxy_id = fleet.create("S", provider="static", remote_http="1.1.1.1:80", remote_ip="1.1.1.1", first_job=0)["id"]
    for ok in 0, 1:
        fleet.script("check_commit", 1, "", "", proxy_id, ok, 50, "", "1.1.1.1" if ok else "")
    fleet.update(proxy_id, note="same upstream")
    assert fleet.record(proxy_id)["exit_ip"] == "1.1.1.1" and fleet.record(proxy_id)["latency_ms"] == "50"
    fleet.update(proxy_id, remote_http="2.2.2.2:80", remote_ip="2.2.2.2")
    record = fleet.record(proxy_id)
    assert (record["exit_ip"], record["exit_ip_checked_at"], record["latency_ms"]) == ("", "", "")
    assert fleet.take("check")["id"] == proxy_id


def test_a_note_does_not_heal_a_fixed_upstream(fleet):
    proxy_id = fleet.create("S", provider="static", remote_http="1.1.1.1:80", first_job=0)["id"]
    for _ in range(2):
        fleet.script("check_commit", 1, "", "", proxy_id, 0, 50, "err.unhealthy", "")
    assert fleet.record(proxy_id)["status"] == "unhealthy"
    fleet.update(proxy_id, note="look at this one")
    assert fleet.record(proxy_id)["status"] == "unhealthy"
