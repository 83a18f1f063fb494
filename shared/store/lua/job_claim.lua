-- job_claim(entry, job, kind, id, slot, worker, gen, claim_ms): before any call to the provider. Called by schedulers.
-- A claim belongs to a job, not to a worker: the same job delivered again (its worker died) takes the claim over, and
-- the higher fence shuts the former worker out. Checks and probes take no claim. A release works on the deleted record.
-- attempted=1: a former claim of this slot was not cleanly ended, so /new may have been applied: ask /current first.
-- A new provider key that waits to be tried stands in the record given to a rotation.
-- KEYS[1] prefix. ARGV: entry (stream id), job, kind, id, slot (rotate; else 0), worker, gen, claim_ms.
-- CLAIMED fence attempted(0|1) record(JSON) settings(JSON) now_ms | DONE result | BUSY retry_in_ms | GONE |
-- SKIPPED reason(paused | static | duplicate | no_upstream) | STALE_GENERATION gen
-- All but CLAIMED and STALE_GENERATION have ended the entry.
--@include keys
--@include values
--@include topics
--@include log
--@include record
--@include jobs
--@include due
--@include settings
--@include next_key
local entry, job, kind, id, slot, worker = ARGV[1], ARGV[2], ARGV[3], ARGV[4], int(ARGV[5]), ARGV[6]
local claim_ms, now = int(ARGV[8]), now_ms()
if (entry or '') == '' or not is_entry(entry) then return bad_argument('entry') end
local job_kind, job_id = job_parts(job or '')
if not int(id) or job_kind ~= kind or job_id ~= id then return bad_argument('job') end
if not slot or (kind == 'rotate' and job ~= rotate_job(id, slot)) then return bad_argument('slot') end
if not ENTRY_FIELD[kind] and kind ~= 'release' and kind ~= 'probe' then return bad_argument('kind') end
if (worker or '') == '' or not claim_ms or claim_ms < 1000 then return bad_argument('claim_ms') end
if ARGV[7] ~= gen then return {'STALE_GENERATION', 'gen', gen} end

local function claimed(fields, fence, attempted)
	return {'CLAIMED', 'fence', fence, 'attempted', attempted, 'record', record_json(fields),
		'settings', settings_json(), 'now_ms', dec(now)}
end
if kind == 'release' then
	local fields = hash_read(key_deleted(id))
	if fields.id and job_exists(entry) then return claimed(fields, '0', '0') end
	job_drop(entry)
	return {'GONE'}
end

local rec = record_read(id)
if rec and kind == 'rotate' and slot <= num(rec, 'last_slot') then
	job_drop(entry)
	return {'DONE', 'result', result_stored(rec, job)}
end
if not rec then
	job_end(entry, job, result_error('', 'err.unknown', '{}', 0))
	publish()
	return {'GONE'}
end
if not job_exists(entry) or (kind == 'rotate' and slot ~= num(rec, 'open_slot')) then
	job_drop(entry)
	return {'GONE'}
end

if kind == 'probe' then return claimed(rec.fields, text(rec, 'fence'), '0') end

local entry_field = ENTRY_FIELD[kind]
local function skip(reason, message_id, params)
	job_end(entry, job, result_error('', message_id, params or '{}', 0))
	if kind == 'rotate' then slot_end(rec, slot, false) else set(rec, entry_field, '') end
	arm_rotate(rec, settings_read(), now, 0)
	record_save(rec, now)
	log_add(now, id, kind, 'info', '', message_id, params)
	publish()
	return {'SKIPPED', 'reason', reason}
end
local known = text(rec, entry_field)
if known ~= entry and job_exists(known) then
	job_drop(entry)
	return {'SKIPPED', 'reason', 'duplicate'}
end
-- Why a proxy never had an upstream: message_id, params. {s} counts from now.
local function why_none(rec, now)
	if text(rec, 'last_error') == '' then return 'err.no_ip_yet' end
	local failure = cjson.decode(text(rec, 'last_error'))
	if failure.params.s then failure.params.s = math.max(math.ceil((failure.retry_at - now) / 1000), 0) end
	return failure.message_id, cjson.encode(failure.params)
end
if text(rec, 'is_active') ~= '1' then return skip('paused', 'err.paused') end
if kind == 'check' then
	if not has_upstream(rec) then return skip('no_upstream', why_none(rec, now)) end
	return claimed(rec.fields, text(rec, 'fence'), '0')
end
if text(rec, 'provider') == 'static' then return skip('static', 'err.static') end

local holder = text(rec, 'claim_job')
if holder ~= '' and holder ~= job and num(rec, 'claim_until_ms') > now then
	-- Put off: the entry goes but stays named in the record, so that the clock queues the same job again.
	local retry_in_ms = math.min(num(rec, 'claim_until_ms') - now, 1000)
	job_drop(entry)
	set(rec, entry_field, entry)
	redis.call('ZADD', key_due(kind), now + retry_in_ms, id)
	record_save(rec, now)
	publish()
	return {'BUSY', 'retry_in_ms', dec(retry_in_ms)}
end

local attempted = '0'
set(rec, 'fence', num(rec, 'fence') + 1)
set(rec, 'claim_job', job)
set(rec, 'claim_until_ms', now + claim_ms)
set(rec, entry_field, entry)
if kind == 'rotate' then
	attempted = num(rec, 'attempted_slot') == slot and '1' or '0'
	set(rec, 'claim_attempted', attempted)
	set(rec, 'attempted_slot', slot)
	set(rec, 'rotation_state', 'rotating')
elseif text(rec, 'rotation_state') == 'rotating' then -- the claim of a rotation that died has run out
	set(rec, 'rotation_state', num(rec, 'rotation_scheduled_at') > 0 and 'scheduled' or 'idle')
end
redis.call('ZADD', key_due(kind), now + claim_ms + JOB_REARM_MS, id)
record_save(rec, now)
publish()
if kind == 'rotate' and next_key_pending(rec) then
	rec.fields.provider_key = text(rec, 'next_provider_key') -- told, not saved
end
return claimed(rec.fields, text(rec, 'fence'), attempted)
