-- settings_rearm(leader_value, n): after a change of settings, gives the next n proxies their new due times. Called
-- by the leader's clock until done. Overdue ones are spread over min(interval, 60 s), so that the vendor does not
-- see the whole fleet at once.
-- KEYS[1] prefix. ARGV: leader_value (of lease_take), n (1–200: the message holds each changed record).
-- OK done(0|1) walked | NOT_LEADER
--@include keys
--@include values
--@include topics
--@include record
--@include jobs
--@include due
local n, now = int(ARGV[2]), now_ms()
if not n or n < 1 or n > 200 then return bad_argument('n') end
if redis.call('GET', key('leader')) ~= ARGV[1] then return {'NOT_LEADER'} end
local cursor = redis.call('HGET', key('settings'), 'rearm_cursor') or 'done'
if cursor == 'done' then return {'OK', 'done', '1', 'walked', '0'} end
local settings = settings_read()
local spread = SPREAD_MAX_MS
if settings.interval_enabled then spread = math.min(spread, settings.interval_ms) end
local ids = redis.call('ZRANGEBYSCORE', key('proxies'), '(' .. cursor, '+inf', 'LIMIT', 0, n)
for _, id in ipairs(ids) do
	local rec = record_read(id)
	arm_rotate(rec, settings, now, spread)
	arm_sync(rec, settings, now, settings.update_ms + (tonumber(id) * 7919) % settings.update_ms)
	record_save(rec, now)
end
local done = #ids < n
redis.call('HSET', key('settings'), 'rearm_cursor', done and 'done' or ids[#ids])
publish()
return {'OK', 'done', done and '1' or '0', 'walked', dec(#ids)}
