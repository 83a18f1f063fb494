-- usage_read(minutes, id…): what proxies have carried: minute by minute, by month, in all. Called by api-node.
-- KEYS[1] prefix. ARGV: minutes (1–180, up to and with the present one), 1–200 ids.
-- OK now_ms month (the present one's name) month_ends_at(epoch ms) usage(JSON array, in the order of the ids:
-- {"id":…,"minutes":[[index from the oldest, bytes_up, bytes_down, connections, errors], …],"totals":[the four, traffic_at
-- (epoch ms; 0: never)],"months":{"2026-11":[the four], …}})
--@include keys
--@include values
--@include month
local minutes, now = int(ARGV[1]), now_ms()
if not minutes or minutes < 1 or minutes > 180 then return bad_argument('minutes') end
if #ARGV < 2 or #ARGV > 201 then return bad_argument('ids') end
for i = 2, #ARGV do
	if not int(ARGV[i]) then return bad_argument('id') end
end
local first, names = math.floor(now / 60000) - minutes + 1, {}
for i = 1, minutes do names[i] = dec(first + i - 1) end

local function rows(id)
	local out = {}
	for i, sums in ipairs(redis.call('HMGET', key('usage:' .. id), unpack(names))) do
		if sums then out[#out + 1] = '[' .. dec(i - 1) .. ',' .. sums:gsub(' ', ',') .. ']' end
	end
	return table.concat(out, ',')
end

local function totals(id)
	local values = redis.call('HMGET', key('stats:' .. id), 'bytes_up', 'bytes_down', 'connections', 'errors', 'traffic_at')
	for i = 1, 5 do values[i] = values[i] or '0' end
	return table.concat(values, ',')
end

local function months(id)
	local out = {}
	for name, sums in pairs(hash_read(key_months(id))) do out[#out + 1] = '"' .. name .. '":[' .. sums:gsub(' ', ',') .. ']' end
	table.sort(out)
	return table.concat(out, ',')
end

local out = {}
for i = 2, #ARGV do
	out[#out + 1] = '{"id":' .. ARGV[i] .. ',"minutes":[' .. rows(ARGV[i]) .. '],"totals":[' .. totals(ARGV[i])
		.. '],"months":{' .. months(ARGV[i]) .. '}}'
end
local month, ends_at = month_of(now)
return {'OK', 'now_ms', dec(now), 'month', month, 'month_ends_at', dec(ends_at), 'usage', '[' .. table.concat(out, ',') .. ']'}
