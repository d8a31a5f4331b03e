// The time from a change on disk until it is in effect.
//
//  - Pins: from the rename of the pin file until its reader reports that it judges by it; the server and a client in
//    turns.
//  - The server's certificate: from the swap of its files until the first new handshake that presents it.
#include "pinion/testing/lab.h"
#include "pinion/testing/wait_until.h"
#include "tests/soak/load.h"
#include "tests/soak/parts.h"
#include "tests/soak/site.h"

namespace pinion::soak {
namespace {

using testing::WaitUntil;

// When the reader reported its newest pin set; InfiniteFuture when it does not.
absl::Time WhenInEffect(const Journal& journal, int64_t generation) {
  absl::Time at = absl::InfiniteFuture();
  WaitUntil(
      [&] {
        const std::vector<Entry<ReloadEvent>> reloads = journal.reloads();
        const Entry<ReloadEvent>& last = reloads.back();
        if (last.event.source != "pin_set" || last.event.generation != generation) return false;
        at = last.at;
        return true;
      },
      kPatience);
  return at;
}

Samples MeasurePins(Site* site, int count) {
  Samples samples;
  for (int i = 0; i < count; ++i) {
    Party* party = i % 2 == 0 ? &site->server : &site->client;
    const Pins server = {{site->first_server.SpkiPin(), "ACTIVE"}, {SparePin(), "BACKUP"}};
    const Pins client = {{site->first_client.SpkiPin(), "ACTIVE"}, {SparePin(), "BACKUP"}};
    const absl::Time began = absl::Now();
    party->ChangePins(server, client, Manner::kRename);
    samples.Add(WhenInEffect(*party->journals.front(), party->version - kFirstVersion + 1) - began);
    party->AwaitInEffect();
  }
  return samples;
}

Samples MeasureCertificates(Site* site, int count) {
  const testing::IssuedCertificate other = IssueServer(site->ca);
  for (Party* party : {&site->server, &site->client}) {
    party->ChangePins({{site->first_server.SpkiPin(), "ACTIVE"}, {other.SpkiPin(), "BACKUP"}},
                      {{site->first_client.SpkiPin(), "ACTIVE"}, {SparePin(), "BACKUP"}}, Manner::kRename);
    party->AwaitInEffect();
  }
  Samples samples;
  for (int i = 0; i < count; ++i) {
    const testing::IssuedCertificate& next = i % 2 == 0 ? other : site->first_server;
    const absl::Time began = absl::Now();
    site->server.ChangeIdentity(IdentityTexts(next), Manner::kLinkSwap);
    const bool met = WaitUntil(
        [&] {
          return ProbeAs(site->address(), site->first_client, site->ca.RootPem(), site->client.folder.Text(kPins))
                     .presented_pin == next.SpkiPin();
        },
        kPatience);
    samples.Add(met ? absl::Now() - began : absl::InfiniteDuration());
  }
  return samples;
}

}  // namespace

void RunReloadLatency(const std::filesystem::path& folder, const Extent& extent, Table* table) {
  Site site(folder, /*channels=*/2);
  Load load(site.channels());
  table->Latency("pin file renamed -> in effect", MeasurePins(&site, extent.pin_changes), absl::Milliseconds(100));
  table->Latency("server's certificate swapped -> presented in a new handshake",
                 MeasureCertificates(&site, extent.certificate_changes), absl::Milliseconds(1500));
}

}  // namespace pinion::soak
