-- link_set(id, actor, sealed, hash): gives a proxy a new change-IP link, or takes its link away. Called by api-node.
-- The link before it ends with this script: `links` knows one hash for each proxy.
-- KEYS[1] prefix. ARGV: id, actor, sealed (the token, sealed for the record; '' = no link any more), hash (SHA-256 of
-- the token, hex; '' with sealed '').
-- OK version(records topic, "<gen>-<ver>") | NOTHING (there was no link to take away) | NOT_FOUND
--@include keys
--@include values
--@include topics
--@include log
--@include record
local id, actor, sealed, hash, now = ARGV[1], ARGV[2], ARGV[3], ARGV[4], now_ms()
if not int(id) or not actor then return bad_argument('id') end
if not sealed or #sealed > 1024 then return bad_argument('sealed') end
if not hash or (sealed == '') ~= (hash == '') or (hash ~= '' and not (#hash == 64 and hash:find('^%x+$'))) then
	return bad_argument('hash')
end
local rec = record_read(id)
if not rec then return {'NOT_FOUND'} end
local old = text(rec, 'link_hash')
if old == '' and hash == '' then return {'NOTHING'} end
if old ~= '' then redis.call('HDEL', key('links'), old) end
if hash ~= '' then redis.call('HSET', key('links'), hash, id) end
set(rec, 'link_token', sealed)
set(rec, 'link_hash', hash)
record_save(rec, now)
log_add(now, id, hash ~= '' and 'link' or 'link_end', 'success', actor)
publish()
return {'OK', 'version', topic_version('records')}
