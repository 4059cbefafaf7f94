-- The first reply is done (delivered, or given up with a reason). Popped once by its id: the echo may have won.
-- ARGV lane fence reply_id dead_reason reply...
fence = FENCE
f, o, b, i, ig, n = unpack(redis.call('HMGET', M, 'f', 'o', 'b', 'i', 'ig', 'n'))
if f ~= fence or not o then return {'FENCED'} end
local replies = redis.call('LRANGE', OB, 0, 1)
reply = replies[1]
if reply and reply_id(reply) == ARGV[3] then
  if ARGV[4] ~= '' then
    redis.call('XADD', DLQ, 'MAXLEN', '~', DEAD_LETTERS, '*', 'lane', LANE, 'kind', 'reply', 'id', ARGV[3],
      'reason', ARGV[4], 'payload', reply)
  end
  redis.call('LPOP', OB)
  for k = 5, #ARGV do redis.call('RPUSH', OB, ARGV[k]) end
  reply = replies[2] or ARGV[5]
  if b or n then redis.call('HDEL', M, 'b', 'n') end
  was_sent = true
  b, i, ig, n = false, false, false, false
end
events = redis.call('ZRANGE', Q, 0, 1, 'WITHSCORES')
