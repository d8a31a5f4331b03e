#include "pinion/transport/grpc/grpc_metadata.h"

#include <grpc/slice.h>

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "pinion/base/process_wide.h"
#include "pinion/transport/grpc/grpc_header.h"

namespace pinion {
namespace {

// grpc_core::metadata_detail::UnknownMap, a std::vector: the headers that gRPC does not parse into its own types.
struct OtherHeaders {
  const GrpcHeader* begin;
  const GrpcHeader* end;
  const GrpcHeader* end_of_storage;
};

// The list follows, within grpc_metadata_batch, the headers that gRPC parses into its own types. Their number differs
// between builds, so the start-up test searches for the list, up to here.
constexpr size_t kMaxOffset = 1024;

// The offset of the list, once it has been found; 0 before.
struct OffsetOfOthers {
  std::atomic<size_t> value{0};
};

// EvaluateArgs begins with its pointer to the metadata, which is null for a call without metadata.
const char* MetadataOf(const grpc_core::EvaluateArgs& args) { return *reinterpret_cast<const char* const*>(&args); }

// Whether this is the list of the headers of which one has its value, stored in its slice, at `place`.
bool Holds(const OtherHeaders& others, const char* place) {
  const auto begin = reinterpret_cast<uintptr_t>(others.begin);
  const auto end = reinterpret_cast<uintptr_t>(others.end);
  const auto end_of_storage = reinterpret_cast<uintptr_t>(others.end_of_storage);
  const auto value = reinterpret_cast<uintptr_t>(place);
  return begin <= value && value < end && end <= end_of_storage && (end - begin) % sizeof(GrpcHeader) == 0 &&
         (end_of_storage - begin) % sizeof(GrpcHeader) == 0 && (value - begin) % sizeof(GrpcHeader) == kShortValue;
}

}  // namespace

bool KeepsHeadersWhereExpected(const grpc_core::EvaluateArgs& args, absl::string_view value) {
  const char* const metadata = MetadataOf(args);
  if (metadata == nullptr || value.empty() || value.size() > GRPC_SLICE_INLINED_SIZE) return false;
  auto& found = ProcessWide<OffsetOfOthers>();
  const size_t known = found.value;
  for (size_t offset = known; offset <= (known == 0 ? kMaxOffset : known); offset += sizeof(void*)) {
    if (!Holds(*reinterpret_cast<const OtherHeaders*>(metadata + offset), value.data())) continue;
    found.value = offset;
    return true;
  }
  return false;
}

bool HasMalformedHeader(const grpc_core::EvaluateArgs& args) {
  const char* const metadata = MetadataOf(args);
  if (metadata == nullptr) return false;
  const auto* const others = reinterpret_cast<const OtherHeaders*>(metadata + ProcessWide<OffsetOfOthers>().value);
  for (const GrpcHeader* header = others->begin; header != others->end; ++header) {
    if (!IsWellFormed(*header)) return true;
  }
  return false;
}

}  // namespace pinion
