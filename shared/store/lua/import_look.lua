-- import_look(id, hmac, subdomain, number, …): what importing these proxies would meet. Writes nothing. Called by
-- api-node before import_proxies, and instead of it for a dry run.
-- KEYS[1] prefix. ARGV: four for each proxy, 1–500 proxies: id it would like ('' = any), provider_key_hmac ('' = fixed
-- upstream), subdomain ('' = that of its number), number ('' = any).
-- OK verdicts(JSON array, in order: {"verdict": "new"|"exists"|"key_taken"|"name_taken", "id": whose, or 0, "id_free"})
-- proxies(how many there are in all)
--@include keys
--@include values
--@include topics
--@include record
--@include numbers
--@include import
if #ARGV == 0 or #ARGV % 4 ~= 0 or #ARGV > 2000 then return bad_argument('proxies') end
local out = {}
for i = 1, #ARGV, 4 do
	local id, hmac, name, number = ARGV[i], ARGV[i + 1], ARGV[i + 2], ARGV[i + 3]
	if (id ~= '' and not int(id)) or (number ~= '' and not int(number)) then return bad_argument('id') end
	if name == '' and number ~= '' then name = 'proxy' .. number end
	local verdict, other = import_verdict(hmac, name, number)
	out[#out + 1] = import_answer(verdict, other, import_id_free(id))
end
return {'OK', 'verdicts', '[' .. table.concat(out, ',') .. ']', 'proxies', dec(redis.call('ZCARD', key('proxies')))}
