-- Finish a turn: event done, state, replies and dead letter in one step. Applied once, because an event leaves its
-- queue once: a repetition after a lost answer only gets the next step, and so does a copy that the network held
-- back until the holder had finished other turns.
-- KEYS sched m q e ob dlq
-- ARGV lane fence lease_ms idle_ms event_id order has_state state silence dead_reason dlq_max reply...
local lane, event_id = ARGV[1], ARGV[5]
local m, q, e, ob = KEYS[2], KEYS[3], KEYS[4], KEYS[5]
if fenced(m, ARGV[2]) then return {'FENCED'} end
local t = now()
if redis.call('ZREM', q, event_id) == 1 then
  if ARGV[10] ~= '' then
    dead_letter(KEYS[6], ARGV[11], lane, 'event', event_id, redis.call('HGET', e, event_id) or '', ARGV[10])
  end
  redis.call('HDEL', e, event_id)
  redis.call('HDEL', m, 'h', 'a', 'b')
  if ARGV[9] == '1' then   -- a human took over: whatever yields to him is dropped, also a reply in flight
    local kept = {}
    for _, reply in ipairs(redis.call('LRANGE', ob, 0, -1)) do
      if string.match(reply, '^[^|]+|(.)') == 'n' then kept[#kept + 1] = reply end
    end
    redis.call('DEL', ob)
    for _, reply in ipairs(kept) do redis.call('RPUSH', ob, reply) end
    if not kept[1] or reply_id(kept[1]) ~= redis.call('HGET', m, 'i') then redis.call('HDEL', m, 'i', 'ia', 'ig', 'n') end
  end
  for k = 12, #ARGV do redis.call('RPUSH', ob, ARGV[k]) end
  if ARGV[7] == '1' then redis.call('HSET', m, 's', ARGV[8]) end
  if tonumber(ARGV[6]) > tonumber(redis.call('HGET', m, 'w') or 0) then redis.call('HSET', m, 'w', ARGV[6]) end
end
return step(KEYS[1], m, q, e, ob, lane, ARGV[2], t, tonumber(ARGV[3]), ARGV[4])
