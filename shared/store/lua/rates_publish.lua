-- rates_publish(json): tells what a relay carries now to whoever listens on the channel `rates`. Called by its feed thread
-- once a second while somebody does. A hint: it is kept nowhere, and a lost one is made good by the next.
-- KEYS[1] prefix. ARGV: json {"node":…,"full":0|1,"rates":[[id, bytes_up_s, bytes_down_s, connections], …]}.
-- OK listeners
--@include keys
--@include values
if not is_json(ARGV[1], '{') then return bad_argument('json') end
return {'OK', 'listeners', dec(redis.call('PUBLISH', key('rates'), ARGV[1]))}
