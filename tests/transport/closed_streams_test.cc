// A process may be started without standard error; what is written there must not reach the file with the private key.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <memory>

#include "pinion/testing/test_ca.h"
#include "pinion/transport/certificate_provider.h"

namespace pinion::testing {
namespace {

bool IsClosed(int fd) { return fcntl(fd, F_GETFD) < 0 && errno == EBADF; }

TEST(ClosedStreams, NoneOfTheirNumbersIsGivenToTheIdentity) {
  const TestCa ca;
  const IssuedCertificate issued = ca.Issue({"server.test"});
  const GrpcPem pem = {{issued.CertificatePem(), issued.PrivateKeyPem()}, ca.RootPem()};
  const pid_t child = fork();
  if (child == 0) {
    for (const int fd : {0, 1, 2}) close(fd);
    const absl::StatusOr<std::unique_ptr<GrpcPublisher>> publisher = GrpcPublisher::Create(pem);
    const bool is_published = publisher.ok() && (*publisher)->Publish(pem).ok();
    _exit(is_published && IsClosed(0) && IsClosed(1) && IsClosed(2) ? 0 : 1);
  }
  int status = -1;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

}  // namespace
}  // namespace pinion::testing
