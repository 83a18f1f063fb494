-- limits.lua: the limits of a proxy as JSON: connections, bytes_per_month; a record leaves out those that it has not. A
-- change of them names some, 0 takes one away; those it does not name stay. Needs values.
local LIMITS = {'connections', 'bytes_per_month'}

local function is_limits(v)
	if not is_json(v, '{') then return false end
	local known = {}
	for _, name in ipairs(LIMITS) do known[name] = true end
	for name, n in pairs(cjson.decode(v)) do
		if not known[name] or type(n) ~= 'number' or n < 0 or n > 10 ^ 15 or n % 1 ~= 0 then return false end
	end
	return true
end

-- `keep` says which numbers stay in the text.
local function limits_text(limits, keep)
	local out = {}
	for _, name in ipairs(LIMITS) do
		if limits[name] and keep(name, limits[name]) then out[#out + 1] = '"' .. name .. '":' .. dec(limits[name]) end
	end
	return '{' .. table.concat(out, ',') .. '}'
end

-- The limits after a change. Both are texts; '' = none.
local function limits_changed(limits, change)
	local after = limits ~= '' and cjson.decode(limits) or {}
	for name, n in pairs(cjson.decode(change)) do after[name] = n end
	return limits_text(after, function(_, n) return n > 0 end)
end

-- What is left of a change that waits when another one comes first.
local function limits_without(change, other)
	local named = cjson.decode(other)
	return limits_text(cjson.decode(change), function(name) return not named[name] end)
end
