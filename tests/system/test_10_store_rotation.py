"""Rotation in the store, script by script against a real Redis: slots, claims, fences, commits, failures, due times."""

import pytest

from harness.redis_server import RedisError
from harness.simulator import wait_until
from harness.store_fleet import HOUR, MINUTE, StoreFleet


@pytest.fixture(scope="module")
def server():
    with StoreFleet() as fleet:
        yield fleet


@pytest.fixture
def fleet(server):
    server.empty()
    return server


def near(a, b, within=5000):
    return abs(a - b) <= within


# --- claim ---------------------------------------------------------------------------------------------------


def test_claim_sets_rotating_and_raises_the_fence(fleet):
    fleet.create()
    job = fleet.take()
    assert (job["reason"], job["by"], job["slot"], job["deliveries"]) == ("create", "admin", "1", "1")
    claim = fleet.claim(job)
    assert (claim.status, claim["fence"], claim["attempted"]) == ("CLAIMED", "1", "0")
    assert claim.json("record")["provider_key"] == "v1:K1"
    assert claim.json("settings")["auto_rotate_on_expiration"] == "1"
    assert near(int(claim["now_ms"]), fleet.now())
    assert fleet.route()["rotating"] is True and fleet.record(1)["rotation_state"] == "rotating"


def test_same_job_delivered_again_takes_the_claim_over(fleet):
    fleet.create()
    job = fleet.take()
    first = fleet.claim(job)
    again = [j for j in fleet.read_jobs("w2", min_idle_ms=0) if j["job"] == job["job"]][0]
    assert again["deliveries"] == "2"
    second = fleet.claim(again, worker="w2")
    assert (second.status, second["fence"], second["attempted"]) == ("CLAIMED", "2", "1")
    assert fleet.commit(job, first["fence"]).status == "STALE_FENCE"
    assert fleet.commit(job, second["fence"]).status == "COMMITTED"
    assert fleet.pending() == 0


def test_claim_of_another_job_is_busy_and_comes_back(fleet):
    proxy_id = fleet.active()
    fleet.edit(proxy_id, next_request_at="")
    sync = fleet.request(proxy_id, "sync")["job"]
    sync_job = fleet.take("sync")
    held = fleet.claim(sync_job)
    assert fleet.request(proxy_id).status == "QUEUED"
    job = fleet.take()
    busy = fleet.claim(job)
    assert busy.status == "BUSY" and 0 < int(busy["retry_in_ms"]) <= 1000
    assert fleet.commit(sync_job, held["fence"]).status == "COMMITTED"
    assert fleet.result(sync)["outcome"] == "ok"
    fleet.make_due(proxy_id)
    assert fleet.dispatch()["rotate"] == "1"
    again = fleet.take()
    assert (again["job"], again["reason"], again["by"]) == (job["job"], "manual", "admin")
    assert fleet.claim(again).status == "CLAIMED"


def test_claim_done_gone_stale_generation(fleet):
    proxy_id = fleet.active()
    late = {"entry": "1-1", "job": f"rotate-{proxy_id}-1", "kind": "rotate", "id": proxy_id, "slot": "1"}
    done = fleet.claim(late)
    assert done.status == "DONE" and done.json("result")["new_ip"] == "1.1.1.1"
    assert fleet.claim({**late, "job": f"rotate-{proxy_id}-9", "slot": "9"}).status == "GONE"
    assert fleet.claim({**late, "job": "rotate-77-1", "id": "77"}).status == "GONE"
    assert fleet.claim(late, gen="5").status == "STALE_GENERATION"


def test_claim_skips_paused_and_duplicate(fleet):
    proxy_id = fleet.active()
    fleet.edit(proxy_id, next_request_at="")
    name = fleet.request(proxy_id)["job"]
    job = fleet.take()
    copy = fleet.text("XADD", "{kp}:jobs", "*", "job", name, "kind", "rotate", "id", proxy_id, "slot", job["slot"])
    twin = fleet.take()
    assert twin["entry"] == copy
    duplicate = fleet.claim(twin)
    assert (duplicate.status, duplicate["reason"]) == ("SKIPPED", "duplicate")
    fleet.update(proxy_id, is_active=0)
    skipped = fleet.claim(job)
    assert (skipped.status, skipped["reason"]) == ("SKIPPED", "paused")
    assert fleet.result(name)["message_id"] == "err.paused"
    record = fleet.record(proxy_id)
    assert (record["last_slot"], record["open_slot"]) == ("2", "3")
    assert fleet.pending() == 0 and fleet.due(proxy_id) is None


def test_static_is_checked_but_never_rotated(fleet):
    created = fleet.create(provider="static", remote_http="9.9.9.9:3128")
    assert created["job"] == "" and fleet.route()["state"] == "active"
    assert fleet.request(created["id"]).status == "STATIC"
    assert fleet.request(created["id"], "sync").status == "STATIC"
    assert fleet.due(created["id"]) is None
    assert fleet.dispatch()["check"] == "1"
    check = fleet.claim(fleet.take("check"))
    assert check.status == "CLAIMED"


def test_claim_static_and_no_upstream_are_skipped(fleet):
    static_id = fleet.create(provider="static", remote_http="9.9.9.9:3128")["id"]
    entry = fleet.text("XADD", "{kp}:jobs", "*", "job", f"rotate-{static_id}-1", "kind", "rotate", "id", static_id, "slot", 1)
    job = fleet.take()
    assert job["entry"] == entry and fleet.claim(job)["reason"] == "static"
    fresh = fleet.create("K2", first_job=0)["id"]
    assert fleet.request(fresh, "check").status == "QUEUED"
    check = fleet.take("check")
    assert fleet.claim(check)["reason"] == "no_upstream"
    assert fleet.result(check["job"])["message_id"] == "err.no_ip_yet"


def test_a_check_without_an_upstream_says_why_there_is_none(fleet):
    fresh = fleet.create("K2")["id"]
    job = fleet.take()
    fleet.fail(job, fleet.claim(job)["fence"], cls="NO_STOCK", message_id="err.no_stock", params='{"s":9999,"region":"nam"}')
    fleet.request(fresh, "check")
    check = fleet.take("check")
    assert fleet.claim(check)["reason"] == "no_upstream"
    result = fleet.result(check["job"])
    assert result["message_id"] == "err.no_stock" and result["params"]["region"] == "nam" and 0 < result["params"]["s"] <= 40


