-- sync_commit(entry, job, id, fence, gen, expires_in_ms, next_change_in_ms, name, value…): adopts what the provider says
-- is assigned now. Called by the scheduler that holds the claim. Ends no slot.
-- KEYS[1] prefix. ARGV: as rotation_commit, without slot.
-- COMMITTED version changed(0|1) result | STALE_FENCE fence | STALE_GENERATION gen | GONE | INVALID field
--@include keys
--@include values
--@include topics
--@include log
--@include record
--@include jobs
--@include due
--@include claim
--@include upstream
local entry, job, id, fence = ARGV[1], ARGV[2], ARGV[3], int(ARGV[4])
local expires_in_ms, next_change_in_ms, now = int(ARGV[6]), int(ARGV[7]), now_ms()
if not is_entry(entry) then return bad_argument('entry') end
local kind, job_id = job_parts(job or '')
if kind ~= 'sync' or job_id ~= id then return bad_argument('job') end
if not fence or not expires_in_ms or not next_change_in_ms then return bad_argument('fence') end
local up, by = upstream_args(8)
if not up then return {'INVALID', 'field', by} end
local rec = record_read(id)
local refusal = claim_refusal(rec, entry, job, id, nil, fence, ARGV[5], now)
if refusal then return refusal end

local changed = text(rec, 'remote_http') ~= (up.remote_http or '') or text(rec, 'remote_socks5') ~= (up.remote_socks5 or '')
	or text(rec, 'remote_ip') ~= (up.remote_ip or '')
local same_ip = upstream_same(rec, up)
local alive, raw, known = upstream_alive(rec, now), up.provider_expires_at or '', text(rec, 'provider_expires_at')
local old_ip, expires, allowed = text(rec, 'remote_ip'), num(rec, 'expiration_at'), num(rec, 'next_request_at')
local ttl, ttc = text(rec, 'ttl'), text(rec, 'ttc')
upstream_set(rec, up, now, expires_in_ms, next_change_in_ms)
if not changed and alive and raw ~= '' and raw == known then
	-- The provider tells the same times: what we made of them stays, or each sync would move them by its own latency.
	set(rec, 'ttl', ttl)
	set(rec, 'ttc', ttc)
	set(rec, 'expiration_at', expires > 0 and expires or '')
	set(rec, 'next_request_at', allowed > 0 and allowed or '')
end
local status, settings, failing = text(rec, 'status'), settings_read(), notice_failing(rec.fields)
if changed then
	set(rec, 'last_rotated_at', now)
	set(rec, 'latency_ms', '')
	set(rec, 'check_failures', '')
	set(rec, 'last_error', '')
	set(rec, 'retry_count', '')
end
if text(rec, 'is_active') == '1' and (changed or status ~= 'unhealthy') then
	set(rec, 'status', 'active')
	if not upstream_alive(rec, now) then set(rec, 'status', status_plain(rec, now)) end
	if status ~= 'active' and status ~= 'quota_reached' then -- the latter serves, but for the limit
		set(rec, 'last_error', '')
		set(rec, 'retry_count', '')
		set(rec, 'expired_for', '')
	end
end
set(rec, 'claim_job', '')
set(rec, 'claim_until_ms', '')
set(rec, 'sync_entry', '')
arm_rotate(rec, settings, now, 0)
arm_sync(rec, settings, now, 0)
if changed then queue_proof(rec, now) end
if changed or status ~= text(rec, 'status') then arm_check(rec, now, 0) end
record_save(rec, now)
if changed then
	notice_retried(rec.fields, failing, status, now)
	-- Nobody asked: the provider changed it by itself, and the clock found out.
	log_add(now, id, 'sync', 'success', by ~= '' and by or '|provider', '',
		'{"ip":' .. json_text(text(rec, 'remote_ip')) .. ',"old_ip":' .. json_text(old_ip) .. '}')
end
local result = result_ok(rec, same_ip)
job_end_quiet(entry, job, text(rec, 'sync_by'), result)
publish()
return {'COMMITTED', 'version', topic_version('routes'), 'changed', changed and '1' or '0', 'result', result}
