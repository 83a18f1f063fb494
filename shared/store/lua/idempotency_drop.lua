-- idempotency_drop(scope_hash): the request failed in a way that may be tried again. Called by api-node.
-- KEYS[1] prefix. ARGV: scope_hash.
-- OK
--@include keys
redis.call('DEL', key('idempotency:' .. (ARGV[1] or '')))
return {'OK'}
