#include "pinion/transport/authorization/filter_layout.h"

#include <grpc/grpc.h>

#include <array>
#include <atomic>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "pinion/base/process_wide.h"

namespace pinion {
namespace {

// More functions than a provider has, so that a call of any of them is noticed.
constexpr size_t kTraps = 8;

using Trap = void (*)(void* object);

// The functions that gRPC called, by their positions. Used only within the search.
struct CalledFunctions : std::vector<size_t> {};

template <size_t position>
void TrapAt(void* /*object*/) {
  ProcessWide<CalledFunctions>().push_back(position);
}

template <size_t... positions>
constexpr std::array<Trap, sizeof...(positions)> TrapsAt(std::index_sequence<positions...>) {
  return {&TrapAt<positions>...};
}

constexpr std::array<Trap, kTraps> kTable = TrapsAt(std::make_index_sequence<kTraps>());

// gRPC may keep the one of a failed search.
struct FilterProbe {
  const Trap* table;
  std::array<std::atomic<uint64_t>, 4> words;
};
static_assert(sizeof(FilterProbe) == 40, "has padding");

// A build with assertions has a null pointer in the first word, and checks that the count in the second is not zero.
constexpr std::array<uint64_t, 4> kBefore = {0, kOneReference, 0, 0};

std::array<uint64_t, 4> WordsOf(const FilterProbe& probe) {
  std::array<uint64_t, 4> words{};
  for (size_t i = 0; i < words.size(); ++i) words[i] = probe.words[i].load();
  return words;
}

absl::Status Unknown(const char* what) { return absl::FailedPreconditionError(what); }

}  // namespace

absl::StatusOr<FilterLayout> FindFilterLayout() {
  auto* const probe = &ProcessWide<FilterProbe>();
  auto& called = ProcessWide<CalledFunctions>();
  const grpc_arg_pointer_vtable& grpc = *grpc_authorization_policy_provider_arg_vtable();
  probe->table = kTable.data();
  for (size_t i = 0; i < kBefore.size(); ++i) probe->words[i] = kBefore[i];
  called.clear();

  FilterLayout layout;
  void* const copy = grpc.copy(probe);
  std::array<uint64_t, 4> counted_first = kBefore;
  counted_first[0] += kOneReference;
  std::array<uint64_t, 4> counted_second = kBefore;
  counted_second[1] += kOneReference;
  const std::array<uint64_t, 4> words = WordsOf(*probe);
  if (copy != probe || !called.empty() || (words != counted_first && words != counted_second)) {
    return Unknown("this gRPC counts references in another place");
  }
  layout.count_word = words == counted_second ? 1 : 0;

  probe->words[layout.count_word] = 2 * kOneReference;
  grpc.destroy(probe);
  if (probe->words[layout.count_word] != kOneReference || !called.empty()) {
    return Unknown("this gRPC counts references in another way");
  }
  grpc.destroy(probe);
  if (called.size() != 2) return Unknown("this gRPC does not destroy what it was given");
  layout.orphan = called[0];
  layout.destructor = called[1];
  const bool is_provider = layout.orphan < kProviderFunctions && layout.destructor < kProviderFunctions &&
                           layout.destructor > 0 && layout.orphan != layout.destructor &&
                           layout.orphan != layout.destructor - 1;
  if (!is_provider) return Unknown("this gRPC expects other functions of a policy provider");
  // The one that is left.
  layout.engines = 0 + 1 + 2 + 3 - layout.orphan - layout.destructor - (layout.destructor - 1);
  return layout;
}

}  // namespace pinion
