-- id_take(n, scope): reserves consecutive ids. Called by api-node before proxy_create: secrets are sealed for an id.
-- A scope (of an Idempotency-Key) gets the ids that it had before, for a day.
-- KEYS[1] prefix. ARGV: n (1–10000), scope (optional).
-- OK first_id
--@include keys
--@include values
local DAY_MS = 86400000
local n, scope = int(ARGV[1]), ARGV[2] or ''
if not n or n < 1 or n > 10000 then return bad_argument('n') end
local kept = key('ids_of:' .. scope)
if scope ~= '' then
	local first, count = (redis.call('GET', kept) or ''):match('^(%d+) (%d+)$')
	if first and tonumber(count) == n then return {'OK', 'first_id', first} end
end
local first = redis.call('INCRBY', key('ids'), n) - n + 1
if scope ~= '' then redis.call('SET', kept, dec(first) .. ' ' .. dec(n), 'PX', DAY_MS) end
return {'OK', 'first_id', dec(first)}
