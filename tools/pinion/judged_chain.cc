#include "tools/pinion/judged_chain.h"

#include <algorithm>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "pinion/handshake/own_key.h"

namespace pinion::cli {
namespace {

PresentedChain Presented(const std::vector<x509::Certificate>& chain) {
  PresentedChain presented;
  presented.leaf = chain.front().der();
  for (size_t i = 1; i < chain.size(); ++i) presented.others.push_back(chain[i].der());
  return presented;
}

}  // namespace

std::vector<HostVerdict> JudgeAsServer(const PeerVerifier& verifier, const std::vector<x509::Certificate>& chain,
                                       absl::Time now) {
  std::vector<HostVerdict> verdicts;
  for (const std::string& host : HostsCovered(*verifier.pin_set(), chain.front().names())) {
    verdicts.push_back({host, verifier.Verify(Presented(chain), PeerRole::kServer, host, now)});
  }
  return verdicts;
}

Verdict JudgeAsClient(const PeerVerifier& verifier, const std::vector<x509::Certificate>& chain, absl::Time now) {
  return verifier.Verify(Presented(chain), PeerRole::kClient, "", now);
}

bool IsForListedHost(const PinSet& pin_set, const x509::SubjectAltNames& names) {
  return !HostsCovered(pin_set, names).empty();
}

void AddVerdict(const Verdict& verdict, const std::string& refused_code, const std::string& file,
                const std::string& subject, std::vector<Finding>* findings) {
  const bool is_report_only = verdict.report_only_reason != v1::REASON_UNSPECIFIED;
  if (verdict.accepted() && !is_report_only) return;
  std::string text =
      absl::StrCat(subject, ": ", v1::Reason_Name(is_report_only ? verdict.report_only_reason : verdict.reason), ": ",
                   verdict.problem);
  if (is_report_only) absl::StrAppend(&text, ", which report-only mode still accepts");
  if (!verdict.presented.empty()) absl::StrAppend(&text, "; presented ", verdict.presented);
  if (!verdict.expected.empty()) absl::StrAppend(&text, "; expected ", verdict.expected);
  findings->push_back({is_report_only ? Severity::kWarning : Severity::kError,
                       is_report_only ? "REPORT_ONLY_ACCEPTS" : refused_code,
                       {file},
                       text,
                       verdict.next_step});
}

void AddServedBackup(const Verdict& verdict, const std::string& file, const std::string& pin_set_file,
                     std::vector<Finding>* findings) {
  if (!verdict.matched.has_value() || verdict.matched->state != v1::BACKUP) return;
  findings->push_back({Severity::kWarning,
                       "BACKUP_IS_SERVED",
                       {file},
                       absl::StrCat("its key ", ToString(verdict.matched->pin), " is a BACKUP of peer \"", verdict.peer,
                                    "\", so there is one backup less than ", absl::CHexEscape(pin_set_file), " lists"),
                       "make that pin ACTIVE, the one it replaces RETIRING, and add the next BACKUP"});
}

}  // namespace pinion::cli
