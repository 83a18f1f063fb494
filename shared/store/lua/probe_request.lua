-- probe_request(id, actor, way, target): asks for a request through a proxy's own endpoint, as a client would make it.
-- Called by api-node, which alone knows where the endpoints are: `target` comes from its configuration and the relays'
-- heartbeats, never from whoever asks. Each call is a job of its own; the record keeps nothing of it.
-- KEYS[1] prefix. ARGV: id, actor, way (port | address | sni | credentials), target ("http://host:port").
-- QUEUED job | NOT_FOUND
--@include keys
--@include values
--@include topics
--@include record
--@include jobs
local id, actor, way, target = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
if not int(id) or not actor then return bad_argument('id') end
if not way or not way:find('^%l+$') or #way > 16 then return bad_argument('way') end
if not target or not target:find('^%l[%l%d]*://[^/%s]+$') or #target > 400 then return bad_argument('target') end
if not record_read(id) then return {'NOT_FOUND'} end
local job = 'probe-' .. id .. '-' .. dec(redis.call('INCR', key('job:next')))
job_add(job, 'probe', id, '0', 'manual', actor, '', now_ms(), 'way', way, 'target', target)
return {'QUEUED', 'job', job}
