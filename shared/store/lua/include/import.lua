-- import.lua: whether a proxy that comes from elsewhere can be taken in. Needs keys, values, record, numbers.

-- 'new' | 'exists', id (it is here already) | 'key_taken', id | 'name_taken', id. hmac: '' for a fixed upstream;
-- number: '' when any will do.
local function import_verdict(hmac, name, number)
	local named = name_taken(name) and redis.call('HGET', key('subdomains'), name)
	if hmac ~= '' then
		local holder = redis.call('HGET', key('provider_keys'), hmac)
		if holder then return holder == named and 'exists' or 'key_taken', holder end
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
