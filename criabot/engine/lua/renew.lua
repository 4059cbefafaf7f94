-- Keep a lane. URGENT: an urgent event waits behind a turn that is not urgent itself.
-- ARGV lane fence
local h
f, o, h = unpack(redis.call('HMGET', M, 'f', 'o', 'h'))
if f ~= FENCE or not o then return 'FENCED' end
t = now()
redis.call('HSET', M, 'x', t + LEASE)
redis.call('ZADD', SCHED, t + LEASE, LANE)
local score = redis.call('ZRANGE', Q, 0, 0, 'WITHSCORES')[2]
if score and tonumber(score) < 0 then
  local running = h and redis.call('ZSCORE', Q, h)
  if not running or tonumber(running) >= 0 then return 'URGENT' end
end
return 'OK'
