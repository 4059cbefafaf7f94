-- Store an event in its lane unless it was seen before. Dedup and queue are one step, and where an owner is given and
-- the lane is free and due, so is the claim.
-- ARGV lane id order payload flags owner
--   flags: 1 urgent, 2 hold, 4 acknowledged: it cannot be refused any more
-- RUN: the lane is the owner's, and this event its first.
local event_id, order, owner = ARGV[2], tonumber(ARGV[3]), ARGV[6]
local flags = tonumber(ARGV[5])
local urgent, holds = flags % 2 == 1, HOLD > 0 and flags % 4 >= 2
local claims = owner ~= ''
t = now()
if redis.call('ZADD', DD, 'NX', t, event_id) == 0 then
  if tonumber(redis.call('ZSCORE', DD, event_id)) > t - DEDUP then return {'DUPLICATE'} end
  redis.call('ZADD', DD, t, event_id)
end
local x, r, ri, la, fa, hu, k
f, x, b, w, r, ri, la, fa, hu, k, s = unpack(
  redis.call('HMGET', M, 'f', 'x', 'b', 'w', 'r', 'ri', 'la', 'fa', 'hu', 'k', claims and 's' or 'f'))
w = tonumber(w or 0)

local at = redis.call('ZSCORE', SCHED, LANE)
local queued = at and redis.call('ZCARD', Q) or 0   -- by invariant L
local is_old = order < w - DEDUP   -- older than the memory of ids
if not urgent and (is_old or queued >= QUEUE and flags < 4) then
  redis.call('ZREM', DD, event_id)
  return {is_old and 'DUPLICATE' or 'FULL'}
end
if f or at then redis.call('ZREMRANGEBYRANK', DD, 0, -1 - DEDUP_IDS) end
redis.call('ZADD', Q, urgent and order - URGENT or ARGV[3], event_id)
redis.call('HSET', E, event_id, ARGV[4])

local leased = tonumber(x or 0) > t
local waits = not urgent and not ripe(order, event_id, r, ri)
local due = math.max(t, tonumber(b or 0))
if holds then
  -- The first message of a quiet conversation runs at once; those on its heels wait until they come no more
  -- (hold), at most three holds, so that they can be put in order.
  local quiet = queued == 0 and not leased and t - tonumber(la or 0) >= HOLD
  put(set, 'la', t)
  if waits and not quiet then
    fa = tonumber(fa or t)
    hu = math.min(t + HOLD, fa + 3 * HOLD)
    put(set, 'fa', fa, 'hu', hu)
  end
end
if urgent then due = t elseif waits then due = math.max(due, tonumber(hu or 0)) end

local runs = claims and not at and not leased and due <= t
if runs then
  f = (f or 0) + 1
  put(set, 'x', t + LEASE, 'f', f, 'o', owner, 'h', event_id, 'a', 1)
  if waits then
    put(set, 'r', ARGV[3], 'ri', event_id)
    if hu then redis.call('HDEL', M, 'fa', 'hu') end
  end
end
fades = f and (not k or t - k >= RENEWAL)   -- what was never claimed is seen to by its first claim
if fades then
  if k then redis.call('ZREMRANGEBYSCORE', DD, '-inf', t - DEDUP) end
  put(set, 'k', t)
end
if set[1] then redis.call('HSET', M, unpack(set)) end
if fades then
  redis.call('PEXPIRE', M, IDLE + RENEWAL)
  redis.call('PEXPIRE', DD, DEDUP + RENEWAL)
end

if leased then return {urgent and 'URGENT' or 'QUEUED'} end
if at then   -- a hold puts off neither what is urgent or ripe nor a reply
  local first = redis.call('ZRANGE', Q, 0, 0, 'WITHSCORES')
  if ripe(tonumber(first[2]), first[1], r, ri) or redis.call('EXISTS', OB) == 1 then due = math.min(due, at) end
end
local is_claim = claims and at and due <= t
if not is_claim then redis.call('ZADD', SCHED, runs and t + LEASE or due, LANE) end
if runs then return {'RUN', f, s or '', order < w and 1 or 0} end
if not is_claim then return {'READY', math.max(0, due - t)} end
at = due
