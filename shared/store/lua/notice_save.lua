-- notice_save(id, actor, field, value…): makes a channel for notices, or changes one: the fields that are named.
-- Called by api-node. One that is switched off forgets what it had not told yet.
-- KEYS[1] prefix. ARGV: id (a new one: of notice_id_take), actor (user name), then fields: kind (of a new one, and then
-- needed), name, language (vi | en), events (JSON array of texts), active (1|0), tag, user_id ('' = any), interval_ms,
-- shown (the masked address), chat_id, url, bot_token, secret (sealed).
-- OK channel(JSON) | NOT_FOUND | LIMIT max | INVALID field
--@include keys
--@include values
--@include topics
--@include log
--@include record
--@include notice_channel
local CHANNELS_MAX = 50
local id, actor, now = ARGV[1], ARGV[2], now_ms()
if not int(id) or int(id) < 1 or not actor or #ARGV % 2 ~= 0 then return bad_argument('id') end

local function within(least, most) return function(v) return int(v) and int(v) >= least and int(v) <= most end end
local function one_of(...)
	local set = {}
	for _, v in ipairs({...}) do set[v] = true end
	return function(v) return set[v] end
end
local function at_most(n) return function(v) return #v <= n end end
local is_event = one_of(unpack(NOTICE_EVENTS))
local function are_events(v)
	if not is_json(v, '[') then return false end
	for _, event in ipairs(cjson.decode(v)) do
		if not is_event(event) then return false end
	end
	return true
end
local FIELDS = {kind = one_of('webhook', 'telegram', 'discord', 'slack'), name = at_most(400),
	language = one_of('vi', 'en'), events = are_events, active = within(0, 1), tag = at_most(128),
	user_id = function(v) return v == '' or int(v) end, interval_ms = within(0, 86400000), shown = at_most(400),
	chat_id = at_most(64), url = at_most(8192), bot_token = at_most(1024), secret = at_most(1024)}
local fields = {}
for i = 3, #ARGV, 2 do
	local name, value = ARGV[i], ARGV[i + 1]
	if not FIELDS[name] or not FIELDS[name](value) then return {'INVALID', 'field', name} end
	fields[name] = value
end
local there = redis.call('EXISTS', key_notice(id)) == 1
if there and fields.kind then return {'INVALID', 'field', 'kind'} end
if not there then
	if not fields.kind then return {'NOT_FOUND'} end
	if int(id) > (tonumber(redis.call('GET', key('notices:ids')) or '') or 0) then return bad_argument('id') end
	if not fields.name or not fields.events then return {'INVALID', 'field', 'events'} end
	if redis.call('ZCARD', key('notices')) >= CHANNELS_MAX then return {'LIMIT', 'max', dec(CHANNELS_MAX)} end
	for name, value in pairs({id = id, language = 'vi', active = '1', interval_ms = '60000', retry_ms = '10000',
			created_at = dec(now), entry = ''}) do
		fields[name] = fields[name] or value
	end
	redis.call('ZADD', key('notices'), id, id)
end
for name, value in pairs(fields) do redis.call('HSET', key_notice(id), name, value) end
if fields.active == '0' then
	notice_clear(id)
	redis.call('HDEL', key_notice(id), 'last_error', 'failing_since', 'tries')
end
notice_reindex()
local saved = hash_read(key_notice(id))
local names = {}
for name in pairs(fields) do
	if name ~= 'shown' then names[#names + 1] = '"' .. name .. '"' end -- goes with url and bot_token
end
table.sort(names)
log_add(now, '', there and 'notice_update' or 'notice_create', 'success', actor, '', '{"channel":' .. json_text(saved.name)
	.. (there and (',"fields":[' .. table.concat(names, ',') .. ']') or '') .. '}')
publish()
return {'OK', 'channel', notice_channel_json(saved)}
