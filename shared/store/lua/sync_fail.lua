-- sync_fail(entry, job, id, fence, gen, class, retry_in_ms, message_id, params, provider_message): a sync did not come
-- about. Called by the scheduler that holds the claim. NOT_ASSIGNED: the upstream is gone, and where the clock may
-- rotate it does so now. Only a class that differs from the last is logged: a provider's outage must not fill the log.
-- KEYS[1] prefix. ARGV: as above; retry_in_ms a duration (0: our backoff), params JSON object text.
-- OK result | STALE_FENCE fence | STALE_GENERATION gen | GONE | INVALID field
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
local entry, job, id, fence, retry_in_ms, now = ARGV[1], ARGV[2], ARGV[3], int(ARGV[4]), int(ARGV[7]), now_ms()
if not is_entry(entry) then return bad_argument('entry') end
local kind, job_id = job_parts(job or '')
if kind ~= 'sync' or job_id ~= id then return bad_argument('job') end
if not fence or not retry_in_ms then return bad_argument('fence') end
local f, bad = failure_args(ARGV[6], ARGV[8], ARGV[9], ARGV[10])
if not f then return {'INVALID', 'field', bad} end
local rec = record_read(id)
local refusal = claim_refusal(rec, entry, job, id, nil, fence, ARGV[5], now)
if refusal then return refusal end
f.params = params_with_provider(f.params, rec)

local wait, settings = retry_in_ms > 0 and retry_in_ms or backoff_ms(f.class, 1), settings_read()
if not PERMANENT[f.class] then f.params = params_with_wait(f.params, wait, now) end
local last_class = text(rec, 'last_error'):match('"class":"([%u_]+)"')
if PERMANENT[f.class] then
	key_refused(rec, f, now)
elseif f.class == 'NOT_ASSIGNED' then
	if PERMANENT_STATUS[text(rec, 'status')] then -- the provider takes the key again
		set(rec, 'status', text(rec, 'is_active') == '1' and status_plain(rec, now) or 'paused')
		set(rec, 'retry_count', '')
	end
	if has_upstream(rec) and text(rec, 'status') ~= 'no_upstream' then
		set(rec, 'expiration_at', now)
		set(rec, 'provider_expires_at', '')
		set(rec, 'expired_for', now)
		if text(rec, 'is_active') == '1' then set(rec, 'status', 'no_upstream') end
	end
	if last_class ~= f.class then
		set(rec, 'last_error', failure_json(f.class, f.message_id, f.params, f.provider_message, now, 0))
	end
elseif f.class == 'NOT_OFFERED' then -- nobody can be asked: what is known stays, and nothing is wrong
	wait = 0
elseif last_class ~= f.class then
	set(rec, 'last_error', failure_json(f.class, f.message_id, f.params, f.provider_message, now, now + wait))
end
set(rec, 'claim_job', '')
set(rec, 'claim_until_ms', '')
set(rec, 'sync_entry', '')
arm_rotate(rec, settings, now, 0)
arm_sync(rec, settings, now, wait)
arm_check(rec, now, 0)
record_save(rec, now)
if f.class ~= 'NOT_OFFERED' and last_class ~= f.class then
	local theirs = PERMANENT[f.class] or f.class == 'NOT_ASSIGNED' -- the provider took something away
	log_add(now, id, 'sync', 'error', theirs and '|provider' or '', f.message_id, f.params)
end
local result = result_error(f.class, f.message_id, f.params, wait, f.provider_message)
job_end_quiet(entry, job, text(rec, 'sync_by'), result)
publish()
return {'OK', 'result', result}
