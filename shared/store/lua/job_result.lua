-- job_result(job): the stored result of a finished job (kept 60 s). Called by the api-node that waits for it.
-- KEYS[1] prefix. ARGV: job.
-- OK result(JSON) | NOTHING
--@include keys
local result = redis.call('GET', key_result(ARGV[1] or ''))
if not result then return {'NOTHING'} end
return {'OK', 'result', result}
