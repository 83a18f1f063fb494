-- idempotency_end(scope_hash, status, body, keep_ms): keeps the answer for repeats. Called by api-node.
-- KEYS[1] prefix. ARGV: scope_hash, status (HTTP), body (the answer's bytes), keep_ms.
-- OK
--@include keys
--@include values
local scope, status, body, keep_ms = ARGV[1], int(ARGV[2]), ARGV[3], int(ARGV[4])
if (scope or '') == '' or not status or not body or not keep_ms or keep_ms < 1 then return bad_argument('status') end
local name = key('idempotency:' .. scope)
if redis.call('EXISTS', name) == 0 then return {'OK'} end -- held too long: another may be at it
redis.call('HSET', name, 'status', dec(status), 'body', body)
redis.call('PEXPIRE', name, keep_ms)
return {'OK'}
