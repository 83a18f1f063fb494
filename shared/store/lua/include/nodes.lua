-- nodes.lua: what living nodes say they hold. Needs keys.

-- The highest generation of routes or records in any heartbeat; 0 when none has synced.
local function heartbeats_gen()
	local highest = 0
	for _, node in ipairs(redis.call('ZRANGE', key('nodes'), 0, -1)) do
		local held = redis.call('HMGET', key_node(node), 'routes_gen', 'records_gen')
		highest = math.max(highest, tonumber(held[1] or '0') or 0, tonumber(held[2] or '0') or 0)
	end
	return highest
end
