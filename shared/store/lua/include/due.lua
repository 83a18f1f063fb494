-- due.lua: when a proxy is due. Three sorted sets, id -> epoch ms: due:rotate, due:sync, due:check.
-- Needs keys, values, record, jobs.
local EXPIRE_AHEAD_MS, SPREAD_MAX_MS = 60000, 60000

local function settings_read()
	local s = hash_read(key('settings'))
	local function flag(name, fallback) return (s[name] or fallback) == '1' end
	local function number(name, fallback) return tonumber(s[name]) or fallback end
	return {
		on_expiration = flag('auto_rotate_on_expiration', '1'),
		interval_enabled = flag('auto_rotate_interval_enabled', '0'),
		interval_ms = number('auto_rotate_interval_minutes', 10) * 60000,
		on_failure = flag('auto_rotate_on_failure', '1'),
		idle_wait_ms = number('auto_rotate_idle_wait_minutes', 30) * 60000,
		update_enabled = flag('auto_update_enabled', '1'),
		update_ms = number('auto_update_interval_seconds', 30) * 1000,
	}
end

-- 'interval', ms | 'expiration' | 'manual': what rotate_mode means under these settings.
local function rotate_policy(rec, settings)
	local mode = text(rec, 'rotate_mode')
	if mode == 'interval' then
		local minutes = num(rec, 'rotate_interval_minutes') -- none of its own: the fleet's
		return 'interval', minutes > 0 and math.max(minutes, 2) * 60000 or settings.interval_ms
	end
	if mode == 'expiration' or mode == 'manual' then return mode end
	if settings.interval_enabled then return 'interval', settings.interval_ms end
	return settings.on_expiration and 'expiration' or 'manual'
end

-- When the next rotation is due; nil when none is. Pure: reads the record only.
local function rotate_due(rec, settings, now)
	if text(rec, 'provider') == 'static' or text(rec, 'is_active') ~= '1' then return nil end
	local allowed = num(rec, 'next_request_at')
	if num(rec, 'rotation_scheduled_at') > 0 then return num(rec, 'rotation_scheduled_at') end
	local expires, status = num(rec, 'expiration_at'), text(rec, 'status')
	if num(rec, 'retry_count') > 0 then return num(rec, 'due_at') end
	if text(rec, 'next_provider_key') ~= '' then return math.max(now, allowed) end -- waits to be tried
	local policy, interval_ms = rotate_policy(rec, settings)
	if status == 'key_invalid' or status == 'key_expired' then policy = 'manual' end
	if policy == 'manual' then
		if has_upstream(rec) or status ~= 'pending' then return nil end
		return math.max(now, allowed) -- its first upstream: no mode waits with that
	end
	if not has_upstream(rec) then return math.max(now, allowed) end
	if policy == 'expiration' then
		if expires == 0 then return nil end
		return math.max(expires - EXPIRE_AHEAD_MS, allowed)
	end
	-- The interval overrides expiry, but is cut short by it: an interval longer than the upstream's life would
	-- leave the endpoint dead for the rest.
	local at = num(rec, 'last_rotated_at') + interval_ms
	if expires > 0 then at = math.min(at, expires - EXPIRE_AHEAD_MS) end
	return math.max(at, allowed)
end

-- When the clock must look at the proxy next, and what for: 'rotate', or 'expire' (the upstream ends before anything
-- replaces it: the record says so, the route stops serving). nil when never. Third: when the next rotation is due.
local function next_due(rec, settings, now)
	local at, expires = rotate_due(rec, settings, now), num(rec, 'expiration_at')
	local ends = expires > 0 and has_upstream(rec) and num(rec, 'expired_for') ~= expires
		and text(rec, 'provider') ~= 'static' and text(rec, 'is_active') == '1'
	if ends and (not at or expires < at) then return expires, 'expire', at end
	return at, 'rotate', at
end

-- A timed rotation (due at `at`) of a proxy with rotate_idle_only waits while bytes flow: until when at most, and when
-- to look again; nil when it need not wait. At most auto_rotate_idle_wait_minutes, and never into the upstream's end.
local IDLE_MS, IDLE_SPARE_MS = 12000, 10000 -- relays report every 5 s
local function idle_wait(rec, settings, at, now)
	if text(rec, 'rotate_idle_only') ~= '1' or num(rec, 'rotation_scheduled_at') > 0 or num(rec, 'retry_count') > 0
			or text(rec, 'next_provider_key') ~= '' or not upstream_alive(rec, now) then
		return nil
	end
	local limit, expires = at + settings.idle_wait_ms, num(rec, 'expiration_at')
	if expires > 0 then limit = math.min(limit, expires - IDLE_SPARE_MS) end
	local quiet_at = (tonumber(redis.call('HGET', key('stats:' .. rec.id), 'traffic_at') or '') or 0) + IDLE_MS
	if now >= limit or now >= quiet_at then return nil end
	return limit, math.min(limit, quiet_at)
end

-- Puts the proxy where next_due says. spread_ms: overdue ones are laid out over so long (0: now).
local function arm_rotate(rec, settings, now, spread_ms)
	if text(rec, 'job_entry') ~= '' then -- queued or in work: comes up again only should it get lost
		redis.call('ZADD', key_due('rotate'), 'NX', now + JOB_REARM_MS, rec.id)
		return
	end
	local at, what, rotate_at = next_due(rec, settings, now)
	if not at or what ~= 'rotate' or at > now then set(rec, 'idle_wait_until', '') end
	if not at then
		redis.call('ZREM', key_due('rotate'), rec.id)
		set(rec, 'due_at', '')
		return
	end
	if num(rec, 'idle_wait_until') > 0 then spread_ms = 0 end -- the clock decides, and soon
	if at < now then at = now + (spread_ms > 0 and (tonumber(rec.id) * 7919) % spread_ms or 0) end
	redis.call('ZADD', key_due('rotate'), at, rec.id)
	if num(rec, 'idle_wait_until') > 0 then return end -- due since then, and waiting
	set(rec, 'due_at', what == 'rotate' and at or rotate_at or '')
end

local function wants_sync(rec)
	local status = text(rec, 'status')
	return text(rec, 'is_active') == '1' and text(rec, 'provider') ~= 'static' and has_upstream(rec)
		and status ~= 'key_invalid' and status ~= 'key_expired'
end

local function arm_sync(rec, settings, now, delay_ms)
	if settings.update_enabled and wants_sync(rec) then
		redis.call('ZADD', key_due('sync'), now + math.max(delay_ms, settings.update_ms), rec.id)
	else
		redis.call('ZREM', key_due('sync'), rec.id)
	end
end

local function arm_check(rec, now, delay_ms)
	if text(rec, 'is_active') == '1' and upstream_alive(rec, now) then
		redis.call('ZADD', key_due('check'), now + delay_ms, rec.id)
	else
		redis.call('ZREM', key_due('check'), rec.id)
	end
end

local function disarm(id)
	redis.call('ZREM', key_due('rotate'), id)
	redis.call('ZREM', key_due('sync'), id)
	redis.call('ZREM', key_due('check'), id)
	redis.call('ZREM', key('failing'), id)
end
