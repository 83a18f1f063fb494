-- login.lua: the limiter of logins. A bucket of 10 tries per 5 minutes for the user name and one for the address; once
-- empty, each further try must wait, 30 s at first, doubling to 15 minutes. The name's bucket does not count for
-- addresses from which that user signed in within 30 days: else anybody could lock somebody out by guessing. Needs keys,
-- values.
local LOGIN_TRIES, LOGIN_WINDOW_MS, LOGIN_WAIT_MS, LOGIN_WAIT_MAX_MS = 10, 300000, 30000, 900000
local LOGIN_FORGET_MS = 3600000
local KNOWN_MS, KNOWN_MAX = 30 * 24 * 3600000, 32

local function login_bucket_key(kind, name) return key('login:' .. kind .. ':' .. name) end

-- The bucket as of now, refilled for the time that has passed; once there are strikes only silence (an hour) refills it.
local function login_bucket(kind, name, now)
	local b = hash_read(login_bucket_key(kind, name))
	local tokens, strikes = tonumber(b.tokens or LOGIN_TRIES), tonumber(b.strikes or 0)
	if strikes == 0 then tokens = tokens + (now - tonumber(b.at or now)) * LOGIN_TRIES / LOGIN_WINDOW_MS end
	return {key = login_bucket_key(kind, name), tokens = math.min(tokens, LOGIN_TRIES), strikes = strikes,
		wait_until = tonumber(b.wait_until or 0)}
end

local function login_save(b, now)
	redis.call('HSET', b.key, 'tokens', string.format('%.4f', b.tokens), 'at', dec(now), 'strikes', dec(b.strikes),
		'wait_until', dec(b.wait_until))
	redis.call('PEXPIRE', b.key, LOGIN_FORGET_MS)
end

-- 0, or how long this bucket makes the try wait.
local function login_wait_ms(b, now) return math.max(0, b.wait_until - now) end

-- Counts a try. An empty bucket lets one through after each wait, and the next wait is twice as long.
local function login_take(b, now)
	b.tokens = math.max(0, b.tokens - 1)
	if b.tokens < 1 then
		b.wait_until = now + math.min(LOGIN_WAIT_MS * 2 ^ math.min(b.strikes, 10), LOGIN_WAIT_MAX_MS)
		b.strikes = b.strikes + 1
	end
	login_save(b, now)
end

-- A try turned out to be rightful: it is given back.
local function login_give_back(b, now)
	b.tokens = math.min(b.tokens + 1, LOGIN_TRIES)
	b.strikes = math.max(0, b.strikes - 1)
	b.wait_until = 0
	login_save(b, now)
end

local function login_is_known(user, address, now)
	local at = redis.call('ZSCORE', login_bucket_key('known', user), address)
	return at and now - tonumber(at) < KNOWN_MS
end

local function login_now_known(user, address, now)
	local known = login_bucket_key('known', user)
	redis.call('ZADD', known, dec(now), address)
	redis.call('ZREMRANGEBYRANK', known, 0, -KNOWN_MAX - 1)
	redis.call('PEXPIRE', known, dec(KNOWN_MS))
end
