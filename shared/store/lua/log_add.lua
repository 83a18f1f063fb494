-- log_add(id, action, status, message_id, params, user): history of something that changed nothing here: a login, an
-- export. Called by api-node.
-- KEYS[1] prefix. ARGV: id ('' = of no proxy), action, status (success | error | warning | info), message_id,
-- params (JSON object text, or empty), user (an actor: model/actor.h).
-- OK | INVALID field
--@include keys
--@include values
--@include topics
--@include log
local id, action, status, message_id, params, user = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5], ARGV[6]
if not id or (id ~= '' and not int(id)) or not user then return bad_argument('id') end
if not action:find('^[%l_]+$') or #action > 32 then return {'INVALID', 'field', 'action'} end
if not ({success = 1, error = 1, warning = 1, info = 1})[status] then return {'INVALID', 'field', 'status'} end
if params ~= '' and not is_json(params, '{') then return {'INVALID', 'field', 'params'} end
if id ~= '' and redis.call('EXISTS', key_proxy(id)) == 0 then return {'INVALID', 'field', 'id'} end
log_add(now_ms(), id, action, status, user, message_id, params)
publish()
return {'OK'}
