-- proxy_update(id, actor, field, value…): what people change of a proxy. Called by api-node.
-- Pausing stops clock and queue (a rotation in work may still commit: its upstream is kept for later); resuming
-- forgets what was known of the key and asks again.
-- A new provider_key is tried first: it waits beside the old one, and with it all else that the call names but
-- is_active, for the rotation queued here, whose commit puts it in place; refused by the provider, all of it is dropped
-- and the proxy stays as it was. Work in flight with the old key becomes stale. The key that waits already, named once
-- more, is tried on; the present key, named again, takes back the one that waits.
-- tags_add, tags_remove: the tags become others than they are now, whoever changes them at the same time. renew_days: the
-- key is paid so many days longer, from today or from paid_until, whichever is later (0: the record's plan_days).
-- limits: those that it names; 0 takes one away.
-- A static proxy's new upstream (remote_*) is in use at once, as after a rotation, and checked at once.
-- try_key 1: a key that the provider refused is tried again.
-- KEYS[1] prefix. ARGV: id, actor (model/actor.h), then fields of include/proxy_args.lua; remote_* for static only.
-- OK version changed(0|1) job(of a new key, else empty) waits(1: a new key, tried once the proxy is no longer paused) |
-- NOT_FOUND | DUPLICATE_KEY proxy_id | LIMIT (of tags) | INVALID field
--@include keys
--@include values
--@include topics
--@include log
--@include record
--@include jobs
--@include due
--@include proxy_args
--@include next_key
--@include upstream
--@include quota_log
local id, actor, now = ARGV[1], ARGV[2], now_ms()
if not int(id) then return bad_argument('id') end
if not actor or #ARGV < 4 or #ARGV % 2 ~= 0 then return bad_argument('fields') end
local rec = record_read(id)
if not rec then return {'NOT_FOUND'} end
local EDITS = {tags_add = is_json_kind('['), tags_remove = is_json_kind('['), renew_days = is_int(0, 3650),
	try_key = is_int(1, 1)}
local TAGS_MAX, DAY_MS = 20, 86400000
local edits = {}
local static, fields = text(rec, 'provider') == 'static', {}
for i = 3, #ARGV, 2 do
	local name, value = ARGV[i], ARGV[i + 1]
	if EDITS[name] and EDITS[name](value) then
		edits[name] = value
	elseif not PROXY_ARGS[name] or not PROXY_ARGS[name](value) or (STATIC_ARGS[name] and not static) then
		return {'INVALID', 'field', name}
	else
		fields[name] = value
	end
end
if not user_there(fields.user_id) then return {'INVALID', 'field', 'user_id'} end
if static and fields.provider_key then return {'INVALID', 'field', 'provider_key'} end
if (fields.provider_key == nil) ~= (fields.provider_key_hmac == nil) then return {'INVALID', 'field', 'provider_key'} end
if fields.password_hash and fields.password_hash == text(rec, 'password_hash') then -- the same one, sealed anew
	fields.password, fields.password_hash = nil, nil
end
local hmac, next_key = fields.provider_key_hmac, fields.provider_key
fields.provider_key, fields.provider_key_hmac = nil, nil
local new_key = hmac and hmac ~= text(rec, 'provider_key_hmac')
local tried_already = new_key and hmac == text(rec, 'next_provider_key_hmac')
local taken_back = hmac and not new_key and next_key_pending(rec)
if new_key then
	local holder = redis.call('HGET', key('provider_keys'), hmac)
	if holder and holder ~= id then return {'DUPLICATE_KEY', 'proxy_id', holder} end
end
if static then
	local http, socks5 = fields.remote_http or text(rec, 'remote_http'), fields.remote_socks5 or text(rec, 'remote_socks5')
	if http == '' and socks5 == '' then return {'INVALID', 'field', 'remote_http'} end
end

if edits.tags_add or edits.tags_remove then
	local tags, known, gone = {}, {}, {}
	local function take(list)
		for _, tag in ipairs(list) do
			if not known[tag] and not gone[tag] then
				known[tag] = true
				tags[#tags + 1] = json_text(tostring(tag))
			end
		end
	end
	for _, tag in ipairs(cjson.decode(edits.tags_remove or '[]')) do gone[tag] = true end
	local before = text(rec, 'tags')
	take(cjson.decode(before ~= '' and before or '[]'))
	gone = {}
	take(cjson.decode(edits.tags_add or '[]'))
	if #tags > TAGS_MAX then return {'LIMIT'} end
	fields.tags = '[' .. table.concat(tags, ',') .. ']'
end
if edits.renew_days then
	local days = int(edits.renew_days)
	if days == 0 then days = num(rec, 'plan_days') end
	if days == 0 then return {'INVALID', 'field', 'plan_days'} end
	fields.paid_until = dec(math.max(now, num(rec, 'paid_until')) + days * DAY_MS)
end

if next_key_pending(rec) then next_fields_forget(rec, fields) end
local was_active, job, waiting = text(rec, 'is_active'), '', {}
for name, value in pairs(fields) do
	if new_key and name ~= 'is_active' then
		waiting[#waiting + 1] = name
		waiting[#waiting + 1] = value
	else
		set(rec, name, name == 'limits' and limits_changed(text(rec, name), value) or value)
	end
end
local names, new_upstream, old_ip = {}, false, rec.before.remote_ip or text(rec, 'remote_ip')
for name, before in pairs(rec.before) do
	if STATIC_ARGS[name] then
		new_upstream = new_upstream or rec.fields[name] ~= before
	elseif rec.fields[name] ~= before and not RECORD_SILENT[name] and name ~= 'password_hash' then
		names[#names + 1] = name
	end
end
if new_upstream then names[#names + 1] = 'upstream' end
table.sort(names)
local changed = record_changed(rec)
if new_upstream then
	upstream_forget(rec)
	for _, of_the_old in ipairs({'latency_ms', 'check_failures', 'last_error'}) do set(rec, of_the_old, '') end
	set(rec, 'last_rotated_at', now)
end
if taken_back or (new_key and not tried_already) then
	next_key_drop(rec)
	if text(rec, 'job_entry') ~= '' then -- with a key of before, for nobody any more: who waits for it is told
		job_end(text(rec, 'job_entry'), rotate_job(id, num(rec, 'open_slot')), result_error('', 'err.key_replaced', '{}', 0))
	end
	slot_end(rec, num(rec, 'open_slot'), false)
	set(rec, 'fence', num(rec, 'fence') + 1)
end
if new_key then
	local kept = next_fields(rec)
	for _, part in ipairs(kept) do waiting[#waiting + 1] = part end
	next_fields_set(rec, waiting)
	redis.call('HSET', key('provider_keys'), hmac, id)
	set(rec, 'next_provider_key', next_key)
	set(rec, 'next_provider_key_hmac', hmac)
end
if text(rec, 'is_active') == '0' then
	set(rec, 'status', 'paused')
	set(rec, 'rotation_scheduled_at', '')
	if text(rec, 'job_entry') == '' and not next_key_pending(rec) then -- what was planned, why, and by whom
		for _, name in ipairs({'rotate_region', 'job_by', 'job_reason'}) do set(rec, name, '') end
	end
	if text(rec, 'rotation_state') == 'scheduled' then set(rec, 'rotation_state', 'idle') end
	disarm(id)
elseif was_active ~= '1' then
	set(rec, 'status', status_plain(rec, now))
	set(rec, 'expired_for', '')
	set(rec, 'retry_count', '')
	set(rec, 'check_failures', '')
	arm_sync(rec, settings_read(), now, 0)
	arm_check(rec, now, 0)
elseif new_upstream then
	set(rec, 'status', status_plain(rec, now))
	queue_proof(rec, now)
	arm_check(rec, now, 0)
end
if new_key and text(rec, 'is_active') == '1' then
	if job_exists(text(rec, 'job_entry')) then
		job = rotate_job(id, num(rec, 'open_slot'))
	else
		job = queue_rotate(rec, 'api', actor, fields.region or '', now)
	end
end
local status = text(rec, 'status')
if edits.try_key and (status == 'key_invalid' or status == 'key_expired') and not job_exists(text(rec, 'job_entry')) then
	queue_rotate(rec, 'api', actor, '', now)
end
arm_rotate(rec, settings_read(), now, 0)
local quota = record_save(rec, now)
if changed then
	local quoted = {}
	for i, name in ipairs(names) do quoted[i] = json_text(name) end
	local ips = new_upstream and (',"ip":' .. json_text(text(rec, 'remote_ip')) .. ',"old_ip":' .. json_text(old_ip)) or ''
	log_add(now, id, 'update', 'success', actor, '', '{"fields":[' .. table.concat(quoted, ',') .. ']' .. ips .. '}')
end
if new_key and not tried_already then
	log_add(now, id, 'replace_key', 'info', actor, 'msg.key_tried', next_fields_params(rec))
end
quota_log(rec, quota, now)
publish()
return {'OK', 'version', topic_version('routes'), 'changed', (changed or new_key) and '1' or '0', 'job', job,
	'waits', (new_key and job == '') and '1' or '0'}
