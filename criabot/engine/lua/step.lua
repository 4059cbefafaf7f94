-- Put after the scripts of a holder: what it does next. Send the first reply (marked as in flight in this very step),
-- or run the next event, or nothing: then the lane is released. An urgent event goes before any reply; a lane that
-- waits (backoff, hold) is released until it is due.
local id, score = events[1], tonumber(events[2])
local urgent = id and score < 0
local due = tonumber(b or 0)
local answer
if id or reply then t = t or now() end

if reply and not urgent then
  if due <= t then
    local rid, tries = reply_id(reply), tonumber(n or 0)
    if i == rid and ig ~= fence then   -- put in flight under an older grant: nobody knows whether it arrived
      redis.call('HSET', M, 'x', t + LEASE, unpack(set))
      answer = {'CHECK', reply, tries, t - tonumber(redis.call('HGET', M, 'ia'))}
    else
      redis.call('HSET', M, 'x', t + LEASE, 'i', rid, 'ia', t, 'ig', fence, unpack(set))
      answer = {'SEND', given or reply, tries}
    end
  end
elseif id then
  local h, a, newest, r, ri, hu = unpack(redis.call('HMGET', M, 'h', 'a', 'w', 'r', 'ri', 'hu'))
  local waits = not urgent and not ripe(score, id, r, ri)
  if waits then due = math.max(due, tonumber(hu or 0)) end
  if urgent or due <= t then
    if waits then   -- the hold is over for all that are queued by now
      local last = events[3] and redis.call('ZRANGE', Q, -1, -1, 'WITHSCORES') or events
      put(set, 'ri', last[1], 'r', last[2])
      if hu then redis.call('HDEL', M, 'fa', 'hu') end
    end
    local attempts = 1
    if h == id then attempts = tonumber(a) + (again and 0 or 1) end
    if was_sent then redis.call('HDEL', M, 'i', 'ia', 'ig') end
    put(set, 'h', id, 'a', attempts)   -- after the 'a' of an event that ended just now
    redis.call('HSET', M, 'x', t + LEASE, unpack(set))
    local order = urgent and score + URGENT or score
    local late = order < tonumber(w or newest or 0) and 1 or 0
    answer = {'RUN', id, string.format('%.0f', order), attempts, late, redis.call('HGET', E, id) or ''}
  end
end

if answer then
  redis.call('ZADD', SCHED, t + LEASE, LANE)
else
  if set[1] then redis.call('HSET', M, unpack(set)) end
  if was_sent then redis.call('HDEL', M, 'x', 'o', 'i', 'ia', 'ig') else redis.call('HDEL', M, 'x', 'o') end
  if id or reply then
    due = math.max(due, t)
    redis.call('ZADD', SCHED, due, LANE)
    answer = {'IDLE', due - t}
  else
    redis.call('ZREM', SCHED, LANE)
    answer = {'IDLE', -1}
  end
end
if granted then
  if fades then
    redis.call('PEXPIRE', M, IDLE + RENEWAL)
    redis.call('PEXPIRE', DD, DEDUP + RENEWAL)
  end
  return {'OK', tonumber(fence), s or '', answer}
end
return answer
