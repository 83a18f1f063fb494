-- next_key.lua: a new provider key that waits for the provider to take it, and the fields that were changed together
-- with it: they wait too, so that a refused key leaves the proxy as it was. Needs keys, values, record.

--@include limits
-- Every claim of the open slot works with it: setting it ends the slot before.
local function next_key_pending(rec) return text(rec, 'next_provider_key') ~= '' end

-- Kept in fields of their own: whoever seals a record anew (a backup) finds them.
local NEXT_SEALED = {password = 'next_password', password_hash = 'next_password_hash'}

-- name, value, …
local function next_fields(rec)
	local stored = text(rec, 'next_fields')
	local list = stored ~= '' and cjson.decode(stored) or {}
	for name, field in pairs(NEXT_SEALED) do
		if text(rec, field) ~= '' then
			list[#list + 1] = name
			list[#list + 1] = text(rec, field)
		end
	end
	return list
end

local function next_fields_set(rec, list)
	local quoted, sealed = {}, {}
	for i = 1, #list, 2 do
		if NEXT_SEALED[list[i]] then
			sealed[list[i]] = list[i + 1]
		else
			quoted[#quoted + 1] = json_text(list[i])
			quoted[#quoted + 1] = json_text(list[i + 1])
		end
	end
	set(rec, 'next_fields', #quoted > 0 and '[' .. table.concat(quoted, ',') .. ']' or '')
	for name, field in pairs(NEXT_SEALED) do set(rec, field, sealed[name] or '') end
end

-- Of each field, what was said last counts: `fields` (by name) now stand in the record, or wait with a newer value.
local function next_fields_forget(rec, fields)
	local before, after = next_fields(rec), {}
	for i = 1, #before, 2 do
		local name, value, newer = before[i], before[i + 1], fields[before[i]]
		if newer and name == 'limits' then
			value, newer = limits_without(value, newer), nil
		end
		if not newer and value ~= '{}' then
			after[#after + 1] = name
			after[#after + 1] = value
		end
	end
	next_fields_set(rec, after)
end

-- The names as a JSON object, for the history.
local function next_fields_params(rec)
	local list, names, seen = next_fields(rec), {}, {password_hash = true}
	for i = 1, #list, 2 do
		if not seen[list[i]] then names[#names + 1] = list[i] end
		seen[list[i]] = true -- limits may wait in two parts
	end
	table.sort(names)
	for i, name in ipairs(names) do names[i] = json_text(name) end
	return '{"fields":[' .. table.concat(names, ',') .. ']}'
end

-- The provider refused it, or another takes its place: the old key stays.
local function next_key_drop(rec)
	local hmac = text(rec, 'next_provider_key_hmac')
	-- Tries that failed with it are not the old key's to repeat; an expired one is asked again, as before.
	if hmac ~= '' and num(rec, 'retry_count') > 0 and text(rec, 'status') ~= 'key_expired' then
		set(rec, 'retry_count', '')
		if text(rec, 'status') == 'active' then set(rec, 'last_error', '') end
	end
	if hmac ~= '' then redis.call('HDEL', key('provider_keys'), hmac) end
	set(rec, 'next_provider_key', '')
	set(rec, 'next_provider_key_hmac', '')
	next_fields_set(rec, {})
end

-- The provider took it: it is the key now, and what waited with it is the record's.
local function next_key_adopt(rec)
	local old, list = text(rec, 'provider_key_hmac'), next_fields(rec)
	if old ~= '' then redis.call('HDEL', key('provider_keys'), old) end
	set(rec, 'provider_key', text(rec, 'next_provider_key'))
	set(rec, 'provider_key_hmac', text(rec, 'next_provider_key_hmac'))
	set(rec, 'next_provider_key', '')
	set(rec, 'next_provider_key_hmac', '')
	next_fields_set(rec, {})
	for i = 1, #list, 2 do
		set(rec, list[i], list[i] == 'limits' and limits_changed(text(rec, 'limits'), list[i + 1]) or list[i + 1])
	end
end
