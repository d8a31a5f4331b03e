// Parses gRPC's channelz responses. Private to transport/.
#ifndef PINION_TRANSPORT_GRPC_CHANNELZ_H_
#define PINION_TRANSPORT_GRPC_CHANNELZ_H_

#include <cstdint>
#include <nlohmann/json.hpp>

namespace pinion::channelz {

// Parses and frees the result of a grpc_channelz_get_… function. Returns a null value if the result is null.
nlohmann::json Take(char* answer);

// Returns a null value if there is no such member.
const nlohmann::json& Member(const nlohmann::json& object, const char* key);

// Channelz writes 64-bit numbers as text and omits members that are 0.
int64_t Number(const nlohmann::json& object, const char* key);

}  // namespace pinion::channelz

#endif  // PINION_TRANSPORT_GRPC_CHANNELZ_H_
