// The sources of the parts of a workload.
#ifndef PINION_LOADING_SOURCES_H_
#define PINION_LOADING_SOURCES_H_

#include <memory>
#include <vector>

#include "pinion/loading/documents.h"
#include "pinion/source/source.h"
#include "pinion/workload_options.h"

namespace pinion {

// A member is null if the options do not set it.
struct Sources {
  std::shared_ptr<Source> identity;       // certificate, private key, in this order
  std::shared_ptr<Source> next_identity;  // as identity
  std::shared_ptr<Source> server_roots;
  std::shared_ptr<Source> client_roots;
  // The pin set, its signatures, the trust of the fleet, the signatures of that, the revocations and their signatures,
  // in this order, each empty if there is none; and documents, in any order. If it is in etcd: the copy in state_dir.
  std::shared_ptr<Source> pin_set;
  // Of the sources of roots and policies that are documents: to be told of each pin set before they are read.
  DocumentSources documents;
  std::shared_ptr<Source> shadow_pin_set;  // and, if there are any, the revocations, in this order
  std::shared_ptr<Source> policy;
  std::shared_ptr<Source> shadow_policy;
  std::shared_ptr<Source> config;

  // Those that are set.
  std::vector<std::shared_ptr<Source>> All() const;
  // Whether none of them can change.
  bool AreConstant() const;
};

Sources OpenSources(const WorkloadOptions& options);

}  // namespace pinion

#endif  // PINION_LOADING_SOURCES_H_
