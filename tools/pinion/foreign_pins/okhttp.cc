#include <map>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "tools/pinion/foreign_pins/formats.h"
#include "tools/pinion/foreign_pins/scanner.h"

namespace pinion::cli {
namespace {

constexpr absl::string_view kBuilder = "CertificatePinner.Builder()";
constexpr absl::string_view kAdd = ".add(\"host\", \"sha256/...\")";

bool BeginsAName(absl::string_view text) {
  return !text.empty() && (absl::ascii_isalpha(static_cast<unsigned char>(text[0])) || text[0] == '_');
}

// Text in double quotes, or several such texts joined by +.
absl::StatusOr<std::string> TakeText(Scanner* scanner) {
  std::string text;
  do {
    scanner->SkipComments();
    if (BeginsAName(scanner->rest())) {
      const std::string name = scanner->TakeName();
      return scanner->Error(absl::StrCat(name, " is a name; write its value here, as text in double quotes"));
    }
    const absl::StatusOr<std::string> part = scanner->TakeString();
    if (!part.ok()) return part.status();
    text += *part;
    scanner->SkipComments();
  } while (scanner->Take("+"));
  return text;
}

absl::StatusOr<Pin> TakePin(Scanner* scanner) {
  scanner->SkipComments();
  const Scanner place = *scanner;
  const absl::StatusOr<std::string> text = TakeText(scanner);
  if (!text.ok()) return text.status();
  if (absl::StartsWith(*text, "sha1/")) {
    return place.Error("a SHA-1 pin, which cannot be trusted; pin the key with SHA-256: pinion pin CERTIFICATE");
  }
  absl::string_view base64 = *text;
  if (!absl::ConsumePrefix(&base64, "sha256/")) return place.Error("expected a pin, \"sha256/...\"");
  const absl::StatusOr<Pin> pin = FromBareBase64(base64);
  return pin.ok() ? pin : place.Error(pin.status().message());
}

// The arguments after "add": one host, one or more pins; Kotlin allows a trailing comma.
absl::StatusOr<ForeignPins::Entry> TakeArguments(Scanner* scanner) {
  ForeignPins::Entry entry;
  if (!scanner->Take("(")) return scanner->Error("expected (");
  absl::StatusOr<std::string> host = TakeText(scanner);
  if (!host.ok()) return host.status();
  absl::string_view name = *host;
  entry.includes_subdomains = absl::ConsumePrefix(&name, "**.");
  entry.host = std::string(name);
  while (scanner->Take(",")) {
    scanner->SkipComments();
    if (!entry.pins.empty() && absl::StartsWith(scanner->rest(), ")")) break;
    const absl::StatusOr<Pin> pin = TakePin(scanner);
    if (!pin.ok()) return pin.status();
    entry.pins.push_back(*pin);
  }
  if (entry.pins.empty()) return scanner->Error("expected a comma and a pin, \"sha256/...\"");
  if (!scanner->Take(")")) return scanner->Error("expected , or )");
  return entry;
}

// Finds the builders in a source file, and reads the pins added to them. It skips comments and other code; every use of
// a builder must be understood.
class SourceReader {
 public:
  SourceReader(absl::string_view text, absl::string_view file) : text_(text), file_(file), scanner_(text, file) {}

  absl::StatusOr<ForeignPins> Read() {
    scanner_.SkipComments();
    absl::Status status = absl::StartsWith(scanner_.rest(), ".") ? ReadBareLines() : ReadFile();
    if (!status.ok()) return status;
    if (builders_ == 0) {
      return ErrorAtOffset(text_, file_, 0, absl::StrCat("expected ", kBuilder, " or ", kAdd));
    }
    if (pins_.entries.empty()) return scanner_.Error(absl::StrCat("there is no ", kAdd));
    return std::move(pins_);
  }

 private:
  absl::Status ReadBareLines() {
    if (absl::Status status = ReadChain(++builders_); !status.ok()) return status;
    if (scanner_.Take(";")) scanner_.SkipComments();
    return scanner_.AtEnd() ? absl::OkStatus() : scanner_.Error(absl::StrCat("expected ", kAdd, " or .build()"));
  }

  absl::Status ReadFile() {
    for (scanner_.SkipComments(); !scanner_.AtEnd(); scanner_.SkipComments()) {
      const absl::string_view rest = scanner_.rest();
      absl::Status status;
      if (absl::StartsWith(rest, "/*")) return scanner_.Error("a comment does not end");
      if (absl::StartsWith(rest, "*/")) return scanner_.Error("a comment within a comment; remove one of them");
      if (rest[0] == '"' || rest[0] == '\'') {
        status = SkipLiteral(rest);
      } else if (BeginsAName(rest)) {
        status = ReadName(scanner_.TakeName());
      } else {
        ReadSign(rest[0]);
      }
      if (!status.ok()) return status;
    }
    return absl::OkStatus();
  }

