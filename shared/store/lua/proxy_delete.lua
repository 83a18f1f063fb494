-- proxy_delete(id, actor, release, keep_ms, reuse_ms): takes a proxy out of service at once. Called by api-node.
-- The record is kept as deleted:<id> for keep_ms (its subdomain stays reserved so long), its number is unused for
-- reuse_ms, its provider key is free at once. Work in flight ends with GONE.
-- KEYS[1] prefix. ARGV: id, actor (model/actor.h), release (1: a job gives the upstream back), keep_ms, reuse_ms.
-- OK version job(release job, or empty) | NOT_FOUND
--@include keys
--@include values
--@include topics
--@include log
--@include record
--@include jobs
--@include due
--@include remove
local id, actor, release, keep_ms, reuse_ms = ARGV[1], ARGV[2], ARGV[3], int(ARGV[4]), int(ARGV[5])
if not int(id) or not actor then return bad_argument('id') end
if release ~= '0' and release ~= '1' then return bad_argument('release') end
if not keep_ms or keep_ms < 0 then return bad_argument('keep_ms') end
if not reuse_ms or reuse_ms < 0 then return bad_argument('reuse_ms') end
local rec, now, job = record_read(id), now_ms(), ''
if not rec then return {'NOT_FOUND'} end
log_add(now, id, 'delete', 'success', actor, '', '{"name":' .. json_text(text(rec, 'key_name')) .. '}')
proxy_remove(rec, now, keep_ms, reuse_ms)
if release == '1' and keep_ms > 0 and text(rec, 'provider') ~= 'static' then
	redis.call('HSET', key_deleted(id), 'expiration_at', dec(now)) -- a restored one does not go on with this upstream
	job = 'release-' .. id .. '-' .. dec(redis.call('INCR', key('job:next')))
	job_add(job, 'release', id, '0', 'api', actor, '', now)
end
publish()
return {'OK', 'version', topic_version('routes'), 'job', job}
