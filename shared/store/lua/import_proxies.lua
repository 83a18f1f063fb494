-- import_proxies(record…): takes in whole records of proxies from elsewhere, with their ids, numbers and names. Each is
-- judged again; one that cannot be taken in is left out, the others go in. Repeating a call finds them there. No provider
-- is called: the clock will find what is due, laid out over a minute.
-- KEYS[1] prefix. ARGV: 1–100 JSON objects of texts: the record's fields, sealed and hashed for this fleet; `id` must be
-- free, `number` may be '' (the next one), `subdomain` '' is proxy<number>; `months` as in backup_page: what was used of a
-- month's limit stays used.
-- OK verdicts(JSON array as import_look's, with "created" for "new", and "id_taken") version(of routes)
--@include keys
--@include values
--@include topics
--@include log
--@include record
--@include jobs
--@include due
--@include proxy_args
--@include numbers
--@include import
-- Told by the provider, so still true; every other status follows from the upstream and from what is used of the limit.
local KEPT_STATUS = {key_invalid = true, key_expired = true, no_stock = true}
local DEFAULTS = {{'is_active', '1'}, {'tags', '[]'}, {'allow', '[]'}, {'limits', '{}'}, {'on_rotate', 'drain'},
	{'drain_seconds', '30'}, {'rotate_mode', 'inherit'}, {'restart_seq', '0'}, {'open_slot', '1'}, {'last_slot', '0'},
	{'fence', '0'}, {'rotation_state', 'idle'}}
if #ARGV < 1 or #ARGV > 100 then return bad_argument('records') end
local records, now = {}, now_ms()

-- What a proxy has carried, {month = "up down connections errors"}; nil when it is none of that.
local function months_of(f)
	local ok, months = pcall(cjson.decode, f.months or '{}')
	if not ok or type(months) ~= 'table' then return nil end
	for name, sums in pairs(months) do
		if type(name) ~= 'string' or not name:find('^%d%d%d%d%-%d%d$') or type(sums) ~= 'string'
			or not sums:find('^%d+ %d+ %d+ %d+$') then return nil end
	end
	return months
end

-- The name of the field that is wrong, or nil.
local function wrong_field(f)
	for name, value in pairs(f) do
		if type(name) ~= 'string' or not name:find('^%l[%l%d_]*$') or #name > 64 then return 'records' end
		if type(value) ~= 'string' or #value > 65536 then return name end
		if PROXY_ARGS[name] and value ~= '' and not PROXY_ARGS[name](value) then return name end
	end
	if not int(f.id or '') or int(f.id) < 1 or int(f.id) > 10 ^ 12 then return 'id' end
	if f.number ~= '' and (not int(f.number or '') or int(f.number) < 1 or int(f.number) > 10 ^ 9) then return 'number' end
	if f.subdomain ~= '' and not import_name_ok(f.subdomain) then return 'subdomain' end
	if (f.subdomain or ''):find('^proxy%d+$') and f.subdomain ~= 'proxy' .. f.number then return 'subdomain' end
	if not import_name_ok(f.provider) then return 'provider' end
	if (f.provider == 'static') ~= ((f.provider_key_hmac or '') == '') then return 'provider_key_hmac' end
	if not months_of(f) then return 'months' end
	if f.last_error and f.last_error ~= '' and f.last_error ~= 'null' and not is_json(f.last_error, '{') then return 'last_error' end
end

for i, argument in ipairs(ARGV) do
	local ok, fields = pcall(cjson.decode, argument)
	if not ok or type(fields) ~= 'table' then return bad_argument('records') end
	local wrong = wrong_field(fields)
	if wrong then return bad_argument(wrong) end
	records[i] = fields
end

local settings = settings_read()
local function take_in(f, number, from)
	local own_name = 'proxy' .. dec(number)
	local name = f.subdomain ~= '' and f.subdomain or own_name
	number_take(number, from)
	redis.call('HSET', key('subdomains'), name, f.id, own_name, f.id)
	redis.call('ZADD', key('proxies'), f.id, f.id)
	redis.call('DEL', key('routes:allow_empty'))
	if redis.call('HEXISTS', key('provider_keys'), f.next_provider_key_hmac or '') == 1 then -- another has it here
		for _, field in ipairs(RECORD_NEXT_KEY) do f[field] = nil end
	end
	for _, hmac in ipairs({f.provider_key_hmac or '', f.next_provider_key_hmac or ''}) do
		if hmac ~= '' then redis.call('HSET', key('provider_keys'), hmac, f.id) end
	end
	if (f.link_hash or '') ~= '' then redis.call('HSET', key('links'), f.link_hash, f.id) end
	if tonumber(redis.call('GET', key('ids')) or '0') < int(f.id) then redis.call('SET', key('ids'), f.id) end
	for month, sums in pairs(months_of(f)) do redis.call('HSET', key_months(f.id), month, sums) end
	redis.call('EXPIRE', key_months(f.id), MONTHS_KEEP_SECONDS)
	local rec = record_new(f.id, {})
	for _, default in ipairs(DEFAULTS) do set(rec, default[1], default[2]) end
	for field, value in pairs(f) do
		if not IMPORT_NOT_OURS[field] and value ~= '' then set(rec, field, value) end
	end
	set(rec, 'number', number)
	set(rec, 'subdomain', name)
	if text(rec, 'last_error'):find('"class":"QUOTA"', 1, true) then set(rec, 'last_error', '') end -- the save finds it anew
	if text(rec, 'created_at') == '' then set(rec, 'created_at', now) end
	if num(rec, 'rotation_scheduled_at') > 0 then set(rec, 'rotation_state', 'scheduled') end
	if text(rec, 'is_active') ~= '1' then
		set(rec, 'status', 'paused')
	elseif not KEPT_STATUS[text(rec, 'status')] then
		set(rec, 'status', status_plain(rec, now))
	end
	arm_rotate(rec, settings, now, SPREAD_MAX_MS)
	arm_sync(rec, settings, now, (tonumber(f.id) * 7919) % SPREAD_MAX_MS)
	arm_check(rec, now, (tonumber(f.id) * 7919) % SPREAD_MAX_MS)
	record_save(rec, now)
end

local out = {}
for i, f in ipairs(records) do
	local name = f.subdomain ~= '' and f.subdomain or (f.number ~= '' and 'proxy' .. f.number or '')
	local verdict, other = import_verdict(f.provider_key_hmac or '', name, f.number)
	if verdict == 'new' and not import_id_free(f.id) then verdict, other = 'id_taken', f.id end
	local number, from = int(f.number), 'wish'
	if verdict == 'new' and not number then
		number, from = number_find(now)
		if not number then verdict, other = 'name_taken', '0' end
	end
	if verdict == 'new' then
		take_in(f, number, from)
		verdict, other = 'created', f.id
	end
	out[i] = import_answer(verdict, other, false)
end
publish()
return {'OK', 'verdicts', '[' .. table.concat(out, ',') .. ']', 'version', topic_version('routes')}
