-- Keep a lane. URGENT: an urgent event waits behind a turn that is not urgent itself.
-- KEYS sched m q · ARGV lane fence lease_ms
if fenced(KEYS[2], ARGV[2]) then return 'FENCED' end
lease(KEYS[1], KEYS[2], ARGV[1], now() + tonumber(ARGV[3]))
local head = redis.call('ZRANGE', KEYS[3], 0, 0, 'WITHSCORES')
if head[2] and tonumber(head[2]) < 0 then
  local running = redis.call('HGET', KEYS[2], 'h')
  local score = running and redis.call('ZSCORE', KEYS[3], running)
  if not score or tonumber(score) >= 0 then return 'URGENT' end
end
return 'OK'
