-- remove.lua: takes a proxy out of service. Needs keys, values, topics, record, due.

-- reuse_ms: the number stays unused so long; 0 and keep_ms 0: everything is free at once, nothing is kept.
local function proxy_remove(rec, now, keep_ms, reuse_ms)
	local id, name = rec.id, text(rec, 'subdomain')
	disarm(id)
	redis.call('ZREM', key_due('paid'), id)
	redis.call('ZREM', key_due('quota'), id)
	redis.call('ZREM', key('proxies'), id)
	redis.call('HDEL', key('routes'), name)
	if text(rec, 'provider_key_hmac') ~= '' then
		redis.call('HDEL', key('provider_keys'), text(rec, 'provider_key_hmac'))
	end
	if text(rec, 'next_provider_key_hmac') ~= '' then
		redis.call('HDEL', key('provider_keys'), text(rec, 'next_provider_key_hmac'))
	end
	if text(rec, 'link_hash') ~= '' then redis.call('HDEL', key('links'), text(rec, 'link_hash')) end
	if keep_ms > 0 then
		redis.call('HDEL', key_proxy(id), unpack(RECORD_NEXT_KEY))
		redis.call('HSET', key_proxy(id), 'deleted_at', dec(now))
		redis.call('ZREMRANGEBYSCORE', key('deleted'), '-inf', now)
		redis.call('ZADD', key('deleted'), now + keep_ms, id)
		redis.call('RENAME', key_proxy(id), key_deleted(id))
		redis.call('PEXPIRE', key_deleted(id), keep_ms)
		redis.call('PEXPIRE', key_log_of(id), keep_ms)
		redis.call('PEXPIRE', key_months(id), keep_ms) -- a proxy that is restored has used what it has used
	else
		redis.call('DEL', key_proxy(id), key_log_of(id), key_months(id))
		redis.call('HDEL', key('subdomains'), name, 'proxy' .. text(rec, 'number'))
	end
	redis.call('DEL', key('stats:' .. id), key('usage:' .. id))
	redis.call('ZADD', key('numbers:free'), now + reuse_ms, text(rec, 'number'))
	change_add('routes', 'del', name)
	change_add('records', 'del', id)
	-- A relay with routes takes an empty table for a lost store, unless this names its generation.
	if redis.call('ZCARD', key('proxies')) == 0 then redis.call('SET', key('routes:allow_empty'), gen) end
end
