-- fleet_read(): the nodes that are alive and those that lately vanished, who leads, how much waits, how Redis is. Called
-- by api-node. A node whose heartbeat ran out more than a day ago is forgotten here.
-- KEYS[1] prefix. No ARGV.
-- OK nodes(JSON array of objects of texts: each node's heartbeat, `node`, `seen_at`, `alive` 1|0; of one that vanished
-- what `nodes:about` remembers) leader(JSON or null) now_ms gen routes_ver records_ver jobs(entries in the stream)
-- dead(jobs given up) info(text of INFO: server, memory, persistence, clients)
--@include keys
--@include values
local DAY_MS = 86400000
local now, nodes = now_ms(), {}
local flat = redis.call('ZRANGE', key('nodes'), 0, -1, 'WITHSCORES')

local function number(name) return redis.call('GET', key(name)) or '0' end

local function members(hash)
	local out = {}
	for j = 1, #hash, 2 do out[#out + 1] = json_text(hash[j]) .. ':' .. json_text(hash[j + 1]) end
	return out
end

for i = 1, #flat, 2 do
	local out = members(redis.call('HGETALL', key_node(flat[i])))
	if #out > 0 then
		out[#out + 1] = '"alive":"1"'
	elseif now - tonumber(flat[i + 1]) > DAY_MS then
		redis.call('ZREM', key('nodes'), flat[i])
		redis.call('HDEL', key('nodes:about'), flat[i])
	else
		local role, build = (redis.call('HGET', key('nodes:about'), flat[i]) or ''):match('^(%S*) ?(.*)$')
		out = members({'node', flat[i], 'seen_at', dec(tonumber(flat[i + 1])), 'alive', '0', 'role', role, 'build', build})
	end
	if #out > 0 then nodes[#nodes + 1] = '{' .. table.concat(out, ',') .. '}' end
end
return {'OK', 'nodes', '[' .. table.concat(nodes, ',') .. ']', 'leader', redis.call('GET', key('leader')) or 'null',
	'now_ms', dec(now), 'gen', number('generation'), 'routes_ver', number('routes:version'),
	'records_ver', number('records:version'), 'jobs', dec(redis.call('XLEN', key('jobs'))),
	'dead', dec(redis.call('XLEN', key('dead'))),
	'info', redis.call('INFO', 'server', 'memory', 'persistence', 'clients')}
