-- settings_read(): the settings, as the part of the topic `records` under the key "settings". Called by store_follow
-- with each snapshot and by api-node.
-- KEYS[1] prefix. No ARGV.
-- OK settings(JSON object of texts) version(of records)
--@include keys
--@include values
--@include settings
return {'OK', 'settings', settings_json(), 'version', redis.call('GET', key('records:version')) or '0'}
