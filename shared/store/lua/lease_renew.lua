-- lease_renew(value, lease_ms): keeps the lease. Called by the leader every third of it.
-- KEYS[1] prefix. ARGV: value (of lease_take), lease_ms.
-- OK | LOST
--@include keys
--@include values
local lease_ms = int(ARGV[2])
if not lease_ms or lease_ms < 1 then return bad_argument('lease_ms') end
if redis.call('GET', key('leader')) ~= ARGV[1] then return {'LOST'} end
redis.call('PEXPIRE', key('leader'), lease_ms)
return {'OK'}
