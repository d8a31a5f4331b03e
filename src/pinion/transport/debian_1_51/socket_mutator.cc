#include "pinion/transport/debian_1_51/socket_mutator.h"

#include <grpc/grpc.h>
#include <grpc/support/sync.h>

#include <cstring>
#include <utility>

#include "pinion/base/tsan_order.h"

// gRPC's public headers declare the type, and an application defines it as gRPC's internal header does
// (src/core/lib/iomgr/socket_mutator.h of gRPC 1.51). Here are the same members in the same order.
struct SocketMutatorFunctions {
  // gRPC does not call it where the last one is set.
  bool (*mutate)(int descriptor, grpc_socket_mutator* mutator);
  int (*compare)(grpc_socket_mutator* one, grpc_socket_mutator* other);
  void (*destroy)(grpc_socket_mutator* mutator);
  // `socket` begins with the descriptor.
  bool (*mutate_socket)(const int* socket, grpc_socket_mutator* mutator);
};

struct grpc_socket_mutator {
  const SocketMutatorFunctions* functions;
  gpr_refcount references;
};

namespace pinion {
namespace {

// gRPC has the only reference, and deletes it by `destroy`.
struct Recorder : grpc_socket_mutator {
  std::shared_ptr<OpenedDescriptors> descriptors;
  grpc_arg next = {};  // the application's mutator, if next.key is set
};

bool CallNext(const grpc_arg& next, const int* socket) {
  if (next.key == nullptr) return true;
  auto* const mutator = static_cast<grpc_socket_mutator*>(next.value.pointer.p);
  if (mutator->functions->mutate_socket != nullptr) return mutator->functions->mutate_socket(socket, mutator);
  return mutator->functions->mutate(*socket, mutator);
}

bool Mutate(const int* socket, grpc_socket_mutator* mutator) {
  const auto* const recorder = static_cast<Recorder*>(mutator);
  TsanAcquire(recorder);
  recorder->descriptors->Add(*socket);
  const bool is_accepted = CallNext(recorder->next, socket);
  TsanRelease(recorder);
  return is_accepted;
}

int Compare(grpc_socket_mutator* one, grpc_socket_mutator* other) { return one < other ? -1 : one > other; }

void Destroy(grpc_socket_mutator* mutator) {
  const auto* const recorder = static_cast<Recorder*>(mutator);
  TsanAcquire(recorder);
  if (recorder->next.key != nullptr) recorder->next.value.pointer.vtable->destroy(recorder->next.value.pointer.p);
  delete recorder;
}

constexpr SocketMutatorFunctions kFunctions = {nullptr, Compare, Destroy, Mutate};

// The mutator that the arguments have, with a reference of its own.
grpc_arg MutatorOf(const grpc::ChannelArguments& arguments) {
  const grpc_channel_args all = arguments.c_channel_args();
  for (size_t i = 0; i < all.num_args; ++i) {
    grpc_arg found = all.args[i];
    if (found.type != GRPC_ARG_POINTER || std::strcmp(found.key, GRPC_ARG_SOCKET_MUTATOR) != 0) continue;
    found.value.pointer.p = found.value.pointer.vtable->copy(found.value.pointer.p);
    found.key = const_cast<char*>(GRPC_ARG_SOCKET_MUTATOR);
    return found;
  }
  return {};
}

}  // namespace

void RecordDescriptors(std::shared_ptr<OpenedDescriptors> descriptors, grpc::ChannelArguments* arguments) {
  auto* const recorder = new Recorder;
  recorder->functions = &kFunctions;
  gpr_ref_init(&recorder->references, 1);
  recorder->descriptors = std::move(descriptors);
  recorder->next = MutatorOf(*arguments);
  TsanRelease(recorder);
  arguments->SetSocketMutator(recorder);
}

}  // namespace pinion
