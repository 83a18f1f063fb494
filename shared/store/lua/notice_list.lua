-- notice_list(id): the channels, by id, or the one. Called by api-node; nothing sealed is told.
-- KEYS[1] prefix. ARGV: id ('' = all).
-- OK channels(JSON array of objects of texts)
--@include keys
--@include values
--@include topics
--@include record
--@include notice_channel
local out = {}
for _, id in ipairs((ARGV[1] or '') ~= '' and {ARGV[1]} or redis.call('ZRANGE', key('notices'), 0, -1)) do
	local fields = hash_read(key_notice(id))
	if fields.id then out[#out + 1] = notice_channel_json(fields) end
end
return {'OK', 'channels', '[' .. table.concat(out, ',') .. ']'}
