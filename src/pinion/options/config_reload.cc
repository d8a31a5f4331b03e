#include "pinion/options/config_reload.h"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>
#include <google/protobuf/text_format.h>

#include <utility>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "pinion/json/strict.h"

namespace pinion {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

constexpr size_t kShown = 200;

std::string ElementsOf(const Message& message, const FieldDescriptor* field) {
  std::vector<std::string> elements;
  google::protobuf::TextFormat::Printer printer;
  printer.SetSingleLineMode(true);
  for (int i = 0; i < message.GetReflection()->FieldSize(message, field); ++i) {
    printer.PrintFieldValueToString(message, field, i, &elements.emplace_back());
  }
  return elements.empty() ? "(none)" : absl::CHexEscape(absl::StrJoin(elements, "; ").substr(0, kShown));
}

std::string TextOf(const Message& message, const FieldDescriptor* field) {
  const google::protobuf::Reflection& reflection = *message.GetReflection();
  if (field->is_repeated()) return ElementsOf(message, field);
  if (field->cpp_type() == FieldDescriptor::CPPTYPE_ENUM) {
    const int number = reflection.GetEnumValue(message, field);
    return number == 0 ? "(none)" : std::string(field->enum_type()->FindValueByNumber(number)->name());
  }
  if (!reflection.HasField(message, field)) return "(none)";
  std::string text;
  if (field->cpp_type() != FieldDescriptor::CPPTYPE_STRING) {
    google::protobuf::TextFormat::PrintFieldValueToString(message, field, /*index=*/-1, &text);
    return text;
  }
  text = reflection.GetString(message, field);
  return absl::StrContains(text, "-----") ? "(PEM text)" : absl::CHexEscape(text.substr(0, kShown));
}

void AddChanges(const Message& was, const Message& is, const std::string& path, std::vector<std::string>* changes) {
  const google::protobuf::Descriptor& type = *was.GetDescriptor();
  for (int i = 0; i < type.field_count(); ++i) {
    const FieldDescriptor* field = type.field(i);
    const std::string name = absl::StrCat(path, path.empty() ? "" : ".", field->name());
    if (field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE && !field->is_repeated()) {
      AddChanges(was.GetReflection()->GetMessage(was, field), is.GetReflection()->GetMessage(is, field), name, changes);
      continue;
    }
    const std::string before = TextOf(was, field);
    const std::string after = TextOf(is, field);
    if (before != after) changes->push_back(absl::StrCat(name, " ", before, " -> ", after));
  }
}

}  // namespace

Reloadable<v1::Config>::Load ConfigLoader(const std::string& file, const std::string& running_text) {
  using Config = std::shared_ptr<const v1::Config>;
  auto parsed = std::make_shared<v1::Config>();
  static_cast<void>(json::Parse(running_text, file, parsed.get()));  // it started the process, so it is valid
  return [file, running = Config(std::move(parsed))](const std::vector<std::string>& texts,
                                                     const Config& /*in_effect*/) -> absl::StatusOr<Config> {
    v1::Config now;
    if (absl::Status status = json::Parse(texts.at(0), file, &now); !status.ok()) return status;
    std::vector<std::string> changes;
    AddChanges(*running, now, "", &changes);
    if (changes.empty()) return running;
    return absl::FailedPreconditionError(
        absl::StrCat(absl::CHexEscape(file), ": restart to apply: ", absl::StrJoin(changes, ", ")));
  };
}

}  // namespace pinion
