// gRPC's channelz answers, taken apart. Private to transport/debian_1_51/.
#ifndef PINION_TRANSPORT_DEBIAN_1_51_CHANNELZ_H_
#define PINION_TRANSPORT_DEBIAN_1_51_CHANNELZ_H_

#include <cstdint>
#include <nlohmann/json.hpp>

namespace pinion::channelz {

// What a grpc_channelz_get_… function gave, which this frees: a null value where it gave nothing.
nlohmann::json Take(char* answer);

// A null value where there is no such member.
const nlohmann::json& Member(const nlohmann::json& object, const char* key);

// Channelz writes 64-bit numbers as text, and leaves out what is 0.
int64_t Number(const nlohmann::json& object, const char* key);

}  // namespace pinion::channelz

#endif  // PINION_TRANSPORT_DEBIAN_1_51_CHANNELZ_H_
