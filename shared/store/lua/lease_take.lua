-- lease_take(node, token, lease_ms): becomes the leader if there is none. Called by the scheduler's leader.c.
-- KEYS[1] prefix. ARGV: node (NODE_ID), token (random, new at each try), lease_ms.
-- TAKEN epoch value | HELD node ttl_ms
--@include keys
--@include values
local node, token, lease_ms = ARGV[1], ARGV[2], int(ARGV[3])
if (node or '') == '' or (token or '') == '' then return bad_argument('token') end
if not lease_ms or lease_ms < 1 then return bad_argument('lease_ms') end
local held = redis.call('GET', key('leader'))
if held then
	local ok, leader = pcall(cjson.decode, held)
	return {'HELD', 'node', ok and type(leader) == 'table' and leader.node or '',
		'ttl_ms', dec(math.max(0, redis.call('PTTL', key('leader'))))}
end
local value = '{"node":' .. json_text(node) .. ',"token":' .. json_text(token) .. '}'
redis.call('SET', key('leader'), value, 'PX', lease_ms)
return {'TAKEN', 'epoch', dec(redis.call('INCR', key('leader:epoch'))), 'value', value}
