// Puts pin sets into etcd.
#ifndef PINION_TOOLS_PINION_PUBLISHER_H_
#define PINION_TOOLS_PINION_PUBLISHER_H_

#include <cstdint>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "pinion/etcd/client.h"
#include "pinion/etcd/published.h"
#include "pinion/pin/pin_set.h"
#include "pinion/workload_options.h"

namespace pinion::cli {

// What is to be published.
struct ToPublish {
  std::string file;         // the pin file; empty: what etcd has stays
  std::string trust;        // its trust file
  std::string revocations;  // empty: what etcd has stays
  bool replaces = false;    // also what was signed under another fleet's trust file
  // Documents that the pin set need not list any longer.
  std::vector<std::string> without = {};
};

// What a key of etcd has.
struct PublishedNow {
  int64_t mod_revision = 0;  // 0: the key does not exist
  v1::PublishedPinSet published;
  std::set<std::string> parts;            // their keys
  std::shared_ptr<const PinSet> pin_set;  // null if it is none, or is not signed
};

// `options.etcd` says where.
class Publisher {
 public:
  Publisher(ToPublish what, WorkloadOptions options, std::vector<etcd::Endpoint> endpoints)
      : what_(std::move(what)), options_(std::move(options)), client_(std::move(endpoints)) {}

  // An error of one member leads to the next one.
  absl::Status ReadCurrent();
  // FailedPrecondition or Unauthenticated if processes would refuse it.
  absl::Status MakeNext();
  // Aborted if the key has changed since ReadCurrent.
  absl::Status Write();
  // Whether it has all of it, signatures included.
  bool is_published() const {
    return current_.pin_set != nullptr && etcd::TextsOf(published_) == etcd::TextsOf(current_.published);
  }

  // After MakeNext.
  const PinSet& next() const { return *next_; }
  bool has_written() const { return revision_ > 0; }
  // Of the store, when the key was written.
  int64_t revision() const { return has_written() ? revision_ : current_.mod_revision; }

 private:
  absl::Status SetFile(const std::string& file, std::string* text, std::string* signatures);
  // Those that the pin set lists, from beside its file.
  absl::Status SetDocuments();
  absl::Status CheckFollowsCurrent();
  // Whether each document that etcd has is in the next pin set, and of the same kind.
  absl::Status CheckKeepsDocuments();
  // Adds to the request that the parts are still there when it is applied.
  absl::Status WriteParts(const etcd::InParts& split, v1::etcd::TxnRequest* request);
  void RemoveParts(const std::set<std::string>& kept);

  const ToPublish what_;
  const WorkloadOptions options_;
  etcd::Client client_;
  PublishedNow current_;
  v1::PublishedPinSet published_;
  std::shared_ptr<const PinSet> next_;
  int64_t revision_ = 0;
};

}  // namespace pinion::cli

#endif  // PINION_TOOLS_PINION_PUBLISHER_H_
