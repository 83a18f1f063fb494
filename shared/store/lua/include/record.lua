-- record.lua: a proxy's record while a script works on it, and the route made of it. A script reads the record,
-- sets fields, and saves once at its end. Needs keys, values, topics. What people are to hear of, a save queues.
--@include notice
--@include quota

-- The published fields, in the order of the JSON: it must be the same for a message and a page of records, since
-- followers' digests are over the bytes. Empty fields are left out.
local RECORD_FIELDS = {
	'id', 'user_id', 'key_name', 'provider', 'provider_key', 'subdomain', 'number', 'region', 'is_active', 'tags',
	'note', 'remote_http', 'remote_socks5', 'remote_user', 'remote_password', 'remote_ip', 'location',
	'expiration_at', 'provider_expires_at', 'next_request_at', 'ttl', 'ttc', 'last_rotated_at', 'created_at',
	'status', 'last_error', 'latency_ms', 'last_check_at', 'exit_ip', 'exit_ip_checked_at', 'same_ip_count',
	'rotate_mode', 'rotate_interval_minutes', 'rotate_idle_only', 'idle_wait_until', 'rotate_region', 'rotation_state',
	'rotation_scheduled_at', 'due_at', 'retry_count',
	'on_rotate', 'drain_seconds', 'password', 'password_hash', 'allow', 'limits', 'quota_used', 'restart_seq', 'paid_until',
	'price_vnd', 'plan_days', 'link_token', 'open_slot', 'last_slot', 'awaited_until_ms', 'version',
}
-- Kept in the hash only: they change without a message (claims, queued jobs, uneventful syncs and checks).
local RECORD_SILENT = {
	fence = true, claim_job = true, attempted_slot = true, claim_until_ms = true, claim_attempted = true,
	job_entry = true, job_by = true, job_reason = true, sync_entry = true, sync_job = true, sync_by = true,
	check_entry = true, check_job = true, check_by = true, check_failures = true, checked_at_ms = true, suspected_at_ms = true,
	expired_for = true, provider_key_hmac = true, last_slot_ok = true, link_hash = true,
	next_provider_key = true, next_provider_key_hmac = true, next_fields = true, next_password = true,
	next_password_hash = true, -- a new key and what goes with it, until it is taken
	failure_rotations = true, failure_declined = true, -- how a dead upstream is being replaced
}
-- A new key that waits to be tried (next_key.lua). It does not outlive a deletion.
local RECORD_NEXT_KEY = {'next_provider_key', 'next_provider_key_hmac', 'next_fields', 'next_password', 'next_password_hash'}

-- What a request waits for a newer route (REDIAL_WAIT_MS of the relays, by default).
local RETRY_NEAR_MS = 10000

-- before: what the fields set since the last save held then.
local function record_new(id, fields) return {id = id, fields = fields, before = {}} end

-- id: text. nil when there is none.
local function record_read(id)
	local fields = hash_read(key_proxy(id))
	if not fields.id then return nil end
	return record_new(id, fields)
end

local function text(rec, name) return rec.fields[name] or '' end
local function num(rec, name) return tonumber(rec.fields[name]) or 0 end

local function set(rec, name, value)
	if type(value) == 'number' then value = dec(value) end
	if text(rec, name) ~= value then
		if not rec.before[name] then rec.before[name] = text(rec, name) end
		rec.fields[name] = value
	end
end

-- Whether followers will see a difference. A field set and set back is none.
local function record_changed(rec)
	for name, before in pairs(rec.before) do
		if not RECORD_SILENT[name] and rec.fields[name] ~= before then return true end
	end
	return false
end

-- What stands between the value before a field and its own. The id comes first, and every record has one.
local RECORD_NAMES = {'{"id":"'}
for i = 2, #RECORD_FIELDS do RECORD_NAMES[i] = '","' .. RECORD_FIELDS[i] .. '":"' end

-- Appends the JSON of a record to `out`, in pieces: a page of hundreds becomes one text at once, at its end.
local function record_json_append(out, fields)
	local n = #out
	for i = 1, #RECORD_FIELDS do
		local value = fields[RECORD_FIELDS[i]]
		if value and value ~= '' then
			out[n + 1], out[n + 2] = RECORD_NAMES[i], json_escape(value)
			n = n + 2
		end
	end
	out[n + 1] = '"}'
end

local function record_json(fields)
	local out = {}
	record_json_append(out, fields)
	return table.concat(out)
end

-- Params of a sentence that only names the vendor.
local function provider_params(rec) return '{"provider":' .. json_text(text(rec, 'provider')) .. '}' end

local function has_upstream(rec) return text(rec, 'remote_http') ~= '' or text(rec, 'remote_socks5') ~= '' end

-- An upstream past its expiry is dead: the provider has taken it back.
local function upstream_alive(rec, now)
	if not has_upstream(rec) or text(rec, 'status') == 'no_upstream' then return false end
	local expires = num(rec, 'expiration_at')
	return expires == 0 or expires > now
end

