-- import_numbers(next, ids, user_ids, token_ids, free): after a restore, the counters go on where the old ones stood, and
-- released numbers rest as long as they would have rested there. Called by api-node. Counters never go back.
-- KEYS[1] prefix. ARGV: next (last number given out by the counter), ids, user_ids, token_ids (last ids), free
-- ("number:reuse_at,…", reuse_at epoch ms).
-- OK
--@include keys
--@include values
--@include numbers
local names = {'numbers:next', 'ids', 'user_ids', 'token_ids'}
for i = 1, 4 do
	if not int(ARGV[i]) or int(ARGV[i]) < 0 or int(ARGV[i]) > 10 ^ 12 then return bad_argument(names[i]) end
end
if not ARGV[5] or not (ARGV[5] == '' or ARGV[5]:find('^[%d:,]+$')) then return bad_argument('free') end
for i, name in ipairs(names) do
	if tonumber(redis.call('GET', key(name)) or '0') < int(ARGV[i]) then redis.call('SET', key(name), ARGV[i]) end
end
for n, at in ARGV[5]:gmatch('(%d+):(%d+)') do
	if int(n) and int(at) and not name_taken('proxy' .. n) then redis.call('ZADD', key('numbers:free'), at, n) end
end
return {'OK'}
