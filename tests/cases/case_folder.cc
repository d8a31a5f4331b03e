#include "tests/cases/case_folder.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "pinion/json/strict.h"
#include "pinion/testing/or_die.h"

namespace pinion::testing {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

constexpr char kFolder[] = "tests/testdata";

v1::HandshakeCase Read(const std::filesystem::path& path) {
  std::ifstream file(path);
  std::stringstream text;
  text << file.rdbuf();
  v1::HandshakeCase one;
  if (absl::Status status = json::Parse(text.str(), path.string(), &one); !status.ok()) OrDie<int>(status);
  return one;
}

// A field that `other` gives replaces that of *message.
void ReplaceFields(const Message& other, Message* message) {
  std::vector<const FieldDescriptor*> given;
  other.GetReflection()->ListFields(other, &given);
  for (const FieldDescriptor* field : given) message->GetReflection()->ClearField(message, field);
  message->MergeFrom(other);
}

// The same for elements of one name; others are added.
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
  const v1::HandshakeCase world = Read(std::filesystem::path(kFolder) / "world.json");
  std::vector<Case> cases;
  for (const auto& entry : std::filesystem::directory_iterator(kFolder)) {
    const std::filesystem::path file = entry.path() / "case.json";
    if (!std::filesystem::exists(file)) continue;
    const v1::HandshakeCase whole = Whole(Read(file), world);
    for (const int role : whole.roles()) {
      cases.push_back({entry.path().filename().string(), static_cast<v1::CaseRole>(role), whole});
    }
  }
  std::sort(cases.begin(), cases.end(), [](const Case& a, const Case& b) { return TestNameOf(a) < TestNameOf(b); });
  return cases;
}

}  // namespace pinion::testing
