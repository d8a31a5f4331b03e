#include "tools/pinion/lab_state.h"

#include <google/protobuf/util/json_util.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/time/clock.h"
#include "pinion/base/file.h"
#include "pinion/base/output_file.h"
#include "pinion/json/strict.h"
#include "pinion/x509/pki/issue.h"
#include "tools/pinion/development_ca.h"
#include "tools/pinion/json_output.h"

namespace pinion::cli {
namespace {

using Json = nlohmann::ordered_json;

std::string PkiFolder(const std::string& folder) { return folder + "/pki"; }

absl::Status AddKey(const std::string& folder, v1::PinState state, v1::Lab* lab) {
  const uint32_t number = lab->keys_size() + 1;
  const std::string name = PaymentsKeyName(number);
  const DevelopmentCa ca(PkiFolder(folder));
  absl::StatusOr<MadeCertificate> made;
  if (number == 1) {
    CertificateOrder order;
    order.name = name;
    order.dns = {kPaymentsHost};
    order.uris = {"spiffe://lab/payments"};
    made = ca.Issue(order);
  } else {
    made = ca.Rekey({PaymentsKeyName(number - 1), name, absl::ZeroDuration()});
  }
  if (!made.ok()) return made.status();
  v1::Lab::Key* key = lab->add_keys();
  key->set_number(number);
  key->set_state(state);
  return absl::OkStatus();
}

void Move(v1::PinState from, v1::PinState to, v1::Lab* lab) {
  for (v1::Lab::Key& key : *lab->mutable_keys()) {
    if (key.state() == from) key.set_state(to);
  }
}

Json PinJson(const std::string& spki, const std::string& state) { return {{"spki", spki}, {"state", state}}; }

// The pins of a party whose keys do not change.
absl::StatusOr<Json> StandingPins(const std::string& folder, const std::string& name) {
  const absl::StatusOr<std::string> active = PinOf(folder, name);
  if (!active.ok()) return active.status();
  const absl::StatusOr<std::string> backup = PinOf(folder, name + "-backup");
  if (!backup.ok()) return backup.status();
  return Json::array({PinJson(*active, "ACTIVE"), PinJson(*backup, "BACKUP")});
}

absl::StatusOr<Json> PaymentsPins(const std::string& folder, const v1::Lab& lab) {
  Json pins = Json::array();
  for (const v1::Lab::Key& key : lab.keys()) {
    if (key.state() == v1::PIN_STATE_UNSPECIFIED) continue;
    if (key.state() == v1::BACKUP && lab.broken() == kBreakNoBackup) continue;
    const absl::StatusOr<std::string> pin = PinOf(folder, PaymentsKeyName(key.number()));
    if (!pin.ok()) return pin.status();
    pins.push_back(PinJson(*pin, v1::PinState_Name(key.state())));
  }
  return pins;
}

absl::StatusOr<std::string> PinFile(const std::string& folder, const v1::Lab& lab) {
  const absl::StatusOr<Json> payments = PaymentsPins(folder, lab);
  if (!payments.ok()) return payments.status();
  const absl::StatusOr<Json> ledger = StandingPins(folder, "ledger");
  if (!ledger.ok()) return ledger.status();
  const absl::StatusOr<Json> orders = StandingPins(folder, "orders");
  if (!orders.ok()) return orders.status();
  const auto peer = [](const std::string& name, const Json& hosts, const Json& pins) -> Json {
    return {{"name", name}, {"hosts", hosts}, {"identities", {"spiffe://lab/" + name}}, {"pins", pins}};
  };
  const Json document = {{"version", lab.pin_set_version()},
                         {"peers",
                          {peer("payments", {kPaymentsHost}, *payments), peer("ledger", {kLedgerHost}, *ledger),
                           peer("orders", Json::array(), *orders)}}};
  return JsonText(document);
}

// The pins that curl checks are in a file, since a command line with them would be too long to read.
absl::StatusOr<std::string> CurlConfiguration(const std::string& folder, const v1::Lab& lab) {
  std::vector<std::string> pins;
  for (const v1::Lab::Key& key : lab.keys()) {
    if (key.state() == v1::PIN_STATE_UNSPECIFIED || key.state() == v1::REVOKED) continue;
    const absl::StatusOr<std::string> pin = PinOf(folder, PaymentsKeyName(key.number()));
    if (!pin.ok()) return pin.status();
    pins.push_back(absl::StrReplaceAll(*pin, {{"sha256/", "sha256//"}}));
  }
  const std::string in = absl::StrReplaceAll(folder, {{"\\", "\\\\"}, {"\"", "\\\""}});
  return absl::StrCat("url = \"https://", kPaymentsHost, ":", lab.payments_port(), "/pinion.v1.Echo/UnaryEcho\"\n",
                      "http2\nsilent\nshow-error\nmax-time = 10\nnoproxy = \"*\"\noutput = \"-\"\n", "cacert = \"", in,
                      "/pki/ca.pem\"\ncert = \"", in, "/pki/orders.pem\"\nkey = \"", in,
                      "/pki/orders-key.pem\"\ndata-binary = \"@", in, "/request.bin\"\n",
                      "header = \"content-type: application/grpc\"\nheader = \"te: trailers\"\npinnedpubkey = \"",
                      absl::StrJoin(pins, ";"), "\"\n");
}

absl::Status Copy(const std::string& from, const std::string& to, mode_t mode) {
  const absl::StatusOr<std::string> contents = ReadFile(from);
  return contents.ok() ? ReplaceFile(to, *contents, {mode, std::nullopt, /*is_durable=*/false}).status()
                       : contents.status();
}

absl::Status SaveLab(const std::string& folder, const v1::Lab& lab) {
  google::protobuf::util::JsonPrintOptions options;
  options.add_whitespace = true;
  options.preserve_proto_field_names = true;
  std::string text;
  static_cast<void>(google::protobuf::util::MessageToJsonString(lab, &text, options));
  return ReplaceFile(folder + "/lab.json", text).status();
}

}  // namespace

std::string PaymentsKeyName(uint32_t number) { return absl::StrCat("payments-", number); }

uint32_t KeyInState(const v1::Lab& lab, v1::PinState state) {
  for (const v1::Lab::Key& key : lab.keys()) {
    if (key.state() == state) return key.number();
  }
  return 0;
}

absl::StatusOr<std::string> PinOf(const std::string& folder, const std::string& name) {
  const absl::StatusOr<std::string> pem = ReadFile(CertificatePath(PkiFolder(folder), name));
  if (!pem.ok()) return pem.status();
  const absl::StatusOr<std::vector<x509::Certificate>> chain = x509::ParsePem(*pem);
  if (!chain.ok()) return chain.status();
  return x509::ToPinText(chain->front().spki_digest());
}

absl::StatusOr<v1::Lab> LoadLab(const std::string& folder) {
  const std::string path = folder + "/lab.json";
  const absl::StatusOr<std::string> text = ReadFile(path);
  if (!text.ok()) return text.status();
  v1::Lab lab;
  if (absl::Status status = json::Parse(*text, path, &lab); !status.ok()) return status;
  return lab;
}

absl::Status MakeFirstKeys(const std::string& folder, v1::Lab* lab) {
  lab->set_pin_set_version(1);
  lab->set_served(1);
  absl::Status status = AddKey(folder, v1::ACTIVE, lab);
  return status.ok() ? AddKey(folder, v1::BACKUP, lab) : status;
}

absl::Status Rotate(const std::string& folder, v1::Lab* lab) {
  Move(v1::RETIRING, v1::PIN_STATE_UNSPECIFIED, lab);
  Move(v1::ACTIVE, v1::RETIRING, lab);
  Move(v1::BACKUP, v1::ACTIVE, lab);
  lab->set_served(KeyInState(*lab, v1::ACTIVE));
  return AddKey(folder, v1::BACKUP, lab);
}

absl::Status Revoke(const std::string& folder, v1::Lab* lab) {
  Move(v1::ACTIVE, v1::REVOKED, lab);
  Move(v1::BACKUP, v1::ACTIVE, lab);
  return AddKey(folder, v1::BACKUP, lab);
}

absl::Status MakeExpired(const std::string& folder, const v1::Lab& lab) {
  const DevelopmentCa ca(PkiFolder(folder));
  const absl::StatusOr<x509::Issuer> issuer = ca.LoadIssuer(kRootName);
  if (!issuer.ok()) return issuer.status();
  const absl::StatusOr<x509::Issuer> payments = ca.Load(PaymentsKeyName(lab.served()));
  if (!payments.ok()) return payments.status();
  x509::CertificateRecipe recipe = x509::RecipeOf(payments->certificate);
  recipe.not_before = absl::Now() - absl::Hours(48);
  recipe.not_after = absl::Now() - absl::Hours(24);
  const absl::StatusOr<std::string> der = x509::IssueCertificate(recipe, payments->key, &*issuer);
  if (!der.ok()) return der.status();
  absl::Status status = ReplaceFile(KeyPath(PkiFolder(folder), kBreakExpired), payments->key.ToPem(),
                                    {0600, std::nullopt, /*is_durable=*/false})
                            .status();
  status.Update(ReplaceFile(CertificatePath(PkiFolder(folder), kBreakExpired), x509::EncodePem(*der)).status());
  return status;
}

void Heal(v1::Lab* lab) {
  lab->clear_broken();
  lab->set_served(KeyInState(*lab, v1::ACTIVE));
}

absl::Status Apply(const std::string& folder, const v1::Lab& lab) {
  const absl::StatusOr<std::string> pins = PinFile(folder, lab);
  if (!pins.ok()) return pins.status();
  const absl::StatusOr<std::string> curl = CurlConfiguration(folder, lab);
  if (!curl.ok()) return curl.status();
  const std::string served = PaymentsKeyName(lab.served());
  absl::Status status = ReplaceFile(folder + "/pins.json", *pins).status();
  status.Update(ReplaceFile(folder + "/curl.conf", *curl).status());
  status.Update(Copy(CertificatePath(PkiFolder(folder), served), CertificatePath(folder, "payments"), 0644));
  status.Update(Copy(KeyPath(PkiFolder(folder), served), KeyPath(folder, "payments"), 0600));
  status.Update(SaveLab(folder, lab));
  return status;
}

}  // namespace pinion::cli
