-- due_dispatch(leader_value, limit, max_waiting, rearm_ms, check_interval_ms, remind_until_ms): makes due work into
-- jobs. Called by the leader's clock every 250 ms; cost grows with what is due, not with the fleet. A dispatched id stays
-- in its set, put off: should its job get lost, it comes up again; as long as the entry exists, no second one is queued.
-- Also where an upstream that nothing will replace (manual mode, bad key) is declared expired, and where a month's limit
-- ends with the month.
-- KEYS[1] prefix. ARGV: leader_value (of lease_take), limit (ids a call, 1–5000), max_waiting (queue length at which
-- it stops), rearm_ms, check_interval_ms (0: no checks), remind_until_ms (keys that end soon: reminders before this
-- moment are due; 0: none).
-- OK rotate sync check notify(jobs queued) notices_failing(channels) waiting
-- next_in_ms(-1: nothing is armed) now_ms | NOT_LEADER | FULL waiting
--@include keys
--@include values
--@include topics
--@include log
--@include record
--@include jobs
--@include due
--@include notice_due
--@include quota_log
local limit, max_waiting, rearm_ms, check_ms = int(ARGV[2]), int(ARGV[3]), int(ARGV[4]), int(ARGV[5])
if not limit or limit < 1 or limit > 5000 then return bad_argument('limit') end
if not max_waiting or not rearm_ms or rearm_ms < 1000 or not check_ms or check_ms < 0 then return bad_argument('ARGV') end
local remind_until_ms = int(ARGV[6])
if not remind_until_ms or remind_until_ms < 0 then return bad_argument('remind_until_ms') end
if redis.call('GET', key('leader')) ~= ARGV[1] then return {'NOT_LEADER'} end
local waiting = redis.call('XLEN', key('jobs'))
if waiting >= max_waiting then return {'FULL', 'waiting', dec(waiting)} end

local now, settings = now_ms(), settings_read()
local room = math.min(limit, max_waiting - waiting)
local queued = {rotate = 0, sync = 0, check = 0}

local function put_off(kind, id, at) redis.call('ZADD', key_due(kind), at, id) end

-- The upstream's time is over and nothing replaces it: the record says so, the route stops serving.
local function expire(rec)
	local status = text(rec, 'status')
	set(rec, 'expired_for', text(rec, 'expiration_at'))
	if status ~= 'key_invalid' and status ~= 'key_expired' then set(rec, 'status', 'no_upstream') end
	log_add(now, rec.id, 'expire', 'warning', '', 'err.no_upstream')
end

local function dispatch_rotate(rec)
	local entry = text(rec, 'job_entry')
	if job_exists(entry) then
		put_off('rotate', rec.id, now + rearm_ms)
		return
	end
	if text(rec, 'is_active') ~= '1' then -- paused, and its job got lost: the claim goes, the slot waits
		if text(rec, 'claim_job'):find('^rotate') then attempt_end(rec) end
		set(rec, 'job_entry', '')
		redis.call('ZREM', key_due('rotate'), rec.id)
		return
	end
	if entry == '' then
		local at, what = next_due(rec, settings, now)
		if not at or at > now then
			arm_rotate(rec, settings, now, 0)
			return
		end
		if what == 'expire' then
			expire(rec)
			arm_rotate(rec, settings, now, 0)
			return
		end
		local wait_until, look_at = idle_wait(rec, settings, at, now)
		if wait_until then
			set(rec, 'idle_wait_until', wait_until)
			set(rec, 'due_at', at)
			put_off('rotate', rec.id, look_at)
			return
		end
	end
	local reason = text(rec, 'job_reason')
	queue_rotate(rec, reason ~= '' and reason or 'clock', text(rec, 'job_by'), text(rec, 'rotate_region'), now)
	put_off('rotate', rec.id, now + rearm_ms)
	queued.rotate = queued.rotate + 1
end

-- A job that was lost or put off comes again under its name, and for whoever asked: he still waits for its result.
local function queue_due(rec, kind, entry)
	if entry == '' then
		queue_other(rec, kind, 'clock', '', now)
	else
		queue_other(rec, kind, 'clock', text(rec, kind .. '_by'), now, text(rec, kind .. '_job'))
	end
end

local function dispatch_sync(rec)
	local entry = text(rec, 'sync_entry')
	if not job_exists(entry) then
		if text(rec, 'is_active') ~= '1' or text(rec, 'provider') == 'static' or (entry == '' and not wants_sync(rec)) then
			redis.call('ZREM', key_due('sync'), rec.id)
			return
		end
		queue_due(rec, 'sync', entry)
		queued.sync = queued.sync + 1
	end
	put_off('sync', rec.id, now + rearm_ms)
end

local function dispatch_check(rec)
	local entry, checked_at = text(rec, 'check_entry'), num(rec, 'checked_at_ms')
	if entry == '' and num(rec, 'check_failures') == 0 and now - checked_at < check_ms / 2 then
		put_off('check', rec.id, checked_at + check_ms) -- somebody else's was as good
		return
	end
	if not job_exists(entry) then
		if text(rec, 'is_active') ~= '1' or not upstream_alive(rec, now) then
			redis.call('ZREM', key_due('check'), rec.id)
			return
		end
		queue_due(rec, 'check', entry)
		queued.check = queued.check + 1
	end
	put_off('check', rec.id, now + math.max(check_ms, 1000))
end

-- The save finds the new month; should the limit still be reached, it is put back.
for _, id in ipairs(redis.call('ZRANGEBYSCORE', key_due('quota'), '-inf', now, 'LIMIT', 0, limit)) do
	local rec = record_read(id)
	redis.call('ZREM', key_due('quota'), id)
	if rec then quota_log(rec, record_save(rec, now), now) end
end

local kinds = {{'rotate', dispatch_rotate}, {'sync', dispatch_sync}}
if check_ms > 0 then kinds[3] = {'check', dispatch_check} end
local next_at = nil
for _, k in ipairs(kinds) do
	local kind, dispatch = k[1], k[2]
	local ids = room > 0 and redis.call('ZRANGEBYSCORE', key_due(kind), '-inf', now, 'LIMIT', 0, room) or {}
	room = room - #ids
	for _, id in ipairs(ids) do
		local rec = record_read(id)
		if rec then
			dispatch(rec)
			record_save(rec, now)
		else
			redis.call('ZREM', key_due(kind), id)
		end
	end
	local first = redis.call('ZRANGE', key_due(kind), 0, 0, 'WITHSCORES')
	if first[2] and (not next_at or tonumber(first[2]) < next_at) then next_at = tonumber(first[2]) end
end
if remind_until_ms > 0 then notice_expiring(now, remind_until_ms, limit) end
local notify = notice_dispatch(now, rearm_ms, limit)
publish()
return {'OK', 'rotate', dec(queued.rotate), 'sync', dec(queued.sync), 'check', dec(queued.check), 'notify', dec(notify),
	'notices_failing', dec(redis.call('SCARD', key('notices:failing'))),
	'waiting', dec(redis.call('XLEN', key('jobs'))), 'next_in_ms', next_at and dec(math.max(0, next_at - now)) or '-1', 'now_ms', dec(now)}
