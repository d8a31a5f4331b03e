// Statements of the other side of an exchange: whatever it sends, each of its candidates has one answer, and only a
// certificate of the legitimate server is accepted.
#include <memory>
#include <string>

#include "pinion/adoption/conversation.h"
#include "pinion/testing/lab.h"
#include "pinion/testing/or_die.h"
#include "pinion/workload/snapshot.h"
#include "tests/fuzz/invariant.h"

namespace pinion {
namespace {

using fuzz::Require;

// Made once: keys take time.
struct World {
  const testing::Lab lab;
  const std::shared_ptr<const Position> client =
      PositionOf(std::make_shared<const Snapshot>(testing::OrDie(LoadSnapshot(lab.OptionsForClient(lab.client())))),
                 std::string(32, '0'));
};

// Where the input has "LEAF" or "BACKUP" as a certificate, the server's own is heard.
v1::Statement WithKnownCertificates(v1::Statement statement, const World& world) {
  for (v1::Candidate& candidate : *statement.mutable_candidates()) {
    for (std::string& der : *candidate.mutable_certificates()) {
      if (der == "LEAF") der = world.lab.server().chain.front();
      if (der == "BACKUP") der = world.lab.server_backup().chain.front();
    }
  }
  return statement;
}

bool IsLegitimate(const v1::Candidate& candidate, const World& world) {
  return candidate.certificates(0) == world.lab.server().chain.front() ||
         candidate.certificates(0) == world.lab.server_backup().chain.front();
}

void Check(const std::string& bytes) {
  static const World* const world = new World();
  v1::Statement statement;
  const bool is_statement = statement.ParseFromString(bytes);
  statement = WithKnownCertificates(std::move(statement), *world);
  Conversation conversation(PeerRole::kServer, testing::Lab::kServerHost);
  const absl::Status heard = conversation.Hear(is_statement ? statement.SerializeAsString() : bytes);
  fuzz::CountInput(heard.ok());
  if (!heard.ok()) {
    Require(absl::IsInvalidArgument(heard), "a refusal is InvalidArgument");
    fuzz::RequirePrintable(heard.message());
    return;
  }
  const absl::Time now = absl::Now();
  const std::optional<std::string> said = conversation.Say(world->client, "", now);
  v1::Statement answer;
  Require(said.has_value() && answer.ParseFromString(*said), "something is said");
  Require(answer.answers_size() == statement.candidates_size(), "each candidate has an answer");
  for (int i = 0; i < answer.answers_size(); ++i) {
    Require(answer.answers(i).candidate_sha256() == DigestOf(statement.candidates(i)), "it names the candidate");
    Require((answer.answers(i).reason() == v1::ACCEPTED) <= IsLegitimate(statement.candidates(i), *world),
            "only the server's certificates are accepted");
  }
  Require(!conversation.Say(world->client, "", now).has_value(), "nothing is said twice");
}

}  // namespace
}  // namespace pinion

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  pinion::Check(std::string(reinterpret_cast<const char*>(data), size));
  return 0;
}
