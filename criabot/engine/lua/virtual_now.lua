-- Put before lib.lua instead of now.lua: a clock that tests turn. <prefix>clock holds how far, in milliseconds.
local function now()
  local t = redis.call('TIME')
  local ahead = redis.call('GET', string.match(KEYS[1], '^cb:[^:]+:') .. 'clock')
  return t[1] * 1000 + math.floor(t[2] / 1000) + (ahead or 0)
end
