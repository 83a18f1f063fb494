-- import.lua: whether a proxy that comes from elsewhere can be taken in. Needs keys, values, record, numbers.

-- Work that was under way elsewhere is not ours; nor is a version, or a moment that is computed anew.
local IMPORT_NOT_OURS = {
	claim_job = true, claim_until_ms = true, claim_attempted = true, job_entry = true, job_by = true, job_reason = true,
	sync_entry = true, sync_job = true, sync_by = true, check_entry = true, check_job = true, check_by = true,
	check_failures = true, checked_at_ms = true, suspected_at_ms = true, awaited_until_ms = true, retry_count = true,
	due_at = true, version = true, rotation_state = true, months = true, quota_used = true, deleted_at = true,
}

-- A JSON object of texts, without the fields named in `without`.
local function import_object(fields, without)
	local out = {}
	for name, value in pairs(fields) do
		if not without[name] and value ~= '' then out[#out + 1] = json_text(name) .. ':' .. json_text(value) end
	end
	return '{' .. table.concat(out, ',') .. '}'
end

-- 'new' | 'exists', id (it is here already) | 'key_taken', id | 'name_taken', id. hmac: '' for a fixed upstream;
-- name, number: '' when any will do.
local function import_verdict(hmac, name, number)
	local named = name_taken(name) and redis.call('HGET', key('subdomains'), name)
	if hmac ~= '' then
		local holder = redis.call('HGET', key('provider_keys'), hmac)
		if holder then return (name == '' or holder == named) and 'exists' or 'key_taken', holder end
	elseif named and redis.call('HGET', key_proxy(named), 'provider') == 'static' then
		return 'exists', named
	end
	if not named and number ~= '' and name_taken('proxy' .. number) then
		named = redis.call('HGET', key('subdomains'), 'proxy' .. number)
	end
	if named then return 'name_taken', named end
	return 'new'
end

local function import_id_free(id)
	return id ~= '' and redis.call('EXISTS', key_proxy(id), key_deleted(id)) == 0
end

local function import_answer(verdict, id, id_free)
	return '{"verdict":"' .. verdict .. '","id":' .. (id or '0') .. ',"id_free":' .. (id_free and 'true' or 'false') .. '}'
end

local function import_name_ok(v) return type(v) == 'string' and #v <= 63 and v:find('^%l[%l%d%-]*$') and v:sub(-1) ~= '-' end
