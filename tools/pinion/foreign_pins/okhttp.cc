#include <algorithm>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "tools/pinion/foreign_pins/formats.h"
#include "tools/pinion/foreign_pins/scanner.h"

namespace pinion::cli {
namespace {

constexpr absl::string_view kBuilder = "CertificatePinner.Builder()";

// `CertificatePinner pinner = new CertificatePinner.Builder()` and the like; .add lines may also stand alone.
absl::Status SkipBuilder(Scanner* scanner) {
  scanner->SkipComments();
  if (absl::StartsWith(scanner->rest(), ".")) return absl::OkStatus();
  const size_t builder = scanner->rest().find(kBuilder);
  constexpr absl::string_view kDeclaration = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_ \t=:";
  if (builder == absl::string_view::npos ||
      scanner->rest().substr(0, builder).find_first_not_of(kDeclaration) != absl::string_view::npos) {
    return scanner->Error("expected CertificatePinner.Builder() or .add(\"host\", \"sha256/...\")");
  }
  scanner->Skip(builder + kBuilder.size());
  return absl::OkStatus();
}

absl::StatusOr<Pin> TakePin(Scanner* scanner) {
  const absl::StatusOr<std::string> text = scanner->TakeString();
  if (!text.ok()) return text.status();
  if (absl::StartsWith(*text, "sha1/")) {
    return scanner->Error("a SHA-1 pin, which cannot be trusted; pin the key with SHA-256: pinion pin CERTIFICATE");
  }
  absl::string_view base64 = *text;
  if (!absl::ConsumePrefix(&base64, "sha256/")) return scanner->Error("expected a pin, \"sha256/...\"");
  const absl::StatusOr<Pin> pin = FromBareBase64(base64);
  return pin.ok() ? pin : scanner->Error(pin.status().message());
}

// After ".add": one host, one or more pins.
absl::StatusOr<ForeignPins::Entry> TakeArguments(Scanner* scanner) {
  ForeignPins::Entry entry;
  if (!scanner->Take("(")) return scanner->Error("expected (");
  absl::StatusOr<std::string> host = scanner->TakeString();
  if (!host.ok()) return host.status();
  absl::string_view name = *host;
  entry.includes_subdomains = absl::ConsumePrefix(&name, "**.");
  entry.host = std::string(name);
  while (scanner->Take(",")) {
    const absl::StatusOr<Pin> pin = TakePin(scanner);
    if (!pin.ok()) return pin.status();
    entry.pins.push_back(*pin);
  }
  if (entry.pins.empty()) return scanner->Error("expected a comma and a pin, \"sha256/...\"");
  if (!scanner->Take(")")) return scanner->Error("expected , or )");
  return entry;
}

// OkHttp takes the pins of all lines for a host together.
void Merge(ForeignPins::Entry entry, std::vector<ForeignPins::Entry>* entries) {
  const auto same = std::find_if(entries->begin(), entries->end(), [&entry](const ForeignPins::Entry& other) {
    return other.host == entry.host && other.includes_subdomains == entry.includes_subdomains;
  });
  if (same == entries->end()) {
    entries->push_back(std::move(entry));
  } else {
    same->pins.insert(same->pins.end(), entry.pins.begin(), entry.pins.end());
  }
}

}  // namespace

absl::StatusOr<ForeignPins> ParseOkHttp(absl::string_view text, absl::string_view file) {
  Scanner scanner(text, file);
  if (absl::Status status = SkipBuilder(&scanner); !status.ok()) return status;
  ForeignPins pins;
  for (scanner.SkipComments(); scanner.Take(".add"); scanner.SkipComments()) {
    absl::StatusOr<ForeignPins::Entry> entry = TakeArguments(&scanner);
    if (!entry.ok()) return entry.status();
    Merge(*std::move(entry), &pins.entries);
  }
  if (scanner.Take(".build()")) scanner.SkipComments();
  if (scanner.Take(";")) scanner.SkipComments();
  if (!scanner.AtEnd()) return scanner.Error("expected .add(\"host\", \"sha256/...\") or .build()");
  if (pins.entries.empty()) return scanner.Error("there is no .add(\"host\", \"sha256/...\")");
  return pins;
}

std::string WriteOkHttp(const std::vector<ForeignPins::Entry>& entries) {
  std::string code = absl::StrCat("new ", kBuilder, "\n");
  for (const ForeignPins::Entry& entry : entries) {
    absl::StrAppend(&code, "    .add(\"", entry.includes_subdomains ? "**." : "", entry.host, "\"");
    for (const Pin& pin : entry.pins) absl::StrAppend(&code, ",\n        \"", x509::ToPinText(pin.digest), "\"");
    absl::StrAppend(&code, ")\n");
  }
  return code + "    .build();\n";
}

}  // namespace pinion::cli
