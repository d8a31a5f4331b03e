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
  // Called after the server has started and after its shutdown, for services that request their calls themselves.
  virtual void Start() {}
  virtual void Join() {}
  // How many calls have reached a handler; negative if unknown.
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
