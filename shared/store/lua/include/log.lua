-- log.lua: the history people read: the stream `log`, the last 50 of each proxy in the list `log:<id>`, and a
-- {"op":"log"} in the script's records message. Needs keys, values, topics.
local LOG_HISTORY, LOG_PER_PROXY = 100000, 50

-- id: text, '' = of no proxy. status: success | error | warning | info. user: who, by which means, as
-- shared/model/actor.h writes it ('' the clock). params: JSON object text.
local function log_add(now, id, action, status, user, message_id, params, region)
	local entry = '"proxy_id":' .. (id == '' and '0' or id) .. ',"action":' .. json_text(action)
		.. ',"region":' .. json_text(region or '') .. ',"status":' .. json_text(status)
		.. ',"message_id":' .. json_text(message_id or '')
		.. ',"params":' .. (params and params ~= '' and params or '{}')
		.. ',"user":' .. json_text(user or '') .. ',"timestamp":' .. dec(now) .. '}'
	local stream_id = redis.call('XADD', key('log'), 'MAXLEN', '~', LOG_HISTORY, '*', 'm', '{' .. entry)
	entry = '{"id":"' .. stream_id .. '",' .. entry
	if id ~= '' then
		redis.call('LPUSH', key_log_of(id), entry)
		redis.call('LTRIM', key_log_of(id), 0, LOG_PER_PROXY - 1)
	end
	change_add('records', 'log', id, entry)
end