def test_renew_keeps_a_claim_until_it_is_lost(fleet):
    proxy_id = fleet.create()["id"]
    job = fleet.take()
    fence = fleet.claim(job, claim_ms=1000)["fence"]
    before = int(fleet.record(proxy_id)["claim_until_ms"])
    versions = len(fleet.messages("records"))
    assert fleet.script("job_renew", job["entry"], "w1", proxy_id, fence, 30000).status == "OK"
    assert int(fleet.record(proxy_id)["claim_until_ms"]) > before
    assert len(fleet.messages("records")) == versions
    assert fleet.read_jobs("w2", min_idle_ms=15000) == []
    assert fleet.script("job_renew", job["entry"], "w1", proxy_id, "99", 30000).status == "LOST"
    fleet.commit(job, fence)
    assert fleet.script("job_renew", job["entry"], "w1", proxy_id, fence, 30000).status == "LOST"


# --- commit --------------------------------------------------------------------------------------------------


def test_commit_once_and_repeat(fleet):
    proxy_id = fleet.create()["id"]
    job = fleet.take()
    fence = fleet.claim(job)["fence"]
    first = fleet.commit(job, fence, ip="1.2.3.4")
    assert first.status == "COMMITTED" and first["same_ip"] == "0"
    assert first["version"] == f"{fleet.gen}-{fleet.messages('routes')[-1]['ver']}" == first.json("result")["version"]
    again = fleet.commit(job, fence, ip="5.5.5.5")
    assert again.status == "ALREADY" and again.json("result") == first.json("result")
    fleet.call("DEL", f"{{kp}}:result:{job['job']}")
    assert fleet.commit(job, fence).json("result")["new_ip"] == "1.2.3.4"
    record = fleet.record(proxy_id)
    assert (record["status"], record["rotation_state"], record["open_slot"]) == ("active", "idle", "2")
    assert near(int(record["expiration_at"]), fleet.now() + 20 * MINUTE)
    assert near(int(record["due_at"]), fleet.now() + 19 * MINUTE) and fleet.due(proxy_id) == int(record["due_at"])
    route = fleet.route()
    assert (route["state"], route["rotating"], route["http"]) == ("active", False, "1.2.3.4:8080")
    assert fleet.pending() == 0 and fleet.call("XLEN", "{kp}:jobs") == 0
    finished = [c for m in fleet.messages("records") for c in m["changes"] if c["op"] == "job"]
    assert [c["key"] for c in finished] == [job["job"]]
    assert fleet.log_actions(proxy_id) == ["first_ip", "create"]


def test_a_slot_that_failed_is_told_as_failed_after_its_result_is_gone(fleet):
    proxy_id = fleet.active(next_ms=0)
    fleet.request(proxy_id)
    job = fleet.take()
    fence = fleet.claim(job)["fence"]
    assert fleet.fail(job, fence, "INVALID_KEY", message_id="err.key_invalid")["ended"] == "1"
    assert fleet.claim(job).json("result")["message_id"] == "err.key_invalid"
    versions = len(fleet.messages("records"))
    fleet.call("DEL", f"{{kp}}:result:{job['job']}")  # as after its minute
    for answer in fleet.claim(job), fleet.commit(job, fence):
        assert answer.json("result")["outcome"] == "error", answer
    assert len(fleet.messages("records")) == versions
    fleet.update(proxy_id, provider_key="v1:K2", provider_key_hmac="h-K2")
    job = fleet.take()
    fleet.commit(job, fleet.claim(job)["fence"], ip="2.2.2.2")
    fleet.call("DEL", f"{{kp}}:result:{job['job']}")
    assert fleet.claim(job).json("result")["new_ip"] == "2.2.2.2"


def test_commit_superseded_gone_stale_generation_invalid(fleet):
    proxy_id = fleet.active()
    job = {"entry": "1-1", "job": f"rotate-{proxy_id}-7", "kind": "rotate", "id": proxy_id, "slot": "7"}
    assert fleet.commit(job, 1).status == "SUPERSEDED"
    assert near(fleet.due(proxy_id, "sync"), fleet.now())
    assert fleet.commit(job, 1, gen="1").status == "STALE_GENERATION"
    assert fleet.commit(job, 1, surprise="x")["field"] == "surprise"
    assert fleet.commit(job, 1, remote_http="", remote_socks5="").status == "INVALID"
    fleet.delete(proxy_id)
    assert fleet.commit(job, 1).status == "GONE"


def test_generation_bump_shuts_out_claims_of_before(fleet):
    fleet.create()
    job = fleet.take()
    old, fence = fleet.gen, fleet.claim(job)["fence"]
    fleet.open("run-2")
    assert int(fleet.gen) > int(old)
    assert fleet.commit(job, fence, gen=old).status == "STALE_GENERATION"
    again = fleet.read_jobs("w2", min_idle_ms=0)[0]
    claim = fleet.claim(again, worker="w2")
    assert claim["attempted"] == "1" and fleet.commit(again, claim["fence"]).status == "COMMITTED"


def test_same_ip_is_a_result_of_its_own(fleet):
    proxy_id = fleet.active(next_ms=0)
    fleet.request(proxy_id)
    job = fleet.take()
    committed = fleet.commit(job, fleet.claim(job)["fence"])
    assert committed["same_ip"] == "1" and committed.json("result")["same_ip"] is True
    record = fleet.record(proxy_id)
    assert record["status"] == "active" and '"err.same_ip"' in record["last_error"]
    assert near(int(record["due_at"]), fleet.now() + MINUTE, 15000)
    assert fleet.log_actions(proxy_id)[0] == "same_ip"


def test_paused_during_a_rotation_keeps_its_upstream(fleet):
    proxy_id = fleet.create()["id"]
    job = fleet.take()
    fence = fleet.claim(job)["fence"]
    fleet.update(proxy_id, is_active=0)
    assert fleet.commit(job, fence).status == "COMMITTED"
    assert fleet.record(proxy_id)["status"] == "paused" and fleet.route()["state"] == "paused"
    assert [fleet.due(proxy_id, kind) for kind in ("rotate", "sync", "check")] == [None] * 3
    fleet.update(proxy_id, is_active=1)
    assert fleet.record(proxy_id)["status"] == "active" and fleet.route()["state"] == "active"
    assert fleet.due(proxy_id) and fleet.due(proxy_id, "check")


