// Handles every method, and records the path of each call.
#ifndef PINION_TESTS_TRANSPORT_ANY_HANDLER_H_
#define PINION_TESTS_TRANSPORT_ANY_HANDLER_H_

#include <grpcpp/generic/async_generic_service.h>
#include <grpcpp/server_builder.h>

#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace pinion::testing {

// Answers one call at a time with OK, on its own thread. Order of use: Register, start the server, Start; shut the
// server down, Join, destroy the server.
class AnyHandler {
 public:
  AnyHandler() = default;
  ~AnyHandler() { Join(); }
  AnyHandler(const AnyHandler&) = delete;
  AnyHandler& operator=(const AnyHandler&) = delete;

  void Register(grpc::ServerBuilder& builder);
  void Start();
  void Join();
  std::vector<std::string> reached() const;

 private:
  void Serve();

  grpc::AsyncGenericService service_;
  std::unique_ptr<grpc::ServerCompletionQueue> queue_;
  std::thread thread_;
  mutable std::mutex mutex_;
  std::vector<std::string> reached_;  // guarded by mutex_
};

}  // namespace pinion::testing

#endif  // PINION_TESTS_TRANSPORT_ANY_HANDLER_H_
