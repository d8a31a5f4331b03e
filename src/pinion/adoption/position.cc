#include "pinion/adoption/position.h"

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "pinion/x509/encoding/digest.h"

namespace pinion {
namespace {

constexpr size_t kProcessDigits = 32;
constexpr size_t kDigestBytes = 32;
constexpr int64_t kLastSecond = 253'402'300'799;  // of the year 9999, as RFC 3339 has it
constexpr size_t kMostFleetBytes = 63;            // of a name

std::string Bytes(const x509::Sha256Digest& digest) { return std::string(digest.begin(), digest.end()); }

v1::Candidate CandidateOf(const Identity& identity) {
  v1::Candidate candidate;
  for (const x509::Certificate& certificate : identity.chain()) candidate.add_certificates(certificate.der());
  return candidate;
}

absl::Status Invalid(absl::string_view what) {
  return absl::InvalidArgumentError(absl::StrCat("the statement has ", what));
}

absl::Status CheckCandidate(const v1::Candidate& candidate) {
  size_t bytes = 0;
  for (const std::string& der : candidate.certificates()) bytes += der.size();
  const int count = candidate.certificates_size();
  if (count < 1 || count > kMostCertificates) return Invalid("a candidate without or with too many certificates");
  if (bytes > kMostCandidateBytes) return Invalid("a candidate of more than 16 KiB");
  return absl::OkStatus();
}

}  // namespace

std::shared_ptr<const Position> PositionOf(std::shared_ptr<const Snapshot> snapshot, const std::string& process,
                                           bool attests) {
  auto position = std::make_shared<Position>();
  v1::Statement& statement = position->statement;
  statement.set_process(process);
  statement.set_attested(attests);
  const PinSet& pin_set = *snapshot->pin_set;
  statement.mutable_pin_set()->set_version(pin_set.version());
  statement.mutable_pin_set()->set_content_sha256(Bytes(pin_set.content()));
  if (pin_set.trust() != nullptr) {
    statement.mutable_pin_set()->set_fleet(pin_set.trust()->fleet());
    statement.mutable_pin_set()->set_epoch(pin_set.trust()->epoch());
  }
  const std::shared_ptr<const Identity>& next = snapshot->next_identity;
  if (next != nullptr && next->certificate().digest() != snapshot->identity->certificate().digest()) {
    v1::Candidate candidate = CandidateOf(*next);
    // One that is too large for the protocol is not offered, and stays without answers.
    if (CheckCandidate(candidate).ok()) {
      position->candidate = absl::BytesToHexString(DigestOf(candidate));
      *statement.add_candidates() = std::move(candidate);
    }
    position->candidate_pin = next->SpkiPin();
  }
  position->presented = Bytes(snapshot->identity->certificate().digest());
  position->snapshot = std::move(snapshot);
  return position;
}

std::string DigestOf(const v1::Candidate& candidate) {
  std::string all;
  for (const std::string& der : candidate.certificates()) all += der;
  const absl::StatusOr<x509::Sha256Digest> digest = x509::Sha256(all);
  return digest.ok() ? Bytes(*digest) : "";
}

absl::Status CheckStatement(const v1::Statement& statement) {
  const std::string& process = statement.process();
  const auto is_digit = [](unsigned char c) { return absl::ascii_isdigit(c) || (c >= 'a' && c <= 'f'); };
  if (process.size() != kProcessDigits || !std::all_of(process.begin(), process.end(), is_digit)) {
    return Invalid("a process id that is not 32 hexadecimal digits");
  }
  const v1::PinSetInEffect& pin_set = statement.pin_set();
  if (pin_set.content_sha256().size() != kDigestBytes || pin_set.fleet().size() > kMostFleetBytes) {
    return Invalid("a malformed description of the pin set");
  }
  if (!statement.presented_sha256().empty() && statement.presented_sha256().size() != kDigestBytes) {
    return Invalid("a malformed digest of the certificate that is presented");
  }
  if (statement.candidates_size() > kMostCandidates || statement.answers_size() > kMostCandidates) {
    return Invalid("more than two candidates or answers");
  }
  for (const v1::Candidate& candidate : statement.candidates()) {
    if (absl::Status status = CheckCandidate(candidate); !status.ok()) return status;
  }
  for (const v1::Answer& answer : statement.answers()) {
    if (answer.candidate_sha256().size() != kDigestBytes) return Invalid("an answer without a candidate");
    const int64_t until = answer.accepted_until().seconds();
    if (until < 0 || until > kLastSecond) return Invalid("an answer until a time that does not exist");
  }
  return absl::OkStatus();
}

}  // namespace pinion
