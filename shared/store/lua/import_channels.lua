-- import_channels(effect, channel…): takes in channels for notices from a backup, with their ids: their secrets are sealed
-- for them. Called by api-node. What they had not told yet stays behind.
-- KEYS[1] prefix. ARGV: effect (look: writes nothing | write), then 1–100 JSON objects of texts: id, kind, name, events
-- (JSON array), active, and the other fields of notice_save, sealed for this fleet.
-- OK verdicts(JSON array, in order: {"verdict": "created"|"exists"|"conflict" (another one has its id here), "id"})
--@include keys
--@include values
--@include topics
--@include record
--@include notice_channel
local effect, now = ARGV[1], now_ms()
if effect ~= 'look' and effect ~= 'write' then return bad_argument('effect') end
if #ARGV < 2 or #ARGV > 101 then return bad_argument('channels') end
local channels = {}
for i = 2, #ARGV do
	local ok, c = pcall(cjson.decode, ARGV[i])
	if not ok or type(c) ~= 'table' then return bad_argument('channels') end
	for name, value in pairs(c) do
		if type(name) ~= 'string' or not name:find('^%l[%l%d_]*$') or type(value) ~= 'string' or #value > 65536 then
			return bad_argument('channels')
		end
	end
	if not int(c.id or '') or int(c.id) < 1 or int(c.id) > 10 ^ 9 then return bad_argument('id') end
	if (c.kind or '') == '' or (c.name or '') == '' or not is_json(c.events, '[') then return bad_argument('events') end
	if c.active ~= '0' and c.active ~= '1' then return bad_argument('active') end
	channels[i - 1] = c
end

local out, taken = {}, false
for i, c in ipairs(channels) do
	local verdict, there = 'created', redis.call('HMGET', key_notice(c.id), 'kind', 'name')
	if there[1] then
		verdict = (there[1] == c.kind and there[2] == c.name) and 'exists' or 'conflict'
	elseif effect == 'write' then
		for name, value in pairs({language = 'vi', interval_ms = '60000', retry_ms = '10000', created_at = dec(now)}) do
			c[name] = c[name] or value -- a backup leaves empty fields out
		end
		c.entry = ''
		for name, value in pairs(c) do redis.call('HSET', key_notice(c.id), name, value) end
		redis.call('ZADD', key('notices'), c.id, c.id)
		if tonumber(redis.call('GET', key('notices:ids')) or '0') < int(c.id) then redis.call('SET', key('notices:ids'), c.id) end
		taken = true
	end
	out[i] = '{"verdict":"' .. verdict .. '","id":' .. c.id .. '}'
end
if taken then notice_reindex() end
return {'OK', 'verdicts', '[' .. table.concat(out, ',') .. ']'}
