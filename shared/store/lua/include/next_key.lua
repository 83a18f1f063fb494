-- next_key.lua: a new provider key that waits for the provider to take it. Needs keys, record.

-- Every claim of the open slot works with it: setting it ends the slot before.
local function next_key_pending(rec) return text(rec, 'next_provider_key') ~= '' end

-- The provider refused it, or another takes its place: the old key stays.
local function next_key_drop(rec)
	local hmac = text(rec, 'next_provider_key_hmac')
	if hmac ~= '' then redis.call('HDEL', key('provider_keys'), hmac) end
	set(rec, 'next_provider_key', '')
	set(rec, 'next_provider_key_hmac', '')
end

-- The provider took it: it is the key now.
local function next_key_adopt(rec)
	local old = text(rec, 'provider_key_hmac')
	if old ~= '' then redis.call('HDEL', key('provider_keys'), old) end
	set(rec, 'provider_key', text(rec, 'next_provider_key'))
	set(rec, 'provider_key_hmac', text(rec, 'next_provider_key_hmac'))
	set(rec, 'next_provider_key', '')
	set(rec, 'next_provider_key_hmac', '')
end
