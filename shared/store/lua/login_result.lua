-- login_result(user_key, address_key, ok, username): a good login gives both buckets their try back: the address may be
-- that of an office, and somebody else there may be guessing. From then on the address is known to be that user's.
-- Failed logins come into the history summed up: at 1, 10, 100 … of an address within an hour, at most 10 lines a minute
-- in all. What was typed as a name is told only when it is one: people type passwords there. Called by api-node.
-- KEYS[1] prefix. ARGV: user_key, address_key (as for login_attempt), ok (0|1), username (of the user that exists, or
-- empty).
-- OK
--@include keys
--@include values
--@include topics
--@include log
--@include login
local LINES_A_MINUTE = 10
local user, address, ok, username = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
if (user or '') == '' or (address or '') == '' or (ok ~= '0' and ok ~= '1') or not username then return bad_argument('ok') end
local now = now_ms()
if ok == '1' then
	if not login_is_known(user, address, now) then login_give_back(login_bucket('user', user, now), now) end
	login_give_back(login_bucket('address', address, now), now)
	login_now_known(user, address, now)
	return {'OK'}
end
local failed, lines = login_bucket_key('failed', address), key('login:lines')
local count = redis.call('INCR', failed)
if count == 1 then redis.call('PEXPIRE', failed, LOGIN_FORGET_MS) end
if not tostring(count):find('^10*$') then return {'OK'} end
local written = redis.call('INCR', lines)
if written == 1 then redis.call('PEXPIRE', lines, 60000) end
if written > LINES_A_MINUTE then return {'OK'} end
log_add(now, '', 'login_failed', 'warning', '|session', 'msg.login_failed', '{"address":' .. json_text(address)
	.. ',"count":' .. dec(count) .. ',"username":' .. json_text(username) .. '}')
publish()
return {'OK'}
