-- usage_flush(node, seq, minute_epoch, n × (id, bytes_up, bytes_down, connections, errors)): adds traffic counted by a
-- relay. Called by its feed thread every few seconds; repeating a flush counts once. Good traffic also stands for a
-- check: that of a proxy in use is put off.
-- stats:<id> holds totals, and in traffic_at (epoch ms) when bytes were last reported; usage:<id> one field per minute,
-- "up down connections errors", three hours of them; months:<id> likewise one a month. Whoever reaches the month's limit
-- here stops being served.
-- KEYS[1] prefix. ARGV: node, seq (number, growing with each flush of this node), minute_epoch (Unix minutes), then
-- five numbers each, at most 1000 times.
-- OK | SEEN
--@include keys
--@include values
--@include topics
--@include log
--@include record
--@include quota_log
local KEEP_MINUTES, KEEP_SECONDS, GOOD_MS = 180, 4 * 3600, 30000
local seq, minute, now = int(ARGV[2]), int(ARGV[3]), now_ms()
if (ARGV[1] or '') == '' or not seq or not minute then return bad_argument('seq') end
if (#ARGV - 3) % 5 ~= 0 or #ARGV > 5003 then return bad_argument('counts') end
for i = 4, #ARGV do
	local n = int(ARGV[i])
	if not n or n < 0 then return bad_argument('count') end
end
local seen_key = key('usage:seq:' .. ARGV[1])
if tonumber(redis.call('GET', seen_key) or '-1') >= seq then return {'SEEN'} end
redis.call('SET', seen_key, dec(seq), 'EX', 86400)
local NAMES = {'bytes_up', 'bytes_down', 'connections', 'errors'}

-- A busy proxy loses one minute for each new one. Minutes without traffic have no field, so that those of a proxy with
-- pauses cannot all be named: now and then all are looked at.
local function forget_old(usage)
	redis.call('HDEL', usage, dec(minute - KEEP_MINUTES), dec(minute - KEEP_MINUTES - 1))
	if redis.call('HLEN', usage) < 2 * KEEP_MINUTES then return end
	for _, field in ipairs(redis.call('HKEYS', usage)) do
		if tonumber(field) <= minute - KEEP_MINUTES then redis.call('HDEL', usage, field) end
	end
end

local month = month_of(now)

-- What a route says changes for all relays at once: only the flush that reaches the limit reads and saves the record.
local function check_quota(id, limits, quota_used, used)
	local limit = quota_limit(limits or '')
	if not limit or used < limit or (quota_used or '') ~= '' then return end
	local rec = record_read(id)
	quota_log(rec, record_save(rec, now), now)
end

local function add(id, counts)
	local known = redis.call('HMGET', key_proxy(id), 'id', 'status', 'limits', 'quota_used')
	if not known[1] then return end
	local stats, usage, field = key('stats:' .. id), key('usage:' .. id), dec(minute)
	for j, name in ipairs(NAMES) do redis.call('HINCRBY', stats, name, dec(counts[j])) end
	if counts[1] + counts[2] > 0 then redis.call('HSET', stats, 'traffic_at', dec(now)) end
	local sums = redis.call('HGET', usage, field)
	if not sums then forget_old(usage) end
	redis.call('HSET', usage, field, sums_add(sums or '0 0 0 0', counts))
	redis.call('EXPIRE', usage, KEEP_SECONDS)
	if counts[3] > 0 and counts[4] == 0 and known[2] == 'active' then
		redis.call('ZADD', key_due('check'), 'XX', 'GT', now + GOOD_MS, id)
	end
	check_quota(id, known[3], known[4], month_add(id, month, counts))
end

for i = 4, #ARGV, 5 do
	add(ARGV[i], {int(ARGV[i + 1]), int(ARGV[i + 2]), int(ARGV[i + 3]), int(ARGV[i + 4])})
end
publish()
return {'OK'}
