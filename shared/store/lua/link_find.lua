-- link_find(hash): the proxy that a change-IP link belongs to. Called by api-node.
-- KEYS[1] prefix. ARGV: hash (SHA-256 of the token, hex).
-- OK id | NOT_FOUND (never given out, taken away, or the proxy is gone)
--@include keys
--@include values
local hash = ARGV[1] or ''
if #hash ~= 64 or not hash:find('^%x+$') then return bad_argument('hash') end
local id = redis.call('HGET', key('links'), hash)
if not id or redis.call('HGET', key_proxy(id), 'link_hash') ~= hash then return {'NOT_FOUND'} end
return {'OK', 'id', id}
