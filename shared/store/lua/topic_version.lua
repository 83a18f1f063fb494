-- topic_version(topic): the counter of a followed topic. Called by store_follow after the last chunk of a snapshot.
-- KEYS[1] prefix. ARGV: topic (routes | records).
-- OK gen ver now_ms
--@include keys
--@include values
if ARGV[1] ~= 'routes' and ARGV[1] ~= 'records' then return bad_argument('topic') end
return {'OK', 'gen', redis.call('GET', key('generation')) or '0',
	'ver', redis.call('GET', key(ARGV[1] .. ':version')) or '0', 'now_ms', dec(now_ms())}
