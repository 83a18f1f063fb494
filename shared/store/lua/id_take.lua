-- id_take(n): reserves consecutive ids. Called by api-node before proxy_create: secrets are sealed for an id.
-- KEYS[1] prefix. ARGV: n (1–10000).
-- OK first_id
--@include keys
--@include values
local n = int(ARGV[1])
if not n or n < 1 or n > 10000 then return bad_argument('n') end
return {'OK', 'first_id', dec(redis.call('INCRBY', key('ids'), n) - n + 1)}
