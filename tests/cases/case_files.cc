#include "tests/cases/case_files.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "pinion/json/strict.h"
#include "pinion/testing/or_die.h"

namespace pinion::testing {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

constexpr char kFolder[] = "tests/testdata";
constexpr char kWorld[] = "world.json";

template <typename Contents>
Contents Read(const std::filesystem::path& path) {
  std::ifstream file(path);
  std::stringstream text;
  text << file.rdbuf();
  Contents contents;
  if (absl::Status status = json::Parse(text.str(), path.string(), &contents); !status.ok()) OrDie<int>(status);
  return contents;
}

void CheckName(const std::string& name, const std::filesystem::path& file, std::set<std::string>* names) {
  if (absl::StartsWith(name, file.stem().string()) && names->insert(name).second) return;
  OrDie<int>(absl::InvalidArgumentError(
      absl::StrCat(file.string(), ": the case \"", name, "\" does not begin with the file's name, or exists twice")));
}

// Replaces each field of *message that `other` sets.
void ReplaceFields(const Message& other, Message* message) {
  std::vector<const FieldDescriptor*> given;
  other.GetReflection()->ListFields(other, &given);
  for (const FieldDescriptor* field : given) message->GetReflection()->ClearField(message, field);
  message->MergeFrom(other);
}

// Replaces elements of the same name, and adds the others.
template <typename List>
void ReplaceNamed(const List& others, List* list) {
  for (const auto& other : others) {
    const auto found =
        std::find_if(list->begin(), list->end(), [&other](const auto& one) { return one.name() == other.name(); });
    if (found == list->end()) {
      *list->Add() = other;
    } else {
      ReplaceFields(other, &*found);
    }
  }
}

v1::HandshakeCase Whole(v1::HandshakeCase difference, const v1::HandshakeCase& world) {
  v1::HandshakeCase whole = world;
  ReplaceNamed(difference.certificates(), whole.mutable_certificates());
  ReplaceNamed(difference.peers(), whole.mutable_peers());
  difference.clear_certificates();
  difference.clear_peers();
  ReplaceFields(difference, &whole);
  return whole;
}

}  // namespace

void PrintTo(const Case& one, std::ostream* out) { *out << one.name << ", " << v1::CaseRole_Name(one.role); }

std::string TestNameOf(const Case& one) {
  return absl::StrCat(one.name, "_", absl::AsciiStrToLower(v1::CaseRole_Name(one.role)));
}

std::vector<Case> AllCases() {
  const auto world = Read<v1::HandshakeCase>(std::filesystem::path(kFolder) / kWorld);
  std::vector<Case> cases;
  std::set<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(kFolder)) {
    const std::filesystem::path& file = entry.path();
    if (file.extension() != ".json" || file.filename() == kWorld) continue;
    const auto contents = Read<v1::HandshakeCases>(file);
    for (const v1::HandshakeCase& one : contents.cases()) {
      CheckName(one.name(), file, &names);
      const v1::HandshakeCase whole = Whole(one, world);
      for (const int role : whole.roles()) cases.push_back({one.name(), static_cast<v1::CaseRole>(role), whole});
    }
  }
  std::sort(cases.begin(), cases.end(), [](const Case& a, const Case& b) { return TestNameOf(a) < TestNameOf(b); });
  return cases;
}

}  // namespace pinion::testing
