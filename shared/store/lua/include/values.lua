-- values.lua: numbers and JSON texts. Lua's numbers are doubles: exact up to 2^53, enough for epoch ms, ids and
-- counters; they are stored as decimal text without exponent.
local function dec(n) return string.format('%.0f', n) end

-- A whole number given as text, or nil. At most 15 digits, so that doubles hold it exactly.
local function int(s)
	if type(s) == 'string' and #s <= 16 and s:find('^%-?%d+$') then return tonumber(s) end
	return nil
end

-- A stream id, as jobs have; or '' where the entry is no longer known.
local function is_entry(s)
	return type(s) == 'string' and (s == '' or (#s <= 32 and s:find('^%d+%-%d+$') and #s:match('^%d+') <= 15))
end

-- Arguments that no user can get wrong: a program error, answered as a Redis error before any write.
local function bad_argument(name) return redis.error_reply('ERR store: bad argument ' .. name) end

local function now_ms()
	local t = redis.call('TIME')
	return tonumber(t[1]) * 1000 + math.floor(tonumber(t[2]) / 1000)
end

-- The inside of a JSON string, and the whole. cjson is asked only for what needs escaping: it also escapes '/', which costs bytes.
local function json_escape(s)
	if s:find('[%z\1-\31"\\\127]') then return cjson.encode(s):sub(2, -2) end
	return s
end

local function json_text(s) return '"' .. json_escape(s) .. '"' end

-- Whether `s` is the JSON text of an object ('{') or array ('['). Its bytes are kept as they are: cjson would
-- turn [] into {}.
local function is_json(s, open)
	if type(s) ~= 'string' or s:sub(1, 1) ~= open then return false end
	return (pcall(cjson.decode, s))
end

local function hash_read(name)
	local flat, map = redis.call('HGETALL', name), {}
	for i = 1, #flat, 2 do map[flat[i]] = flat[i + 1] end
	return map
end
