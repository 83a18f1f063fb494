-- notice_deliveries(channel, before, limit): what was sent, or not, newest first; the last 1000 of all channels are kept.
-- Called by api-node.
-- KEYS[1] prefix. ARGV: channel ('' = of all), before (entry id, exclusive; '' = from the newest), limit (1–500).
-- OK deliveries(JSON array) | INVALID field
--@include keys
--@include values
local channel, before, limit = ARGV[1], ARGV[2], int(ARGV[3])
if not channel or (channel ~= '' and not int(channel)) then return bad_argument('channel') end
if not limit or limit < 1 or limit > 500 then return {'INVALID', 'field', 'limit'} end
if not before or (before ~= '' and not (is_entry(before))) then return {'INVALID', 'field', 'before'} end
if before:find('^0+%-0+$') then return {'OK', 'deliveries', '[]'} end -- no entry is older; XREVRANGE calls it invalid
local out = {}
local newest = before == '' and '+' or '(' .. before
for _, entry in ipairs(redis.call('XREVRANGE', key('notices:log'), newest, '-')) do
	if channel == '' or entry[2][2] == channel then out[#out + 1] = '{"id":"' .. entry[1] .. '",' .. entry[2][4] end
	if #out == limit then break end
end
return {'OK', 'deliveries', '[' .. table.concat(out, ',') .. ']'}
