-- import_logs(effect, entries): puts history from elsewhere where it belongs by its time. Called by api-node.
-- The stream takes no id before its last one, so it is written anew, once for all entries; a history longer than
-- MERGE_MAX stays as it is.
-- KEYS[1] prefix. ARGV: effect (look: writes nothing | write), entries: JSON array of 1–5000, oldest first: {"at": epoch ms,
-- "seq": a number that tells entries of one ms apart, "proxy_id": number, 0 = of none, "entry": JSON text of the entry
-- without its braces and id}.
-- OK verdicts(JSON array of "created" | "exists", in order) | FULL
--@include keys
--@include values
--@include topics
--@include log
local MERGE_MAX = 20000
local effect = ARGV[1]
if effect ~= 'look' and effect ~= 'write' then return bad_argument('effect') end
local ok, given = pcall(cjson.decode, ARGV[2] or '')
if not ok or type(given) ~= 'table' or #given < 1 or #given > 5000 then return bad_argument('entries') end
local entries = {}
for _, e in ipairs(given) do
	if type(e) ~= 'table' or type(e.at) ~= 'number' or type(e.seq) ~= 'number' or type(e.proxy_id) ~= 'number'
		or type(e.entry) ~= 'string' or e.at < 1 or e.at > 10 ^ 14 or e.seq < 0 or e.seq > 10 ^ 12
		or not is_json('{' .. e.entry .. '}', '{') then return bad_argument('entries') end
	entries[#entries + 1] = {id = dec(e.at) .. '-' .. dec(e.seq), at = e.at, seq = e.seq, proxy = dec(e.proxy_id), text = e.entry}
end
if redis.call('XLEN', key('log')) > MERGE_MAX then return {'FULL'} end

local function later(a, b) return a.at > b.at or (a.at == b.at and a.seq > b.seq) end
local function parsed(id, value)
	local ms, seq = id:match('^(%d+)%-(%d+)$')
	return {id = id, at = tonumber(ms), seq = tonumber(seq), value = value}
end

local there, all = {}, {}
for _, item in ipairs(redis.call('XRANGE', key('log'), '-', '+')) do
	there[item[1]] = true
	all[#all + 1] = parsed(item[1], item[2][2])
end
local out, lists, added = {}, {}, 0
for i, e in ipairs(entries) do
	out[i] = there[e.id] and '"exists"' or '"created"'
	if not there[e.id] then
		there[e.id] = true
		added = added + 1
		e.value = '{' .. e.text .. '}'
		all[#all + 1] = e
		if e.proxy ~= '0' then
			lists[e.proxy] = lists[e.proxy] or {}
			table.insert(lists[e.proxy], {id = e.id, at = e.at, seq = e.seq, value = '{"id":"' .. e.id .. '",' .. e.text .. '}'})
		end
	end
end
if effect == 'write' and added > 0 then
	table.sort(all, function(a, b) return later(b, a) end)
	redis.call('DEL', key('log'))
	for _, e in ipairs(all) do redis.call('XADD', key('log'), e.id, 'm', e.value) end
	for proxy, list in pairs(lists) do
		if redis.call('EXISTS', key_proxy(proxy)) == 1 then
			for _, value in ipairs(redis.call('LRANGE', key_log_of(proxy), 0, -1)) do
				list[#list + 1] = parsed(value:match('^{"id":"(%d+%-%d+)"') or '0-0', value)
			end
			table.sort(list, later)
			redis.call('DEL', key_log_of(proxy))
			for n = 1, math.min(#list, LOG_PER_PROXY) do redis.call('RPUSH', key_log_of(proxy), list[n].value) end
		end
	end
end
return {'OK', 'verdicts', '[' .. table.concat(out, ',') .. ']'}
