-- fleet_read(): the nodes that are alive, and who leads. Called by api-node. A node whose heartbeat ran out more than
-- a day ago is forgotten here.
-- KEYS[1] prefix. No ARGV.
-- OK nodes(JSON array of objects of texts: each node's heartbeat, `node`, `seen_at`, `alive` 1|0) leader(JSON or null)
-- now_ms
--@include keys
--@include values
local DAY_MS = 86400000
local now, nodes = now_ms(), {}
local flat = redis.call('ZRANGE', key('nodes'), 0, -1, 'WITHSCORES')
for i = 1, #flat, 2 do
	local fields, out = redis.call('HGETALL', key_node(flat[i])), {}
	for j = 1, #fields, 2 do out[#out + 1] = json_text(fields[j]) .. ':' .. json_text(fields[j + 1]) end
	if #out > 0 then
		out[#out + 1] = '"alive":"1"'
	elseif now - tonumber(flat[i + 1]) > DAY_MS then
		redis.call('ZREM', key('nodes'), flat[i])
	else
		out = {'"node":' .. json_text(flat[i]), '"seen_at":"' .. dec(tonumber(flat[i + 1])) .. '"', '"alive":"0"'}
	end
	if #out > 0 then nodes[#nodes + 1] = '{' .. table.concat(out, ',') .. '}' end
end
return {'OK', 'nodes', '[' .. table.concat(nodes, ',') .. ']', 'leader', redis.call('GET', key('leader')) or 'null',
	'now_ms', dec(now)}
