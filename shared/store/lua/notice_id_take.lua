-- notice_id_take(): reserves the id of a new channel. Called by api-node before notice_save: its secrets are sealed
-- for an id.
-- KEYS[1] prefix. No ARGV.
-- OK id
--@include keys
--@include values
return {'OK', 'id', dec(redis.call('INCR', key('notices:ids')))}
