-- job_renew(entry, worker, id, fence, claim_ms): keeps a claim, and the entry from being taken as a dead worker's.
-- Called every 5 s by the scheduler that holds it. No message: followers do not see claim_until_ms.
-- KEYS[1] prefix. ARGV: entry, worker, id, fence, claim_ms.
-- OK | LOST
--@include keys
--@include values
local entry, worker, id, fence, claim_ms = ARGV[1], ARGV[2], ARGV[3], ARGV[4], int(ARGV[5])
if (entry or '') == '' or not is_entry(entry) or (worker or '') == '' or not int(id) then return bad_argument('entry') end
if not int(fence) or not claim_ms or claim_ms < 1000 then return bad_argument('claim_ms') end
local held = redis.call('HMGET', key_proxy(id), 'fence', 'claim_job')
if held[1] ~= fence or (held[2] or '') == '' then return {'LOST'} end
redis.call('HSET', key_proxy(id), 'claim_until_ms', dec(now_ms() + claim_ms))
redis.call('XCLAIM', key('jobs'), 'workers', worker, 0, entry, 'JUSTID')
return {'OK'}
