#include "pinion/transport/grpc/channelz.h"

#include <grpc/support/alloc.h>

#include <string>

#include "absl/strings/numbers.h"

namespace pinion::channelz {

nlohmann::json Take(char* answer) {
  if (answer == nullptr) return nullptr;
  nlohmann::json parsed = nlohmann::json::parse(answer, nullptr, /*allow_exceptions=*/false);
  gpr_free(answer);
  return parsed;
}

const nlohmann::json& Member(const nlohmann::json& object, const char* key) {
  static const nlohmann::json* const nothing = new nlohmann::json();
  const auto found = object.find(key);
  return found == object.end() ? *nothing : *found;
}

int64_t Number(const nlohmann::json& object, const char* key) {
  const nlohmann::json& member = Member(object, key);
  if (member.is_number_integer()) return member.get<int64_t>();
  int64_t number = 0;
  return member.is_string() && absl::SimpleAtoi(member.get_ref<const std::string&>(), &number) ? number : 0;
}

}  // namespace pinion::channelz
