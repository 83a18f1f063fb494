-- rotation_fail(entry, job, id, slot, fence, gen, class, retry_in_ms, next_change_in_ms, message_id, params,
-- provider_message, sent): a rotation did not come about. Called by the scheduler that holds the claim.
--   INVALID_KEY, EXPIRED_KEY   the slot ends, the clock stops (expired: once an hour). A new proxy whose creator still
--                              waits is deleted here and now, its number free at once.
--                              A new key that was being tried is dropped and told in last_error; the old one, and
--                              all else, stays.
--   COOLDOWN                   the upstream stays; a scheduled or clock rotation comes at the next allowed moment
--   others                     the upstream stays; the same slot is tried again with backoff
-- KEYS[1] prefix. ARGV: as above; retry_in_ms (0: our backoff) and next_change_in_ms (0: unknown) are durations, params
-- is JSON object text, sent 1: /new may have been applied, so the next claim of this slot must ask /current first.
-- OK ended(0|1) deleted(0|1) result | ALREADY result | SUPERSEDED | STALE_FENCE fence | STALE_GENERATION gen | GONE |
-- INVALID field
--@include keys
--@include values
--@include topics
--@include log
--@include record
--@include jobs
--@include due
--@include claim
--@include failure
--@include fail
--@include remove
--@include next_key
local entry, job, id, slot, fence = ARGV[1], ARGV[2], ARGV[3], int(ARGV[4]), int(ARGV[5])
local retry_in_ms, next_change_in_ms, sent, now = int(ARGV[8]), int(ARGV[9]), ARGV[13], now_ms()
if not is_entry(entry) then return bad_argument('entry') end
if not int(id) or not slot or job ~= rotate_job(id, slot) then return bad_argument('job') end
if not fence or not retry_in_ms or not next_change_in_ms then return bad_argument('fence') end
if sent ~= '0' and sent ~= '1' then return bad_argument('sent') end
local f, bad = failure_args(ARGV[7], ARGV[10], ARGV[11], ARGV[12])
if not f then return {'INVALID', 'field', bad} end
local rec = record_read(id)
local refusal = claim_refusal(rec, entry, job, id, slot, fence, ARGV[6], now)
if refusal then return refusal end
f.params = params_with_provider(f.params, rec)

local by, region, settings = text(rec, 'job_by'), text(rec, 'rotate_region'), settings_read()
if region == '' then region = text(rec, 'region') end

if PERMANENT[f.class] then
	log_add(now, id, next_key_pending(rec) and 'replace_key' or 'rotate', 'error', by, f.message_id, f.params, region)
	local result = result_error(f.class, f.message_id, f.params, 0, f.provider_message)
	local new_key = next_key_pending(rec)
	local awaited = not new_key and num(rec, 'awaited_until_ms') > now and not has_upstream(rec)
	if awaited then
		proxy_remove(rec, now, 0, 0)
	else
		slot_end(rec, slot, false)
		if new_key then
			next_key_drop(rec)
			set(rec, 'last_error', failure_json('NEW_KEY', 'err.new_key_refused', '{}', f.provider_message, now, 0))
		else
			key_refused(rec, f, now)
		end
		arm_rotate(rec, settings, now, 0)
		record_save(rec, now)
	end
	job_end(entry, job, result)
	publish()
	return {'OK', 'ended', '1', 'deleted', awaited and '1' or '0', 'result', result}
end

local status_before, failing = text(rec, 'status'), notice_failing(rec.fields)
-- The slot stays open. Whether /new was applied is unknown if this try may have sent it, or if a former one had and
-- this one never found out.
if sent == '0' and text(rec, 'claim_attempted') ~= '1' then set(rec, 'attempted_slot', '') end
if next_change_in_ms > 0 then set(rec, 'next_request_at', now + next_change_in_ms) end
local wait = retry_in_ms
if f.class == 'COOLDOWN' then
	wait = math.max(retry_in_ms, next_change_in_ms)
	if wait == 0 then wait = backoff_ms('COOLDOWN', 1) end
	set(rec, 'next_request_at', now + wait)
	if num(rec, 'rotation_scheduled_at') > 0 or text(rec, 'job_reason') == 'failure' then
		set(rec, 'rotation_scheduled_at', now + wait)
	elseif text(rec, 'job_reason') == 'manual' then -- refused: the next one is not that person's, nor of that region
		for _, name in ipairs({'rotate_region', 'job_by', 'job_reason'}) do set(rec, name, '') end
	end
	set(rec, 'retry_count', '')
else
	set(rec, 'retry_count', num(rec, 'retry_count') + 1)
	if wait == 0 then wait = backoff_ms(f.class, num(rec, 'retry_count')) end
	set(rec, 'due_at', math.max(now + wait, num(rec, 'next_request_at')))
	set(rec, 'rotation_scheduled_at', '') -- the retry has taken its place
end
wait = math.max(wait, num(rec, 'next_request_at') - now)
f.params = params_with_wait(f.params, wait, now)
attempt_end(rec)
set(rec, 'status', status_after(rec, f.class, now))
local failure = failure_json(f.class, f.message_id, f.params, f.provider_message, now, now + wait)
set(rec, 'last_error', failure)
arm_rotate(rec, settings, now, 0)
record_save(rec, now)
if f.class ~= 'COOLDOWN' and failing == '' then -- the first of a row
	notice_add(rec.fields, 'rotation_failed', status_before, now, failure)
end
log_add(now, id, 'rotate', f.class == 'COOLDOWN' and 'info' or 'error', by, f.message_id, f.params, region)
local result = result_error(f.class, f.message_id, f.params, wait, f.provider_message)
job_end(entry, job, result)
publish()
return {'OK', 'ended', '0', 'deleted', '0', 'result', result}
