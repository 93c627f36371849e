#include "engine/script.h"

namespace onair::engine {

// What is said is in front and calls no more than it has to: each call and each
// function made is time of the engine's. A room lives a week behind its last
// message, what publishers said a month.

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
if ARGV[1] == 'people' then
  redis.call('PFADD', KEYS[2], unpack(ARGV, 3))
  redis.call('EXPIRE', KEYS[2], 60)
  if ARGV[2] == 'more' then return 0 end
  redis.call('RENAME', KEYS[2], KEYS[1])
  return redis.call('PFCOUNT', KEYS[1], unpack(KEYS, 3))
end
if ARGV[1] == 'put' then
  local zone, kept, order = KEYS[1], KEYS[2], KEYS[3]
  local has = redis.call('HMGET', zone, 'e', 's', ARGV[2])
  local epoch, seq, before = has[1], has[2], has[3]
  if before and before + 0 >= ARGV[3] + 0 then return 0 end
  local how, parts, over, newest, at = ARGV[5], ARGV[7] + 0, {}, {}, {}
  for other = 1, 3 do
    local both = bit.band(other, parts)
    local name = other .. ARGV[8]
    local number = both ~= 0 and redis.call('ZSCORE', order, name)
    for part = 1, 2 do
      if number and bit.band(both, part) ~= 0
          and number + 0 > (at[part] or 0) then
        newest[part], at[part] = name, number + 0
      end
    end
    if both == other then over[#over + 1] = name end
  end
  for part, name in pairs(newest) do
    if how == 'unseen' and at[part] > ARGV[11] + 0 then return -1 end
    local old = how == 'later' and redis.call('HGET', kept, name)
    if old and string.sub(old, 1, 13) > ARGV[6] then return -1 end
  end
  if not epoch then
    epoch, seq = ARGV[4], 0
    redis.call('DEL', zone, kept, order)
  elseif redis.call('HLEN', zone) > 512 then
    redis.call('DEL', zone)
  end
  seq = seq + 1
  redis.call('HSET', zone, 'e', epoch, 's', seq, ARGV[2], ARGV[3])
  redis.call('HDEL', kept, unpack(over))
  redis.call('ZREM', order, unpack(over))
  redis.call('HSET', kept, parts .. ARGV[8], ARGV[6] .. ARGV[10])
  redis.call('ZADD', order, seq, parts .. ARGV[8])
  if redis.call('ZCARD', order) > ARGV[9] + 0 then
    local oldest = redis.call('ZRANGE', order, 0, 0)[1]
    redis.call('ZREM', order, oldest)
    redis.call('HDEL', kept, oldest)
  end
  redis.call('PUBLISH', KEYS[4], epoch .. ' ' .. seq .. ' ' .. ARGV[10])
  for i = 1, 3 do redis.call('EXPIRE', KEYS[i], 2678400) end
  return seq
end
if ARGV[1] == 'list' then
  local zone, kept, order = KEYS[1], KEYS[2], KEYS[3]
  local has = redis.call('HMGET', zone, 'e', 's')
  local epoch, seq, since = has[1], has[2], tonumber(ARGV[3])
  if not epoch then
    epoch, seq = ARGV[4], '0'
    redis.call('DEL', zone, kept, order)
    redis.call('HSET', zone, 'e', epoch, 's', seq)
    redis.call('EXPIRE', zone, 2678400)
  elseif epoch == ARGV[2] and tonumber(seq) < since then
    epoch = ARGV[4]
    redis.call('HSET', zone, 'e', epoch)
  end
  local anew, list = 0, {}
  if epoch ~= ARGV[2] then anew, since = 1, 0 end
  local found = redis.call('ZRANGEBYSCORE', order,
    string.format('(%d', since), '+inf', 'WITHSCORES', 'LIMIT', 0, ARGV[5])
  for i = 1, #found, 2 do
    local one = redis.call('HGET', kept, found[i])
    if one then list[#list + 1] = {found[i + 1], {'d', string.sub(one, 14)}} end
  end
  return {epoch, seq, '0', anew, list}
end
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
