-- proxies_deleted(owner, limit): the deleted proxies that can still be restored, the last deleted first. Called by
-- api-node.
-- KEYS[1] prefix. ARGV: owner (user id; '' = everybody's), limit (1–1000).
-- OK deleted(JSON array of {"record": as in topic `records`, "deleted_at": ms, "restorable_until": ms})
--@include keys
--@include values
--@include topics
--@include record
local owner, limit, out = ARGV[1], int(ARGV[2]), {}
if not owner or (owner ~= '' and not int(owner)) then return bad_argument('owner') end
if not limit or limit < 1 or limit > 1000 then return bad_argument('limit') end
local found = redis.call('ZREVRANGEBYSCORE', key('deleted'), '+inf', '(' .. dec(now_ms()), 'WITHSCORES')
for i = 1, #found, 2 do
	local is_theirs = owner == '' or redis.call('HGET', key_deleted(found[i]), 'user_id') == owner
	local fields = is_theirs and hash_read(key_deleted(found[i])) or {}
	if fields.id then
		out[#out + 1] = '{"record":' .. record_json(fields) .. ',"deleted_at":' .. (fields.deleted_at or '0')
			.. ',"restorable_until":' .. dec(tonumber(found[i + 1])) .. '}'
	end
	if #out == limit then break end
end
return {'OK', 'deleted', '[' .. table.concat(out, ',') .. ']'}