  // Skips a literal that is not an argument of a builder.
  absl::Status SkipLiteral(absl::string_view rest) {
    const absl::string_view quote = absl::StartsWith(rest, "\"\"\"") ? rest.substr(0, 3) : rest.substr(0, 1);
    for (size_t at = quote.size(); at < rest.size(); ++at) {
      if (absl::StartsWith(rest.substr(at), quote)) {
        scanner_.Skip(at + quote.size());
        return absl::OkStatus();
      }
      if (quote.size() == 1 && rest[at] == '\n') break;
      if (quote.size() == 1 && rest[at] == '\\') ++at;
    }
    return scanner_.Error("a text in quotes does not end");
  }

  absl::Status ReadName(const std::string& name) {
    const auto variable = variables_.find(name);
    if (variable != variables_.end() && absl::StartsWith(scanner_.rest(), ".")) return ReadChain(variable->second);
    if (name == "CertificatePinner" && scanner_.Take(".") && scanner_.TakeName() == "Builder" && scanner_.Take("(") &&
        scanner_.Take(")")) {
      const size_t builder = ++builders_;
      if (!assigned_.empty()) variables_[assigned_] = builder;
      return ReadChain(builder);
    }
    last_name_ = name;
    return absl::OkStatus();
  }

  // Follows declarations: `Type name = `, `val name: Type = `.
  void ReadSign(char sign) {
    if (sign == ':') declared_ = last_name_;
    if (sign == '=') assigned_ = declared_.empty() ? last_name_ : declared_;
    if (absl::StrContains(";{}(", sign)) {
      declared_.clear();
      assigned_.clear();
    }
    scanner_.Skip(1);
  }

  // Reads from the dot after a builder.
  absl::Status ReadChain(size_t builder) {
    for (scanner_.SkipComments(); absl::StartsWith(scanner_.rest(), "."); scanner_.SkipComments()) {
      absl::Status status;
      if (scanner_.Take(".build()")) break;
      if (scanner_.Take(".add")) {
        status = ReadAdd(builder);
      } else if (scanner_.Take(".apply")) {
        status = ReadApply(builder);
      } else {
        return scanner_.Error(absl::StrCat("expected ", kAdd, " or .build()"));
      }
      if (!status.ok()) return status;
    }
    return absl::OkStatus();
  }

  // Kotlin's .apply { add(...) }.
  absl::Status ReadApply(size_t builder) {
    if (!scanner_.Take("{")) return scanner_.Error("expected {");
    for (scanner_.SkipComments(); !scanner_.Take("}"); scanner_.SkipComments()) {
      scanner_.Take("this.");
      if (!scanner_.Take("add")) return scanner_.Error(absl::StrCat("expected ", kAdd.substr(1), " or }"));
      if (absl::Status status = ReadAdd(builder); !status.ok()) return status;
      scanner_.Take(";");
    }
    return absl::OkStatus();
  }

  // OkHttp combines the pins of all lines of a builder for a host.
  absl::Status ReadAdd(size_t builder) {
    absl::StatusOr<ForeignPins::Entry> entry = TakeArguments(&scanner_);
    if (!entry.ok()) return entry.status();
    for (size_t i = 0; i < pins_.entries.size(); ++i) {
      ForeignPins::Entry& same = pins_.entries[i];
      if (same.host != entry->host || same.includes_subdomains != entry->includes_subdomains) continue;
      if (builder_of_[i] != builder) {
        return scanner_.Error(absl::StrCat("\"", absl::CHexEscape(entry->host), "\" has pins in another ", kBuilder,
                                           ", too; give each of them in a file of its own"));
      }
      same.pins.insert(same.pins.end(), entry->pins.begin(), entry->pins.end());
      return absl::OkStatus();
    }
    pins_.entries.push_back(*std::move(entry));
    builder_of_.push_back(builder);
    return absl::OkStatus();
  }

  const absl::string_view text_;
  const absl::string_view file_;
  Scanner scanner_;
  ForeignPins pins_;
  size_t builders_ = 0;                      // so far; also the number of the last one
  std::vector<size_t> builder_of_;           // of each entry
  std::map<std::string, size_t> variables_;  // that hold a builder
  std::string last_name_;
  std::string declared_;  // before a colon
  std::string assigned_;  // before the equals sign of this statement
};

}  // namespace

absl::StatusOr<ForeignPins> ParseOkHttp(absl::string_view text, absl::string_view file) {
  return SourceReader(text, file).Read();
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
