-- idempotency_begin(scope_hash, body_hash, hold_ms): has this request been answered before? Called by api-node.
-- KEYS[1] prefix. ARGV: scope_hash (of user, method, path, Idempotency-Key), body_hash (keyed, of query and body),
-- hold_ms (how long others are kept out should this node die).
-- NEW | STORED status body | BUSY | MISMATCH
--@include keys
--@include values
local scope, body_hash, hold_ms = ARGV[1], ARGV[2], int(ARGV[3])
if (scope or '') == '' or (body_hash or '') == '' or not hold_ms or hold_ms < 1 then return bad_argument('scope_hash') end
local name = key('idempotency:' .. scope)
local there = hash_read(name)
if not there.body_hash then
	redis.call('HSET', name, 'body_hash', body_hash)
	redis.call('PEXPIRE', name, hold_ms)
	return {'NEW'}
end
if there.body_hash ~= body_hash then return {'MISMATCH'} end
if not there.status then return {'BUSY'} end
return {'STORED', 'status', there.status, 'body', there.body}
