-- rotation_commit(entry, job, id, slot, fence, gen, expires_in_ms, next_change_in_ms, name, value…): a rotation's new
-- upstream becomes the proxy's; the slot ends. Called by the scheduler that holds the claim. Exactly once per
-- (id, slot): repeating it (the answer was lost) gives ALREADY and the stored result, whether or not the entry is left.
-- The same address again is a commit, but told as such (same_ip), and tried again by itself with backoff.
-- KEYS[1] prefix. ARGV: entry, job, id, slot, fence, gen, expires_in_ms, next_change_in_ms (durations from now;
-- 0 unknown), then remote_http remote_socks5 remote_user remote_password(sealed) remote_ip location ttl ttc
-- provider_expires_at by(an actor, '' the clock).
-- COMMITTED version result same_ip(0|1) | ALREADY result | SUPERSEDED | STALE_FENCE fence | STALE_GENERATION gen | GONE |
-- INVALID field
--@include keys
--@include values
--@include topics
--@include log
--@include record
--@include jobs
--@include due
--@include claim
--@include upstream
--@include failure
--@include next_key
local entry, job, id, slot, fence = ARGV[1], ARGV[2], ARGV[3], int(ARGV[4]), int(ARGV[5])
local expires_in_ms, next_change_in_ms, now = int(ARGV[7]), int(ARGV[8]), now_ms()
if not is_entry(entry) then return bad_argument('entry') end
if not int(id) or not slot or job ~= rotate_job(id, slot) then return bad_argument('job') end
if not fence or not expires_in_ms or not next_change_in_ms then return bad_argument('fence') end
local up, by = upstream_args(9)
if not up then return {'INVALID', 'field', by} end
local rec = record_read(id)
local refusal = claim_refusal(rec, entry, job, id, slot, fence, ARGV[6], now)
if refusal then return refusal end

if next_key_pending(rec) then
	log_add(now, id, 'replace_key', 'success', text(rec, 'job_by'), '', next_fields_params(rec))
	next_key_adopt(rec)
end
local same_ip, first = upstream_same(rec, up), not has_upstream(rec)
local status_before, failing = text(rec, 'status'), notice_failing(rec.fields)
if by == '' then by = text(rec, 'job_by') end
local reason = text(rec, 'job_reason') ~= '' and text(rec, 'job_reason') or 'clock'
local old_ip, region, tries = text(rec, 'remote_ip'), text(rec, 'rotate_region'), num(rec, 'retry_count')
if region == '' then region = text(rec, 'region') end
upstream_set(rec, up, now, expires_in_ms, next_change_in_ms)
set(rec, 'last_rotated_at', now)
set(rec, 'check_failures', '')
set(rec, 'expired_for', '')
if not same_ip then set(rec, 'latency_ms', '') end -- it was the old upstream's
set(rec, 'status', text(rec, 'is_active') == '1' and 'active' or 'paused')
local settings = settings_read()
local told, failure
slot_end(rec, slot, true)
if same_ip then
	local wait = math.max(next_change_in_ms, backoff_ms('COOLDOWN', 1) * 2 ^ math.min(tries, 5))
	local params = params_with_provider('{"ip":' .. json_text(text(rec, 'remote_ip')) .. ',"s":'
		.. dec(math.ceil(wait / 1000)) .. '}', rec)
	set(rec, 'retry_count', tries + 1)
	set(rec, 'same_ip_count', num(rec, 'same_ip_count') + 1)
	set(rec, 'due_at', now + wait)
	failure = failure_json('SAME_IP', 'err.same_ip', params, '', now, now + wait)
	set(rec, 'last_error', failure)
	log_add(now, id, 'same_ip', 'warning', by, 'err.same_ip', params, region)
	told = ',"message_id":"err.same_ip","params":' .. params .. ',"retry_in_ms":' .. dec(wait)
else
	set(rec, 'retry_count', '')
	set(rec, 'last_error', '')
	log_add(now, id, first and 'first_ip' or 'rotate', 'success', by, '', '{"ip":' .. json_text(text(rec, 'remote_ip'))
		.. ',"old_ip":' .. json_text(old_ip) .. ',"location":' .. json_text(text(rec, 'location')) .. ',"reason":"' .. reason .. '"}', region)
end
arm_rotate(rec, settings, now, 0)
arm_sync(rec, settings, now, 0)
queue_proof(rec, now)
arm_check(rec, now, 0)
record_save(rec, now)
if same_ip then
	if tries == 0 then notice_add(rec.fields, 'same_ip', status_before, now, failure) end
else
	notice_retried(rec.fields, failing, status_before, now)
	if not first then
		notice_add(rec.fields, 'rotated', status_before, now, nil, '{"ip":' .. json_text(text(rec, 'remote_ip')) .. ',"old_ip":'
			.. json_text(old_ip) .. ',"location":' .. json_text(text(rec, 'location')) .. '}')
	end
end
local result = result_ok(rec, same_ip, told)
job_end(entry, job, result)
publish()
return {'COMMITTED', 'version', topic_version('routes'), 'result', result, 'same_ip', same_ip and '1' or '0'}
