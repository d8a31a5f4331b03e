// Handles every method that there is, and keeps by which path it was reached.
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

// One call at a time, on a thread of its own, with success. Register, start the server, Start; shut the server down,
// Join, end the server.
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
