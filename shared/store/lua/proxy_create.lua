-- proxy_create(id, actor, field, value…): the record and route of a reserved id, and the job that asks for its first
-- upstream. Called by api-node. Repeating a call whose answer was lost gives the same answer.
-- KEYS[1] prefix. ARGV: id (of id_take), actor (model/actor.h), then fields: those of include/proxy_args.lua, provider
-- (kiotproxy …, static), subdomain, number, remote_* (static only), and the request's own:
--   first_job 1: ask at once, 2: by the clock, as the queue takes it; await_ms: how long the caller waits (a bad key meanwhile deletes the record);
--   reuse_ms, port_start, port_end: accepted, a number outside the ports has no port way but is a number.
-- OK id subdomain number version job(or empty) | EXISTS | DUPLICATE_KEY proxy_id | NAME_TAKEN | LIMIT | INVALID field
--@include keys
--@include values
--@include topics
--@include log
--@include record
--@include jobs
--@include due
--@include proxy_args
--@include numbers
local id, actor, now = ARGV[1], ARGV[2], now_ms()
if not int(id) or int(id) < 1 or int(id) > tonumber(redis.call('GET', key('ids')) or '0') then return bad_argument('id') end
if not actor or #ARGV % 2 ~= 0 then return bad_argument('fields') end

local REQUEST_ARGS = {first_job = is_int(0, 2), await_ms = is_int(0, 600000), reuse_ms = is_int(0, DAY_MAX),
	port_start = is_int(0, 65535), port_end = is_int(0, 65535)}
local function is_name(v) return #v <= 63 and v:find('^%l[%l%d%-]*$') and v:sub(-1) ~= '-' end
local fields, request = {}, {}
for i = 3, #ARGV, 2 do
	local name, value = ARGV[i], ARGV[i + 1]
	if REQUEST_ARGS[name] then
		if not REQUEST_ARGS[name](value) then return {'INVALID', 'field', name} end
		request[name] = int(value)
	elseif name == 'provider' or name == 'subdomain' then
		if not is_name(value) then return {'INVALID', 'field', name} end
		fields[name] = value
	elseif name == 'number' then
		if not is_int(1, 10 ^ 9)(value) then return {'INVALID', 'field', name} end
		fields[name] = value
	elseif PROXY_ARGS[name] and PROXY_ARGS[name](value) then
		fields[name] = value
	else
		return {'INVALID', 'field', name}
	end
end
if not user_there(fields.user_id) then return {'INVALID', 'field', 'user_id'} end
local static = fields.provider == 'static'
if not fields.provider then return {'INVALID', 'field', 'provider'} end
for name in pairs(STATIC_ARGS) do
	if fields[name] and not static then return {'INVALID', 'field', name} end
end
if static and (fields.remote_http or '') == '' and (fields.remote_socks5 or '') == '' then
	return {'INVALID', 'field', 'remote_http'}
end
local hmac = fields.provider_key_hmac or ''
if not static and hmac == '' then return {'INVALID', 'field', 'provider_key_hmac'} end

local there = record_read(id)
if there then
	if text(there, 'provider_key_hmac') ~= hmac or text(there, 'key_name') ~= (fields.key_name or text(there, 'subdomain')) then
		return {'EXISTS'}
	end
	return {'OK', 'id', id, 'subdomain', text(there, 'subdomain'), 'number', text(there, 'number'),
		'version', topic_version('routes'), 'job', num(there, 'last_slot') == 0 and not static and rotate_job(id, 1) or ''}
end
if redis.call('EXISTS', key_deleted(id)) == 1 then return {'EXISTS'} end
local holder = hmac ~= '' and redis.call('HGET', key('provider_keys'), hmac)
if holder then return {'DUPLICATE_KEY', 'proxy_id', holder} end

local number, from = tonumber(fields.number), 'wish'
if number then
	if name_taken('proxy' .. dec(number)) then return {'NAME_TAKEN'} end
else
	number, from = number_find(now)
	if not number then return {'LIMIT'} end
end
local own_name = 'proxy' .. dec(number)
local name = fields.subdomain or own_name
if name ~= own_name and (name_taken(name) or name:find('^proxy%d+$')) then return {'NAME_TAKEN'} end

-- From here on everything succeeds.
number_take(number, from)
redis.call('HSET', key('subdomains'), name, id, own_name, id)
redis.call('ZADD', key('proxies'), id, id)
redis.call('DEL', key('routes:allow_empty'))
if hmac ~= '' then redis.call('HSET', key('provider_keys'), hmac, id) end
local rec = record_new(id, {})
for _, default in ipairs({{'is_active', '1'}, {'tags', '[]'}, {'allow', '[]'}, {'limits', '{}'}, {'on_rotate', 'drain'},
		{'drain_seconds', '30'}, {'rotate_mode', static and 'manual' or 'inherit'}, {'restart_seq', '0'},
		{'open_slot', '1'}, {'last_slot', '0'}, {'fence', '0'}, {'rotation_state', 'idle'}}) do
	set(rec, default[1], default[2])
end
if fields.limits then fields.limits = limits_changed('', fields.limits) end
for field, value in pairs(fields) do set(rec, field, value) end
if not fields.key_name then set(rec, 'key_name', name) end
set(rec, 'id', id)
set(rec, 'subdomain', name)
set(rec, 'number', number)
set(rec, 'created_at', now)
set(rec, 'status', text(rec, 'is_active') == '1' and status_plain(rec, now) or 'paused')
local job = ''
if not static and text(rec, 'is_active') == '1' then
	if request.first_job == 1 then
		if (request.await_ms or 0) > 0 then set(rec, 'awaited_until_ms', now + request.await_ms) end
		job = queue_rotate(rec, 'create', actor, '', now)
	end
	if request.first_job == 2 then
		set(rec, 'job_reason', 'create')
		set(rec, 'job_by', actor)
	end
	arm_rotate(rec, settings_read(), now, 0)
end
arm_check(rec, now, 0)
record_save(rec, now)
log_add(now, id, 'create', 'success', actor, '', '{"name":' .. json_text(text(rec, 'key_name')) .. '}', text(rec, 'region'))
publish()
return {'OK', 'id', id, 'subdomain', name, 'number', dec(number), 'version', topic_version('routes'), 'job', job}
