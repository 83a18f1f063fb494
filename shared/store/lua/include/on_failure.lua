-- on_failure.lua: an upstream that is confirmed dead is replaced by itself. Needs keys, values, topics, log, record,
-- jobs, due.
-- When many fail at once it is rather our network, or HEALTH_CHECK_URL, than all of them: then nothing is replaced.
-- Two signs of that: so many turned bad in a row, without one good check of anybody between them (soon, while it
-- begins); or most of the upstreams that are checked are unhealthy (lasting, while it goes on).
local FAILING_LEAST, RUN_MS = 5, 60000
local AGAIN_MS, AGAIN_MAX_MS = 60000, 1800000 -- the new one fails as well: the next wait, doubling

local function run_end() redis.call('DEL', key('failing:run')) end
local function run_goes_on() redis.call('PEXPIRE', key('failing:run'), RUN_MS) end
local function run_longer()
	redis.call('INCR', key('failing:run'))
	run_goes_on()
end

-- Whether it is rather us; and of how many that are checked, how many fail.
local function fleet_fails()
	local failing, checked = redis.call('ZCARD', key('failing')), redis.call('ZCARD', key_due('check'))
	local run = tonumber(redis.call('GET', key('failing:run')) or '0')
	return run >= FAILING_LEAST or (failing >= FAILING_LEAST and failing * 2 > checked), failing, checked
end

-- Said once when it begins and once when it is over.
local function hold_begin(now, failing, checked)
	if redis.call('SET', key('failing:held'), dec(now), 'NX') then
		log_add(now, '', 'failures_held', 'warning', '', 'err.failures_held',
			'{"failing":' .. dec(failing) .. ',"of":' .. dec(checked) .. '}')
	end
end

local function hold_end(now)
	if redis.call('EXISTS', key('failing:held')) == 1 and not fleet_fails() then
		redis.call('DEL', key('failing:held'))
		log_add(now, '', 'failures_over', 'info')
	end
end

-- Replaces an unhealthy upstream, at once or at the first allowed moment. What is on its way already stays so.
-- nil (nothing to do), queued, scheduled or held.
local function failure_rotate(rec, settings, now)
	if not settings.on_failure or text(rec, 'rotate_mode') == 'manual' or text(rec, 'provider') == 'static' then return nil end
	if text(rec, 'job_entry') ~= '' or num(rec, 'rotation_scheduled_at') > 0 or num(rec, 'retry_count') > 0 then return nil end
	if text(rec, 'next_provider_key') ~= '' or text(rec, 'failure_declined') == '1' then return nil end
	local fails, failing, checked = fleet_fails()
	if fails then
		hold_begin(now, failing, checked)
		return 'held'
	end
	local tries, at = num(rec, 'failure_rotations'), num(rec, 'next_request_at')
	if tries > 0 then
		at = math.max(at, num(rec, 'last_rotated_at') + math.min(AGAIN_MS * 2 ^ math.min(tries - 1, 10), AGAIN_MAX_MS))
	end
	set(rec, 'failure_rotations', tries + 1)
	if at <= now then
		queue_rotate(rec, 'failure', '', '', now)
		return 'queued'
	end
	set(rec, 'rotation_scheduled_at', at)
	set(rec, 'rotation_state', 'scheduled')
	set(rec, 'rotate_region', '')
	set(rec, 'job_by', '')
	set(rec, 'job_reason', 'failure')
	arm_rotate(rec, settings, now, 0)
	log_add(now, rec.id, 'schedule', 'info', '', '', '{"at":' .. dec(at) .. ',"reason":"failure"}')
	return 'scheduled'
end

-- A good check: what was planned because of the bad ones is off.
local function failure_over(rec, settings, now)
	set(rec, 'failure_rotations', '')
	set(rec, 'failure_declined', '')
	if text(rec, 'job_reason') ~= 'failure' or text(rec, 'job_entry') ~= '' or text(rec, 'attempted_slot') ~= '' then return end
	for _, name in ipairs({'rotation_scheduled_at', 'rotate_region', 'retry_count', 'job_by', 'job_reason'}) do
		set(rec, name, '')
	end
	set(rec, 'rotation_state', 'idle')
	arm_rotate(rec, settings, now, 0)
end
