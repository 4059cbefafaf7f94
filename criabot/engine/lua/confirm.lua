-- The platform's echo proves that the first reply was delivered, perhaps before its own answer came.
-- ARGV lane reply_id
local reply = redis.call('LINDEX', OB, 0)
if not reply or reply_id(reply) ~= ARGV[2] then return 0 end
redis.call('LPOP', OB)
redis.call('HDEL', M, 'i', 'ia', 'ig', 'n', 'b')
if not redis.call('HGET', M, 'o') then
  if redis.call('EXISTS', Q, OB) == 0 then
    redis.call('ZREM', SCHED, LANE)
  else
    redis.call('ZADD', SCHED, now(), LANE)
  end
end
return 1
