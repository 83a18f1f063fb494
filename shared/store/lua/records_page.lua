-- records_page(after_id, n): a chunk of a snapshot of the topic `records`, by ascending id. Called by store_follow.
-- KEYS[1] prefix. ARGV: after_id (0 for the first page), n (1–1000 records).
-- OK last_id(0 when this was the end) records(JSON array of record objects, byte for byte as in messages)
--@include keys
--@include values
--@include topics
--@include record
local after, n = int(ARGV[1]), int(ARGV[2])
if not after then return bad_argument('after_id') end
if not n or n < 1 or n > 1000 then return bad_argument('n') end
local ids = redis.call('ZRANGEBYSCORE', key('proxies'), '(' .. dec(after), '+inf', 'LIMIT', 0, n)
local out = {'['}
for _, id in ipairs(ids) do
	local rec = record_read(id)
	if rec then
		if #out > 1 then out[#out + 1] = ',' end
		record_json_append(out, rec.fields)
	end
end
out[#out + 1] = ']'
return {'OK', 'last_id', #ids == n and ids[#ids] or '0', 'records', table.concat(out)}
