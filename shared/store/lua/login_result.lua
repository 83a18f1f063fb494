-- login_result(user_key, address_key, ok): a good login forgives the user's bucket and gives the address its try back:
-- the address may be that of an office, and somebody else there may be guessing. Called by api-node.
-- KEYS[1] prefix. ARGV: user_key, address_key (as for login_attempt), ok (0|1).
-- OK
--@include keys
--@include values
--@include login
local user, address, ok = ARGV[1], ARGV[2], ARGV[3]
if (user or '') == '' or (address or '') == '' or (ok ~= '0' and ok ~= '1') then return bad_argument('ok') end
if ok == '1' then
	redis.call('DEL', login_bucket_key('user', user))
	local now = now_ms()
	login_give_back(login_bucket('address', address, now), now)
end
return {'OK'}
