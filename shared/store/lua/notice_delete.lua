-- notice_delete(id, actor): a channel goes, with what it had not told yet. Called by api-node.
-- KEYS[1] prefix. ARGV: id, actor (user name).
-- OK | NOT_FOUND
--@include keys
--@include values
--@include topics
--@include log
--@include record
--@include notice_channel
local id, actor = ARGV[1], ARGV[2]
if not int(id) or not actor then return bad_argument('id') end
local name = redis.call('HGET', key_notice(id), 'name')
if not name then return {'NOT_FOUND'} end
notice_clear(id)
redis.call('DEL', key_notice(id))
redis.call('ZREM', key('notices'), id)
notice_reindex()
log_add(now_ms(), '', 'notice_delete', 'success', actor, '', '{"channel":' .. json_text(name) .. '}')
publish()
return {'OK'}
