-- login_attempt(user_key, address_key): may this login be tried? Called by api-node before it looks at the password;
-- the try is counted now, so that many at once cannot slip through.
-- KEYS[1] prefix. ARGV: user_key (the name typed, lower case), address_key (client address or prefix), 1–128 bytes each.
-- OK | LIMITED retry_in_ms
--@include keys
--@include values
--@include login
local user, address, now = ARGV[1], ARGV[2], now_ms()
if (user or '') == '' or #user > 128 or (address or '') == '' or #address > 128 then return bad_argument('user_key') end
local u, a, known = login_bucket('user', user, now), login_bucket('address', address, now), login_is_known(user, address, now)
local wait = math.max(known and 0 or login_wait_ms(u, now), login_wait_ms(a, now))
if wait > 0 then return {'LIMITED', 'retry_in_ms', dec(wait)} end
if not known then login_take(u, now) end
login_take(a, now)
return {'OK'}
