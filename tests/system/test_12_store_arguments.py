"""Wrong arguments in every place of every script: refused in our words, with not a byte of the store changed."""

import pytest

from harness.redis_server import RedisError
from harness.store_fleet import DAY, StoreFleet

WRONG = ["", "-1", "x", "1e3", "9" * 20, "[", "{}", "\x00\xff"]
REFUSALS = {"INVALID", "NOT_FOUND", "EXISTS", "DUPLICATE_KEY", "NAME_TAKEN", "PAUSED", "STATIC", "COOLDOWN", "LOST",
            "NOT_LEADER", "NOTHING", "HELD", "WRONG_KEY", "NEWER_SCHEMA", "LAST_ADMIN", "LIMITED", "MISMATCH", "KNOWN", "SEEN"}
HASH = "a" * 64


@pytest.fixture(scope="module")
def fleet():
    with StoreFleet("--enable-debug-command", "yes") as fleet:
        yield fleet


def calls(fleet):
    """One good call of each script, as arguments, in a store where it would succeed. Later ones rest on earlier ones."""
    fleet.empty()
    leader = fleet.lead()
    proxy_id = fleet.active(next_ms=0)
    fleet.script("user_ensure_admin", "admin", "$y$")
    fleet.script("session_create", HASH, 1, DAY, DAY, "", "")
    fleet.request(proxy_id)
    rotate = fleet.take()
    fence = fleet.claim(rotate)["fence"]
    sync = fleet.text("XADD", "{kp}:jobs", "*", "job", "sync-1-9", "kind", "sync", "id", "1", "slot", "0")
    job = [rotate["entry"], rotate["job"], proxy_id]
    yield "job_renew", [rotate["entry"], "w1", proxy_id, fence, 30000]
    yield "rotation_fail", [*job, 2, fence, fleet.gen, "TRANSIENT", 0, 0, "err.transient", "{}", "", 0]
    yield "rotation_commit", [*job, 2, fence, fleet.gen, 1000, 1000, "remote_http", "1.2.3.4:80", "by", ""]
    yield "sync_commit", [sync, "sync-1-9", 1, fence, fleet.gen, 1000, 1000, "remote_http", "1.2.3.4:80"]
    yield "sync_fail", [sync, "sync-1-9", 1, fence, fleet.gen, "TRANSIENT", 0, "err.transient", "{}", ""]
    yield "job_claim", [sync, "sync-1-9", "sync", 1, 0, "w1", fleet.gen, 30000]
    yield "job_finish", ["", "check-1-9", '{"outcome":"ok"}']
    yield "job_dead", [sync, "sync-1-9", 1, "crashed", 6]
    yield "jobs_read", ["w1", 10, 15000]
    yield "due_dispatch", [leader, 10, 100, 60000, 30000, 0]
    yield "due_hasten", ["check", 10, proxy_id]
    yield "settings_rearm", [leader, 10]
    yield "settings_update", ["admin", "auto_rotate_interval_minutes", 5]
    yield "check_commit", [1, "", "", proxy_id, 1, 100, "", ""]
    yield "rotation_request", [proxy_id, "check", "admin", "", "now"]
    yield "rotation_cancel", [proxy_id, "admin"]
    yield "proxy_update", [proxy_id, "admin", "rotate_mode", "manual"]
    yield "import_look", [7, "h7", "proxy7", 7]
    yield "import_proxies", ['{"id":"7","number":"7","subdomain":"","provider":"kiotproxy","provider_key_hmac":"h7"}']
    yield "import_users", ["write", "keep", HASH, '{"username":"n","role":"user","password_hash":"$y$","active":"1"}']
    yield "import_logs", ["write", '[{"at":5,"seq":1,"proxy_id":0,"entry":"\\"action\\":\\"a\\""}]']
    yield "import_tokens", ["write", '{"hash":"' + "b" * 64 + '","user_id":"1","name":"moved"}']
    yield "import_channels", ["write", '{"id":"7","kind":"webhook","name":"n","events":"[]","active":"1"}']
    yield "import_numbers", [5, 9, 9, 9, "4:99"]
    yield "backup_page", [0, 10]
    yield "link_set", [proxy_id, "admin", "v1:t", HASH]
    yield "link_find", [HASH]
    yield "proxy_restart", [proxy_id, "admin"]
    yield "id_take", [1]
    yield "proxy_create", [2, "admin", "key_name", "n", "provider", "kiotproxy", "provider_key_hmac", "h", "first_job", 1]
    yield "records_page", [0, 10]
    yield "probe_request", [proxy_id, "admin", "port", "http://127.0.0.1:9001"]
    yield "suspect_report", ["relay-1", proxy_id, "refused"]
    yield "usage_flush", ["relay-1", 1, 1000, proxy_id, 1, 1, 1, 0]
    yield "usage_read", [30, proxy_id]
    yield "rates_publish", ['{"node":"relay-1","full":1,"rates":[]}']
    yield "heartbeat", ["relay-1", DAY, "role", "relay"]
    yield "lease_take", ["s1", "token", DAY]
    yield "lease_renew", [leader, DAY]
    yield "login_attempt", ["admin", "1.2.3.4"]
    yield "login_result", ["admin", "1.2.3.4", 1, "admin"]
    yield "session_create", [HASH, 1, DAY, DAY, "", ""]
    yield "session_list", [1]
    yield "read_barrier", [HASH]
    yield "token_create", ["b" * 64, 1, "n8n", "kp_abcd", 0, "", "admin"]
    yield "token_list", [1]
    yield "token_revoke", [1, 1, "admin"]
    yield "user_set_password", [1, "$y$2", "", "admin"]
    yield "user_rehash", [1, "$y$2", "$y$3"]
    yield "user_create", ["lan", "user", "$y$", "admin"]
    yield "user_update", [2, "admin", "", "role", "operator", "active", 0]
    yield "user_list", [2]
    yield "proxies_reassign", [7, 1, "admin", proxy_id]
    yield "user_delete", [2, "admin", 1]
    yield "session_close", [1, "0123456789abcdef", "admin"]
    yield "user_by_name", ["admin"]
    yield "session_end", [HASH]
    yield "idempotency_begin", ["scope", "body", DAY]
    yield "idempotency_end", ["scope", 200, "{}", DAY]
    yield "log_add", ["", "login", "success", "", "", "admin"]
    yield "log_page", ["", "", 10]
    yield "topic_version", ["routes"]
    yield "notice_id_take", []
    yield "notice_save", [1, "admin", "kind", "webhook", "name", "n", "events", "[]"]
    yield "notice_list", [1]
    yield "notice_test", [1, "admin"]
    yield "notice_claim", [sync, "notify-1-9", 1, "clock"]
    yield "notice_end", [sync, "notify-1-9", 1, "msg_1_1", 1, 0, 1, 200, "", "ok", 5, 0]
    yield "notice_deliveries", [1, "", 10]
    yield "notice_delete", [1, "admin"]
    yield "store_open", [1, "check", 0]
    yield "generation_bump", ["run-1"]
    yield "proxy_delete", [proxy_id, "admin", 0, DAY, DAY]
    yield "proxies_deleted", ["", 10]
    yield "proxy_restore", [proxy_id, "", "admin"]


def test_a_refused_call_changes_nothing(fleet):
    tried = set()
    for name, good in calls(fleet):
        tried.add(name)
        variants = [good[:-1]] + [good[:i] + [wrong] + good[i + 1:] for i in range(len(good)) for wrong in WRONG]
        for argv in variants:
            fleet.call("MULTI")  # nothing, such as a key whose time runs out, comes between
            fleet.call("DEBUG", "DIGEST")
            fleet.call("EVAL", fleet.texts[name], 1, fleet.prefix, *argv)
            fleet.call("DEBUG", "DIGEST")
            before, answer, after = execute(fleet)
            if isinstance(answer, RedisError):
                assert "store: bad argument" in str(answer), (name, argv, answer)
                assert after == before, (name, argv, answer)
            elif answer[0].decode() in REFUSALS:
                assert after == before, (name, argv, answer)
    assert len(tried) >= 38


def execute(fleet):
    """EXEC, with errors of single commands as values."""
    client = fleet.client
    client.socket.sendall(client.encode(["EXEC"]))
    header = client.stream.readline()
    assert header == b"*3\r\n", header
    out = []
    for _ in range(3):
        try:
            out.append(client.read())
        except RedisError as e:
            out.append(e)
    return out
