-- Store an event in its lane unless it was seen before. Dedup and queue are one step, and where an owner is given and
-- the lane is free and due, so is the claim.
-- KEYS sched m q e dd ob
-- ARGV lane id order payload urgent hold_ms dedup_ms dedup_max queue_max idle_ms owner lease_ms
local lane, id, order, urgent = ARGV[1], ARGV[2], tonumber(ARGV[3]), ARGV[5] == '1'
local hold, dedup = tonumber(ARGV[6]), tonumber(ARGV[7])
local t = now()
if redis.call('ZSCORE', KEYS[5], id) then return {'DUPLICATE', 0} end
local r = redis.call('HMGET', KEYS[2], 'x', 'b', 'w', 'la', 'fa', 'hu')
local queued = redis.call('ZCARD', KEYS[3])
if not urgent then
  if order < tonumber(r[3] or 0) - dedup then return {'DUPLICATE', 0} end   -- older than the memory of ids
  if queued >= tonumber(ARGV[9]) then return {'FULL', 0} end
end

redis.call('ZADD', KEYS[5], t, id)
redis.call('ZREMRANGEBYSCORE', KEYS[5], '-inf', t - dedup)
redis.call('ZREMRANGEBYRANK', KEYS[5], 0, -1 - tonumber(ARGV[8]))
redis.call('PEXPIRE', KEYS[5], dedup)
redis.call('ZADD', KEYS[3], urgent and order - URGENT or order, id)
redis.call('HSET', KEYS[4], id, ARGV[4])

local leased = tonumber(r[1] or 0) > t
local waits = not urgent and not ripe(order, id, KEYS[2])
local due = math.max(t, tonumber(r[2] or 0))
if waits then due = math.max(due, tonumber(r[6] or 0)) end
if hold > 0 then
  -- The first message of a quiet conversation runs at once; those on its heels wait until they come no more
  -- (hold), at most three holds, so that they can be put in order.
  local quiet = queued == 0 and not leased and t - tonumber(r[4] or 0) >= hold
  redis.call('HSET', KEYS[2], 'la', t)
  if waits and not quiet then
    local first = tonumber(r[5] or t)
    local hold_until = math.min(t + hold, first + 3 * hold)
    redis.call('HSET', KEYS[2], 'fa', first, 'hu', hold_until)
    due = math.max(t, tonumber(r[2] or 0), hold_until)
  end
end

if leased then
  redis.call('ZADD', KEYS[1], 'LT', r[1], lane)
  return {urgent and 'URGENT' or 'QUEUED', 0}
end
redis.call('PEXPIRE', KEYS[2], ARGV[10])
if urgent then due = t end
local head = redis.call('ZRANGE', KEYS[3], 0, 0, 'WITHSCORES')
if ripe(tonumber(head[2]), head[1], KEYS[2]) or redis.call('EXISTS', KEYS[6]) == 1 then
  redis.call('ZADD', KEYS[1], 'LT', due, lane)   -- a hold puts off neither what is urgent or ripe nor a reply
  due = tonumber(redis.call('ZSCORE', KEYS[1], lane))
else
  redis.call('ZADD', KEYS[1], due, lane)
end
if ARGV[11] ~= '' and due <= t then
  return {'READY', 0, grant(KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[6], lane, ARGV[11], false, t, tonumber(ARGV[12]), ARGV[10])}
end
return {'READY', math.max(0, due - t)}
