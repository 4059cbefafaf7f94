-- Finish a turn: event done, state, replies and dead letter in one step. Applied once, because an event leaves its
-- queue once: a repetition after a lost answer only gets the next step, and so does a copy that the network held
-- back until the holder had finished other turns.
-- ARGV lane fence event_id order flags state dead_reason reply...
--   flags: 1 there is a state, 2 silence
-- SEND has the number of the reply where it is one of these.
local event_id, flags = ARGV[3], tonumber(ARGV[5])
fence = FENCE
f, o, b, i, ig, n, w = unpack(redis.call('HMGET', M, 'f', 'o', 'b', 'i', 'ig', 'n', 'w'))
if f ~= fence or not o then return {'FENCED'} end
local waiting
if redis.call('ZREM', Q, event_id) == 1 then
  if ARGV[7] ~= '' then
    redis.call('XADD', DLQ, 'MAXLEN', '~', DEAD_LETTERS, '*', 'lane', LANE, 'kind', 'event', 'id', event_id,
      'reason', ARGV[7], 'payload', redis.call('HGET', E, event_id) or '')
  end
  redis.call('HDEL', E, event_id)
  set = {'a', 0}
  if b then redis.call('HDEL', M, 'b') end
  b = false
  if flags >= 2 then   -- a human took over: whatever yields to him is dropped, also a reply in flight
    local kept = {}
    for _, each in ipairs(redis.call('LRANGE', OB, 0, -1)) do
      if string.match(each, '^[^|]+|(.)') == 'n' then kept[#kept + 1] = each end
    end
    redis.call('DEL', OB)
    for _, each in ipairs(kept) do redis.call('RPUSH', OB, each) end
    if not kept[1] or reply_id(kept[1]) ~= i then
      redis.call('HDEL', M, 'i', 'ia', 'ig', 'n')
      i, ig, n = false, false, false
    end
  end
  for k = 8, #ARGV do waiting = redis.call('RPUSH', OB, ARGV[k]) end
  if flags % 2 == 1 then put(set, 's', ARGV[6]) end
  if tonumber(ARGV[4]) > tonumber(w or 0) then
    w = ARGV[4]
    put(set, 'w', w)
  end
end
events = redis.call('ZRANGE', Q, 0, 1, 'WITHSCORES')
given = waiting == #ARGV - 7 and 1
reply = given and ARGV[8] or redis.call('LINDEX', OB, 0)
