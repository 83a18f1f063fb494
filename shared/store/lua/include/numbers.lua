-- numbers.lua: which number and subdomain a new proxy gets. Needs keys, values.

-- A name belongs to whoever has it, and to a deleted proxy as long as it can be restored.
local function name_taken(name)
	local id = redis.call('HGET', key('subdomains'), name)
	return id and redis.call('EXISTS', key_proxy(id), key_deleted(id)) > 0
end

-- The number to take, and where it comes from: 'ready' (the lowest released one whose time has come), else
-- 'counter'. nil when 10,000 names in a row are taken. Released numbers ripen into numbers:ready (sorted by number),
-- a thousand a call: "lowest of those whose time has come" would otherwise be a scan of them all.
local function number_find(now)
	local ripe = redis.call('ZRANGEBYSCORE', key('numbers:free'), '-inf', now, 'LIMIT', 0, 1000)
	for _, n in ipairs(ripe) do
		redis.call('ZREM', key('numbers:free'), n)
		redis.call('ZADD', key('numbers:ready'), n, n)
	end
	for _, n in ipairs(redis.call('ZRANGE', key('numbers:ready'), 0, 99)) do
		if not name_taken('proxy' .. n) then return tonumber(n), 'ready' end
	end
	local last = tonumber(redis.call('GET', key('numbers:next')) or '0')
	for n = last + 1, last + 10000 do
		if not name_taken('proxy' .. dec(n)) then return n, 'counter' end
	end
	return nil
end

-- from: what number_find said, or 'wish' for a number that the caller named: the counter skips it when it gets there.
local function number_take(n, from)
	redis.call('ZREM', key('numbers:ready'), dec(n))
	redis.call('ZREM', key('numbers:free'), dec(n))
	if from == 'counter' then redis.call('SET', key('numbers:next'), dec(n)) end
end
