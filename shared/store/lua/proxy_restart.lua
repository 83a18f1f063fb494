-- proxy_restart(id, actor): relays drop every tunnel of the proxy. Called by api-node.
-- KEYS[1] prefix. ARGV: id, actor (model/actor.h).
-- OK version restart_seq | NOT_FOUND
--@include keys
--@include values
--@include topics
--@include log
--@include record
if not int(ARGV[1]) or not ARGV[2] then return bad_argument('id') end
local rec, now = record_read(ARGV[1]), now_ms()
if not rec then return {'NOT_FOUND'} end
set(rec, 'restart_seq', num(rec, 'restart_seq') + 1)
record_save(rec, now)
log_add(now, rec.id, 'restart', 'success', ARGV[2])
publish()
return {'OK', 'version', topic_version('routes'), 'restart_seq', text(rec, 'restart_seq')}
