-- notice_test(id, actor): queues the sending of a sample now. Called by api-node, which waits for the job's result.
-- KEYS[1] prefix. ARGV: id, actor (user name).
-- QUEUED job name | NOT_FOUND
--@include keys
--@include values
--@include topics
--@include record
--@include jobs
local id, actor = ARGV[1], ARGV[2]
if not int(id) or not actor then return bad_argument('id') end
local name = redis.call('HGET', key_notice(id), 'name')
if not name then return {'NOT_FOUND'} end
local job = 'notify-' .. id .. '-' .. dec(redis.call('INCR', key('job:next')))
job_add(job, 'notify', id, '0', 'manual', actor, '', now_ms())
return {'QUEUED', 'job', job, 'name', name}