# --- failures ------------------------------------------------------------------------------------------------


def failed(fleet, cls, alive=True, **options):
    """A proxy whose rotation failed so. Its id, the answer, the job."""
    proxy_id = fleet.active(next_ms=0) if alive else fleet.create()["id"]
    if alive:
        fleet.request(proxy_id)
    job = fleet.take()
    return proxy_id, fleet.fail(job, fleet.claim(job)["fence"], cls, **options), job


@pytest.mark.parametrize("alive", [True, False])
def test_invalid_key_stops_the_clock(fleet, alive):
    proxy_id, answer, job = failed(fleet, "INVALID_KEY", alive, message_id="err.key_invalid")
    assert (answer["ended"], answer["deleted"]) == ("1", "0")
    result = fleet.result(job["job"])
    assert (result["class"], result["provider_message"]) == ("INVALID_KEY", "vendor's words")
    record = fleet.record(proxy_id)
    assert record["status"] == "key_invalid" and record["last_slot"] == job["slot"] and record["due_at"] == ""
    # What is left of the upstream still serves; its end is the only thing the clock waits for.
    assert fleet.due(proxy_id) == (int(record["expiration_at"]) if alive else None)
    assert fleet.route()["state"] == ("active" if alive else "unavailable")
    if not alive:
        assert fleet.route()["reason"] == "err.key_invalid"
    assert fleet.request(proxy_id).status == "QUEUED"


def test_an_invalid_keys_upstream_serves_until_it_expires(fleet):
    proxy_id = failed(fleet, "INVALID_KEY", message_id="err.key_invalid")[0]
    fleet.edit(proxy_id, expiration_at=7)
    fleet.make_due(proxy_id)
    assert fleet.dispatch()["rotate"] == "0"
    assert (fleet.route()["state"], fleet.route()["reason"]) == ("unavailable", "err.key_invalid")
    assert fleet.record(proxy_id)["status"] == "key_invalid" and fleet.due(proxy_id) is None


def test_expired_key_is_tried_once_an_hour(fleet):
    proxy_id, answer, _ = failed(fleet, "EXPIRED_KEY", message_id="err.key_expired")
    assert answer["ended"] == "1" and fleet.record(proxy_id)["status"] == "key_expired"
    record = fleet.record(proxy_id)
    assert near(int(record["due_at"]), fleet.now() + HOUR) and fleet.due(proxy_id) == int(record["expiration_at"])
    fleet.make_due(proxy_id)
    fleet.edit(proxy_id, due_at=1)
    assert fleet.dispatch()["rotate"] == "1"
    job = fleet.take()
    assert fleet.commit(job, fleet.claim(job)["fence"], ip="2.2.2.2").status == "COMMITTED"
    assert fleet.record(proxy_id)["status"] == "active"


def test_bad_key_of_an_awaited_creation_deletes_the_record(fleet):
    proxy_id = fleet.create(await_ms=15000)["id"]
    job = fleet.take()
    answer = fleet.fail(job, fleet.claim(job)["fence"], "INVALID_KEY", message_id="err.key_invalid")
    assert (answer["ended"], answer["deleted"]) == ("1", "1")
    assert fleet.result(job["job"])["message_id"] == "err.key_invalid"
    assert fleet.record(proxy_id) == {} and fleet.route() is None
    leftover = [key for key in fleet.call("KEYS", f"*:{proxy_id}") if b"result" not in key]
    assert leftover == []
    again = fleet.create()
    assert (again.status, again["subdomain"]) == ("OK", "proxy1")


def test_awaited_creation_that_nobody_awaits_any_more_stays(fleet):
    proxy_id = fleet.create(await_ms=15000)["id"]
    fleet.edit(proxy_id, awaited_until_ms=1)
    job = fleet.take()
    answer = fleet.fail(job, fleet.claim(job)["fence"], "INVALID_KEY", message_id="err.key_invalid")
    assert answer["deleted"] == "0" and fleet.record(proxy_id)["status"] == "key_invalid"


def test_cooldown_keeps_the_upstream_and_waits_for_the_allowed_moment(fleet):
    proxy_id, answer, job = failed(fleet, "COOLDOWN", next_ms=45000, message_id="err.cooldown")
    assert answer["ended"] == "0" and answer.json("result")["retry_in_ms"] == 45000
    assert fleet.result(job["job"])["provider_message"] == "vendor's words"
    record = fleet.record(proxy_id)
    assert record["status"] == "active" and near(int(record["next_request_at"]), fleet.now() + 45000)
    assert record["open_slot"] == job["slot"] and fleet.route()["rotating"] is False
    assert fleet.request(proxy_id).status == "COOLDOWN"


def test_scheduled_rotation_meets_a_cooldown_and_stays_scheduled(fleet):
    proxy_id = fleet.active(next_ms=300)
    assert fleet.request(proxy_id, when="allowed", region="nam").status == "SCHEDULED"
    wait_until(lambda: fleet.dispatch()["rotate"] == "1", "the scheduled moment")
    job = fleet.take()
    assert (job["reason"], job["region"], job["by"]) == ("scheduled", "nam", "admin")
    fleet.fail(job, fleet.claim(job)["fence"], "COOLDOWN", next_ms=30000)
    record = fleet.record(proxy_id)
    assert record["rotation_state"] == "scheduled" and near(fleet.due(proxy_id), fleet.now() + 30000)
    assert record["rotate_region"] == "nam"


@pytest.mark.parametrize("cls,first_ms", [("NO_STOCK", 30000), ("RATE_LIMITED", 60000), ("TRANSIENT", 5000),
                                          ("FIREWALL", 60000), ("NOT_ASSIGNED", 5000)])
def test_other_failures_back_off_and_keep_the_upstream(fleet, cls, first_ms):
    proxy_id, answer, job = failed(fleet, cls)
    assert answer["ended"] == "0" and fleet.record(proxy_id)["status"] == "active"
    assert near(fleet.due(proxy_id), fleet.now() + first_ms, first_ms * 0.25)
    fleet.make_due(proxy_id)
    fleet.edit(proxy_id, due_at=1)
    assert fleet.dispatch()["rotate"] == "1"
    again = fleet.take()
    assert again["job"] == job["job"] and fleet.result(job["job"]) is None
    fleet.fail(again, fleet.claim(again)["fence"], cls)
    assert near(fleet.due(proxy_id), fleet.now() + 2 * first_ms, first_ms * 0.5)
    assert fleet.record(proxy_id)["retry_count"] == "2"


