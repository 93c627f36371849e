#include "engine/script.h"

namespace onair::engine {

// What is said is in front and calls no more than it has to: each call and each
// function made is time of the engine's. A room lives a week behind its last
// message.

const std::string_view kScript = R"lua(
if ARGV[1] == 'say' then
  local room, field = KEYS[1], ARGV[2]
  local has = redis.call('HMGET', room, 'e', 's', field)
  local epoch, seq, before = has[1], has[2], has[3]
  if before then
    if before + 0 >= ARGV[3] + 0 then return 0 end
  elseif not epoch then
    epoch, seq = ARGV[4], 0
    redis.call('DEL', room, KEYS[2])
  elseif redis.call('HLEN', room) > 512 then
    local kept = redis.call('HGET', room, 'm')
    redis.call('DEL', room)
    if kept then redis.call('HSET', room, 'm', kept) end
  end
  seq = seq + 1
  redis.call('HSET', room, 'e', epoch, 's', seq, field, ARGV[3])
  redis.call('XADD', KEYS[2], 'MAXLEN', '~', ARGV[5], seq .. '-0', 'd', ARGV[7])
  redis.call('PUBLISH', KEYS[3], epoch .. ' ' .. seq .. ' ' .. ARGV[7])
  if ARGV[6] ~= '' then redis.call('HSET', room, 'm', ARGV[6]) end
  if seq % 64 == 1 then
    redis.call('EXPIRE', room, 604800)
    redis.call('EXPIRE', KEYS[2], 604800)
  end
  return seq
end
if ARGV[1] == 'load' then return 1 end
local room, stream = KEYS[1], KEYS[2]
local known, since, most = ARGV[2], tonumber(ARGV[3]), ARGV[5]
local has = redis.call('HMGET', room, 'e', 's', 'm')
local epoch, seq, modes = has[1], has[2], has[3]
if not epoch then
  epoch, seq = ARGV[4], '0'
  redis.call('DEL', room, stream)
  redis.call('HSET', room, 'e', epoch, 's', seq)
  redis.call('EXPIRE', room, 604800)
elseif epoch == known and tonumber(seq) < since then
  epoch = ARGV[4]
  redis.call('HSET', room, 'e', epoch)
end
local list, anew = {}, 1
if epoch == known then
  anew = 0
  if tonumber(seq) > since then
    local from = string.format('%d', since + 1) .. '-0'
    list = redis.call('XRANGE', stream, from, '+', 'COUNT', most)
    if #list == 0 or list[1][1] ~= from then anew = 1 end
  end
end
if anew == 1 then
  list = redis.call('XREVRANGE', stream, '+', '-', 'COUNT', most)
end
return {epoch, seq, modes or '0', anew, list}
)lua";

}  // namespace onair::engine
