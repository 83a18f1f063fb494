-- notice_end(entry, job, id, message, sent, retry_in_ms, events, status, cause, answer, latency_ms, refused): what came of a
-- delivery. Called by the scheduler that tried. Sent: the batch goes, and the channel rests for its interval. Not sent:
-- the same batch again after a wait that doubles, 8 times, then it is given up. The first failure of a row is told in
-- the history; that the channel fails stays visible until something was sent. A 429 is a wait, not a failure.
-- KEYS[1] prefix. ARGV: entry, job, id (of the channel), message (the batch's id; '' = a test), sent (1|0),
-- retry_in_ms (the receiver's wish; 0: none), events (how many it told of), status (HTTP; 0 none), cause (why not;
-- text), answer (the receiver's words), latency_ms, refused (1: by us, before anything was sent; 0).
-- OK gave_up(0|1) failing(0|1) began(1: the first failure) | ALREADY | GONE
--@include keys
--@include values
--@include topics
--@include log
--@include record
--@include jobs
--@include failure
--@include notice_channel
local TRIES, RETRY_MAX_MS, WISH_MAX_MS, HISTORY = 8, 600000, 3600000, 1000
local entry, job, id, message, sent = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5]
local retry_in_ms, events, status, latency_ms, now = int(ARGV[6]), int(ARGV[7]), int(ARGV[8]), int(ARGV[11]), now_ms()
if not is_entry(entry) then return bad_argument('entry') end
local kind, job_id = job_parts(job or '')
if kind ~= 'notify' or job_id ~= id then return bad_argument('job') end
if not message or (message ~= '' and not message:find('^msg_[%d_]+$')) then return bad_argument('message') end
if sent ~= '0' and sent ~= '1' then return bad_argument('sent') end
if not retry_in_ms or not events or not status or not latency_ms then return bad_argument('retry_in_ms') end
if ARGV[12] ~= '0' and ARGV[12] ~= '1' then return bad_argument('refused') end
local message_id = ARGV[12] == '1' and 'err.notify_refused' or 'err.notify'
local cause, answer, test = trimmed(ARGV[9]), trimmed(ARGV[10]), message == ''
local fields = hash_read(key_notice(id))
if not fields.id then
	job_end(entry, job, result_error('', 'err.not_found', '{}', 0))
	publish()
	return {'GONE'}
end
local batch = not test and redis.call('GET', key_notice(id, 'batch'))
if not test and (not batch or batch:sub(1, #message + 9) ~= '{"id":"' .. message .. '",') then
	job_drop(entry)
	return {'ALREADY'}
end

local params = '{"channel":' .. json_text(fields.name) .. ',"cause":' .. json_text(cause) .. ',"status":' .. dec(status) .. '}'
local tries = (tonumber(fields.tries or '') or 0) + 1
local gave_up, began = sent == '0' and not test and tries >= TRIES, false

local function put(name, value) redis.call('HSET', key_notice(id), name, value) end

if sent == '1' then
	if (fields.failing_since or '') ~= '' then
		log_add(now, '', 'notify', 'success', '', '', '{"channel":' .. json_text(fields.name) .. '}')
	end
	redis.call('HDEL', key_notice(id), 'last_error', 'failing_since', 'tries')
	redis.call('SREM', key('notices:failing'), id)
	put('last_sent_at', dec(now))
	if not test then
		redis.call('DEL', key_notice(id, 'batch'))
		redis.call('HDEL', key_notice(id), 'sending')
		put('next_at', dec(now + tonumber(fields.interval_ms)))
		notice_arm(id, now + tonumber(fields.interval_ms))
	elseif (fields.failing_since or '') ~= '' then
		notice_arm(id, now) -- it works again: what waited for the next try goes now
	end
elseif not test then
	local wait = math.min(tonumber(fields.retry_ms) * 2 ^ math.min(tries - 1, 20), RETRY_MAX_MS)
	wait = math.max(math.floor(wait), math.min(retry_in_ms, WISH_MAX_MS))
	local fails = status ~= 429 or gave_up -- "later" is no failure
	began = fails and (fields.failing_since or '') == ''
	if began then
		put('failing_since', dec(now))
		log_add(now, '', 'notify', 'error', '', message_id, params)
	end
	if fails then
		put('last_error', '{"message_id":"' .. message_id .. '","params":' .. params .. ',"at":' .. dec(now) .. ',"retry_at":'
			.. (gave_up and '0' or dec(now + wait)) .. '}')
		redis.call('SADD', key('notices:failing'), id)
	end
	put('tries', gave_up and '' or dec(tries))
	put('next_at', dec(now + wait))
	if gave_up then
		redis.call('DEL', key_notice(id, 'batch'))
		redis.call('HDEL', key_notice(id), 'sending')
		redis.call('HINCRBY', key_notice(id), 'lost', events)
	end
	notice_arm(id, now + wait)
end
redis.call('XADD', key('notices:log'), 'MAXLEN', HISTORY, '*', 'c', id, 'm', '"channel_id":' .. id .. ',"channel":'
	.. json_text(fields.name) .. ',"kind":"' .. fields.kind .. '","message":' .. json_text(message) .. ',"outcome":"'
	.. (sent == '1' and 'sent' or gave_up and 'given_up' or 'failed') .. '","test":' .. (test and 'true' or 'false')
	.. ',"events":' .. dec(events) .. ',"try":' .. dec(test and 1 or tries) .. ',"http_status":' .. dec(status)
	.. ',"cause":' .. json_text(cause) .. ',"answer":' .. json_text(answer) .. ',"latency_ms":' .. dec(latency_ms)
	.. ',"timestamp":' .. dec(now) .. '}')
if test then
	job_end(entry, job, sent == '1' and ('{"outcome":"ok","latency_ms":' .. dec(latency_ms) .. ',"provider_message":'
		.. json_text(answer) .. ',"params":{"status":' .. dec(status) .. '}}')
		or result_error('', message_id, params, 0, answer))
else
	if fields.entry == entry then put('entry', '') end
	job_drop(entry)
end
publish()
return {'OK', 'gave_up', gave_up and '1' or '0', 'began', began and '1' or '0',
	'failing', dec(redis.call('SCARD', key('notices:failing')))}
