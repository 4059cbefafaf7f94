-- Shared by every lane script. All times are milliseconds of the Redis server's own clock (now.lua).
--
-- A lane's keys, all in one hash slot:
--   m   HASH  f fence · o owner · x lease end · h event of the running turn · a its attempts · b not before
--             s state · w order of the newest finished event · r, ri order and id up to which events are ripe
--             la last arrival · fa first arrival of a burst · hu hold until
--             i reply in flight · ia since when · ig under which fence · n failed tries of the first reply
--   q   ZSET  event id -> order        e   HASH  event id -> payload
--   ob  LIST  replies, first in first out, each "id|yields|body"
--   dd  ZSET  ids seen -> when
-- and of its partition:  sched ZSET lane -> when it needs attention · dlq STREAM dead letters
--
-- Invariant L (liveness): a lane with an event or a reply is in sched, at or before its lease end or due time.
-- Every script leaves it true.

local URGENT = 1e15   -- an urgent event is queued at (order - URGENT): before all others, in order among its kind

-- A holder is valid only while the lease record is open: a release removes the owner, so that a renewal or a
-- commit that arrives after it is refused although its fence is still the newest number.
local function fenced(m, fence)
  local r = redis.call('HMGET', m, 'f', 'o')
  return r[1] ~= fence or not r[2]
end

local function lease(sched, m, lane, until_ms)
  redis.call('HSET', m, 'x', until_ms)
  redis.call('ZADD', sched, until_ms, lane)
end

-- Next attention of a lane that nobody holds; out of sched when it has no work. True if it has.
local function schedule(sched, q, ob, lane, at)
  if redis.call('EXISTS', q, ob) == 0 then
    redis.call('ZREM', sched, lane)
    return false
  end
  redis.call('ZADD', sched, at, lane)
  return true
end

local function release(sched, m, q, ob, lane, at, ttl)
  redis.call('HDEL', m, 'x', 'o')
  redis.call('PEXPIRE', m, ttl)
  return schedule(sched, q, ob, lane, at)
end

-- Whether an event has waited for stragglers: it was queued when the last hold ended, or came late for that.
local function ripe(score, id, m)
  local r = redis.call('HMGET', m, 'r', 'ri')
  local edge = tonumber(r[1] or 0)
  return score < edge or score == edge and id <= (r[2] or '')
end

local function reply_id(reply)
  return string.match(reply, '^[^|]+')
end

local function dead_letter(dlq, max, lane, kind, id, payload, reason)
  redis.call('XADD', dlq, 'MAXLEN', '~', max, '*', 'lane', lane, 'kind', kind, 'id', id, 'reason', reason, 'payload', payload)
end

-- What the holder of the lane does next: send the first reply (marked as in flight in this very step), or run the
-- next event, or nothing: then the lane is released. An urgent event goes before any reply; a lane that waits
-- (backoff, hold) is released until it is due.
local function step(sched, m, q, e, ob, lane, fence, t, lease_ms, ttl)
  local head = redis.call('ZRANGE', q, 0, 0, 'WITHSCORES')
  local id, score = head[1], tonumber(head[2])
  local urgent = id and score < 0
  local r = redis.call('HMGET', m, 'b', 'hu', 'h', 'a', 'w', 'i', 'ia', 'ig', 'n')
  local due = tonumber(r[1] or 0)
  local reply = redis.call('LINDEX', ob, 0)

  if reply and not urgent and due <= t then
    lease(sched, m, lane, t + lease_ms)
    local rid = reply_id(reply)
    local tries = tonumber(r[9] or 0)
    if r[6] == rid and r[8] ~= fence then   -- put in flight under an older grant: nobody knows whether it arrived
      return {'CHECK', reply, tries, t - tonumber(r[7])}
    end
    redis.call('HSET', m, 'i', rid, 'ia', t, 'ig', fence)
    return {'SEND', reply, tries}
  end

  if id and not reply or urgent then
    local waits = not urgent and not ripe(score, id, m)
    if waits then due = math.max(due, tonumber(r[2] or 0)) end
    if urgent or due <= t then
      if waits then   -- the hold is over for all that are queued by now
        local last = redis.call('ZRANGE', q, -1, -1, 'WITHSCORES')
        redis.call('HSET', m, 'ri', last[1], 'r', last[2])
        redis.call('HDEL', m, 'fa', 'hu')
      end
      local attempts = 1
      if r[3] == id then attempts = tonumber(r[4] or 0) + 1 end
      redis.call('HSET', m, 'h', id, 'a', attempts)
      lease(sched, m, lane, t + lease_ms)
      local order = urgent and score + URGENT or score
      local late = order < tonumber(r[5] or 0) and 1 or 0
      return {'RUN', id, string.format('%.0f', order), attempts, late, redis.call('HGET', e, id) or ''}
    end
  end

  due = math.max(due, t)
  return {'IDLE', release(sched, m, q, ob, lane, due, ttl) and due - t or -1}
end

-- Give a free lane to a new holder: a new fence and the first step. `again`: it is the same claim, sent once more.
local function grant(sched, m, q, e, ob, lane, owner, again, t, lease_ms, ttl)
  local fence = redis.call('HINCRBY', m, 'f', again and 0 or 1)
  if again and redis.call('HEXISTS', m, 'a') == 1 then redis.call('HINCRBY', m, 'a', -1) end
  redis.call('HSET', m, 'o', owner)
  redis.call('PERSIST', m)
  local state = redis.call('HGET', m, 's') or ''
  return {'OK', fence, state, step(sched, m, q, e, ob, lane, tostring(fence), t, lease_ms, ttl)}
end
