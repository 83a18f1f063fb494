-- proxies_reassign(from, to, actor, id…): gives those of the proxies that are `from`'s to `to`. Called by api-node when a
-- user is deleted. What is somebody else's by now stays.
-- KEYS[1] prefix. ARGV: from, to (user ids), actor (model/actor.h), 1–100 proxy ids.
-- OK moved | NOT_FOUND (no user `to`)
--@include keys
--@include values
--@include topics
--@include log
--@include record
local from, to, actor, now, moved = ARGV[1], ARGV[2], ARGV[3], now_ms(), 0
if not int(from) or not int(to) or not actor then return bad_argument('from') end
if #ARGV < 4 or #ARGV > 103 then return bad_argument('ids') end
for i = 4, #ARGV do
	if not int(ARGV[i]) then return bad_argument('id') end
end
if redis.call('EXISTS', key_user(to)) == 0 then return {'NOT_FOUND'} end
for i = 4, #ARGV do
	local rec = record_read(ARGV[i])
	if rec and text(rec, 'user_id') == from then
		set(rec, 'user_id', to)
		record_save(rec, now)
		log_add(now, rec.id, 'update', 'success', actor, '', '{"fields":["user_id"]}')
		moved = moved + 1
	end
end
publish()
return {'OK', 'moved', dec(moved)}
