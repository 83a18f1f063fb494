-- due_hasten(kind, direct_max, id…): has proxies checked or synced soon, however many there are. Called by api-node for
-- "all". While fewer than direct_max jobs wait, theirs are queued here; the others become due now, and the leader's
-- clock queues them as fast as the queue is worked off. Nobody waits for the results.
-- KEYS[1] prefix. ARGV: kind (check | sync), direct_max (jobs), then up to 1000 ids.
-- OK started(queued now, or already) due(queued by the clock) skipped(paused, static, without upstream, gone)
--@include keys
--@include values
--@include topics
--@include record
--@include jobs
--@include due
local kind, direct_max, now = ARGV[1], int(ARGV[2]), now_ms()
if kind ~= 'check' and kind ~= 'sync' then return bad_argument('kind') end
if not direct_max or direct_max < 0 then return bad_argument('direct_max') end
if #ARGV > 1002 then return bad_argument('id') end
for i = 3, #ARGV do
	if not int(ARGV[i]) then return bad_argument('id') end
end
local room = direct_max - redis.call('XLEN', key('jobs'))
local started, due, skipped = 0, 0, 0

local function wanted(rec)
	if not rec or text(rec, 'is_active') ~= '1' then return false end
	if kind == 'check' then return has_upstream(rec) end
	return text(rec, 'provider') ~= 'static'
end

for i = 3, #ARGV do
	local rec = record_read(ARGV[i])
	if not wanted(rec) then
		skipped = skipped + 1
	elseif job_exists(text(rec, kind .. '_entry')) then
		started = started + 1
	elseif room > 0 then
		queue_other(rec, kind, 'manual', '', now)
		record_save(rec, now)
		room, started = room - 1, started + 1
	else
		redis.call('ZADD', key_due(kind), now, rec.id)
		if kind == 'check' then -- else the clock would find that the last one is good enough
			set(rec, 'checked_at_ms', '')
			record_save(rec, now)
		end
		due = due + 1
	end
end
publish()
return {'OK', 'started', dec(started), 'due', dec(due), 'skipped', dec(skipped)}
