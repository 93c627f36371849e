#include "engine/script.h"

namespace onair::engine {

const std::string_view kScript = R"lua(
local room, stream, channel = KEYS[1], KEYS[2], KEYS[3]
if ARGV[1] == 'load' then return 1 end
local week = 604800
local function begin(epoch)
  redis.call('DEL', room, stream)
  redis.call('HSET', room, 'e', epoch, 's', '0')
  redis.call('EXPIRE', room, week)
end
if ARGV[1] == 'say' then
  local field, number, modes = ARGV[2], ARGV[3], ARGV[6]
  local has = redis.call('HMGET', room, 'e', 's', field)
  local epoch, seq, before = has[1], has[2], has[3]
  if not epoch then
    epoch, seq = ARGV[4], 0
    begin(epoch)
  elseif before and tonumber(before) >= tonumber(number) then
    return 0
  elseif not before and redis.call('HLEN', room) > 512 then
    local kept = redis.call('HGET', room, 'm')
    redis.call('DEL', room)
    if kept then redis.call('HSET', room, 'm', kept) end
  end
  seq = string.format('%d', seq + 1)
  redis.call('HSET', room, 'e', epoch, 's', seq, field, number)
  if modes ~= '' then redis.call('HSET', room, 'm', modes) end
  redis.call('XADD', stream, 'MAXLEN', '~', ARGV[5], seq .. '-0', 'd', ARGV[7])
  redis.call('PUBLISH', channel, epoch .. ' ' .. seq .. ' ' .. ARGV[7])
  if seq % 64 == 1 then
    redis.call('EXPIRE', room, week)
    redis.call('EXPIRE', stream, week)
  end
  return tonumber(seq)
end
local known, since, most = ARGV[2], tonumber(ARGV[3]), ARGV[5]
local has = redis.call('HMGET', room, 'e', 's', 'm')
local epoch, seq, modes = has[1], has[2], has[3]
if not epoch then
  epoch, seq = ARGV[4], '0'
  begin(epoch)
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
