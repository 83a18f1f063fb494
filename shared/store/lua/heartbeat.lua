-- heartbeat(node, ttl_ms, field, value…): a node is alive; it learns the versions to have. Called once a second by
-- every node. Works before the store is open (gen 0): store_open must see what living nodes hold.
-- KEYS[1] prefix. ARGV: node (its NODE_ID), ttl_ms (life of node:<id>), then fields; `routes_gen` and
-- `records_gen` are the generations of what it holds.
-- OK gen routes_ver records_ver now_ms allow_empty(the generation in which the fleet became empty, or 0)
-- rates_listeners(who listens to what relays carry: without any, relays need not tell)
--@include keys
--@include values
local DAY_MS = 86400000
local ttl_ms, now = int(ARGV[2]), now_ms()
if (ARGV[1] or '') == '' or #ARGV[1] > 128 then return bad_argument('node') end
if not ttl_ms or ttl_ms < 1 then return bad_argument('ttl_ms') end
if #ARGV % 2 ~= 0 or #ARGV > 130 then return bad_argument('fields') end
local node = key_node(ARGV[1])
redis.call('DEL', node)
redis.call('HSET', node, 'node', ARGV[1], 'seen_at', dec(now), unpack(ARGV, 3))
redis.call('PEXPIRE', node, ttl_ms)
redis.call('ZADD', key('nodes'), now, ARGV[1])
-- What is known of it once it has vanished.
local about = {}
for i = 3, #ARGV, 2 do about[ARGV[i]] = ARGV[i + 1] end
about = (about.role or '') .. ' ' .. (about.build or '')
if redis.call('HGET', key('nodes:about'), ARGV[1]) ~= about then redis.call('HSET', key('nodes:about'), ARGV[1], about) end
-- Each start has a name of its own: those silent for a day are forgotten, or the set would grow with each upgrade.
local gone = redis.call('ZRANGEBYSCORE', key('nodes'), '-inf', dec(now - DAY_MS), 'LIMIT', 0, 1000)
if #gone > 0 then
	redis.call('ZREM', key('nodes'), unpack(gone))
	redis.call('HDEL', key('nodes:about'), unpack(gone))
end
return {'OK', 'gen', redis.call('GET', key('generation')) or '0',
	'routes_ver', redis.call('GET', key('routes:version')) or '0',
	'records_ver', redis.call('GET', key('records:version')) or '0',
	'now_ms', dec(now), 'allow_empty', redis.call('GET', key('routes:allow_empty')) or '0',
	'rates_listeners', dec(redis.call('PUBSUB', 'NUMSUB', key('rates'))[2])}
