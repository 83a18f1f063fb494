-- topics.lua: collects what a script changes and publishes it as one message a topic:
-- {"gen":G,"prev":V-1,"ver":V,"changes":[…]}, to the stream <topic>:changes under the id <gen>-<ver> and to the
-- channel <topic>. The published copy is a hint; the stream is what a follower with a gap reads.
-- Must be included before anything writes: without a generation the store is not open, and nothing may change.
local TOPIC_HISTORY = 100000
local gen = redis.call('GET', key('generation'))
if not gen then return redis.error_reply('ERR store: not open (no generation)') end
local topics = {}

local function topic(name)
	local t = topics[name]
	if not t then
		t = {ver = tonumber(redis.call('GET', key(name .. ':version')) or '0'), items = {}}
		topics[name] = t
	end
	return t
end

-- The version that this script's changes to the topic will have.
local function topic_next(name) return topic(name).ver + 1 end

-- "<gen>-<ver>" of the topic once this script is through; call it after the last change_add to that topic.
local function topic_version(name)
	local t = topic(name)
	return gen .. '-' .. dec(#t.items > 0 and t.ver + 1 or t.ver)
end

-- value: JSON text, or nil.
local function change_add(name, op, item_key, value)
	local items = topic(name).items
	items[#items + 1] = '{"op":"' .. op .. '","key":' .. json_text(item_key)
		.. (value and (',"value":' .. value .. '}') or '}')
end

local function publish()
	for name, t in pairs(topics) do
		if #t.items > 0 then
			local ver = dec(redis.call('INCR', key(name .. ':version')))
			local message = '{"gen":' .. gen .. ',"prev":' .. dec(t.ver) .. ',"ver":' .. ver
				.. ',"changes":[' .. table.concat(t.items, ',') .. ']}'
			redis.call('XADD', key(name .. ':changes'), 'MAXLEN', '~', TOPIC_HISTORY, gen .. '-' .. ver, 'm', message)
			redis.call('PUBLISH', key(name), message)
		end
	end
end
