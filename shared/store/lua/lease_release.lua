-- lease_release(value): gives the lease back, at SIGTERM: the next leader need not wait for its end.
-- KEYS[1] prefix. ARGV: value (of lease_take).
-- OK | LOST
--@include keys
if redis.call('GET', key('leader')) ~= ARGV[1] then return {'LOST'} end
redis.call('DEL', key('leader'))
return {'OK'}
