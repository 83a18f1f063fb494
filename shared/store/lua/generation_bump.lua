-- generation_bump(run_id): a Redis that is not the one of before (restart, failover) starts a new generation.
-- Called by store.c first on each new link. History may have lost its tail then, so versions may repeat; ordering is
-- by (generation, version). The new one is above all that any node has seen: the stored one, heartbeats, the time.
-- KEYS[1] prefix. ARGV: run_id (of INFO server).
-- OK gen bumped(0|1)
--@include keys
--@include values
--@include nodes
if (ARGV[1] or '') == '' then return bad_argument('run_id') end
local stored = tonumber(redis.call('GET', key('generation')) or '0')
if stored > 0 and redis.call('GET', key('generation_run')) == ARGV[1] then
	return {'OK', 'gen', dec(stored), 'bumped', '0'}
end
local next_gen = math.max(stored + 1, now_ms(), heartbeats_gen() + 1)
redis.call('SET', key('generation'), dec(next_gen))
redis.call('SET', key('generation_run'), ARGV[1])
return {'OK', 'gen', dec(next_gen), 'bumped', '1'}
