// Shared by the audit tests: policies, calls, and a sink that records its events.
#ifndef TESTS_AUTHORIZATION_AUDITED_CALLS_H_
#define TESTS_AUTHORIZATION_AUDITED_CALLS_H_

#include <condition_variable>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <mutex>
#include <sstream>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "pinion/authorization/call.h"
#include "pinion/authorization/policy.h"
#include "pinion/event_sink.h"
#include "pinion/testing/or_die.h"
#include "pinion/testing/wait_until.h"

namespace pinion::testing {

// A path at which nothing exists yet.
inline std::string PathFor(absl::string_view name) { return absl::StrCat(std::getenv("TEST_TMPDIR"), "/", name); }

inline std::vector<std::string> LinesOf(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return absl::StrSplit(text.str(), '\n', absl::SkipEmpty());
}

// Named `name`: its rule "no" denies /s/No, its rule "yes" allows /s/Yes. `audit` is the value of its
// audit_logging_options.
inline std::shared_ptr<const AuthorizationPolicy> YesAndNo(absl::string_view name, absl::string_view audit = "{}") {
  return OrDie(AuthorizationPolicy::FromJson(
      absl::StrCat(R"({"name": ")", name, R"(", "deny_rules": [{"name": "no", "request": {"paths": ["/s/No"]}}],
                       "allow_rules": [{"name": "yes", "request": {"paths": ["/s/Yes"]}}],
                       "audit_logging_options": )",
                   audit, "}"),
      "policy"));
}

// A call by a peer with two URIs, a DNS name and a subject.
inline CallToAuthorize CallTo(absl::string_view path) {
  CallToAuthorize call;
  call.path = path;
  call.uri_sans = {"spiffe://prod/a", "spiffe://prod/b"};
  call.dns_sans = {"a.test"};
  call.subject = "CN=a";
  return call;
}

// A call by the peer with the URI `uri`.
inline CallToAuthorize CallFrom(absl::string_view uri, absl::string_view path) {
  CallToAuthorize call = CallTo(path);
  call.uri_sans = {uri};
  return call;
}

// Safe to use from any thread.
class AuditSink final : public EventSink {
 public:
  ~AuditSink() override { Release(); }

  void OnHandshake(const HandshakeEvent&) override {}

  void OnAudit(const AuditEvent& event) override {
    std::unique_lock<std::mutex> lock(mutex_);
    is_within_ = true;
    released_.wait(lock, [this] { return !is_held_; });
    is_within_ = false;
    events_.push_back(event);
  }

  void OnAuditLogger(const AuditLoggerEvent& event) override {
    const std::lock_guard<std::mutex> lock(mutex_);
    logger_events_.push_back(event);
  }

  // Makes OnAudit block until Release.
  void Hold() {
    const std::lock_guard<std::mutex> lock(mutex_);
    is_held_ = true;
  }
  void Release() {
    const std::lock_guard<std::mutex> lock(mutex_);
    is_held_ = false;
    released_.notify_all();
  }
  bool WaitUntilACallHangs() {
    return WaitUntil([this] {
      const std::lock_guard<std::mutex> lock(mutex_);
      return is_within_;
    });
  }

  std::vector<AuditEvent> events() const {
    const std::lock_guard<std::mutex> lock(mutex_);
    return events_;
  }
  std::vector<AuditLoggerEvent> logger_events() const {
    const std::lock_guard<std::mutex> lock(mutex_);
    return logger_events_;
  }

 private:
  mutable std::mutex mutex_;
  std::condition_variable released_;
  bool is_held_ = false;
  bool is_within_ = false;
  std::vector<AuditEvent> events_;
  std::vector<AuditLoggerEvent> logger_events_;
};

}  // namespace pinion::testing

#endif  // TESTS_AUTHORIZATION_AUDITED_CALLS_H_
