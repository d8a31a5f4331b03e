// Every case over real TLS on loopback: a hostile or legitimate peer of bare OpenSSL, and Pinion at the other end.
#include <grpcpp/create_channel.h>
#include <gtest/gtest.h>
#include <openssl/crypto.h>

#include <atomic>
#include <csignal>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/time/clock.h"
#include "pinion/testing/echo_server.h"
#include "pinion/testing/lab.h"
#include "pinion/testing/or_die.h"
#include "pinion/testing/pin_file.h"
#include "pinion/testing/recording_sink.h"
#include "pinion/testing/test_ca.h"
#include "pinion/testing/test_server.h"
#include "pinion/testing/wait_until.h"
#include "pinion/workload.h"
#include "tests/cases/case_files.h"
#include "tests/cases/prepared_case.h"
#include "tools/pinion/drill/hostile_client.h"
#include "tools/pinion/drill/impostor_server.h"

namespace pinion::testing {
namespace {

constexpr char kOurHost[] = "ours.invalid";
constexpr char kEcho[] = "/pinion.v1.Echo/UnaryEcho";
constexpr char kGrpcFirst[] = "refused by gRPC first";
constexpr char kSilence[] = "neither accepted nor refused";

// The result of one connection.
struct Outcome {
  std::string judgement;  // the reason in Pinion's event; kGrpcFirst where there is none, kSilence at a timeout
  bool served = false;    // a request reached the peer, or it was accepted
  std::string end;        // for messages
};

// The CA of our own side, which every case leaves sound.
const TestCa& OurCa() {
  static const auto* const ca = new TestCa("Ours");
  return *ca;
}

// A client reports nothing where gRPC's TLS refused a server before Pinion's check.
std::string JudgementOfServer(const RecordingSink& events) {
  const std::vector<HandshakeEvent> handshakes = events.handshakes();
  return handshakes.empty() ? kGrpcFirst : v1::Reason_Name(handshakes.front().reason);
}

// A server also reports each handshake that TLS refused, once its connection has ended. A client presents no
// certificate where TLS cannot sign with its key.
std::string JudgementOfClient(const RecordingSink& events) {
  if (!WaitUntil([&events] { return !events.handshakes().empty(); })) return "no event";
  const HandshakeEvent event = events.handshakes().front();
  const bool is_grpcs = event.reason == v1::HANDSHAKE_FAILED || event.reason == v1::HANDSHAKE_ABANDONED ||
                        event.reason == v1::NO_CERTIFICATE || absl::StrContains(event.text, "(OpenSSL's check");
  return is_grpcs ? kGrpcFirst : v1::Reason_Name(event.reason);
}

std::optional<drill::Certified> PresentedBy(const PreparedCase& prepared) {
  if (prepared.chain.empty()) return std::nullopt;
  return drill::Certified{prepared.key, prepared.chain};
}

// The options that both sides have in common.
WorkloadOptions OurOptions(const PreparedCase& prepared, const std::string& name,
                           const std::shared_ptr<RecordingSink>& events) {
  static const auto* const ours = new IssuedCertificate(OurCa().Issue({name}));
  WorkloadOptions options;
  options.certificate = DataSource::Text(ours->CertificatePem());
  options.private_key = DataSource::Text(ours->PrivateKeyPem());
  options.pin_set = DataSource::Text(PinFileText(prepared.pins));
  options.events = events;
  // The clock stands still, because validity is judged to the second.
  options.clock = [now = prepared.now] { return now; };
  return options;
}

Outcome JudgeServer(const PreparedCase& prepared) {
  const auto events = std::make_shared<RecordingSink>();
  drill::ImpostorServer::Settings settings;
  settings.side.as = PresentedBy(prepared);
  settings.side.asked_ca = OurCa().RootPem();
  const std::unique_ptr<drill::ImpostorServer> server = OrDie(drill::ImpostorServer::Start(std::move(settings)));
  const bool is_bare_v6 = absl::StrContains(prepared.host, ':') && !absl::StrContains(prepared.host, '[');
  grpc::ChannelArguments arguments;
  arguments.SetString(GRPC_ARG_DEFAULT_AUTHORITY, is_bare_v6 ? absl::StrCat("[", prepared.host, "]") : prepared.host);
  arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
  auto options = OurOptions(prepared, "spiffe://ours.invalid/us", events);
  options.server_roots = DataSource::Text(prepared.roots_pem);
  const auto channel =
      grpc::CreateCustomChannel(absl::StrCat("127.0.0.1:", server->port()),
                                OrDie(OrDie(Workload::Create(options))->ChannelCredentials()), arguments);
  const grpc::Status status = Echo(channel);
  const bool is_late = status.error_code() == grpc::StatusCode::DEADLINE_EXCEEDED;
  Outcome outcome = {is_late ? kSilence : JudgementOfServer(*events), false, status.error_message()};
  for (const drill::Visit& visit : server->visits()) outcome.served = outcome.served || visit.request;
  return outcome;
}

Outcome JudgeClient(const PreparedCase& prepared, v1::UnlistedClients unlisted_clients) {
  const auto events = std::make_shared<RecordingSink>();
  auto options = OurOptions(prepared, kOurHost, events);
  options.client_roots = DataSource::Text(prepared.roots_pem);
  options.server.emplace();
  options.server->unlisted_clients = unlisted_clients;
  options.server->authorization = v1::ALLOW_EVERY_AUTHENTICATED_PEER;
  const EchoServer server(options);
  const std::atomic<bool> stop{false};
  drill::Target target;
  target.host = "127.0.0.1";
  target.port = server.port();
  target.authority = kOurHost;
  target.path = kEcho;
  target.stop = &stop;
  drill::TlsSide side;
  side.as = PresentedBy(prepared);
  const drill::Served served = OrDie(drill::Call(target, side, /*plaintext=*/false));
  // The server judges before it ends the connection or serves it.
  return {served.silent ? kSilence : JudgementOfClient(*events), served.settings, served.error};
}

// Whether this process's OpenSSL is of this version, such as "3.5", or later.
bool IsOpenSslSince(const std::string& version) {
  const std::vector<std::string> since = absl::StrSplit(version, '.');
  return std::make_pair(static_cast<int>(OPENSSL_version_major()), static_cast<int>(OPENSSL_version_minor())) >=
         std::make_pair(std::stoi(since.at(0)), std::stoi(since.at(1)));
}

bool IsImpossible(const v1::CaseLive& live) {
  return !live.impossible().empty() &&
         (live.impossible_since_openssl().empty() || IsOpenSslSince(live.impossible_since_openssl()));
}

// Whether gRPC's own TLS, with this process's OpenSSL, refuses the case before Pinion's check.
bool IsRefusedByGrpcFirst(const v1::CaseLive& live) {
  if (live.refused_by_grpc_first().empty() || live.until_openssl().empty())
    return !live.refused_by_grpc_first().empty();
  return !IsOpenSslSince(live.until_openssl());
}

class LiveCase : public ::testing::TestWithParam<Case> {};

INSTANTIATE_TEST_SUITE_P(All, LiveCase, ::testing::ValuesIn(AllCases()),
                         [](const auto& info) { return TestNameOf(info.param); });

TEST_P(LiveCase, HasItsExpectedVerdict) {
  std::signal(SIGPIPE, SIG_IGN);
  const v1::HandshakeCase& what = GetParam().what;
  if (IsImpossible(what.live())) GTEST_SKIP() << what.live().impossible();
  const absl::Time real = absl::FromUnixSeconds(absl::ToUnixSeconds(absl::Now()));
  const absl::Time pinions = real + absl::Seconds(what.live().pinion_ahead_seconds());
  const PreparedCase prepared = Prepare(GetParam(), pinions - absl::FromUnixSeconds(what.time().seconds()));
  const Outcome outcome =
      GetParam().role == v1::SERVER ? JudgeServer(prepared) : JudgeClient(prepared, what.unlisted_clients());
  SCOPED_TRACE(what.point());
  const bool grpc_first = IsRefusedByGrpcFirst(what.live());
  EXPECT_EQ(outcome.judgement, grpc_first ? kGrpcFirst : v1::Reason_Name(what.expected().reason())) << outcome.end;
  EXPECT_EQ(outcome.served, !grpc_first && what.expected().reason() == v1::ACCEPTED) << outcome.end;
}

}  // namespace
}  // namespace pinion::testing
