-- log_page(id, before, limit[, owner]): history, newest first. Called by api-node. Of one proxy: its list of at most 50.
-- KEYS[1] prefix. ARGV: id ('' = of all), before (entry id, exclusive; '' = from the newest), limit (1–500),
-- owner (user id; '' = anybody): only of a proxy that is deleted, can be restored and was theirs; absent: of any.
-- OK entries(JSON array of {"id","proxy_id","action","region","status","message_id","params","user","timestamp"}) |
-- INVALID field | NOT_FOUND
--@include keys
--@include values
local id, before, limit = ARGV[1], ARGV[2], int(ARGV[3])
if not id or (id ~= '' and not int(id)) then return bad_argument('id') end
if not limit or limit < 1 or limit > 500 then return {'INVALID', 'field', 'limit'} end
if not before or (before ~= '' and not before:find('^%d+%-%d+$')) then return {'INVALID', 'field', 'before'} end
local owner, entries = ARGV[4], {}
if owner and owner ~= '' and not int(owner) then return bad_argument('owner') end
if owner then
	local theirs = redis.call('HGET', key_deleted(id), 'user_id')
	if not theirs or (owner ~= '' and theirs ~= owner) then return {'NOT_FOUND'} end
end
if id == '' then
	for _, entry in ipairs(redis.call('XREVRANGE', key('log'), before == '' and '+' or '(' .. before, '-', 'COUNT', limit)) do
		entries[#entries + 1] = '{"id":"' .. entry[1] .. '",' .. entry[2][2]:sub(2)
	end
else
	local ms, seq = before:match('^(%d+)%-(%d+)$')
	ms, seq = tonumber(ms), tonumber(seq)
	for _, entry in ipairs(redis.call('LRANGE', key_log_of(id), 0, -1)) do
		local entry_ms, entry_seq = entry:match('^{"id":"(%d+)%-(%d+)"')
		entry_ms, entry_seq = tonumber(entry_ms), tonumber(entry_seq)
		if not ms or entry_ms < ms or (entry_ms == ms and entry_seq < seq) then entries[#entries + 1] = entry end
		if #entries == limit then break end
	end
end
return {'OK', 'entries', '[' .. table.concat(entries, ',') .. ']'}