def test_a_failure_tells_when_it_is_tried_again(fleet):
    fleet.create()
    job = fleet.take()
    result = fleet.fail(job, fleet.claim(job)["fence"], "NO_STOCK", params='{"region":"bac"}').json("result")
    assert result["params"]["region"] == "bac" and 27 <= result["params"]["s"] <= 34
    assert near(result["params"]["time"], fleet.now() + 30000, 5000)
    assert result["params"]["s"] == -(-result["retry_in_ms"] // 1000)


@pytest.mark.parametrize("cls,status", [("NO_STOCK", "no_stock"), ("TRANSIENT", "pending")])
def test_failures_without_an_upstream(fleet, cls, status):
    proxy_id, _, _ = failed(fleet, cls, alive=False)
    assert fleet.record(proxy_id)["status"] == status and fleet.due(proxy_id)


def test_failure_after_the_upstream_expired(fleet):
    proxy_id = fleet.active(next_ms=0)
    fleet.request(proxy_id)
    job = fleet.take()
    fence = fleet.claim(job)["fence"]
    fleet.edit(proxy_id, expiration_at=5)
    fleet.fail(job, fence, "TRANSIENT")
    assert fleet.record(proxy_id)["status"] == "no_upstream" and fleet.route()["state"] == "unavailable"


def test_the_vendors_wish_rules_the_retry(fleet):
    proxy_id, answer, _ = failed(fleet, "RATE_LIMITED", retry_ms=123000)
    assert near(fleet.due(proxy_id), fleet.now() + 123000) and answer.json("result")["retry_in_ms"] == 123000


@pytest.mark.parametrize("sent,attempted", [(0, "0"), (1, "1")])
def test_attempted_slot_remembers_an_unanswered_new(fleet, sent, attempted):
    proxy_id, _, _ = failed(fleet, "TRANSIENT", sent=sent)
    fleet.make_due(proxy_id)
    fleet.edit(proxy_id, due_at=1)
    fleet.dispatch()
    job = fleet.take()
    claim = fleet.claim(job)
    assert claim["attempted"] == attempted
    # Not having found out (sent=0 this time) does not make it forgotten.
    fleet.fail(job, claim["fence"], "TRANSIENT", sent=0)
    assert fleet.record(proxy_id)["attempted_slot"] == ("" if attempted == "0" else job["slot"])


def test_an_unanswered_new_keeps_requests_waiting_for_its_retry(fleet):
    """The upstream may be dead already. The route says so as long as a try that finds out is queued or near."""
    proxy_id, _, _ = failed(fleet, "TRANSIENT", sent=1)
    assert fleet.route()["rotating"] is True and fleet.record(proxy_id)["rotation_state"] == "idle"
    job, answer = synced(fleet, proxy_id)
    assert answer["changed"] == "0" and fleet.route()["rotating"] is True, "a late /new may still be carried out"

    def try_again():
        fleet.make_due(proxy_id)
        fleet.edit(proxy_id, due_at=1)
        assert fleet.dispatch()["rotate"] == "1"
        job = fleet.take()
        return job, fleet.claim(job)["fence"]

    fleet.fail(*try_again(), "TRANSIENT", retry_ms=60000)
    assert fleet.route()["rotating"] is False, "nobody waits for a minute"
    fleet.fail(*try_again(), "TRANSIENT", retry_ms=1000)
    assert fleet.route()["rotating"] is True
    assert fleet.commit(*try_again(), ip="7.7.7.7").status == "COMMITTED"
    assert fleet.route()["rotating"] is False


def test_a_new_that_was_never_sent_keeps_nobody_waiting(fleet):
    failed(fleet, "TRANSIENT", sent=0)
    assert fleet.route()["rotating"] is False


def test_a_sync_tells_what_came_of_an_unanswered_new(fleet):
    proxy_id, _, _ = failed(fleet, "TRANSIENT", sent=1)
    _, answer = synced(fleet, proxy_id, ip="7.7.7.7")
    assert answer["changed"] == "1" and fleet.route()["rotating"] is False


def test_an_expired_upstream_is_not_waited_for(fleet):
    proxy_id = fleet.active(next_ms=0)
    fleet.request(proxy_id)
    job = fleet.take()
    fence = fleet.claim(job)["fence"]
    fleet.edit(proxy_id, expiration_at=5)
    fleet.fail(job, fence, "TRANSIENT", sent=1)
    assert fleet.route()["state"] == "unavailable" and fleet.route()["rotating"] is False


def test_fail_refusals(fleet):
    proxy_id = fleet.active(next_ms=0)
    fleet.request(proxy_id)
    job = fleet.take()
    fence = fleet.claim(job)["fence"]
    assert fleet.fail(job, 99).status == "STALE_FENCE"
    assert fleet.fail(job, fence, gen="1").status == "STALE_GENERATION"
    assert fleet.fail(job, fence, "NO_SUCH_CLASS")["field"] == "class"
    assert fleet.fail(job, fence, params="[]")["field"] == "params"
    fleet.commit(job, fence, ip="2.2.2.2")
    assert fleet.fail(job, fence).status == "ALREADY"
    assert fleet.fail({**job, "job": f"rotate-{proxy_id}-9", "slot": "9"}, fence).status == "SUPERSEDED"
    fleet.delete(proxy_id)
    assert fleet.fail(job, fence).status == "GONE"
    with pytest.raises(RedisError, match="bad argument"):
        fleet.fail({**job, "slot": "x"}, fence)


def test_a_poison_job_ends_in_dead(fleet):
    proxy_id = fleet.create()["id"]
    job = fleet.take()
    fleet.claim(job)
    assert fleet.script("job_dead", job["entry"], job["job"], proxy_id, "crashed", 6).status == "OK"
    assert fleet.call("XLEN", "{kp}:dead") == 1 and fleet.pending() == 0
    record = fleet.record(proxy_id)
    assert (record["last_slot"], record["rotation_state"], record["claim_job"]) == ("1", "idle", "")
    assert fleet.due(proxy_id) > fleet.now() + 30000 and "dead" in fleet.log_actions(proxy_id)
    assert fleet.result(job["job"])["outcome"] == "error" and fleet.route()["rotating"] is False


def test_a_dead_job_of_an_ended_slot_leaves_its_result(fleet):
    proxy_id = fleet.create()["id"]
    job = fleet.take()
    fleet.commit(job, fleet.claim(job)["fence"])
    fleet.script("job_dead", job["entry"], job["job"], proxy_id, "crashed", 6)
    assert fleet.result(job["job"])["outcome"] == "ok" and fleet.record(proxy_id)["open_slot"] == "2"


# --- requests ------------------------------------------------------------------------------------------------


def test_requests_join_what_is_queued_and_in_work(fleet):
    proxy_id = fleet.active(next_ms=0)
    queued = fleet.request(proxy_id, region="nam")
    assert queued.status == "QUEUED"
    joined = fleet.request(proxy_id)
    assert (joined.status, joined["job"]) == ("JOINED", queued["job"])
    assert fleet.request(proxy_id, "sync")["job"] == queued["job"]
    job = fleet.take()
    assert job["region"] == "nam"
    fence = fleet.claim(job)["fence"]
    assert fleet.request(proxy_id, when="allowed")["job"] == queued["job"]
    fleet.commit(job, fence, ip="2.2.2.2")
    assert fleet.record(proxy_id)["rotate_region"] == ""
    assert fleet.result(queued["job"])["new_ip"] == "2.2.2.2"


def test_request_cooldown_schedule_cancel(fleet):
    proxy_id = fleet.active()
    refused = fleet.request(proxy_id)
    assert refused.status == "COOLDOWN" and near(int(refused["retry_in_ms"]), MINUTE)
    policy_due = fleet.due(proxy_id)
    scheduled = fleet.request(proxy_id, when="allowed")
    assert scheduled.status == "SCHEDULED" and scheduled["at_ms"] == refused["at_ms"]
    assert fleet.record(proxy_id)["rotation_state"] == "scheduled" and fleet.due(proxy_id) == int(scheduled["at_ms"])
    assert fleet.script("rotation_cancel", proxy_id, "admin").status == "OK"
    assert fleet.record(proxy_id)["rotation_state"] == "idle" and fleet.due(proxy_id) == policy_due
    assert fleet.script("rotation_cancel", proxy_id, "admin").status == "NOTHING"
    assert fleet.script("rotation_cancel", 99, "admin").status == "NOT_FOUND"


def test_request_refusals(fleet):
    proxy_id = fleet.active()
    assert fleet.request(99).status == "NOT_FOUND"
    assert fleet.request(proxy_id, "paint")["field"] == "kind"
    assert fleet.request(proxy_id, when="soon")["field"] == "when"
    assert fleet.request(proxy_id, region="a b")["field"] == "region"
    fleet.update(proxy_id, is_active=0)
    assert fleet.request(proxy_id).status == "PAUSED"


# --- the clock -----------------------------------------------------------------------------------------------


def test_dispatch_only_for_the_leader_and_not_into_a_full_queue(fleet):
    fleet.create(first_job=0)
    assert fleet.script("due_dispatch", "somebody", 10, 10, 60000, 0, 0).status == "NOT_LEADER"
    fleet.call("XADD", "{kp}:jobs", "*", "a", "b")
    full = fleet.dispatch(max_waiting=1)
    assert (full.status, full["waiting"]) == ("FULL", "1")


def test_a_lost_job_returns_and_a_waiting_one_is_not_doubled(fleet):
    proxy_id = fleet.create(first_job=0)["id"]
    assert fleet.dispatch()["rotate"] == "1"
    assert near(fleet.due(proxy_id), fleet.now() + MINUTE)
    fleet.make_due(proxy_id)
    assert fleet.dispatch()["rotate"] == "0" and fleet.call("XLEN", "{kp}:jobs") == 1
    fleet.call("XTRIM", "{kp}:jobs", "MAXLEN", 0)
    fleet.make_due(proxy_id)
    assert fleet.dispatch()["rotate"] == "1"
    assert fleet.take()["job"] == f"rotate-{proxy_id}-1"


def test_dispatch_tells_when_it_is_needed_next(fleet):
    assert fleet.dispatch()["next_in_ms"] == "-1"
    proxy_id = fleet.active()
    fleet.dispatch()
    assert 0 < int(fleet.dispatch()["next_in_ms"]) <= 30000
    fleet.call("ZADD", "{kp}:due:rotate", 1, 99)
    fleet.dispatch()
    assert fleet.due(99) is None and fleet.due(proxy_id)


def due_of(fleet, settings=(), expires_ms=20 * MINUTE, next_ms=0, **fields):
    if settings:
        assert fleet.script("settings_update", "admin", *settings).status == "OK"
    proxy_id = fleet.active(expires_ms=expires_ms, next_ms=next_ms)
    if fields:
        assert fleet.update(proxy_id, **fields).status == "OK"
    due = fleet.due(proxy_id)
    return due and due - fleet.now()


INTERVAL_ON = ("auto_rotate_interval_enabled", 1, "auto_rotate_interval_minutes", 5)
ALL_OFF = ("auto_rotate_on_expiration", 0)


@pytest.mark.parametrize("expected,options", [
    (19 * MINUTE, {}),
    (5 * MINUTE, {"settings": INTERVAL_ON}),
    (20 * MINUTE, {"settings": ALL_OFF}),  # nothing rotates it: looked at when it expires
    (19 * MINUTE, {"settings": INTERVAL_ON, "rotate_mode": "expiration"}),
    (7 * MINUTE, {"rotate_mode": "interval", "rotate_interval_minutes": 7}),
    (10 * MINUTE, {"rotate_mode": "interval"}),  # without one of its own: the fleet's, on or off
    (19 * MINUTE, {"rotate_mode": "interval", "rotate_interval_minutes": 45}),  # before it dies, not after
    (20 * MINUTE, {"rotate_mode": "manual"}),
    (19.5 * MINUTE, {"next_ms": int(19.5 * MINUTE)}),  # never before the provider allows it
    (None, {"rotate_mode": "manual", "expires_ms": 0}),
])
def test_due_times(fleet, expected, options):
    due = due_of(fleet, **options)
    assert due is None if expected is None else near(due, expected)


def test_manual_mode_expires_to_no_upstream(fleet):
    proxy_id = fleet.active(expires_ms=300, next_ms=0)
    fleet.update(proxy_id, rotate_mode="manual")

    def expired():
        fleet.dispatch()
        return fleet.record(proxy_id)["status"] == "no_upstream"

    wait_until(expired, "the upstream expires")
    route = fleet.route()
    assert (route["state"], route["reason"]) == ("unavailable", "err.no_upstream")
    assert fleet.due(proxy_id) is None and "expire" in fleet.log_actions(proxy_id)
    assert fleet.request(proxy_id).status == "QUEUED"


def test_settings_rearm_walks_and_spreads(fleet):
    ids = [fleet.active(f"K{i}", ip=f"1.1.1.{i}", next_ms=0) for i in range(1, 8)]
    for proxy_id in ids:
        fleet.edit(proxy_id, last_rotated_at=5)
    fleet.script("settings_update", "admin", *INTERVAL_ON)
    leader = fleet.lead()
    assert fleet.script("settings_rearm", "somebody", 3).status == "NOT_LEADER"
    steps = []
    while not steps or steps[-1]["done"] == "0":
        steps.append(fleet.script("settings_rearm", leader, 3))
    assert [step["walked"] for step in steps] == ["3", "3", "1"]
    waits = [fleet.due(proxy_id) - fleet.now() for proxy_id in ids]
    assert len(set(waits)) == len(ids) and all(-5000 < wait <= MINUTE for wait in waits)
    assert fleet.script("settings_rearm", leader, 3)["walked"] == "0"


# --- sync ----------------------------------------------------------------------------------------------------


def synced(fleet, proxy_id, **options):
    fleet.request(proxy_id, "sync")
    job = fleet.take("sync")
    claim = fleet.claim(job)
    assert claim.status == "CLAIMED"
    return job, fleet.commit(job, claim["fence"], **options)


def test_sync_adopts_another_upstream(fleet):
    proxy_id = fleet.active()
    job, answer = synced(fleet, proxy_id, ip="7.7.7.7", provider_expires_at=9)
    assert (answer.status, answer["changed"]) == ("COMMITTED", "1")
    assert fleet.route()["http"] == "7.7.7.7:8080" and fleet.result(job["job"])["new_ip"] == "7.7.7.7"
    assert fleet.record(proxy_id)["open_slot"] == "2"


def test_sync_without_news_publishes_nothing_of_the_record(fleet):
    proxy_id = fleet.active()
    routes, records = len(fleet.messages("routes")), len(fleet.messages("records"))
    fleet.make_due(proxy_id, "sync")
    assert fleet.dispatch(check_ms=0)["sync"] == "1"
    job = fleet.take("sync")
    answer = fleet.commit(job, fleet.claim(job)["fence"], ttc=12, next_ms=12000)
    assert answer["changed"] == "0" and near(fleet.due(proxy_id, "sync"), fleet.now() + 30000)
    assert (len(fleet.messages("routes")), len(fleet.messages("records"))) == (routes, records)
    assert fleet.result(job["job"]) is None and fleet.pending() == 0


def test_sync_failures(fleet):
    proxy_id = fleet.active()
    fleet.request(proxy_id, "sync")
    job = fleet.take("sync")
    fence = fleet.claim(job)["fence"]
    assert fleet.fail(job, 99).status == "STALE_FENCE"
    assert fleet.fail(job, fence, gen="1").status == "STALE_GENERATION"
    assert fleet.fail(job, fence, "X")["field"] == "class"
    assert fleet.fail(job, fence, "TRANSIENT").status == "OK"
    assert fleet.record(proxy_id)["status"] == "active" and fleet.result(job["job"])["class"] == "TRANSIENT"
    fleet.request(proxy_id, "sync")
    job = fleet.take("sync")
    assert fleet.fail(job, fleet.claim(job)["fence"], "NOT_ASSIGNED").status == "OK"
    assert fleet.record(proxy_id)["status"] == "no_upstream" and fleet.route()["state"] == "unavailable"
    assert fleet.due(proxy_id) <= int(fleet.record(proxy_id)["next_request_at"])
    fleet.request(proxy_id, "sync")
    job = fleet.take("sync")
    assert fleet.fail(job, fleet.claim(job)["fence"], "INVALID_KEY").status == "OK"
    assert fleet.record(proxy_id)["status"] == "key_invalid" and fleet.due(proxy_id, "sync") is None
    fleet.delete(proxy_id)
    assert fleet.fail(job, 1, "TRANSIENT").status == "GONE" and fleet.commit(job, 1).status == "GONE"


def test_sync_commit_refusals(fleet):
    proxy_id = fleet.active()
    fleet.request(proxy_id, "sync")
    job = fleet.take("sync")
    fence = fleet.claim(job)["fence"]
    assert fleet.commit(job, 99).status == "STALE_FENCE"
    assert fleet.commit(job, fence, gen="1").status == "STALE_GENERATION"
    assert fleet.commit(job, fence, surprise="1").status == "INVALID"
    assert fleet.commit(job, fence).status == "COMMITTED"


# --- check ---------------------------------------------------------------------------------------------------


def checked(fleet, proxy_id, ok, latency=100):
    return fleet.script("check_commit", 1, "", "", proxy_id, ok, latency, "" if ok else "err.unhealthy", "")


def test_two_bad_checks_make_unhealthy_and_one_good_heals(fleet):
    proxy_id = fleet.active()
    fleet.update(proxy_id, rotate_mode="manual")
    assert checked(fleet, proxy_id, 0)["changed"] == "0" and fleet.record(proxy_id)["status"] == "active"
    assert near(fleet.due(proxy_id, "check"), fleet.now() + 2000, 1500)
    assert checked(fleet, proxy_id, 0)["changed"] == "1" and fleet.record(proxy_id)["status"] == "unhealthy"
    assert fleet.route()["state"] == "active" and near(fleet.due(proxy_id, "sync"), fleet.now())
    assert checked(fleet, proxy_id, 1)["changed"] == "1" and fleet.record(proxy_id)["status"] == "active"
    assert fleet.log_actions(proxy_id)[:2] == ["healthy", "unhealthy"]


def test_a_first_latency_is_recorded_however_small(fleet):
    proxy_id = fleet.active()
    assert checked(fleet, proxy_id, 1, latency=0)["changed"] == "1"
    assert fleet.record(proxy_id)["latency_ms"] == "1"
    assert checked(fleet, proxy_id, 1, latency=1)["changed"] == "0"


def test_only_a_latency_change_above_a_fifth_is_published(fleet):
    proxy_id = fleet.active()
    assert [checked(fleet, proxy_id, 1, ms)["changed"] for ms in (100, 119, 121, 100, 0)] == ["1", "0", "1", "0", "1"]


def test_check_jobs_end_with_their_result(fleet):
    proxy_id = fleet.active()
    name = fleet.request(proxy_id, "check")["job"]
    assert fleet.request(proxy_id, "check")["job"] == name
    job = fleet.take("check")
    assert fleet.claim(job).status == "CLAIMED" and fleet.record(proxy_id)["claim_job"] == ""
    fleet.script("check_commit", 1, job["entry"], name, proxy_id, 1, 42, "", "")
    assert fleet.result(name) == {"outcome": "ok", "latency_ms": 42} and fleet.pending() == 0
    assert fleet.script("check_commit", 2, "", "", proxy_id, 1, 42, "", "").status == "INVALID"
    assert fleet.script("check_commit", 1, "", "", proxy_id, 7, 42, "", "")["field"] == "ok"


def test_suspects_are_checked_at_once(fleet):
    proxy_id = fleet.active()
    assert fleet.script("suspect_report", "relay-1", 99, "refused").status == "NOT_FOUND"
    assert fleet.script("suspect_report", "relay-1", proxy_id, "refused").status == "QUEUED"
    assert fleet.script("suspect_report", "relay-2", proxy_id, "refused").status == "KNOWN"
    job = fleet.take("check")
    assert (job["reason"], job["by"]) == ("suspect", "relay-1: refused")
    fleet.script("check_commit", 1, job["entry"], job["job"], proxy_id, 1, 42, "", "")
    assert fleet.script("suspect_report", "relay-1", proxy_id, "refused").status == "KNOWN"


# --- jobs without a claim ------------------------------------------------------------------------------------


def test_release_works_on_the_deleted_record(fleet):
    proxy_id = fleet.active()
    name = fleet.delete(proxy_id, release=1)["job"]
    job = fleet.take("release")
    claim = fleet.claim(job)
    assert claim.status == "CLAIMED" and claim.json("record")["provider_key"] == "v1:K1"
    assert fleet.script("job_finish", job["entry"], name, '{"outcome":"ok"}').status == "OK"
    assert fleet.result(name) == {"outcome": "ok"} and fleet.pending() == 0
    assert fleet.claim(job).status == "GONE"


def test_job_result_of_nobody(fleet):
    assert fleet.script("job_result", "rotate-1-1").status == "NOTHING"


def test_a_paused_proxy_forgets_a_job_that_got_lost(fleet):
    proxy_id = fleet.active(next_ms=0)
    fleet.request(proxy_id)
    fleet.update(proxy_id, is_active=0)
    fleet.call("XTRIM", "{kp}:jobs", "MAXLEN", 0)
    fleet.make_due(proxy_id)
    assert fleet.dispatch()["rotate"] == "0" and fleet.due(proxy_id) is None
    fleet.update(proxy_id, is_active=1)
    assert near(fleet.due(proxy_id), fleet.now() + 19 * MINUTE)


def test_orphans_are_found_behind_many_living_jobs(fleet):
    for n in range(60):
        fleet.create(f"K{n}")
    last = fleet.read_jobs("w1")[-1]
    fleet.call("XCLAIM", "{kp}:jobs", "workers", "w1", 0, last["entry"], "IDLE", 60000)
    found = [fleet.read_jobs("w2", count=1) for _ in range(8)]
    assert [job["entry"] for jobs in found for job in jobs] == [last["entry"]]


def test_what_is_no_job_goes_to_the_dead_as_it_is(fleet):
    proxy_id = fleet.create()["id"]
    strange = [["a", "b"], ["job", "rotate-1-1"], ["job", "sync-1-1", "kind", "sync", "id", proxy_id + "0"],
               ["job", "paint-1-1", "kind", "paint", "id", 1], ["job", "x" * 9000, "kind", "rotate", "id", b"\xff\n"]]
    for fields in strange:
        fleet.call("XADD", "{kp}:jobs", "*", *fields)
    answer = fleet.script("jobs_read", "w1", 100, 15000)
    assert answer["dead"] == "5" and [job["id"] for job in answer.json("jobs")] == [proxy_id]
    assert fleet.pending() == 1 and fleet.call("XLEN", "{kp}:jobs") == 1
    buried = [dict(zip(*[iter(fields)] * 2)) for _, fields in fleet.call("XRANGE", "{kp}:dead", "-", "+")]
    assert [one[b"reason"] for one in buried] == [b"not a job"] * 5
    assert buried[0][b"raw"] == b'["a","b"]' and all(len(one[b"raw"]) <= 4000 for one in buried)


def test_a_strange_entry_of_a_dead_worker_is_put_away_too(fleet):
    entry = fleet.text("XADD", "{kp}:jobs", "*", "a", "b")
    fleet.call("XREADGROUP", "GROUP", "workers", "w0", "STREAMS", "{kp}:jobs", ">")
    fleet.call("XCLAIM", "{kp}:jobs", "workers", "w0", 0, entry, "IDLE", 60000)
    assert fleet.script("jobs_read", "w1", 100, 15000)["dead"] == "1"
    assert fleet.pending() == 0 and fleet.call("XLEN", "{kp}:dead") == 1


def test_consumers_of_schedulers_that_are_gone_go(fleet_that_debugs):
    fleet = fleet_that_debugs
    fleet.create()
    assert len(fleet.read_jobs("holds")) == 1
    for name in "young", "gone-1", "gone-2":
        fleet.call("XGROUP", "CREATECONSUMER", "{kp}:jobs", "workers", name)
    assert fleet.read_jobs("young", min_idle_ms=HOUR) == []
    for name in b"holds", b"gone-1", b"gone-2":
        age_consumer(fleet, name, 2 * 24 * HOUR)

    def consumers():
        return {dict(zip(*[iter(flat)] * 2))[b"name"].decode()
                for flat in fleet.call("XINFO", "CONSUMERS", "{kp}:jobs", "workers")}

    fleet.read_jobs("young", min_idle_ms=10 * 24 * HOUR)
    assert consumers() == {"holds", "young", "gone-1", "gone-2"}, "looked at not long ago"
    fleet.call("DEL", "{kp}:jobs:swept")
    fleet.read_jobs("young", min_idle_ms=10 * 24 * HOUR)
    assert consumers() == {"holds", "young"}
    assert fleet.pending() == 1 and fleet.call("PTTL", "{kp}:jobs:swept") > 0


@pytest.fixture
def fleet_that_debugs():
    with StoreFleet("--enable-debug-command", "yes") as fleet:
        fleet.call("DEBUG", "SET-SKIP-CHECKSUM-VALIDATION", 1)
        yield fleet


def age_consumer(fleet, name, by_ms):
    """Redis has no command for it: in the dump a consumer's name is followed by when it was seen, in 64 bits."""
    dump = fleet.call("DUMP", "{kp}:jobs")
    at = dump.index(name) + len(name)
    seen_ms = int.from_bytes(dump[at:at + 8], "little")
    assert near(seen_ms, fleet.now())
    dump = dump[:at] + (seen_ms - by_ms).to_bytes(8, "little") + dump[at + 8:]
    fleet.call("RESTORE", "{kp}:jobs", 0, dump, "REPLACE")


def test_reads_work_after_a_flush(fleet):
    fleet.call("FLUSHALL")
    assert fleet.read_jobs() == []
    with pytest.raises(RedisError, match="not open"):
        fleet.script("proxy_restart", 1, "admin")


# --- what two workers, lost jobs and changes meanwhile must not break ------------------------------------------


@pytest.mark.parametrize("kind", ["sync", "check"])
def test_an_asked_job_that_got_lost_still_tells_who_asked(fleet, kind):
    proxy_id = fleet.active()
    name = fleet.request(proxy_id, kind)["job"]
    fleet.call("XDEL", "{kp}:jobs", fleet.take(kind)["entry"])
    fleet.make_due(proxy_id, kind)
    assert fleet.dispatch()[kind] == "1"
    job = fleet.take(kind)
    assert (job["job"], job["by"]) == (name, "admin")
    claim = fleet.claim(job)
    if kind == "sync":
        fleet.commit(job, claim["fence"])
    else:
        fleet.script("check_commit", 1, job["entry"], job["job"], proxy_id, 1, 50, "", "")
    assert fleet.result(name)["outcome"] == "ok"


def test_a_late_commit_of_a_shut_out_worker_is_followed_by_a_sync(fleet):
    """Both workers may have sent /new: the later upstream is not the committed one."""
    proxy_id = fleet.create()["id"]
    job = fleet.take()
    late = fleet.claim(job)["fence"]
    again = fleet.read_jobs("w2", min_idle_ms=0)[0]
    fence = fleet.claim(again, worker="w2")["fence"]
    assert fleet.commit(again, fence, ip="1.1.1.1").status == "COMMITTED"
    before = fleet.due(proxy_id, "sync")
    assert fleet.commit(again, fence, ip="1.1.1.1").status == "ALREADY"  # the answer was lost: nothing to look for
    assert fleet.due(proxy_id, "sync") == before
    refused = fleet.commit(job, late, ip="2.2.2.2")
    assert (refused.status, refused.json("result")["new_ip"]) == ("ALREADY", "1.1.1.1")
    assert fleet.due(proxy_id, "sync") <= fleet.now()


@pytest.mark.parametrize("cls,status", [("EXPIRED_KEY", "key_expired"), ("RATE_LIMITED", "no_upstream")])
def test_an_upstream_that_ends_before_the_next_try_stops_serving(fleet, cls, status):
    proxy_id = failed(fleet, cls, retry_ms=HOUR, message_id="err.x")[0]
    retry_at = fleet.record(proxy_id)["due_at"]
    assert fleet.due(proxy_id) == int(fleet.record(proxy_id)["expiration_at"])
    fleet.edit(proxy_id, expiration_at=7)
    fleet.make_due(proxy_id)
    assert fleet.dispatch()["rotate"] == "0"
    assert fleet.route()["state"] == "unavailable" and fleet.record(proxy_id)["status"] == status
    assert fleet.record(proxy_id)["due_at"] == retry_at and fleet.due(proxy_id) == int(retry_at)
    fleet.make_due(proxy_id)
    assert fleet.dispatch()["rotate"] == "0"
    fleet.edit(proxy_id, due_at=1)
    fleet.make_due(proxy_id)
    assert fleet.dispatch()["rotate"] == "1"


def test_a_proxy_without_upstream_is_not_told_anew_by_each_sync(fleet):
    proxy_id = fleet.active()
    fleet.update(proxy_id, rotate_mode="manual")

    def sync():
        fleet.make_due(proxy_id, "sync")
        fleet.dispatch()
        job = fleet.take("sync")
        fleet.fail(job, fleet.claim(job)["fence"], "NOT_ASSIGNED")
        return len(fleet.messages("records"))

    told = sync()
    assert fleet.record(proxy_id)["status"] == "no_upstream"
    assert sync() == told


def test_a_new_key_is_tried_again_whatever_the_mode(fleet):
    proxy_id = fleet.active()
    fleet.update(proxy_id, rotate_mode="manual")
    fleet.update(proxy_id, provider_key="v1:K2", provider_key_hmac="h-K2")
    job = fleet.take()
    fleet.fail(job, fleet.claim(job)["fence"], "COOLDOWN", next_ms=300)
    wait_until(lambda: fleet.dispatch()["rotate"] == "1", "the end of the new key's cooldown")
    job = fleet.take()
    claim = fleet.claim(job)
    assert claim.json("record")["provider_key"] == "v1:K2"
    fleet.commit(job, claim["fence"], ip="2.2.2.2")
    assert fleet.record(proxy_id)["provider_key"] == "v1:K2"


def test_a_region_of_one_request_is_not_that_of_the_next_rotation(fleet):
    proxy_id = fleet.active(next_ms=0)
    fleet.request(proxy_id, region="nam")
    job = fleet.take()
    fleet.fail(job, fleet.claim(job)["fence"], "COOLDOWN", next_ms=1)
    fleet.edit(proxy_id, expiration_at=7, next_request_at="")
    fleet.make_due(proxy_id)
    assert fleet.dispatch()["rotate"] == "1"
    job = fleet.take()
    assert (job["region"], job["by"], job["reason"]) == ("", "", "clock")


def test_who_waits_for_a_rotation_with_the_old_key_is_told(fleet):
    proxy_id = fleet.active(next_ms=0)
    name = fleet.request(proxy_id)["job"]
    fleet.update(proxy_id, provider_key="v1:K2", provider_key_hmac="h-K2")
    assert fleet.result(name)["message_id"] == "err.key_replaced"
