// Every kind of service that gRPC C++ has, counting its handlers' runs.
#ifndef PINION_TESTS_TRANSPORT_SERVICE_KINDS_H_
#define PINION_TESTS_TRANSPORT_SERVICE_KINDS_H_

#include <grpcpp/server_builder.h>

#include <functional>
#include <memory>
#include <ostream>
#include <string>
#include <vector>

namespace pinion::testing {

// One service in one server; must outlive its shutdown.
class CountedService {
 public:
  virtual ~CountedService() = default;
  virtual void Register(grpc::ServerBuilder& builder) = 0;
  // Once the server runs, and once it is shut down: for those that ask for their calls themselves.
  virtual void Start() {}
  virtual void Join() {}
  // How many calls have reached a handler. Negative: it does not tell.
  virtual int runs() const = 0;
};

struct ServiceKind {
  std::string name;
  // A method that it has.
  std::string path;
  std::function<std::unique_ptr<CountedService>()> make;
  // What an allowed call ends with.
  grpc::StatusCode when_allowed = grpc::StatusCode::OK;
};
inline void PrintTo(const ServiceKind& kind, std::ostream* out) { *out << kind.name; }

std::vector<ServiceKind> AllServiceKinds();

}  // namespace pinion::testing

#endif  // PINION_TESTS_TRANSPORT_SERVICE_KINDS_H_