-- The status of a proxy that is switched on and of whose key nothing bad is known.
local function status_plain(rec, now)
	if not has_upstream(rec) then return 'pending' end
	local expires = num(rec, 'expiration_at')
	return (expires == 0 or expires > now) and 'active' or 'no_upstream'
end

-- Why a route without a living upstream has none, for the client to read.
local ROUTE_REASONS = {
	key_invalid = 'err.key_invalid', key_expired = 'err.key_expired', no_stock = 'err.no_stock',
}

-- Whether the upstream is being replaced, or may have been: /new was sent, nobody learned what came of it, and a try
-- that asks for it is queued or near. Requests whose upstream is dead wait for that; a far one is not worth a wait.
local function may_be_replaced(rec, now)
	if text(rec, 'rotation_state') == 'rotating' then return true end
	if text(rec, 'attempted_slot') == '' or text(rec, 'attempted_slot') ~= text(rec, 'open_slot') then return false end
	if not upstream_alive(rec, now) then return false end -- answered at once, with the reason
	return text(rec, 'job_entry') ~= '' or (num(rec, 'retry_count') > 0 and num(rec, 'due_at') <= now + RETRY_NEAR_MS)
end

-- The route's JSON without its last member, `ver`.
local function route_json(rec, now)
	local state = '"state":"active"'
	if text(rec, 'is_active') ~= '1' then
		state = '"state":"paused","reason":"err.paused"'
	elseif text(rec, 'quota_used') ~= '' then
		state = '"state":"unavailable","reason":"err.quota","quota_used":' .. text(rec, 'quota_used')
	elseif not upstream_alive(rec, now) then
		state = '"state":"unavailable","reason":"' .. (ROUTE_REASONS[text(rec, 'status')] or 'err.no_upstream') .. '"'
		-- The reason names the vendor; KiotProxy is who is meant when nobody is named.
		if text(rec, 'provider') ~= 'kiotproxy' then state = state .. ',"provider":' .. json_text(text(rec, 'provider')) end
	end
	local function or_else(name, fallback)
		local value = text(rec, name)
		return value == '' and fallback or value
	end
	return '{"id":' .. rec.id .. ',"subdomain":' .. json_text(text(rec, 'subdomain'))
		.. ',"number":' .. or_else('number', '0') .. ',' .. state
		.. ',"rotating":' .. (may_be_replaced(rec, now) and 'true' or 'false')
		.. ',"http":' .. json_text(text(rec, 'remote_http')) .. ',"socks5":' .. json_text(text(rec, 'remote_socks5'))
		.. ',"upstream_user":' .. json_text(text(rec, 'remote_user'))
		.. ',"upstream_auth":' .. json_text(text(rec, 'remote_password'))
		.. ',"password_hash":' .. json_text(text(rec, 'password_hash'))
		.. ',"allow":' .. or_else('allow', '[]') .. ',"on_rotate":' .. json_text(or_else('on_rotate', 'drain'))
		.. ',"drain_seconds":' .. or_else('drain_seconds', '30') .. ',"restart_seq":' .. or_else('restart_seq', '0')
		.. ',"limits":' .. or_else('limits', '{}')
end

-- `failing` holds the unhealthy ones that something would replace, with the time since when.
local function record_failing(rec, now)
	local fails = text(rec, 'status') == 'unhealthy' and text(rec, 'rotate_mode') ~= 'manual'
		and text(rec, 'provider') ~= 'static'
	if fails then
		redis.call('ZADD', key('failing'), 'NX', now, rec.id)
	else
		redis.call('ZREM', key('failing'), rec.id)
	end
end

-- Writes what was set; a records message when something public changed, a routes message when the route did. Returns
-- what quota_apply says.
local function record_save(rec, now)
	local quota = quota_apply(rec, now, set, status_plain(rec, now))
	local changed, expired = record_changed(rec), rec.before.expired_for
	if rec.before.status then notice_status(rec.fields, rec.before.status, now) end
	if rec.before.paid_until then notice_paid(rec.fields) end
	if changed then set(rec, 'version', topic_next('records')) end
	if rec.before.status or rec.before.rotate_mode then record_failing(rec, now) end
	local args = {}
	for name in pairs(rec.before) do
		args[#args + 1] = name
		args[#args + 1] = rec.fields[name]
	end
	if #args > 0 then redis.call('HSET', key_proxy(rec.id), unpack(args)) end
	rec.before = {}
	if changed then change_add('records', 'set', rec.id, record_json(rec.fields)) end
	if not changed and not expired then return quota end -- an expired upstream changes the route, if nothing else
	local name, route = text(rec, 'subdomain'), route_json(rec, now)
	local stored = redis.call('HGET', key('routes'), name)
	if not stored or stored:gsub(',"ver":%d+}$', '') ~= route then
		route = route .. ',"ver":' .. dec(topic_next('routes')) .. '}'
		redis.call('HSET', key('routes'), name, route)
		change_add('routes', 'set', name, route)
	end
	return quota
end
