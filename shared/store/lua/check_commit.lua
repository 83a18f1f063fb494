-- check_commit(n, n × (entry, job, id, ok, latency_ms, message_id, exit_ip)): the outcome of checks through upstreams.
-- Called by schedulers in batches. Two bad ones in a row make a proxy unhealthy, and its upstream is replaced
-- (on_failure.lua), or the provider is asked what is assigned; one good one makes it active again. A records message
-- only when the status changes or the latency by more than 20 %: the record's latency_ms and last_check_at are those of
-- the last such check; checked_at_ms (hash only) is that of the last one.
-- exit_ip: the address that a page saw; another than the provider named is told, and nothing more.
-- KEYS[1] prefix. ARGV: n (1–100), then seven each: entry and job ('' when of no job), id, ok (0|1), latency_ms,
-- message_id (of a bad one), exit_ip ('' when not asked).
-- OK changed(records published) queued scheduled held(rotations of dead upstreams) | INVALID field
--@include keys
--@include values
--@include topics
--@include log
--@include record
--@include jobs
--@include due
--@include on_failure
local HELD_AGAIN_MS = 20000
local CONFIRM_MS, SUSPECT_MS = 2000, 60000 -- a check so soon after a relay's suspicion is due to it
local n, now, changed = int(ARGV[1]), now_ms(), 0
if not n or n < 1 or n > 100 or #ARGV ~= 1 + 7 * n then return {'INVALID', 'field', 'n'} end
for i = 2, #ARGV, 7 do
	if not is_entry(ARGV[i]) then return {'INVALID', 'field', 'entry'} end
	if not int(ARGV[i + 2]) then return {'INVALID', 'field', 'id'} end
	if ARGV[i + 3] ~= '0' and ARGV[i + 3] ~= '1' then return {'INVALID', 'field', 'ok'} end
	if not int(ARGV[i + 4]) then return {'INVALID', 'field', 'latency_ms'} end
	if #ARGV[i + 6] > 64 then return {'INVALID', 'field', 'exit_ip'} end
end
local settings, rotations = settings_read(), {queued = 0, scheduled = 0, held = 0}

local function replace(rec)
	local what = failure_rotate(rec, settings, now)
	if what then rotations[what] = rotations[what] + 1 end
	if what == 'held' then redis.call('ZADD', key_due('check'), 'LT', now + HELD_AGAIN_MS, rec.id) end
	return what
end

local function exit_seen(rec, ip)
	local expected = text(rec, 'remote_ip')
	set(rec, 'exit_ip', ip)
	set(rec, 'exit_ip_checked_at', now)
	if expected == '' or expected == ip then
		if text(rec, 'last_error'):find('"class":"EXIT_IP"', 1, true) then set(rec, 'last_error', '') end
		return
	end
	if rec.before.exit_ip == nil then return end -- said already
	local params = '{"ip":' .. json_text(ip) .. ',"expected":' .. json_text(expected) .. ',"provider":'
		.. json_text(text(rec, 'provider')) .. '}'
	if text(rec, 'last_error') == '' then
		set(rec, 'last_error', '{"class":"EXIT_IP","message_id":"err.exit_ip","params":' .. params
			.. ',"provider_message":"","at":' .. dec(now) .. ',"retry_at":0}')
	end
	log_add(now, rec.id, 'exit_ip', 'warning', '', 'err.exit_ip', params)
end

local function apply(rec, ok, latency_ms, message_id, exit_ip)
	local status, failures = text(rec, 'status'), num(rec, 'check_failures')
	set(rec, 'checked_at_ms', now)
	if ok then
		set(rec, 'check_failures', '')
		run_end()
		failure_over(rec, settings, now)
		local known = num(rec, 'latency_ms') -- 0: never measured
		latency_ms = math.max(latency_ms, 1)
		if status == 'unhealthy' then
			set(rec, 'status', 'active')
			set(rec, 'last_error', '')
			log_add(now, rec.id, 'healthy', 'success', '', '', '{"latency_ms":' .. dec(latency_ms) .. '}')
		end
		if exit_ip ~= '' then exit_seen(rec, exit_ip) end
		if record_changed(rec) or known == 0 or math.abs(latency_ms - known) > known * 0.2 then
			set(rec, 'latency_ms', latency_ms)
			set(rec, 'last_check_at', now)
		end
		return
	end
	set(rec, 'check_failures', failures + 1)
	if status == 'unhealthy' then -- held before, or switched on since
		run_goes_on()
		replace(rec)
	end
	if status ~= 'active' then return end
	if failures == 0 then
		redis.call('ZADD', key_due('check'), now + CONFIRM_MS, rec.id)
		return
	end
	set(rec, 'status', 'unhealthy')
	set(rec, 'last_check_at', now)
	set(rec, 'last_error', '{"class":"UNHEALTHY","message_id":' .. json_text(message_id)
		.. ',"params":{},"provider_message":"","at":' .. dec(now) .. ',"retry_at":0}')
	local suspected = now - num(rec, 'suspected_at_ms') < SUSPECT_MS
	log_add(now, rec.id, 'unhealthy', 'error', suspected and '|relay' or '', message_id)
	run_longer()
	record_failing(rec, now)
	if not replace(rec) and wants_sync(rec) then redis.call('ZADD', key_due('sync'), now, rec.id) end
end

for i = 2, #ARGV, 7 do
	local entry, job, id, ok, latency_ms = ARGV[i], ARGV[i + 1], ARGV[i + 2], ARGV[i + 3] == '1', int(ARGV[i + 4])
	local message_id, rec = ARGV[i + 5] ~= '' and ARGV[i + 5] or 'err.unhealthy', record_read(id)
	local asked = rec and text(rec, 'check_by') or ''
	if rec then
		-- Another check was queued since: this one may have measured the upstream before.
		local current = entry == '' or text(rec, 'check_entry') == entry
		if current then set(rec, 'check_entry', '') end
		if current and has_upstream(rec) and text(rec, 'is_active') == '1' then
			apply(rec, ok, latency_ms, message_id, ARGV[i + 6])
		end
		if record_changed(rec) then changed = changed + 1 end
		record_save(rec, now)
	end
	if job ~= '' then
		job_end_quiet(entry, job, asked, ok and ('{"outcome":"ok","latency_ms":' .. dec(latency_ms)
			.. (ARGV[i + 6] ~= '' and (',"exit_ip":' .. json_text(ARGV[i + 6])) or '') .. '}')
			or result_error('', message_id, '{}', 0))
	end
end
hold_end(now)
publish()
return {'OK', 'changed', dec(changed), 'queued', dec(rotations.queued), 'scheduled', dec(rotations.scheduled),
	'held', dec(rotations.held)}
