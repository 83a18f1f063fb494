-- backup_page(after_id, n): whole records of proxies, by ascending id, for a backup. Called by api-node.
-- KEYS[1] prefix. ARGV: after_id (0 for the first page), n (1–500 records).
-- OK last_id(0 when this was the end) records(JSON array of objects of texts: every field that would mean something in
-- another store, and `months`: what it has carried, a JSON object as the hash months:<id>)
--@include keys
--@include values
--@include import
local after, n = int(ARGV[1]), int(ARGV[2])
if not after or after < 0 then return bad_argument('after_id') end
if not n or n < 1 or n > 500 then return bad_argument('n') end
local ids = redis.call('ZRANGEBYSCORE', key('proxies'), '(' .. dec(after), '+inf', 'LIMIT', 0, n)
local records = {}
for _, id in ipairs(ids) do
	local fields = hash_read(key_proxy(id))
	if fields.id then
		local months = import_object(hash_read(key_months(id)), {})
		records[#records + 1] = import_object(fields, IMPORT_NOT_OURS):sub(1, -2) .. ',"months":' .. json_text(months) .. '}'
	end
end
return {'OK', 'last_id', #ids == n and ids[#ids] or '0', 'records', '[' .. table.concat(records, ',') .. ']'}
