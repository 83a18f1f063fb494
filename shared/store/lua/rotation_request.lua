-- rotation_request(id, kind, actor, region, when): asks for a rotation, sync or check; joins what is queued or in
-- work already. Called by api-node.
-- A rotation of a key_invalid or key_expired proxy is let through: it is how a user has the key looked at again.
-- KEYS[1] prefix. ARGV: id, kind (rotate | sync | check), actor (model/actor.h), region (of this rotation only, or
-- empty), when (now | allowed: at the first allowed moment).
-- QUEUED job | JOINED job | SCHEDULED at_ms retry_in_ms | COOLDOWN retry_in_ms at_ms provider | NOT_FOUND | PAUSED |
-- STATIC | INVALID field
--@include keys
--@include values
--@include topics
--@include log
--@include record
--@include jobs
--@include due
local id, kind, actor, region, when, now = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5], now_ms()
if not int(id) or not actor or not region then return bad_argument('id') end
if not ENTRY_FIELD[kind] then return {'INVALID', 'field', 'kind'} end
if when ~= 'now' and when ~= 'allowed' then return {'INVALID', 'field', 'when'} end
if not region:find('^[%w_%-]*$') or #region > 16 then return {'INVALID', 'field', 'region'} end
local rec = record_read(id)
if not rec then return {'NOT_FOUND'} end
if text(rec, 'is_active') ~= '1' then return {'PAUSED'} end
if text(rec, 'provider') == 'static' and kind ~= 'check' then return {'STATIC'} end

if kind ~= 'check' then -- a sync learns from a rotation in work what it wants to know
	local in_work = text(rec, 'claim_job') ~= '' and num(rec, 'claim_until_ms') > now
	if in_work and (kind == 'sync' or text(rec, 'claim_job'):find('^rotate')) then
		return {'JOINED', 'job', text(rec, 'claim_job')}
	end
	if job_exists(text(rec, 'job_entry')) then return {'JOINED', 'job', rotate_job(id, num(rec, 'open_slot'))} end
end
if kind ~= 'rotate' then
	if job_exists(text(rec, kind .. '_entry')) then
		set(rec, kind .. '_by', actor) -- somebody waits for it now
		record_save(rec, now)
		publish()
		return {'JOINED', 'job', text(rec, kind .. '_job')}
	end
	local job = queue_other(rec, kind, 'manual', actor, now)
	record_save(rec, now)
	publish()
	return {'QUEUED', 'job', job}
end

local at, status = num(rec, 'next_request_at'), text(rec, 'status')
if at > now and status ~= 'key_invalid' and status ~= 'key_expired' then
	if when == 'now' then
		return {'COOLDOWN', 'retry_in_ms', dec(at - now), 'at_ms', dec(at), 'provider', text(rec, 'provider')}
	end
	set(rec, 'rotation_scheduled_at', at)
	set(rec, 'rotation_state', 'scheduled')
	set(rec, 'rotate_region', region)
	set(rec, 'job_by', actor)
	set(rec, 'job_reason', 'scheduled')
	arm_rotate(rec, settings_read(), now, 0)
	record_save(rec, now)
	log_add(now, id, 'schedule', 'info', actor, '', '{"at":' .. dec(at) .. '}', region)
	publish()
	return {'SCHEDULED', 'at_ms', dec(at), 'retry_in_ms', dec(at - now)}
end
local job = queue_rotate(rec, 'manual', actor, region, now)
record_save(rec, now)
publish()
return {'QUEUED', 'job', job}
