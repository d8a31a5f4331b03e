#include "pinion/transport/grpc/grpc_metadata.h"

#include <grpc/slice.h>

#include <cstddef>
#include <cstdint>

#include "pinion/transport/grpc/grpc_header.h"

namespace pinion {
namespace {

// The Chunk of grpc_core::ChunkedVector, of 10 headers.
struct Chunk {
  const Chunk* next;
  size_t count;
  GrpcHeader headers[10];
};
static_assert(offsetof(Chunk, headers) == 16, "unlike gRPC's");

// grpc_core::metadata_detail::UnknownMap: the headers that gRPC does not parse into its own types.
struct OtherHeaders {
  const void* arena;
  const Chunk* first;
  const Chunk* append;
};

// The offset within grpc_metadata_batch, after the headers that gRPC parses into its own types.
constexpr size_t kOtherHeadersOffset = 0x1e8;

// EvaluateArgs begins with its pointer to the metadata, which is null for a call without metadata.
const OtherHeaders* OtherHeadersOf(const grpc_core::EvaluateArgs& args) {
  const auto* const metadata = *reinterpret_cast<const char* const*>(&args);
  return metadata == nullptr ? nullptr : reinterpret_cast<const OtherHeaders*>(metadata + kOtherHeadersOffset);
}

}  // namespace

bool KeepsHeadersWhereExpected(const grpc_core::EvaluateArgs& args, absl::string_view value) {
  const OtherHeaders* const others = OtherHeadersOf(args);
  if (others == nullptr || value.empty() || value.size() > GRPC_SLICE_INLINED_SIZE) return false;
  // A short value is stored in its slice, which is in the first chunk.
  const auto chunk = reinterpret_cast<uintptr_t>(others->first);
  const auto place = reinterpret_cast<uintptr_t>(value.data());
  return place >= chunk && place < chunk + sizeof(Chunk) &&
         (place - chunk - offsetof(Chunk, headers)) % sizeof(GrpcHeader) == kShortValue;
}

bool HasMalformedHeader(const grpc_core::EvaluateArgs& args) {
  const OtherHeaders* const others = OtherHeadersOf(args);
  if (others == nullptr) return false;
  for (const Chunk* chunk = others->first; chunk != nullptr; chunk = chunk->next) {
    for (size_t i = 0; i < chunk->count; ++i) {
      const GrpcHeader& header = chunk->headers[i];
      if (!IsWellFormed(header)) return true;
    }
  }
  return false;
}

}  // namespace pinion
