-- proxy_restore(id, owner, actor): puts a deleted proxy back with its id, number, subdomain, password, allow, tags,
-- history and change-IP link. Called by api-node. An upstream whose time is not over serves again at once, and the
-- provider is asked whether it still is the key's; else it is asked for one. Repeating a call whose answer was lost
-- gives the same.
-- KEYS[1] prefix. ARGV: id, owner (only what is this user's may be restored; '' = anybody's), actor (model/actor.h).
-- OK version job(of the call to the provider, or empty) | ALREADY version (it is not deleted) | NOT_FOUND |
-- DUPLICATE_KEY proxy_id (its key is used by another now)
--@include keys
--@include values
--@include topics
--@include log
--@include record
--@include jobs
--@include due
--@include upstream
local id, owner, actor, now = ARGV[1], ARGV[2], ARGV[3], now_ms()
if not int(id) then return bad_argument('id') end
if not owner or (owner ~= '' and not int(owner)) or not actor then return bad_argument('owner') end
local function is_theirs(rec) return owner == '' or text(rec, 'user_id') == owner end
local there = record_read(id)
if there then return is_theirs(there) and {'ALREADY', 'version', topic_version('routes')} or {'NOT_FOUND'} end
local fields = hash_read(key_deleted(id))
if not fields.id or not is_theirs(record_new(id, fields)) then return {'NOT_FOUND'} end
local hmac = fields.provider_key_hmac or ''
local holder = hmac ~= '' and redis.call('HGET', key('provider_keys'), hmac)
if holder then return {'DUPLICATE_KEY', 'proxy_id', holder} end

redis.call('HDEL', key_deleted(id), 'deleted_at')
redis.call('RENAME', key_deleted(id), key_proxy(id))
redis.call('PERSIST', key_proxy(id))
redis.call('PERSIST', key_log_of(id))
redis.call('EXPIRE', key_months(id), MONTHS_KEEP_SECONDS)
redis.call('ZREM', key('deleted'), id)
redis.call('ZADD', key('proxies'), id, id)
redis.call('DEL', key('routes:allow_empty'))
redis.call('HSET', key('subdomains'), fields.subdomain, id, 'proxy' .. fields.number, id)
redis.call('ZREM', key('numbers:free'), fields.number)
redis.call('ZREM', key('numbers:ready'), fields.number)
if hmac ~= '' then redis.call('HSET', key('provider_keys'), hmac, id) end
if (fields.link_hash or '') ~= '' then redis.call('HSET', key('links'), fields.link_hash, id) end
local rec, job = record_new(id, fields), ''
local static, active = text(rec, 'provider') == 'static', text(rec, 'is_active') == '1'
slot_end(rec, num(rec, 'open_slot'), false) -- what was in work when it was deleted is no longer wanted
set(rec, 'fence', num(rec, 'fence') + 1)
if redis.call('EXISTS', key_user(text(rec, 'user_id'))) == 0 then -- deleted meanwhile: who restores it gets it
	set(rec, 'user_id', redis.call('HGET', key('usernames'), actor:match('^[^|]*'):lower()) or text(rec, 'user_id'))
end
for _, name in ipairs({'sync_entry', 'check_entry', 'check_failures', 'retry_count', 'expired_for'}) do
	if text(rec, name) ~= '' then set(rec, name, '') end
end
set(rec, 'status', active and status_plain(rec, now) or 'paused')
if not static and active then
	if upstream_alive(rec, now) then
		job = queue_other(rec, 'sync', 'api', actor, now)
	else
		upstream_set(rec, {}, now, 0, 0) -- pending: no mode waits with the next try
		set(rec, 'status', 'pending')
		job = queue_rotate(rec, 'api', actor, '', now)
	end
end
arm_rotate(rec, settings_read(), now, 0)
arm_check(rec, now, 0)
notice_paid(rec.fields)
record_save(rec, now)
log_add(now, id, 'restore', 'success', actor)
publish()
return {'OK', 'version', topic_version('routes'), 'job', job}
